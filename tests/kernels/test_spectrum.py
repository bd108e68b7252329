from __future__ import annotations

import numpy as np
import pytest

from kernelwidgets.kernels import filters, spectrum


@pytest.mark.parametrize("shape", [(3, 3), (4, 7), (11, 11), (9,)])
def test_power_adds_up_to_the_kernel(shape):
    kernels = np.random.default_rng(0).normal(size=(5, int(np.prod(shape)))).astype(np.float32)
    energy = (kernels**2).sum(axis=1)
    assert spectrum.power(kernels, shape).sum(axis=1) == pytest.approx(energy, rel=1e-4)
    assert spectrum.measure(kernels, shape).rings.sum(axis=1) == pytest.approx(1, rel=1e-4)
    assert spectrum.ring_areas(shape).sum() == pytest.approx(1)


def test_power_equals_fft():
    kernel = np.random.default_rng(1).normal(size=(5, 5)).astype(np.float32)
    grid = spectrum.frequency_grid((5, 5))
    power = spectrum.power(kernel.reshape(1, -1), (5, 5))[0]
    fft = np.abs(np.fft.fft2(kernel, (17, 17))) ** 2 / 17**2
    for index in (0, 7, 60, 144):
        row, column = round(-grid.fy[index] * 17) % 17, round(grid.fx[index] * 17) % 17
        twice = 1 if grid.radius[index] == 0 else 2
        assert power[index] == pytest.approx(twice * fft[row, column], rel=1e-3)


def test_moments_of_a_wave():
    wave = filters.gabor(15, wavelength_px=4, angle_deg=65, sigma=5).astype(np.float32)
    told = spectrum.measure(wave.reshape(1, -1), (15, 15))
    assert told.angle_deg[0] == pytest.approx(65, abs=1)
    assert told.dominant[0] == pytest.approx(0.25, abs=0.01)
    assert told.anisotropy[0] > 0.9


def test_magnitude_is_centered():
    picture = spectrum.magnitude(filters.gaussian(5), size=32)
    assert picture.shape == (32, 32)
    assert np.unravel_index(picture.argmax(), picture.shape) == (16, 16)
    assert picture.max() == pytest.approx(1)
