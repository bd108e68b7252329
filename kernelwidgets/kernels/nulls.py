"""How well mere noise matches: the odds that every name has to beat.

A smooth kernel matches something by chance far more often than a rough one. So each kernel is
compared with isotropic noise that has the kernel's own radial spectrum. That is not simulated for
each kernel: for each size, noise of many spectra is matched once, Fisher's z = artanh r of the best
match is fitted with a mean and a spread that depend on what the spectrum measures (its width, its
centroid, the power around zero frequency), and the distribution of the standardized rest is kept.

``python -m kernelwidgets.kernels.nulls`` makes the tables of common sizes; others are made on first
use from fewer samples.
"""

from __future__ import annotations

import functools
import json
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .matching import match
from .spectrum import Spectra, ring_areas
from .templates import by_direction

LEVELS = (*np.arange(0, 0.9, 0.05).round(2), 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99,
          0.995, 0.998, 0.999)  # fmt: skip
"""Shares of noise below the tabulated quantiles; rarer than the last is not resolved."""

_TABLES = "null_tables.json"
_FIELD = 32


@dataclass(frozen=True)
class NullTable:
    """The matches of noise kernels of one shape.

    ``location`` and ``scale`` are the coefficients of mean and spread of z on the spectral
    features, ``low`` and ``high`` the range in which these were seen; ``smooth`` are the quantiles
    of the standardized z, ``white`` those of r for white noise, both at ``LEVELS``.
    """

    location: list[float]
    scale: list[float]
    low: list[float]
    high: list[float]
    smooth: list[float]
    white: list[float]

    def share_of_white(self, r: NDArray[Any]) -> NDArray[np.float64]:
        """Return the share of white-noise kernels that match at least as well as r, (N,)."""
        return np.asarray(1 - np.interp(r, self.white, LEVELS))

    def share_of_smooth(self, r: NDArray[Any], spectra: Spectra, areas: Any) -> NDArray[np.float64]:
        """Return the share of noise with the same radial spectrum that matches as well, (N,)."""
        basis = _basis(np.clip(_features(spectra, areas), self.low, self.high))
        standardized = (_fisher(r) - basis @ self.location) / _spread(basis @ self.scale)
        return np.asarray(1 - np.interp(standardized, self.smooth, LEVELS))


def calibrated_on_smooth(shape: tuple[int, ...]) -> bool:
    """Tell whether a kernel of that shape has cells enough to be held against smooth noise.

    Below 5×5 and in 1-D smooth noise looks like a blur, an edge or a wave so often that nothing
    could be named; there names have to beat white noise, and the words add how smooth noise fares.
    """
    return by_direction(shape)


def null_table(shape: tuple[int, ...]) -> NullTable:
    """Return the table for a kernel shape, stored or made on first use."""
    return _stored().get(shape) or _made(shape)


@functools.lru_cache(maxsize=1)
def _stored() -> dict[tuple[int, ...], NullTable]:
    source = resources.files(__package__).joinpath(_TABLES)
    tables = json.loads(source.read_text("utf-8")) if source.is_file() else {}
    return {
        tuple(int(side) for side in name.split("x")): NullTable(**table)
        for name, table in tables.items()
    }


@functools.lru_cache(maxsize=16)
def _made(shape: tuple[int, ...]) -> NullTable:
    return simulate(shape, fields=150)


def simulate(shape: tuple[int, ...], fields: int, seed: int = 0) -> NullTable:
    """Match noise of ``fields`` random isotropic spectra, 32 kernels of each, and tabulate."""
    rng = np.random.default_rng([seed, *shape])
    noise = isotropic_noise(rng, shape, fields)
    white = rng.normal(size=(len(noise), noise.shape[1]))
    white[::2] = rng.uniform(-1, 1, size=white[::2].shape)
    matches, spectra = match(_unit(noise), shape)
    z = _fisher(matches.max(axis=1))
    features = _features(spectra, ring_areas(shape))
    low, high = np.quantile(features, [0.005, 0.995], axis=0)
    basis = _basis(np.clip(features, low, high))
    location = np.linalg.lstsq(basis, z, rcond=None)[0]
    rest = z - basis @ location
    scale = np.linalg.lstsq(basis, np.abs(rest), rcond=None)[0]
    smooth = np.quantile(rest / _spread(basis @ scale), LEVELS)
    white_matches = match(_unit(white), shape)[0].max(axis=1)
    columns = (location, scale, low, high, smooth, np.quantile(white_matches, LEVELS))
    return NullTable(*([round(float(x), 5) for x in column] for column in columns))


def isotropic_noise(
    rng: np.random.Generator, shape: tuple[int, ...], fields: int, per_field: int = 32
) -> NDArray[np.float64]:
    """Cut flat kernels (fields · per_field, cells) out of noise with random isotropic spectra.

    In turn a power law with or without a mean, a Gaussian blur, and a band of frequencies; half of
    the fields have some white noise on top.
    """
    sides = tuple(max(_FIELD, 3 * side) for side in shape)
    axes = np.meshgrid(*(np.fft.fftfreq(side) for side in sides), indexing="ij")
    f = np.sqrt(sum(axis**2 for axis in axes))
    kernels = []
    for index in range(fields):
        spectrum = _random_spectrum(rng, f, index)
        if rng.random() < 0.5:
            spectrum = spectrum / spectrum.mean() + rng.uniform(0, 0.3)
        white = np.fft.fftn(rng.normal(size=sides))
        field = np.fft.ifftn(white * np.sqrt(spectrum)).real
        starts = [rng.integers(0, side, per_field)[:, None] for side in sides]
        cells = [(s + np.arange(k)) % n for s, k, n in zip(starts, shape, sides, strict=True)]
        if len(shape) == 2:
            cells = [cells[0][:, :, None], cells[1][:, None, :]]
        cut = field[tuple(cells)]
        kernels.append(cut.reshape(per_field, -1))
    return np.concatenate(kernels)


def _random_spectrum(rng: np.random.Generator, f: NDArray[Any], index: int) -> NDArray[np.float64]:
    if index % 3 == 0:
        spectrum = np.maximum(f, 1 / _FIELD) ** -rng.uniform(0, 4)
        spectrum[f == 0] *= index % 2
        return np.asarray(spectrum)
    if index % 3 == 1:
        return np.asarray(np.exp(-((2 * np.pi * f * rng.uniform(0.2, 1.8)) ** 2)))
    top = f.max()
    low = rng.uniform(-0.2, 0.85) * top
    high = max(low, 0) + rng.uniform(0.12, 0.6) * top
    return np.asarray((f >= low) & (f <= high), float)


def _unit(kernels: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(kernels / np.linalg.norm(kernels, axis=1, keepdims=True), np.float32)


def _features(spectra: Spectra, areas: Any) -> NDArray[Any]:
    """Return log of the occupied share of the spectrum, its centroid, and the power near zero."""
    occupied = 1 / (spectra.rings**2 / np.maximum(areas, 1e-9)).sum(axis=1)
    columns = (np.log(occupied), 2 * spectra.centroid, *spectra.rings[:, :2].T)
    return np.stack(columns, axis=1)


def _basis(features: NDArray[Any]) -> NDArray[np.float64]:
    width, center, first, second = features.T.astype(float)
    one = np.ones_like(width)
    columns = (one, width, center, width**2, center**2, width * center, first, second)
    return np.stack(columns, axis=1)


def _fisher(r: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(np.arctanh(np.minimum(np.asarray(r, float), 0.9999)))


def _spread(scale: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(np.maximum(scale, 0.03))


def write_tables() -> None:
    """Write the tables of common sizes beside this module."""
    shapes = [(k, k) for k in (*range(2, 10), 11, 12, 13, 15)] + [(k,) for k in range(2, 16)]
    tables = {"x".join(map(str, shape)): asdict(simulate(shape, fields=900)) for shape in shapes}
    lines = ",\n".join(f'"{name}": {json.dumps(table)}' for name, table in tables.items())
    Path(__file__).with_name(_TABLES).write_text(f"{{\n{lines}\n}}\n", "utf-8")


if __name__ == "__main__":
    write_tables()
