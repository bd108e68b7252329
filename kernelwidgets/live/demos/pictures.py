"""Pictures to learn from: photographs, and two kinds that are made of random numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = ["all_dead_leaves", "dead_leaves", "natural_pictures", "pink_noise"]

Picture = NDArray[np.float64]

_GRAY = np.array([0.299, 0.587, 0.114])


def natural_pictures(*, color: bool) -> list[Picture] | None:
    """Photographs that come with scikit-image, or None if it is not installed.

    Returns
    -------
    list
        Pictures of 0 to 1: four `(height, width, 3)` in color, or seven `(height, width)`.
    """
    try:
        from skimage import data
    except ImportError:
        return None
    photographs = [data.astronaut(), data.chelsea(), data.coffee(), data.rocket()]
    if color:
        return [photograph / 255 for photograph in photographs]
    gray = [data.camera(), data.coins(), data.gravel()]
    return [*(photograph @ _GRAY / 255 for photograph in photographs), *(g / 255 for g in gray)]


def dead_leaves(rng: np.random.Generator, *, color: bool, side: int = 256) -> Picture:
    """Disks of random gray or color that hide each other, as leaves on the ground do.

    Radii follow a power law of exponent -3, so that the picture looks alike at every scale: edges
    and a spectrum like those of photographs, and nothing else (Lee, Mumford and Huang 2001).

    Returns
    -------
    array
        A picture of 0 to 1, `(side, side)` or `(side, side, 3)`.
    """
    count, smallest, largest = 600, 3.0, side / 3
    shares = rng.random(count)
    radii = (shares * smallest**-2 + (1 - shares) * largest**-2) ** -0.5
    centers = rng.uniform(0, side, (count, 2))
    paints = rng.random((count, 3 if color else 1))
    picture = np.full((side, side, paints.shape[1]), 0.5)
    for radius, (y, x), paint in zip(radii, centers, paints, strict=True):
        top, left = max(int(y - radius), 0), max(int(x - radius), 0)
        part = picture[top : int(y + radius) + 2, left : int(x + radius) + 2]
        rows, columns = np.ogrid[: part.shape[0], : part.shape[1]]
        part[(rows + top - y) ** 2 + (columns + left - x) ** 2 < radius**2] = paint
    picture = ndimage.gaussian_filter(picture, (0.5, 0.5, 0))
    leaves: Picture = picture if color else picture[..., 0]
    return leaves


def all_dead_leaves(*, color: bool) -> list[Picture]:
    """Eight pictures of dead leaves, always the same."""
    rng = np.random.default_rng(0)
    return [dead_leaves(rng, color=color) for _ in range(8)]


def pink_noise(rng: np.random.Generator, *, side: int = 256) -> Picture:
    """Noise whose amplitude falls as 1/f, as in photographs, but without edges.

    Returns
    -------
    array
        A picture of 0 to 1, `(side, side)`.
    """
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side))
    frequency[0, 0] = 1
    noise = np.fft.rfft2(rng.standard_normal((side, side))) / frequency
    picture = np.fft.irfft2(noise, s=(side, side))
    scaled: Picture = (picture - picture.min()) / np.ptp(picture)
    return scaled
