"""The hand-made kernels that people know by name, as the nearest relatives of a kernel."""

from __future__ import annotations

import functools
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import filters
from .filters.derivative import COMPASS, Direction
from .templates import FAMILIES

CLOSE = 0.03
"""A textbook kernel gives its name where it matches at most this much less than the best."""

_GENERIC = {
    "delta": "identity",
    "lowpass": "Gaussian blur",
    "sharpen": "sharpening",
    "edge": "Gaussian derivative",
    "line": "line detector",
    "blob": "Laplacian of Gaussian",
    "gabor": "Gabor",
    "checkerboard": "checkerboard",
    "other": "corner, plaid or spot",
}


def nearest(
    unit: NDArray[np.float32],
    shape: tuple[int, ...],
    best: NDArray[np.intp],
    r: NDArray[np.float32],
) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """Return the name of the nearest hand-made kernel and the match with it, each (N,).

    ``best`` is the index of the family that matches best and ``r`` that match.
    """
    rows, names, families = _textbook(shape)
    likeness = np.abs(unit @ rows.T)
    likeness[families != best[:, None]] = 0
    nearest_row = likeness.argmax(axis=1)
    nearest_r = likeness.max(axis=1)
    generic = np.array([_GENERIC[family] for family in FAMILIES])[best]
    known = nearest_r >= r - CLOSE
    return np.where(known, names[nearest_row], generic), np.where(known, nearest_r, r)


@functools.lru_cache(maxsize=32)
def _textbook(
    shape: tuple[int, ...],
) -> tuple[NDArray[np.float32], NDArray[Any], NDArray[np.intp]]:
    recipes: list[tuple[str, str, Callable[..., Any]]] = [
        ("box blur", "lowpass", filters.box),
        ("Gaussian blur", "lowpass", filters.gaussian),
        ("sharpening", "sharpen", filters.sharpen),
        ("Laplacian", "blob", filters.laplacian),
        ("Laplacian", "blob", partial(filters.laplacian, neighbors=8)),
        ("Roberts", "edge", filters.roberts),
        ("Roberts", "edge", partial(filters.roberts, direction="anti")),
        ("step", "edge", filters.step),
        ("peak", "line", filters.peak),
    ]
    recipes += [("Kirsch", "edge", partial(filters.kirsch, direction=d)) for d in COMPASS]
    directions: tuple[Direction, Direction] = ("x", "y")
    for direction in directions:
        for name, maker in (
            ("Sobel", filters.sobel),
            ("Prewitt", filters.prewitt),
            ("Scharr", filters.scharr),
        ):
            recipes.append((name, "edge", partial(maker, direction=direction)))
    rows, names, families = [], [], []
    for name, family, maker in recipes:
        try:
            kernel = maker(size=shape)
        except ValueError:  # it does not exist at this size
            continue
        if np.linalg.norm(kernel) > 0:
            rows.append(kernel.ravel() / np.linalg.norm(kernel))
            names.append(name)
            families.append(FAMILIES.index(family))
    return np.array(rows, np.float32), np.array(names), np.array(families)
