"""Small patches of pictures, evened out so that no brightness and no scale stands out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F

__all__ = ["color_patches", "gray_patches", "whitened"]

Picture = NDArray[np.float64]

_COUNT = 40_000
_MARGIN = 8
_PROBE_SIDE = 72
_CONTRAST_FLOOR = 0.01


def gray_patches(
    pictures: Sequence[Picture], size: int, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Patches of whitened pictures, and four of the pictures whole.

    Parameters
    ----------
    pictures
        Each `(height, width)`, 0 to 1.
    size
        Side of a patch in pixels.

    Returns
    -------
    tuple
        Patches `(40000, 1, size, size)` without mean and of unit variance, and the pictures
        `(4, 1, 64, 64)`.
    """
    patches = _cut([whitened(picture)[..., None] for picture in pictures], size, rng)
    patches -= patches.mean((1, 2, 3), keepdims=True)
    scale = patches.std()
    small = np.stack([whitened(_reduced(picture)) for picture in pictures[:4]])
    return _tensor(patches / scale), _tensor(small[:, None, 4:-4, 4:-4] / scale)


def whitened(picture: Picture) -> Picture:
    """Even out the spectrum and the local contrast of a gray picture of 0 to 1.

    The filter |f| exp(-(f/.4)⁴), f in cycles per pixel, is that of Olshausen and Field 1997.
    """
    logarithm = np.log(picture + 0.05)
    rows, columns = picture.shape
    frequency = np.hypot(np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(columns))
    gain = frequency * np.exp(-((frequency / 0.4) ** 4))
    even: Picture = np.fft.irfft2(np.fft.rfft2(logarithm) * gain, s=picture.shape)
    even /= even.std()
    contrast = np.sqrt(ndimage.gaussian_filter(even**2, 4))
    even /= np.maximum(contrast, np.median(contrast) / 2)
    return even


def color_patches(
    pictures: Sequence[Picture], size: int, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Whitened patches of color pictures, and four of the pictures whole.

    Patches are brought to one contrast and decorrelated (zero-phase component analysis), as Coates,
    Ng and Lee 2011 did.

    Parameters
    ----------
    pictures
        Each `(height, width, 3)`, 0 to 1.
    size
        Side of a patch in pixels.

    Returns
    -------
    tuple
        Patches `(40000, 3, size, size)` of unit variance, and the pictures `(4, 3, 64, 64)`.
    """
    patches = _cut(pictures, size, rng)
    shape = patches.shape
    flat = patches.reshape(len(patches), -1)
    flat -= flat.mean(1, keepdims=True)
    flat /= np.sqrt(flat.var(1, keepdims=True) + _CONTRAST_FLOOR)
    flat -= flat.mean(0)
    values, axes = np.linalg.eigh(np.cov(flat.T))
    whitening = axes / np.sqrt(values + 0.1 * values.mean()) @ axes.T
    flat = flat @ whitening
    scale = flat.std()
    # What whitening does to the middle pixel of a patch, done at every pixel of the pictures.
    middle = np.ravel_multi_index(([0, 1, 2], [size // 2] * 3, [size // 2] * 3), shape[1:])
    kernels = _tensor(whitening[middle].reshape(3, *shape[1:]))
    small = np.stack([_even_contrast(_reduced(picture)) for picture in pictures[:4]])
    wide = F.pad(_tensor(small.transpose(0, 3, 1, 2)), (size // 2,) * 4, "reflect")
    probe = F.conv2d(wide, kernels / scale)[..., 4:68, 4:68]
    return _tensor((flat / scale).reshape(shape)), probe


def _even_contrast(picture: Picture) -> Picture:
    away = picture - ndimage.gaussian_filter(picture.mean(2), 3)[..., None]
    variance = ndimage.gaussian_filter((away**2).mean(2), 3)[..., None]
    even: Picture = away / np.sqrt(variance + _CONTRAST_FLOOR)
    return even


def _cut(pictures: Sequence[Picture], size: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Patches from random places of pictures `(height, width, channels)`, channels first."""
    shares = np.bincount(rng.integers(len(pictures), size=_COUNT), minlength=len(pictures))
    patches = []
    for picture, count in zip(pictures, shares, strict=True):
        windows = np.lib.stride_tricks.sliding_window_view(
            picture.astype(np.float32), (size, size), (0, 1)
        )
        highest, leftmost = (n - 2 * _MARGIN for n in windows.shape[:2])
        rows = _MARGIN + rng.integers(highest, size=count)
        columns = _MARGIN + rng.integers(leftmost, size=count)
        patches.append(windows[rows, columns])
    return np.concatenate(patches)


def _reduced(picture: Picture) -> Picture:
    """The middle square of a picture, reduced to 72×72."""
    side = min(picture.shape[:2])
    top, left = ((n - side) // 2 for n in picture.shape[:2])
    square = torch.from_numpy(picture[top : top + side, left : left + side])
    layers = square.reshape(side, side, -1).permute(2, 0, 1)[None]
    small = F.interpolate(layers, size=(_PROBE_SIDE,) * 2, mode="area")[0]
    reduced: Picture = small.permute(1, 2, 0).numpy()
    return reduced if picture.ndim == 3 else reduced[..., 0]


def _tensor(array: NDArray[np.floating]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))
