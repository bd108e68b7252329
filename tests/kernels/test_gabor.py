from __future__ import annotations

import numpy as np
import pytest

from kernelwidgets.kernels import filters
from kernelwidgets.kernels.description import describe
from kernelwidgets.kernels.gabor import GABOR_LIKE, fit_gabor, fit_gabors, gabor_scores
from tests.kernels.evaluation import gabor_parameter_errors
from tests.kernels.labeled_kernels import field_noise, labeled_set, smooth_noise_kinds


@pytest.mark.parametrize("angle", [0, 20, 90, 170])
@pytest.mark.parametrize("phase", [-120, 0, 75])
def test_clean_gabors_come_back(angle, phase):
    fit = fit_gabor(2.5 * filters.gabor(11, 4.2, angle, phase, sigma=2.3, gamma=0.7))
    assert fit.r2 > 0.9999
    assert fit.wavelength_px == pytest.approx(4.2, rel=0.02)
    assert (fit.angle_deg - angle + 90) % 180 - 90 == pytest.approx(0, abs=1)
    assert fit.sigma == pytest.approx(2.3, rel=0.02)
    assert fit.gamma == pytest.approx(0.7, rel=0.02)
    assert fit.amplitude == pytest.approx(2.5, rel=0.02)
    again = filters.gabor(11, 4.2, fit.angle_deg, fit.phase_deg, sigma=2.3, gamma=0.7)
    original = filters.gabor(11, 4.2, angle, phase, sigma=2.3, gamma=0.7)
    assert again == pytest.approx(original, abs=1e-2)


def test_parameters_over_many_gabors():
    assert np.quantile(gabor_parameter_errors(n=40), 0.99) <= 0.02


def test_off_center_window_is_found():
    rows, columns = np.mgrid[:11, :11]
    window = np.exp(-((columns - 7) ** 2 + (rows - 3) ** 2) / 8)
    fit = fit_gabor(window * np.cos(2 * np.pi * columns / 4))
    assert (fit.x, fit.y) == pytest.approx((2, 2), abs=0.1)


def test_noise_beside_the_fit():
    fit = fit_gabor(filters.gabor(7))
    assert 0.2 < fit.noise_r2 < 0.6
    noise = np.random.default_rng(0).normal(size=(60, 11, 11))
    assert (fit_gabors(noise)[1] >= GABOR_LIKE).mean() == 0


def test_quick_score_agrees_with_the_fit():
    rng = np.random.default_rng(0)
    clean, _, _ = labeled_set(12, 0.0, n=12)
    noise = field_noise(rng, len(clean), 12, smooth_noise_kinds()["pink"])
    unit = [x / np.linalg.norm(x, axis=(1, 2), keepdims=True) for x in (clean, noise)]
    # From pure noise to pure kernel, as training goes.
    for share in (0.0, 0.3, 0.6, 1.0):
        mixed = share * unit[0] + (1 - share) * unit[1]
        quick = gabor_scores(mixed)
        full = fit_gabors(mixed)[1]
        assert (quick <= full + 1e-6).all()
        assert ((quick >= GABOR_LIKE) == (full >= GABOR_LIKE)).mean() >= 0.93
        gap = (quick >= GABOR_LIKE).mean() - (full >= GABOR_LIKE).mean()
        assert abs(gap) <= 0.06


def test_refusals_say_why():
    with pytest.raises(ValueError, match="5×5"):
        fit_gabor(filters.sobel())
    with pytest.raises(ValueError, match="5×5"):
        describe(filters.sobel()).gabor()
    with pytest.raises(ValueError, match="5×5"):
        gabor_scores(np.zeros((4, 3, 3)))
    with pytest.raises(ValueError, match="constant"):
        fit_gabor(np.ones((7, 7)))
    assert gabor_scores(np.zeros((2, 3, 7, 7))).tolist() == [[0, 0, 0]] * 2
