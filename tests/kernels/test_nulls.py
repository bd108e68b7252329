from __future__ import annotations

import numpy as np
import pytest

from kernelwidgets.kernels import nulls
from kernelwidgets.kernels.matching import match
from kernelwidgets.kernels.nulls import isotropic_noise, null_table, simulate
from kernelwidgets.kernels.spectrum import ring_areas


def shares(table, kernels, shape):
    unit = (kernels / np.linalg.norm(kernels, axis=1, keepdims=True)).astype(np.float32)
    matches, spectra = match(unit, shape)
    r = matches.max(axis=1)
    return table.share_of_smooth(r, spectra, ring_areas(shape)), table.share_of_white(r)


@pytest.mark.parametrize("shape", [(3, 3), (7, 7), (11, 11)])
def test_stored_tables_are_calibrated_on_fresh_noise(shape):
    rng = np.random.default_rng(99)
    smooth, _ = shares(null_table(shape), isotropic_noise(rng, shape, 90), shape)
    _, white = shares(null_table(shape), rng.normal(size=(3000, np.prod(shape))), shape)
    for level in (0.05, 0.1, 0.5):
        assert (smooth <= level).mean() == pytest.approx(level, abs=0.015 + 0.25 * level)
        assert (white <= level).mean() == pytest.approx(level, abs=0.02 + 0.1 * level)


def test_stored_tables_are_what_the_script_makes():
    stored = null_table((3, 3))
    again = simulate((3, 3), fields=900)
    assert stored.smooth == pytest.approx(again.smooth, abs=0.05)
    assert stored.white == pytest.approx(again.white, abs=0.005)


def test_sizes_without_a_stored_table_are_made_on_first_use():
    assert (5, 9) not in nulls._stored()
    table = null_table((5, 9))
    smooth, _ = shares(table, isotropic_noise(np.random.default_rng(5), (5, 9), 60), (5, 9))
    assert (smooth <= 0.1).mean() == pytest.approx(0.1, abs=0.05)


def test_smoother_noise_has_the_higher_bar():
    rng = np.random.default_rng(0)
    kernels = rng.normal(size=(400, 7, 7))
    blurred = (
        kernels + np.roll(kernels, 1, 1) + np.roll(kernels, 1, 2) + np.roll(kernels, 1, (1, 2))
    )
    bars = []
    for noise in (kernels, blurred):
        flat = noise.reshape(400, -1)
        _, spectra = match(
            (flat / np.linalg.norm(flat, axis=1, keepdims=True)).astype(np.float32), (7, 7)
        )
        same_r = np.full(400, 0.75)
        bars.append(null_table((7, 7)).share_of_smooth(same_r, spectra, ring_areas((7, 7))).mean())
    assert bars[0] < 0.01 < bars[1]
