"""What a kernel does to each frequency: its power spectrum and the numbers read off it.

Frequencies are in cycles per pixel; y points up, so angles are counter-clockwise on the screen.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

RINGS = 8
"""Rings of equal width between zero frequency and the finest checkerboard, √½ cycles per pixel."""


@dataclass(frozen=True, eq=False)
class FrequencyGrid:
    """The frequencies at which kernels of one shape are measured: half a plane, without repeats.

    ``transform`` turns flat kernels (N, cells) into real and imaginary parts side by side, scaled
    so that the squares of all parts add up to those of the kernel.
    """

    transform: NDArray[np.float32]
    fx: NDArray[np.float32]
    fy: NDArray[np.float32]
    ring: NDArray[np.intp]

    @property
    def radius(self) -> NDArray[Any]:
        """Distance from zero frequency."""
        return np.hypot(self.fx, self.fy)


@dataclass(frozen=True, eq=False)
class Spectra:
    """Power spectra of N kernels, condensed; every field has shape (N,) but ``rings``.

    Attributes
    ----------
    angle_deg
        Direction in which the kernel varies, [0, 180), from the spectrum's second moment.
    anisotropy
        0 for power spread evenly over the directions, 1 for all of it along one.
    centroid
        Mean frequency, weighted with power.
    dominant
        Mean frequency, weighted with squared power: that of the strongest stripes.
    rings
        (N, RINGS) share of the power in each ring around zero frequency.
    """

    angle_deg: NDArray[Any]
    anisotropy: NDArray[Any]
    centroid: NDArray[Any]
    dominant: NDArray[Any]
    rings: NDArray[Any]


@functools.lru_cache(maxsize=32)
def frequency_grid(shape: tuple[int, ...]) -> FrequencyGrid:
    """Return the frequencies for kernels of shape (k,) or (h, w), zero-padded to twice the size."""
    # An odd number of frequencies has no Nyquist frequency, which would be its own mirror image.
    sides = [max(17, 2 * side + 1) for side in shape]
    axes = [np.fft.fftfreq(n) for n in sides]
    if len(shape) == 1:
        fx, fy = axes[0], np.zeros(sides[0])
        column, row = np.arange(shape[0]), np.zeros(shape[0])
    else:
        fy, fx = (grid.ravel() for grid in np.meshgrid(*axes, indexing="ij"))
        fy = -fy
        row, column = (grid.ravel() for grid in np.indices(shape))
    half = (fy > 0) | ((fy == 0) & (fx >= 0))
    fx, fy = fx[half], fy[half]
    phase = 2 * np.pi * (np.outer(column, fx) - np.outer(row, fy))
    scale = np.sqrt(np.where(np.hypot(fx, fy) == 0, 1.0, 2.0) / np.prod(sides))
    ring = (np.hypot(fx, fy) / np.sqrt(0.5) * RINGS).astype(int)
    return FrequencyGrid(
        transform=np.hstack([np.cos(phase) * scale, np.sin(phase) * scale]).astype(np.float32),
        fx=fx.astype(np.float32),
        fy=fy.astype(np.float32),
        ring=ring,
    )


def power(kernels: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Return the power of flat kernels (N, cells) at the frequencies of their grid, (N, F)."""
    grid = frequency_grid(shape)
    parts = kernels @ grid.transform
    half = len(grid.fx)
    return np.asarray(parts[:, :half] ** 2 + parts[:, half:] ** 2)


def measure(kernels: NDArray[Any], shape: tuple[int, ...]) -> Spectra:
    """Condense the spectra of flat kernels (N, cells) that are not all zero."""
    powers = power(kernels, shape)
    moments = powers @ _moment_weights(shape)
    squared = powers**2
    total = moments[:, RINGS : RINGS + 1]
    mass = np.maximum(moments[:, RINGS + 1], 1e-30)
    cosine, sine = moments[:, RINGS + 2], moments[:, RINGS + 3]
    angle_deg = np.rad2deg(np.arctan2(sine, cosine)) / 2 % 180
    return Spectra(
        angle_deg=np.where(angle_deg < 180, angle_deg, 0),  # −1e−9 % 180 rounds up to 180
        anisotropy=np.hypot(sine, cosine) / mass,
        centroid=mass / total[:, 0],
        dominant=(squared @ frequency_grid(shape).radius) / squared.sum(axis=1),
        rings=moments[:, :RINGS] / total,
    )


@functools.lru_cache(maxsize=32)
def _moment_weights(shape: tuple[int, ...]) -> NDArray[np.float32]:
    grid = frequency_grid(shape)
    radius = grid.radius
    double = 2 * np.arctan2(grid.fy, grid.fx)
    columns = [*(grid.ring == index for index in range(RINGS)), np.ones_like(radius), radius]
    columns += [radius * np.cos(double), radius * np.sin(double)]
    return np.stack(columns, axis=1).astype(np.float32)


def ring_areas(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return the share of all frequencies that lies in each ring: white noise's ring powers."""
    grid = frequency_grid(shape)
    areas = np.bincount(grid.ring, weights=np.where(grid.radius > 0, 2, 1), minlength=RINGS)
    return np.asarray(areas / areas.sum(), np.float32)


def magnitude(kernel: ArrayLike, size: int = 32) -> NDArray[np.float64]:
    """Return |FFT| of a kernel, zero-padded to ``size`` a side, zero frequency in the center."""
    array = np.asarray(kernel, dtype=float)
    sides = [max(size, side) for side in array.shape]
    return np.asarray(np.abs(np.fft.fftshift(np.fft.fftn(array, sides, axes=range(array.ndim)))))
