from __future__ import annotations

import numpy as np
import pytest
import torch

from kernelwidgets.kernels import filters
from kernelwidgets.kernels.description import describe, describe_bank
from kernelwidgets.kernels.measures import FAMILIES, NAMED_BELOW
from tests.kernels.evaluation import (
    accuracy,
    direction_errors,
    foreign_accuracy,
    outside_share,
    smooth_names,
    white_names,
)

EXPECTED = {
    "identity": "delta",
    "box": "lowpass",
    "gaussian": "lowpass",
    "sharpen": "sharpen",
    "sobel": "edge",
    "prewitt": "edge",
    "scharr": "edge",
    "kirsch": "edge",
    "gaussian_derivative": "edge",
    "laplacian": "blob",
    "laplacian_of_gaussian": "blob",
    "difference_of_gaussians": "blob",
    "line": "line",
    "gabor": "gabor",
    "checkerboard": "checkerboard",
    "step": "edge",
    "peak": "line",
}


@pytest.mark.parametrize(("name", "family"), EXPECTED.items())
def test_hand_made_kernels_are_what_they_are_called(name, family):
    told = describe(-3 * filters.make(name))
    assert told.family == family
    assert told.match.r > 0.97
    assert told.null_share <= 0.01
    assert told.text


@pytest.mark.parametrize("size", [5, 7, (6, 6), (5, 9), 11])
def test_a_bank_of_hand_made_kernels_gets_its_names_back(size):
    kinds = ["gaussian_derivative", "line", "laplacian_of_gaussian", "gaussian"]
    families = ["edge", "line", "blob", "lowpass"]
    told = describe_bank(filters.bank(40, size, kinds=kinds)).family[:, 0]
    assert list(told) == families * 10


@pytest.mark.parametrize(
    ("k", "reached"),
    [
        (3, (0.97, 0.95, 0.90)),
        (5, (0.99, 0.98, 0.95)),
        (7, (0.99, 0.98, 0.95)),
        (11, (0.98, 0.97, 0.95)),
    ],
)
def test_families_of_the_labeled_set(k, reached):
    for noise, least in zip((0.0, 0.1, 0.2), reached, strict=True):
        assert accuracy(k, noise, n=60) >= least


@pytest.mark.parametrize("k", [7, 11])
def test_kernels_from_elsewhere_and_outside_the_families(k):
    assert foreign_accuracy(k, n=8) >= 0.9
    assert min(outside_share(k, n=30).values()) >= 0.8


@pytest.mark.parametrize("k", [2, 3, 5, 7, 11])
def test_white_noise_is_not_named(k):
    assert white_names(k, n=4096 if k < 7 else 1024)[0] <= 0.03


@pytest.mark.parametrize("k", [7, 11])
def test_smooth_noise_is_seldom_named(k):
    assert max(smooth_names(k, n=600).values()) <= 0.1


@pytest.mark.parametrize("k", [5, 7, 11])
def test_direction(k):
    median, tail = direction_errors(k, n=100)
    assert median <= 1.5
    assert tail <= 5


def test_direction_is_counter_clockwise_on_the_screen():
    for angle in (0, 30, 90, 135):
        kernel = filters.gaussian_derivative(7, angle_deg=angle)
        assert describe(kernel).normal_deg == pytest.approx(angle, abs=1.5)
    assert describe(filters.gaussian(7)).normal_deg is None


def test_sign_and_gain_do_not_matter():
    kernels = np.random.default_rng(0).normal(size=(50, 1, 7, 7))
    kernels[:25] += 3 * filters.gabor(7)
    plain, turned = describe_bank(kernels), describe_bank(-1e-3 * kernels)
    assert np.array_equal(plain.code, turned.code)
    assert plain.match_r == pytest.approx(turned.match_r, abs=1e-5)


def test_fields_of_sobel():
    told = describe(filters.sobel())
    assert told.match.name == "Sobel"
    assert (told.symmetry, told.symmetry_value) == ("odd", pytest.approx(-1))
    assert told.response == "bandpass"
    assert told.dc_gain == 0
    assert told.separability == pytest.approx(1)
    assert told.norm == pytest.approx(np.sqrt(12))
    assert told.color is None
    assert told.text.startswith("vertical edge detector (first derivative along x): r = 1.00")
    assert "1 in 1,000 random 3×3 kernels" in told.text
    assert "true convolution would turn its sign" in told.text
    turned = describe(filters.gaussian_derivative(3, angle_deg=45))
    assert turned.separability < 0.7


@pytest.mark.parametrize(
    ("kernel", "response"),
    [
        (filters.gaussian(5), "lowpass"),
        (filters.identity(5), "allpass"),
        (filters.laplacian(), "highpass"),
        (filters.checkerboard(5), "highpass"),
        (filters.gabor(11, 5), "bandpass"),
        (filters.sobel(11), "bandpass"),
    ],
)
def test_response(kernel, response):
    assert describe(kernel).response == response


def test_wavelength():
    for wavelength in (3.0, 4.0, 5.0):
        told = describe(filters.gabor(11, wavelength, angle_deg=20))
        assert told.wavelength_px == pytest.approx(wavelength, rel=0.07)
    assert describe(filters.gaussian(7)).wavelength_px is None


def test_words_for_stripes():
    assert describe(filters.gabor(9, 4, angle_deg=90)).text.startswith(
        "detector of horizontal stripes 4"
    )
    assert "falling diagonal line" in describe(filters.line(7, angle_deg=45)).text
    assert "blurs along it" in describe(filters.motion_blur(7)).text


def test_small_kernels_say_how_smooth_noise_fares():
    blurred = np.array([[0, 1, 2], [1, 2, 1], [2, 1, 0]]) + filters.gaussian()
    assert "of those as smooth as this one" in describe(blurred).text


def test_noise_says_so_and_half_explained_structure_is_other():
    rng = np.random.default_rng(3)
    assert describe(rng.normal(size=(9, 9))).family == "unstructured"
    assert "noise" in describe(rng.normal(size=(9, 9))).text
    half = filters.gabor(11, 4) / np.linalg.norm(filters.gabor(11, 4))
    noise = rng.normal(size=(11, 11))
    assert describe(half + 1.1 * noise / np.linalg.norm(noise)).family == "other"


def test_color_kernels():
    shape = filters.gabor(7)
    gray, opponent, single = [1, 1, 1], [1, -0.5, -0.5], [0, 1, 0]
    weights = np.array([np.multiply.outer(c, shape) for c in (gray, opponent, single)])
    bank = describe_bank(weights, rgb=True)
    assert list(bank.color) == ["gray", "opponent", "single"]
    assert list(bank.family) == ["gabor"] * 3
    assert bank[1].color == "opponent"
    with pytest.raises(ValueError, match="3 input channels"):
        describe_bank(weights[:, :2], rgb=True)


def test_bank_fields_census_and_table():
    weights = np.random.default_rng(0).normal(size=(6, 2, 3, 3))
    weights[0, 0] = 0
    weights[1] = 3 * filters.sobel()
    bank = describe_bank(weights)
    assert bank.family.shape == bank.match_r.shape == (6, 2)
    assert bank.family[0, 0] == "dead"
    assert bank[0, 0].text.startswith("dead")
    census = bank.census()
    assert set(census) == set(FAMILIES)
    assert sum(census.values()) == 12 == len(bank)
    assert bank.chance.sum() == pytest.approx(11 * NAMED_BELOW["white"])
    rows = bank.table()
    assert len(rows) == 12
    with pytest.raises(IndexError, match="out, in"):
        bank[0]
    assert describe_bank(weights[:, :1])[1].family == "edge"


def test_tensors_that_require_a_gradient():
    layer = torch.nn.Conv2d(2, 3, 5)
    assert describe_bank(layer.weight).family.shape == (3, 2)
    assert np.array_equal(describe_bank(layer.weight).kernels, layer.weight.detach().numpy())


def test_pointwise_kernels_have_no_family():
    bank = describe_bank(np.ones((4, 3, 1, 1)))
    assert bank.family[0, 0] is None
    assert sum(bank.census().values()) == 0
    assert "pointwise" in bank[0, 0].text


@pytest.mark.parametrize(
    "shape", [(1,), (2,), (5,), (40,), (2, 2), (1, 9), (4, 4), (3, 7), (8, 8), (21, 21), (31, 31)]
)
def test_every_size_is_ordinary(shape):
    bank = describe_bank(np.random.default_rng(0).normal(size=(3, 1, *shape)))
    assert np.isfinite(bank.match_r).all()
    assert all(told.text for told in bank)
    assert describe(np.zeros(shape)).family in ("dead", None)


def test_large_kernels():
    assert describe(filters.gaussian_derivative(31, angle_deg=30)).family == "edge"
    assert describe(filters.checkerboard(32)).family == "unstructured"


@pytest.mark.parametrize(
    ("x", "error", "words"),
    [
        (np.zeros((0, 3)), ValueError, "shape"),
        (np.zeros((1, 1, 1, 3, 3)), ValueError, "shape"),
        (np.array(1.0), ValueError, "shape"),
        (np.full((3, 3), np.nan), ValueError, "NaN"),
        (np.zeros((3, 3), complex), TypeError, "real"),
        (np.array([["a"]]), TypeError, "real"),
    ],
)
def test_bad_input(x, error, words):
    with pytest.raises(error, match=words):
        describe(x)
    with pytest.raises((ValueError, TypeError)):
        describe_bank(np.zeros((3, 3)))
