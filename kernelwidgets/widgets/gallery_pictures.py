"""What a kernel makes of a picture, as the gallery's page computes it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernelwidgets.kernels.convolution import correlate

__all__ = ["LUMINANCE", "reduced", "respond"]

Array = NDArray[np.float64]
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
"""Shares of red, green and blue in gray (ITU-R BT.709)."""
NEARLY = 1e-6


def reduced(picture: NDArray[Any], longest: int) -> Array:
    """Average a picture (rows, columns, ...) down until its longer side has `longest` pixels.

    Each new pixel is the mean over the area that it covers. A smaller picture stays as it is.
    """
    result = picture.astype(np.float64)
    share = longest / max(picture.shape[:2])
    if share >= 1:
        return result
    for axis in (0, 1):
        size = picture.shape[axis]
        means = _means(size, max(1, int(size * share + 0.5)))
        result = np.moveaxis(np.tensordot(means, result, axes=(1, axis)), 0, axis)
    return result


def respond(picture: NDArray[Any], kernel: Array, dilation: Any, longest: int) -> Array:
    """Slide a kernel (channels, rows, columns) over a picture, gray or in color, border repeated.

    A kernel of one channel reads the gray of a colored picture, one of three reads gray as a color.
    One of one channel whose sum is 1 makes a picture of a picture: each color by itself.
    """
    small = reduced(picture, longest)
    channels = np.moveaxis(np.atleast_3d(small), -1, 0)
    settings: dict[str, Any] = {
        "padding": "same",
        "padding_mode": "replicate",
        "dilation": dilation,
    }
    if len(kernel) == 1 and len(channels) == 3:
        if abs(kernel.sum() - 1) < NEARLY:
            colors = [correlate(color, kernel[0], **settings) for color in channels]
            return np.stack(colors, axis=-1)
        channels = np.tensordot(LUMINANCE, channels, axes=1)[None]
    planes = np.broadcast_to(channels, (len(kernel), *channels.shape[1:]))
    response: Array = correlate(planes, kernel[None], **settings)[0]
    return response


def _means(size: int, fewer: int) -> Array:
    """Weights (fewer, size) with which cells are averaged into fewer ones."""
    edges = np.linspace(0, size, fewer + 1)[:, None]
    cells = np.arange(size)
    overlap = np.minimum(edges[1:], cells + 1) - np.maximum(edges[:-1], cells)
    return np.asarray(np.clip(overlap, 0, None) * fewer / size)
