"""Hand-made kernels that keep or blur a picture, and the sharpening that undoes a blur."""

from __future__ import annotations

import numpy as np

from .grid import (
    Array,
    Size,
    binomial,
    centered_delta,
    coordinates,
    plane_shape,
    rotated,
    shape_of,
)


def identity(size: Size = 3) -> Array:
    """Return the kernel that changes nothing: 1 in the center, 0 elsewhere."""
    return centered_delta(shape_of(size))


def box(size: Size = 3) -> Array:
    """Return the mean filter: every cell one over the number of cells."""
    shape = shape_of(size)
    return np.full(shape, 1 / np.prod(shape))


def gaussian(size: Size = 3, sigma: float | None = None) -> Array:
    """Return a Gaussian blur with sum 1.

    Without ``sigma`` (pixels) the binomial kernel of that size, at 3×3 the textbook
    1/16 · [[1, 2, 1], [2, 4, 2], [1, 2, 1]]; with it exp(−(x² + y²) / 2σ²), normalized.
    """
    shape = shape_of(size)
    if sigma is None:
        kernel = binomial(shape[-1])
        if len(shape) == 2:
            kernel = np.outer(binomial(shape[0]), kernel)
    else:
        if sigma <= 0:
            raise ValueError(f"sigma is a width in pixels and must be above 0, not {sigma}")
        x, y = coordinates(shape)
        kernel = np.exp(-(x**2 + y**2) / (2 * sigma**2))
    return np.asarray(kernel / kernel.sum())


def smooth(size: Size = (3,)) -> Array:
    """Return the 1-D twin of the Gaussian blur: at three taps [1, 2, 1] / 4."""
    if not isinstance(size, tuple):
        size = (size,)
    return gaussian(size)


def motion_blur(size: Size = 5, angle_deg: float = 0.0) -> Array:
    """Return a mean along a one-pixel line through the center, with sum 1.

    ``angle_deg`` is the direction of the motion, counter-clockwise from the x axis; the line is
    anti-aliased by linear interpolation across it.
    """
    _, across = rotated(plane_shape("motion_blur", size), angle_deg)
    kernel = np.clip(1 - np.abs(across), 0, None)
    return np.asarray(kernel / kernel.sum())


def sharpen(size: Size = 3, amount: float = 1.0) -> Array:
    """Return the picture plus ``amount`` times what a blur takes away from it; its sum is 1.

    At 3×3 identity − amount · Laplacian, the textbook [[0, −1, 0], [−1, 5, −1], [0, −1, 0]];
    other sizes are the unsharp mask identity + amount · (identity − gaussian).
    """
    shape = shape_of(size)
    delta = centered_delta(shape)
    if shape == (3, 3):
        cross = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], dtype=float)
        return delta - amount * cross
    if max(shape) < 3 or any(side % 2 == 0 for side in shape):
        raise ValueError(f"sharpen needs odd sides and a surround; give size=3, not {size!r}")
    return delta + amount * (delta - gaussian(shape))
