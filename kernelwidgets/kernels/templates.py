"""The kernels that names are taken from: for each family a fine grid over its parameters.

Isotropic templates are compared with every kernel. Oriented ones, from 5×5 on, only at the
direction in which the kernel's own spectrum says that it varies: that allows a grid fine enough in
width, length and position that hardly any edge or line falls between two templates. Sizes 1 to 4
hold so few orientations that all of them are tried.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import filters
from .filters.derivative import COMPASS
from .filters.grid import coordinates, rotated

NAMED = ("delta", "lowpass", "sharpen", "edge", "line", "blob", "gabor", "checkerboard")
"""The families that have a name of their own."""

FAMILIES = (*NAMED, "other")
"""The families that templates stand for; ``other`` gathers shapes without a name."""

ANGLES = 36
"""Directions of the oriented templates from 5×5 on: every 5°."""

Array = NDArray[Any]


@dataclass
class Templates:
    """Unit-norm templates (T, cells), the family of each, and the partners of phase pairs.

    A Gabor comes as a pair of orthogonal rows, ``rows[t]`` and ``partners[t]``, so that its match
    does not depend on the phase; for all others the partner is zero and left out.
    """

    rows: NDArray[np.float32]
    family: NDArray[np.intp]
    partners: NDArray[np.float32]
    _starts: NDArray[np.intp] = field(init=False)

    def __post_init__(self) -> None:
        self._starts = np.flatnonzero(np.diff(self.family, prepend=-1))

    def best(self, unit: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return r² of unit kernels (N, cells) with the best template of each family, (N, 9)."""
        squares = (unit @ self.rows.T) ** 2
        pairs = len(self.partners)
        if pairs:
            squares[:, -pairs:] += (unit @ self.partners.T) ** 2
        found = np.zeros((len(unit), len(FAMILIES)), np.float32)
        best = np.maximum.reduceat(squares, self._starts, axis=1)
        found[:, self.family[self._starts]] = best
        return found


def by_direction(shape: tuple[int, ...]) -> bool:
    """Tell whether oriented templates are tried at the kernel's own direction only."""
    return len(shape) == 2 and min(shape) >= 5


@functools.lru_cache(maxsize=16)
def isotropic(shape: tuple[int, ...]) -> Templates:
    """Return the templates that are tried on every kernel of that shape."""
    found: dict[str, list[Array]] = {family: [] for family in FAMILIES}
    found["delta"].append(filters.identity(shape))
    found["lowpass"] += _blurs(shape)
    if min(shape) >= 3:
        for blob, sharpened in _center_surrounds(shape):
            found["blob" if len(shape) == 2 else "line"].append(blob)
            found["sharpen"] += sharpened
    if max(shape) > 1:
        k = max(shape)
        board = filters.checkerboard(shape)
        found["checkerboard"] += [board * _gaussian(shape, s) for s in (k / 3, k / 2, k)]
    if by_direction(shape):
        found["other"] += _corners(shape) + _spots(shape)
    else:
        for angle in (0.0,) if len(shape) == 1 else np.arange(16) * 180 / 16:
            for family, template in _oriented(shape, angle):
                found[family].append(template)
        if len(shape) == 1:
            found["line"] += [filters.peak(shape)] if min(shape) >= 3 else []
            found["gabor"] += _gabors(shape, 0.0) if min(shape) >= 5 else []
        if shape == (3, 3):
            found["edge"] += [filters.kirsch(direction=d) for d in COMPASS]
    return _stack(found)


@functools.lru_cache(maxsize=2 * ANGLES)
def oriented(shape: tuple[int, ...], direction: int) -> Templates:
    """Return the edges, lines and Gabors that vary along one of the ``ANGLES`` directions."""
    angle = direction * 180 / ANGLES
    found: dict[str, list[Array]] = {family: [] for family in FAMILIES}
    for family, template in _oriented(shape, angle):
        found[family].append(template)
    found["gabor"] += _gabors(shape, angle)
    return _stack(found)


@functools.lru_cache(maxsize=16)
def _gratings(shape: tuple[int, ...]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return phase pairs of windowed gratings, each window and wavelength in 18 directions."""
    x, y = coordinates(shape)
    k = min(shape)
    pairs = []
    for width in (k / 3, 2.0 * k):
        window = np.exp(-(x**2 + y**2) / (2 * width**2))
        for wavelength in _steps(2.5, k / 1.5, 1.15):
            for direction in range(18):
                phase = 2 * np.pi * rotated(shape, direction * 10)[0] / wavelength
                pairs += [window * np.cos(phase), window * np.sin(phase)]
    return _phase_pairs(pairs)


def best_plaid(unit: NDArray[np.float32], shape: tuple[int, ...]) -> Array:
    """Return r² of unit kernels (N, cells) with the best sum of two equal crossed gratings.

    With r₁ and r₂ the phase-free matches with either grating, the sum at its best phases has
    r = (r₁ + r₂) / √2, more than r₁ alone where the second is more than .41 of the first.
    """
    even, odd = _gratings(shape)
    each = np.hypot(unit @ even.T, unit @ odd.T).reshape(len(unit), -1, 18)
    crossed = each[:, :, :9] + each[:, :, 9:]
    return np.asarray(crossed.reshape(len(unit), -1).max(axis=1) ** 2 / 2)


def _corners(shape: tuple[int, ...]) -> list[Array]:
    corners = []
    for angle in range(0, 360, 15):
        along, across = rotated(shape, angle)
        for du, dv, blur in itertools.product((-1, 0, 1), (-1, 0, 1), (0.35, 1.0)):
            corner = (1 + np.tanh((along - du) / blur)) * (1 + np.tanh((across - dv) / blur))
            corners.append(corner - corner.mean())
    return corners


def _spots(shape: tuple[int, ...]) -> list[Array]:
    x, y = coordinates(shape)
    spots = []
    for row, column in np.ndindex(*shape):
        if max(abs(row - shape[0] // 2), abs(column - shape[1] // 2)) >= 1:
            squared = (x - x[row, column]) ** 2 + (y - y[row, column]) ** 2
            spots += [np.exp(-squared / (2 * sigma**2)) for sigma in (0.1, 0.7, 1.0)]
    return spots


def _stack(found: dict[str, list[Array]]) -> Templates:
    """Normalize, drop what vanishes on the grid, and put the Gabor pairs last."""
    rows, family = [], []
    for index, name in enumerate(FAMILIES):
        if name != "gabor" and found[name]:
            stack = np.stack([template.ravel() for template in found[name]])
            norms = np.linalg.norm(stack, axis=1)
            stack = stack[norms > 1e-6] / norms[norms > 1e-6, None]
            rows.append(stack)
            family += [index] * len(stack)
    partners = np.zeros((0, rows[0].shape[1]), np.float32)
    if found["gabor"]:
        even, partners = _phase_pairs(found["gabor"])
        rows.append(even)
        family += [NAMED.index("gabor")] * len(even)
    return Templates(np.concatenate(rows).astype(np.float32), np.array(family), partners)


def _phase_pairs(waves: list[Array]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return orthonormal rows for waves given as cosine and sine in turn."""
    stack = np.stack([wave.ravel() for wave in waves])
    even, odd = stack[::2], stack[1::2]
    even = even / np.linalg.norm(even, axis=1, keepdims=True)
    odd = odd - even * (even * odd).sum(axis=1, keepdims=True)
    odd /= np.linalg.norm(odd, axis=1, keepdims=True)
    return even.astype(np.float32), odd.astype(np.float32)


def _steps(low: float, high: float, ratio: float) -> Array:
    """Return widths from ``low`` to ``high`` at most ``ratio`` apart."""
    high = max(low, high)
    return np.geomspace(low, high, 1 + int(np.ceil(np.log(high / low) / np.log(ratio) - 1e-9)))


def _gaussian(shape: tuple[int, ...], sigma: float) -> Array:
    x, y = coordinates(shape)
    return np.asarray(np.exp(-(x**2 + y**2) / (2 * sigma**2)))


def _disk(shape: tuple[int, ...]) -> Array:
    x, y = coordinates(shape)
    return np.asarray(np.exp(-((np.hypot(x, y) / (0.55 * min(shape))) ** 6)))


def _blurs(shape: tuple[int, ...]) -> list[Array]:
    k = min(shape)
    blurs = [np.ones(shape), _disk(shape)]
    for sigma in _steps(0.7, k / 3, 1.35):
        blurs.append(_gaussian(shape, sigma))
        if len(shape) == 2 and min(shape) > 1:
            for angle in range(0, 180, 15):
                u, v = rotated(shape, angle)
                blurs.append(np.exp(-(u**2) / (2 * sigma**2) - v**2 / (4 * sigma**2)))
    return blurs


def _center_surrounds(shape: tuple[int, ...]) -> Iterator[tuple[Array, list[Array]]]:
    """Yield blobs, each with the sharpening kernels that have its surround."""
    delta = filters.identity(shape)
    if max(shape) == 3:
        if len(shape) == 1:
            laplacians = [filters.laplacian(shape)]
        else:
            four, eight = filters.laplacian(neighbors=4), filters.laplacian(neighbors=8)
            laplacians = [four, eight, four / 4 + eight / 8]
        for laplacian in laplacians:
            surround = laplacian / -laplacian.min()
            yield laplacian, [delta - amount * surround for amount in (1.2, 2.0)]
        return
    k = min(shape)
    for sigma in _steps(0.75, max(1.0, k / 6), 1.2):
        narrow = _gaussian(shape, sigma)
        narrow /= narrow.sum()
        blur = _gaussian(shape, 1.15 * sigma)
        blur /= blur.sum()
        sharpened = [(1 + amount) * delta - amount * blur for amount in (0.9, 1.6)]
        yield filters.laplacian_of_gaussian(shape, sigma=sigma), sharpened
        for ratio in (1.4, 1.9):
            wide = _gaussian(shape, ratio * sigma)
            yield narrow - wide / wide.sum(), []


def _oriented(shape: tuple[int, ...], angle: float) -> Iterator[tuple[str, Array]]:
    """Yield edges and lines across one direction, at all positions, widths and lengths."""
    k = shape[-1] if len(shape) == 1 else min(shape)
    along, across = rotated(shape, angle)

    for width in _steps(0.65, max(1.2, k / 4), 1.25):
        for center in _centers(k, 0.4 * width):
            u = along - center
            profile = u * np.exp(-(u**2) / (2 * width**2))
            for window in _lengths(shape, across, width, (1.0, 1.5, 2.2, 3.2)):
                yield "edge", profile * window
    for center in _centers(k, 0.5):
        step = np.sign(np.round(along - center, 6))
        yield "edge", step
        if abs(center) < k / 5:
            yield "edge", step * _disk(shape)
    for width in _steps(0.55, max(0.85, k / 6), 1.15):
        for center in _centers(k, 0.2 * width):
            u = (along - center) / width
            profile = (1 - u**2) * np.exp(-(u**2) / 2)
            for window in _lengths(shape, across, width, (1.5, 2.2, 3.2)):
                yield "line", profile * window
    if k >= 4:
        for width in _steps(0.45, max(0.7, k / 9), 1.4):
            for center in _centers(k, 0.6 * width):
                yield "line", np.exp(-((along - center) ** 2) / (2 * width**2))
        for width in _steps(0.8, max(1.2, k / 4), 1.3):
            for center in _centers(k, 0.4 * width):
                bar = np.exp(-(((along - center) / width) ** 4))
                wide = np.exp(-(((along - center) / (3 * width)) ** 4))
                yield "line", bar - bar.mean()
                yield "line", bar - wide * bar.sum() / wide.sum()
    if k >= 5:
        for center in np.arange(1 - k // 2, k // 2):
            cells = np.exp(-((2 * (along - center)) ** 4))  # a line of single cells
            yield "line", cells - cells.mean()


def _gabors(shape: tuple[int, ...], angle: float) -> list[Array]:
    """Return even and odd Gabors in turn; their window holds one and a half waves or more."""
    k = shape[-1] if len(shape) == 1 else min(shape)
    along, across = rotated(shape, angle)
    pairs = []
    for wavelength in _steps(2.3, k / 1.6, 1.15):
        phase = 2 * np.pi * along / wavelength
        for cycles in (0.55, 0.8):
            width = cycles * wavelength
            for center in _centers(k, 0.7 * width):
                envelope = np.exp(-((along - center) ** 2) / (2 * width**2))
                for window in _lengths(shape, across, width, (0.8, 1.4)):
                    pairs += [envelope * window * np.cos(phase), envelope * window * np.sin(phase)]
    return pairs


def _lengths(
    shape: tuple[int, ...], across: Array, width: float, ratios: tuple[float, ...]
) -> Iterator[Array]:
    """Yield windows along the stripes: as many times the width, endless, or off the middle."""
    yield np.ones(shape)
    if len(shape) == 1:
        return
    k = min(shape)
    for ratio in ratios:
        yield np.exp(-(across**2) / (2 * (ratio * width) ** 2))
    if k >= 7:
        for center in (-k / 3, k / 3):
            yield np.exp(-((across - center) ** 2) / (2 * (k / 4) ** 2))


def _centers(k: int, step: float) -> Array:
    """Return positions across the stripes: fine around the middle, coarser towards the border."""
    if k < 5:
        return np.zeros(1)
    fine = np.arange(0, 0.1 * k, step)
    coarse = np.arange(fine[-1] + max(step, 0.12 * k), 0.5 * k, max(step, 0.12 * k))
    half = np.concatenate([fine, coarse])
    return np.concatenate([-half[:0:-1], half])
