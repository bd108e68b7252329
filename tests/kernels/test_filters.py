from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage, signal
from skimage import filters as sk

from kernelwidgets.kernels import filters


def correlation(a, b):
    return abs(np.vdot(a, b)) / (np.linalg.norm(a) * np.linalg.norm(b))


def impulse_answer(function, **kwargs):
    """The correlation kernel that a filter function of another library applies."""
    impulse = np.zeros((15, 15))
    impulse[7, 7] = 1.0
    return function(impulse, **kwargs)[6:9, 6:9][::-1, ::-1]


@pytest.mark.parametrize(
    ("name", "function", "kwargs"),
    [
        ("sobel", ndimage.sobel, {"axis": 1}),
        ("prewitt", ndimage.prewitt, {"axis": 1}),
        ("scharr", sk.scharr_v, {}),
        ("sobel", sk.sobel_v, {}),
        ("laplacian", ndimage.laplace, {}),
    ],
)
def test_equal_to_other_libraries_up_to_gain(name, function, kwargs):
    theirs = impulse_answer(function, **kwargs)
    ours = filters.make(name)
    assert ours / np.abs(ours).max() == pytest.approx(theirs / np.abs(theirs).max())


def test_direction_y_is_the_transpose():
    for name in ("sobel", "prewitt", "scharr"):
        assert np.array_equal(
            filters.make(name, direction="y"), filters.make(name, direction="x").T
        )


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_gaussian_derivative_equals_scipy(order):
    row = np.zeros(41)
    row[20] = 1.0
    theirs = ndimage.gaussian_filter1d(row, 1.5, order=order, truncate=6)[::-1][15:26]
    ours = filters.gaussian_derivative((11,), order=order, sigma=1.5)
    assert ours == pytest.approx(theirs, abs=2e-3)


def test_laplacian_of_gaussian_equals_scipy():
    impulse = np.zeros((41, 41))
    impulse[20, 20] = 1.0
    theirs = ndimage.gaussian_laplace(impulse, 1.5)[13:28, 13:28]
    assert correlation(filters.laplacian_of_gaussian(15, sigma=1.5), theirs) > 0.9999


def test_gabor_equals_scikit_image():
    theirs = sk.gabor_kernel(1 / 5, theta=0.0, sigma_x=2.0, sigma_y=3.0, n_stds=10)
    half = theirs.shape[0] // 2
    middle = theirs[half - 5 : half + 6, theirs.shape[1] // 2 - 5 : theirs.shape[1] // 2 + 6]
    ours = filters.gabor(11, wavelength_px=5, sigma=2, gamma=2 / 3)
    assert correlation(ours, middle.real) > 1 - 1e-9


def test_textbook_integers():
    assert np.array_equal(filters.sobel(), [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    assert np.array_equal(16 * filters.gaussian(), [[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    assert np.array_equal(filters.sharpen(), [[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
    assert np.array_equal(filters.emboss(), [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]])
    assert np.array_equal(filters.line(), [[-1, 2, -1]] * 3)
    assert np.array_equal(filters.line(angle_deg=135), [[-1, -1, 2], [-1, 2, -1], [2, -1, -1]])
    assert np.array_equal(filters.kirsch(), [[-3, -3, 5], [-3, 0, 5], [-3, -3, 5]])
    assert np.array_equal(filters.roberts(), [[1, 0], [0, -1]])
    assert np.array_equal(filters.peak(), [-1, 1, -1])
    assert np.array_equal(filters.step(), [-1, 0, 1])
    assert np.array_equal(filters.smooth(), [0.25, 0.5, 0.25])


def test_positive_answer_where_brightness_grows_to_the_right_and_up():
    rows, columns = np.mgrid[:9, :9]
    up_right = columns - rows.astype(float)
    for kernel in (
        filters.sobel(5),
        filters.gaussian_derivative(5, angle_deg=45),
        filters.gabor(5, wavelength_px=5, phase_deg=-90),
    ):
        assert signal.correlate2d(up_right, kernel, "valid").min() > 0


@pytest.mark.parametrize("name", filters.names())
def test_every_kernel_is_finite_and_alive(name):
    kernel = filters.make(name)
    assert np.isfinite(kernel).all()
    assert np.abs(kernel).max() > 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: filters.scharr(5), "sobel"),
        (lambda: filters.roberts(3), "gaussian_derivative"),
        (lambda: filters.laplacian(7), "laplacian_of_gaussian"),
        (lambda: filters.sharpen(4), "size=3"),
        (lambda: filters.sobel((5,)), "2-D"),
        (lambda: filters.box(0), "size"),
        (lambda: filters.box((3, 3, 3)), "size"),
        (lambda: filters.sobel(direction="z"), "'x' or 'y'"),
        (lambda: filters.make("sobol"), "sobel"),
        (lambda: filters.gabor(sigma=0), "above 0"),
    ],
)
def test_mistakes_say_the_fix(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_unknown_parameter_raises():
    with pytest.raises(TypeError):
        filters.make("sobel", sigma=2)


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (4, 4), (3, 5), (5, 5), (7, 7), (11, 11)])
def test_presets_have_the_shape_and_unit_norm(shape):
    presets = filters.presets(*shape)
    assert len(presets) >= 8
    for kernel in presets.values():
        assert kernel.shape == shape
        assert kernel.dtype == np.float32
        assert np.linalg.norm(kernel) == pytest.approx(1, abs=1e-6)


def test_presets_in_one_dimension():
    presets = filters.presets(None, 3)
    assert {"step", "peak", "smooth"} <= presets.keys()
    assert all(kernel.shape == (3,) for kernel in presets.values())
    assert set(filters.presets(1, 1)) == set(filters.presets(None, 1)) == {"identity"}


def test_bank_is_layer_shaped_and_spreads_orientations():
    bank = filters.bank(12, 7, kinds=["gabor"], in_channels=3, norm=2.0)
    assert bank.shape == (12, 3, 7, 7)
    assert np.sqrt((bank**2).sum((1, 2, 3))) == pytest.approx(np.full(12, 2.0), rel=1e-6)
    flat = bank[:, 0].reshape(12, -1)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    likeness = np.abs(flat @ flat.T) - np.eye(12)
    assert likeness.max() < 0.99
    assert filters.bank(6, (5,)).shape == (6, 1, 5)
    assert filters.bank(8, 3).shape == (8, 1, 3, 3)


def test_tab_completion_lists_the_kernels():
    assert set(filters.names()) <= set(dir(filters))
