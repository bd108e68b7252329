"""Every number of a bank's description, for all of its kernels at once."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import spectrum, textbook
from .matching import match
from .nulls import calibrated_on_smooth, null_table
from .templates import FAMILIES as MATCHED

FAMILIES = (*MATCHED, "unstructured", "dead")
"""All families; a 1×1 kernel has none."""

NAMED_BELOW = {"smooth": 0.10, "white": 0.01}
"""A name is given when at most this share of noise matches as well, by the kind of noise."""
OTHER_BELOW = 0.03
EXPLAINED_FROM = 0.8
"""Least match r of a named kernel: below, the name explains less than two thirds of it."""
CERTAIN_BELOW = 0.002
DEAD_BELOW = 0.03
"""Norm, relative to the layer's largest, below which a kernel is dead."""
ISOTROPIC_BELOW = 0.25
LARGEST = 16
"""Kernels with longer sides are averaged down in blocks first; the loss counts against them."""

_POINTWISE = len(FAMILIES)
_OTHER, _UNSTRUCTURED, _DEAD = (FAMILIES.index(f) for f in ("other", "unstructured", "dead"))
_ORIENTED = [FAMILIES.index(f) for f in ("edge", "line", "gabor")]


def measure(
    flat: NDArray[np.float32], alive: NDArray[np.bool_], shape: tuple[int, ...]
) -> dict[str, NDArray[Any]]:
    """Return the fields of a BankDescription for flat kernels (N, cells)."""
    norms = np.linalg.norm(flat, axis=1, keepdims=True)
    # A dead kernel is measured as a delta so that no number is undefined, and then says "dead".
    unit = np.where(alive[:, None], flat / np.maximum(norms, 1e-30), 0).astype(np.float32)
    unit[~alive, 0] = 1.0
    small, table_shape = _reduced(unit, shape)
    kept = np.linalg.norm(small, axis=1)
    small[kept < 1e-3, 0] = 1.0  # nothing is left to measure; the match below is next to zero
    unit_small = small / np.linalg.norm(small, axis=1, keepdims=True)
    matches, spectra = match(unit_small, table_shape)
    matches *= kept[:, None]
    best = matches.argmax(axis=1)
    r = matches.max(axis=1)
    table = null_table(table_shape)
    smooth = table.share_of_smooth(r, spectra, spectrum.ring_areas(table_shape))
    null = smooth if calibrated_on_smooth(table_shape) else table.share_of_white(r)
    name, name_r = textbook.nearest(unit_small, table_shape, best, r)
    code = _decide(best, r, null, table_shape)
    code[~alive] = _DEAD
    chance = np.full(len(flat), NAMED_BELOW["white"])
    if calibrated_on_smooth(table_shape):
        good = np.full(len(flat), EXPLAINED_FROM)
        as_good = table.share_of_smooth(good, spectra, spectrum.ring_areas(table_shape))
        chance = np.minimum(NAMED_BELOW["smooth"], as_good)
    response = _response(spectra, unit_small.sum(axis=1), table_shape)
    directed = (spectra.anisotropy >= ISOTROPIC_BELOW) | np.isin(code, _ORIENTED)
    directed &= alive & (len(shape) == 2)
    striped = alive & np.isin(response, ("bandpass", "highpass"))
    zoom = shape[-1] / table_shape[-1]
    return {
        "code": np.full_like(code, _POINTWISE) if max(shape) == 1 else code,
        "match_name": np.where(alive, name, "none"),
        "match_r": np.where(alive, name_r, 0).astype(np.float32),
        "null_share": np.where(alive, null, 1).astype(np.float32),
        "smooth_share": np.where(alive, smooth, 1).astype(np.float32),
        "chance": np.where(alive & (max(shape) > 1), chance, 0).astype(np.float32),
        "response": response,
        "dc_gain": flat.sum(axis=1),
        "symmetry_value": np.where(alive, (unit * unit[:, ::-1]).sum(axis=1), 0),
        "anisotropy": spectra.anisotropy,
        "normal_deg": np.where(directed, spectra.angle_deg, np.nan),
        "wavelength_px": np.where(striped, zoom / np.maximum(spectra.dominant, 1e-3), np.nan),
        "separability": _separability(unit.reshape(-1, *shape)),
    }


def _decide(
    best: NDArray[np.intp], r: NDArray[Any], null: NDArray[Any], shape: tuple[int, ...]
) -> NDArray[np.intp]:
    smooth = calibrated_on_smooth(shape)
    limit = np.full(len(r), NAMED_BELOW["smooth" if smooth else "white"])
    limit[best == _OTHER] = OTHER_BELOW
    # What beats noise for certain and still is not explained has structure without a name.
    unnamed = np.where(smooth & (null <= CERTAIN_BELOW), _OTHER, _UNSTRUCTURED)
    return np.where((null <= limit) & (r >= EXPLAINED_FROM), best, unnamed)


def _response(
    spectra: spectrum.Spectra, dc_gain: NDArray[Any], shape: tuple[int, ...]
) -> NDArray[Any]:
    """Name the pass band from the power gain at zero frequency and its mean in rings around it."""
    areas = spectrum.ring_areas(shape)
    rings = spectra.rings[:, areas > 0] / areas[areas > 0]
    gains = np.column_stack([dc_gain**2, rings])
    gains /= gains.max(axis=1, keepdims=True)
    low, high = gains[:, 0], gains[:, -2:].max(axis=1)
    names = np.select(
        [gains.min(axis=1) > 0.3, low >= 0.5, high >= 0.5],
        ["allpass", "lowpass", "highpass"],
        "bandpass",
    )
    return np.asarray(names)


def _separability(kernels: NDArray[np.float32]) -> NDArray[np.float32]:
    if kernels.ndim == 2:
        return np.ones(len(kernels), np.float32)
    if kernels.shape[1] > kernels.shape[2]:
        kernels = kernels.transpose(0, 2, 1)
    gram = kernels @ kernels.transpose(0, 2, 1)
    largest = np.linalg.eigvalsh(gram)[:, -1]
    return np.asarray(largest / np.trace(gram, axis1=1, axis2=2), np.float32)


@functools.lru_cache(maxsize=16)
def _reduction(shape: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[NDArray[np.float32], ...]]:
    """Return the reduced shape and, for each axis, the averaging matrix that leads there."""
    matrices, sides = [], []
    for side in shape:
        step = -(-side // LARGEST)
        count = -(-side // step)
        matrix = np.zeros((count, side), np.float32)
        for cell in range(side):
            matrix[min(count - 1, cell // step), cell] = 1
        matrices.append(matrix / np.linalg.norm(matrix, axis=1, keepdims=True))
        sides.append(count)
    return tuple(sides), tuple(matrices)


def _reduced(
    unit: NDArray[np.float32], shape: tuple[int, ...]
) -> tuple[NDArray[np.float32], tuple[int, ...]]:
    if max(shape) <= LARGEST:
        return unit, shape
    sides, matrices = _reduction(shape)
    kernels = unit.reshape(-1, *shape) @ matrices[-1].T
    if len(shape) == 2:
        kernels = matrices[0] @ kernels
    return kernels.reshape(len(unit), -1), sides
