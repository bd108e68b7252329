"""Sizes, coordinates and the few sequences that all hand-made kernels are built from."""

from __future__ import annotations

import operator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Size: TypeAlias = "int | tuple[int, ...]"


def shape_of(size: Size) -> tuple[int, ...]:
    """Return the kernel shape for a size: ``5`` is 5×5, ``(3, 7)`` is 3×7, ``(5,)`` is 1-D.

    Raises
    ------
    ValueError
        If a side is below 1 or there are more than two of them.
    """
    sides = size if isinstance(size, tuple) else (size, size)
    shape = tuple(operator.index(side) for side in sides)
    if not 1 <= len(shape) <= 2 or min(shape) < 1:
        raise ValueError(f"size {size!r} is not a kernel size; give 5, (3, 7) or, for 1-D, (5,)")
    return shape


def fixed_shape(name: str, size: Size, shape: tuple[int, ...], instead: str) -> None:
    """Raise when a kernel that exists in one size only is asked for in another."""
    if shape_of(size) != shape:
        given = "×".join(map(str, shape_of(size)))
        have = "×".join(map(str, shape))
        raise ValueError(f"{name} is a {have} kernel and was asked for at {given}; {instead}")


def plane_shape(name: str, size: Size, smallest: int = 1) -> tuple[int, int]:
    """Return a 2-D shape, raising when the size is 1-D or a side is below ``smallest``."""
    shape = shape_of(size)
    if len(shape) != 2:
        raise ValueError(f"{name} is 2-D; give a size such as 3 or (3, 5) instead of {size!r}")
    if min(shape) < smallest:
        raise ValueError(f"{name} needs at least {smallest} cells a side; give size={smallest}")
    return shape[0], shape[1]


def coordinates(shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Return x (to the right) and y (up) of every cell in pixels, zero in the center."""
    if len(shape) == 1:
        x = np.arange(shape[0]) - (shape[0] - 1) / 2
        return x, np.zeros_like(x)
    height, width = shape
    rows, columns = np.mgrid[:height, :width].astype(float)
    return columns - (width - 1) / 2, (height - 1) / 2 - rows


def rotated(shape: tuple[int, ...], angle_deg: float) -> tuple[Array, Array]:
    """Return the coordinates along and across a direction, counter-clockwise from the x axis."""
    x, y = coordinates(shape)
    # Exact zeros at multiples of 90° keep cells on an axis on it.
    cosine = np.round(np.cos(np.deg2rad(angle_deg)), 15)
    sine = np.round(np.sin(np.deg2rad(angle_deg)), 15)
    return x * cosine + y * sine, y * cosine - x * sine


def binomial(length: int) -> Array:
    """Return the row of Pascal's triangle with that many entries: [1], [1, 1], [1, 2, 1]."""
    row = np.ones(1)
    for _ in range(length - 1):
        row = np.convolve(row, [1.0, 1.0])
    return row


def default_sigma(shape: tuple[int, ...]) -> float:
    """Return a Gaussian width in pixels that fits the shape: a fifth of the shorter side."""
    return max(0.7, min(shape) / 5)


def centered_delta(shape: tuple[int, ...]) -> Array:
    """Return a kernel that is 1 in its center cell (right of and below it where a side is even)."""
    kernel = np.zeros(shape)
    kernel[tuple(side // 2 for side in shape)] = 1.0
    return kernel
