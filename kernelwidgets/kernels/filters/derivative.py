"""Hand-made kernels that differentiate, stated as cross-correlation kernels.

``direction="x"`` answers with a positive number where brightness grows to the right,
``direction="y"`` where it grows downwards, as in most textbooks. ``angle_deg`` is the direction in
which a kernel varies, counter-clockwise as seen on the screen, from the x axis.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from .grid import (
    Array,
    Size,
    binomial,
    coordinates,
    default_sigma,
    fixed_shape,
    plane_shape,
    rotated,
    shape_of,
)

Direction: TypeAlias = Literal["x", "y"]
COMPASS = ("E", "NE", "N", "NW", "W", "SW", "S", "SE")


def _along(direction: str, smoothing: Array, difference: Array) -> Array:
    if direction == "x":
        return np.outer(smoothing, difference)
    if direction == "y":
        return np.outer(difference, smoothing)
    raise ValueError(f"direction is 'x' or 'y', not {direction!r}")


def _oriented_sides(name: str, size: Size, direction: str) -> tuple[int, int]:
    height, width = plane_shape(name, size, smallest=2)
    return (height, width) if direction == "x" else (width, height)


def sobel(size: Size = 3, direction: Direction = "x") -> Array:
    """Return the Sobel kernel: binomial smoothing across, binomial difference along.

    At 3×3 [[−1, 0, 1], [−2, 0, 2], [−1, 0, 1]] (Sobel and Feldman 1968); other sizes by repeated
    smoothing with [1, 1].
    """
    across, along = _oriented_sides("sobel", size, direction)
    difference = np.convolve(binomial(along - 1), [-1.0, 1.0])
    return _along(direction, binomial(across), difference)


def prewitt(size: Size = 3, direction: Direction = "x") -> Array:
    """Return the slope of the least-squares plane: a ramp along, equal weights across.

    At 3×3 [[−1, 0, 1], [−1, 0, 1], [−1, 0, 1]] (Prewitt 1970).
    """
    across, along = _oriented_sides("prewitt", size, direction)
    ramp = np.arange(along) - (along - 1) / 2
    return _along(direction, np.ones(across), ramp if along % 2 else 2 * ramp)


def scharr(size: Size = 3, direction: Direction = "x") -> Array:
    """Return the Scharr kernel [[−3, 0, 3], [−10, 0, 10], [−3, 0, 3]] (Scharr 2000); 3×3 only."""
    fixed_shape("scharr", size, (3, 3), "use sobel(size=…) or gaussian_derivative(size=…)")
    return _along(direction, np.array([3.0, 10.0, 3.0]), np.array([-1.0, 0.0, 1.0]))


def roberts(size: Size = 2, direction: Literal["main", "anti"] = "main") -> Array:
    """Return the Roberts cross [[1, 0], [0, −1]], or its mirror image for ``"anti"``; 2×2 only.

    Roberts 1963.
    """
    fixed_shape("roberts", size, (2, 2), "use gaussian_derivative(size=…, angle_deg=45)")
    if direction not in ("main", "anti"):
        raise ValueError(f"direction is 'main' or 'anti', not {direction!r}")
    kernel = np.diag([1.0, -1.0])
    return kernel if direction == "main" else kernel[:, ::-1].copy()


def kirsch(size: Size = 3, direction: str = "E") -> Array:
    """Return a Kirsch compass kernel: 5 on the three cells of a side, −3 on the others; 3×3 only.

    ``direction`` is one of E, NE, N, NW, W, SW, S, SE (Kirsch 1971).
    """
    fixed_shape("kirsch", size, (3, 3), "use gaussian_derivative(size=…, angle_deg=…)")
    if direction not in COMPASS:
        raise ValueError(f"direction is one of {', '.join(COMPASS)}, not {direction!r}")
    ring = [(1, 2), (0, 2), (0, 1), (0, 0), (1, 0), (2, 0), (2, 1), (2, 2)]
    kernel = np.full((3, 3), -3.0)
    kernel[1, 1] = 0.0
    start = COMPASS.index(direction)
    for step in (-1, 0, 1):
        kernel[ring[(start + step) % 8]] = 5.0
    return kernel


def laplacian(size: Size = 3, neighbors: Literal[4, 8] = 4) -> Array:
    """Return the discrete Laplacian, [[0, 1, 0], [1, −4, 1], [0, 1, 0]] or with 8 neighbors.

    3×3 only; in 1-D, ``size=(3,)``, it is [1, −2, 1].
    """
    if shape_of(size) == (3,):
        return np.array([1.0, -2.0, 1.0])
    fixed_shape("laplacian", size, (3, 3), "use laplacian_of_gaussian(size=…)")
    if neighbors not in (4, 8):
        raise ValueError(f"neighbors is 4 or 8, not {neighbors!r}")
    kernel = np.ones((3, 3))
    if neighbors == 4:
        kernel[::2, ::2] = 0.0
    kernel[1, 1] = -neighbors
    return kernel


def laplacian_of_gaussian(size: Size = 7, sigma: float | None = None) -> Array:
    """Return the Laplacian of a Gaussian with its mean taken off (Marr and Hildreth 1980).

    (r² − dσ²) / σ⁴ · exp(−r² / 2σ²) in d dimensions; ``sigma`` in pixels.
    """
    shape = shape_of(size)
    sigma = default_sigma(shape) if sigma is None else sigma
    x, y = coordinates(shape)
    squared = x**2 + y**2
    kernel = (squared - len(shape) * sigma**2) / sigma**4 * np.exp(-squared / (2 * sigma**2))
    return np.asarray(kernel - kernel.mean())


def difference_of_gaussians(
    size: Size = 7, sigma: float | None = None, ratio: float = 1.6
) -> Array:
    """Return a narrow minus a wide Gaussian, each with sum 1 (Marr and Hildreth 1980: ratio 1.6).

    ``sigma`` is the width of the narrow one in pixels, ``ratio`` that of the wide over the narrow.
    """
    shape = shape_of(size)
    sigma = default_sigma(shape) if sigma is None else sigma
    x, y = coordinates(shape)
    squared = x**2 + y**2
    narrow = np.exp(-squared / (2 * sigma**2))
    wide = np.exp(-squared / (2 * (ratio * sigma) ** 2))
    return np.asarray(narrow / narrow.sum() - wide / wide.sum())


def gaussian_derivative(
    size: Size = 5, order: int = 1, angle_deg: float = 0.0, sigma: float | None = None
) -> Array:
    """Return the derivative of a Gaussian of any order in any direction.

    Heₙ(u / σ) / σⁿ · exp(−r² / 2σ²) / (2πσ²)^(d/2) with the probabilists' Hermite polynomial Heₙ
    and u the coordinate along ``angle_deg``: the correlation kernel, (−1)ⁿ times the derivative.
    """
    if order < 0:
        raise ValueError(f"order is 0, 1, 2, …, not {order}")
    shape = shape_of(size)
    sigma = default_sigma(shape) if sigma is None else sigma
    along, across = rotated(shape, angle_deg)
    hermite = np.polynomial.hermite_e.hermeval(along / sigma, [0.0] * order + [1.0])
    envelope = np.exp(-(along**2 + across**2) / (2 * sigma**2))
    scale: float = sigma**order * (2 * np.pi * sigma**2) ** (len(shape) / 2)
    return np.asarray(hermite * envelope / scale)


def emboss(size: Size = 3, angle_deg: float = -45.0) -> Array:
    """Return a relief kernel: a difference along ``angle_deg`` plus the picture itself.

    At 3×3 and the default angle [[−2, −1, 0], [−1, 1, 1], [0, 1, 2]].
    """
    shape = plane_shape("emboss", size, smallest=2)
    along, _ = rotated(shape, angle_deg)
    if angle_deg % 90 == 45:
        along = np.round(along * np.sqrt(2))
    kernel = along.copy()
    kernel[shape[0] // 2, shape[1] // 2] += 1.0
    return kernel


def step(size: Size = (3,)) -> Array:
    """Return the 1-D edge detector: −1 left, +1 right, 0 in the middle of an odd length."""
    shape = shape_of(size if isinstance(size, tuple) else (size,))
    if len(shape) != 1 or shape[0] < 2:
        raise ValueError(f"step is 1-D with at least two taps; give size=(3,), not {size!r}")
    return np.asarray(np.sign(np.arange(shape[0]) - (shape[0] - 1) / 2))
