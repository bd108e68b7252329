"""What kernels are: family, direction, symmetry, and the odds that noise looks like this.

A kernel is named after the family of the template that it matches best, but only where noise
seldom matches as well; see :mod:`~kernelwidgets.kernels.nulls` for the odds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .gabor import GaborFit, fit_gabor
from .measures import DEAD_BELOW, FAMILIES, measure
from .words import sentence

SYMMETRIC_FROM = 0.8

_LABELS = np.array([*FAMILIES, None], dtype=object)
_CHUNK = 8192


@dataclass(frozen=True)
class Match:
    """The nearest hand-made kernel and the normalized correlation with it, sign and gain free."""

    name: str
    r: float


@dataclass(frozen=True, eq=False)
class KernelDescription:
    """What one kernel is.

    Attributes
    ----------
    family
        One of ``FAMILIES``, None for a 1×1 kernel.
    match
        The nearest hand-made kernel, whether or not it gives the name.
    null_share
        Share of noise kernels that match anything as well; white noise below 5×5, else noise with
        the kernel's own radial spectrum. 0.001 stands for all smaller shares.
    smooth_share
        The same against noise as smooth as the kernel, at every size.
    response
        ``lowpass``, ``bandpass``, ``highpass`` or ``allpass``.
    dc_gain
        Sum of the weights: what a flat picture is multiplied with.
    symmetry, symmetry_value
        ``even``, ``odd`` or ``none`` under a turn by 180°, and the correlation with the turned
        kernel, 1 to −1.
    anisotropy
        0 where power is spread evenly over the directions, 1 for all of it along one.
    normal_deg
        Direction in which the kernel varies, counter-clockwise from the x axis, [0, 180); None
        where it is isotropic.
    wavelength_px
        From stripe to stripe at the strongest frequency; None for a low-pass or all-pass kernel.
    separability
        σ₁² / Σσ²: 1 for the product of a column and a row. Measures alignment with the axes.
    color
        ``gray``, ``opponent`` or ``single`` for a color kernel, else None.
    norm
        √Σw².
    kernel
        The kernel itself, (*k); of a color kernel its projection on the strongest color.
    """

    family: str | None
    match: Match
    null_share: float
    smooth_share: float
    response: str
    dc_gain: float
    symmetry: str
    symmetry_value: float
    anisotropy: float
    normal_deg: float | None
    wavelength_px: float | None
    separability: float
    color: str | None
    norm: float
    kernel: NDArray[np.float32]

    @property
    def text(self) -> str:
        """One sentence for students."""
        return sentence(self)

    def gabor(self) -> GaborFit:
        """Fit a Gabor function; see :func:`~kernelwidgets.kernels.gabor.fit_gabor`."""
        return fit_gabor(self.kernel)


_COLUMNS = [name for name in KernelDescription.__dataclass_fields__ if name != "kernel"]


@dataclass(frozen=True, eq=False)
class BankDescription:
    """What the kernels of a bank are: the fields of :class:`KernelDescription` as arrays.

    All arrays have shape (out, in), or (out,) for color kernels; undefined numbers are NaN.
    ``code`` is the index of the family in ``FAMILIES``; ``chance`` the probability that noise in
    the kernel's place gets a name; ``kernels`` has shape (out, in, *k) or (out, *k).
    """

    code: NDArray[np.intp]
    match_name: NDArray[Any]
    match_r: NDArray[np.float32]
    null_share: NDArray[np.float32]
    smooth_share: NDArray[np.float32]
    chance: NDArray[np.float32]
    response: NDArray[Any]
    dc_gain: NDArray[np.float32]
    symmetry_value: NDArray[np.float32]
    anisotropy: NDArray[np.float32]
    normal_deg: NDArray[np.float32]
    wavelength_px: NDArray[np.float32]
    separability: NDArray[np.float32]
    color: NDArray[Any] | None
    norm: NDArray[np.float32]
    kernels: NDArray[np.float32]

    @property
    def family(self) -> NDArray[Any]:
        """Family of every kernel, None for 1×1 kernels."""
        return np.asarray(_LABELS[self.code])

    @property
    def symmetry(self) -> NDArray[Any]:
        """``even``, ``odd`` or ``none`` for every kernel."""
        even = np.where(self.symmetry_value >= SYMMETRIC_FROM, "even", "none")
        return np.where(self.symmetry_value <= -SYMMETRIC_FROM, "odd", even)

    def census(self) -> dict[str, int]:
        """Number of kernels in each family, in the order of ``FAMILIES``."""
        counts = np.bincount(self.code.ravel(), minlength=len(FAMILIES))
        return {family: int(counts[index]) for index, family in enumerate(FAMILIES)}

    def __len__(self) -> int:
        return self.code.size

    def __iter__(self) -> Iterator[KernelDescription]:
        return (self[index] for index in np.ndindex(self.code.shape))

    def __getitem__(self, index: int | tuple[int, ...]) -> KernelDescription:
        """Describe one kernel, by (out, in), or by out where there is one input channel."""
        at = index if isinstance(index, tuple) else (index,)
        if len(at) < self.code.ndim:
            if self.code.shape[1] != 1:
                raise IndexError(f"give (out, in); this bank has shape {self.code.shape}")
            at = (*at, 0)

        def number(values: NDArray[np.float32]) -> float | None:
            return None if np.isnan(values[at]) else float(values[at])

        return KernelDescription(
            family=_LABELS[self.code[at]],
            match=Match(str(self.match_name[at]), float(self.match_r[at])),
            null_share=float(self.null_share[at]),
            smooth_share=float(self.smooth_share[at]),
            response=str(self.response[at]),
            dc_gain=float(self.dc_gain[at]),
            symmetry=str(self.symmetry[at]),
            symmetry_value=float(self.symmetry_value[at]),
            anisotropy=float(self.anisotropy[at]),
            normal_deg=number(self.normal_deg),
            wavelength_px=number(self.wavelength_px),
            separability=float(self.separability[at]),
            color=None if self.color is None else str(self.color[at]),
            norm=float(self.norm[at]),
            kernel=self.kernels[at],
        )

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary a kernel: its place, every field of its description, and the sentence."""
        rows = []
        for index in np.ndindex(self.code.shape):
            told = self[index]
            place = dict(zip(("out", "in"), index, strict=False))
            fields = {name: getattr(told, name) for name in _COLUMNS}
            fields |= {"match": told.match.name, "r": told.match.r, "text": told.text}
            rows.append(place | fields)
        return rows

    def table(self) -> Any:
        """One row a kernel: a pandas DataFrame, or a list of dictionaries without pandas."""
        return as_table(self.rows())


def as_table(rows: list[dict[str, Any]]) -> Any:
    """Make a pandas DataFrame of rows, or leave them as they are where there is no pandas."""
    try:
        import pandas as pd
    except ImportError:
        return rows
    return pd.DataFrame(rows)


def describe(x: ArrayLike, rgb: bool = False) -> Any:
    """Describe one kernel (*k), or every kernel of a weight (out, in, *k) as a table.

    Raises
    ------
    TypeError, ValueError
        If ``x`` is not a finite real array of 1 to 4 axes.
    """
    array = _checked(x)
    if array.ndim <= 2:
        return describe_bank(array[None, None])[0, 0]
    return describe_bank(array, rgb).table()


def describe_bank(weights: ArrayLike, rgb: bool = False) -> BankDescription:
    """Describe all kernels of a weight (out, in, *k) at once.

    With ``rgb`` the three input channels are taken as one color kernel.

    Raises
    ------
    TypeError
        If the weights are not real numbers.
    ValueError
        If they are empty, not finite, or not (out, in, *k) with one or two kernel axes.
    """
    array = _checked(weights)
    if array.ndim not in (3, 4):
        raise ValueError(f"a bank is (out, in, *k) with 3 or 4 axes, not {array.shape}")
    color = None
    if rgb:
        if array.shape[1] != 3:
            raise ValueError(f"a color kernel has 3 input channels, not {array.shape[1]}")
        array, color = _strongest_color(array)
    places = array.shape[: 1 if rgb else 2]
    shape = array.shape[len(places) :]
    flat = array.reshape(-1, int(np.prod(shape)))
    norms = np.linalg.norm(flat, axis=1)
    alive = norms > max(1e-12, DEAD_BELOW * float(norms.max()))
    parts = [
        measure(flat[start : start + _CHUNK], alive[start : start + _CHUNK], shape)
        for start in range(0, len(flat), _CHUNK)
    ]
    fields = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return BankDescription(
        **{name: values.reshape(places) for name, values in fields.items()},
        color=color,
        norm=norms.reshape(places).astype(np.float32),
        kernels=array,
    )


def _checked(x: ArrayLike) -> NDArray[np.float32]:
    # A tensor that requires a gradient does not turn into an array by itself.
    array = np.asarray(x.detach().cpu() if hasattr(x, "detach") else x)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"kernels are arrays of real numbers, not of {array.dtype}")
    if not 1 <= array.ndim <= 4 or array.size == 0:
        raise ValueError(f"give one kernel (*k) or a weight (out, in, *k), not shape {array.shape}")
    array = array.astype(np.float32)
    if not np.isfinite(array).all():
        raise ValueError("these kernels hold NaN or infinite numbers; training may have diverged")
    return array


def _strongest_color(
    array: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """Project color kernels (out, 3, *k) on their first color vector and name that color."""
    flat = array.reshape(len(array), 3, -1)
    vector = np.linalg.eigh(flat @ flat.transpose(0, 2, 1))[1][:, :, -1]
    grayness = np.abs(vector.sum(axis=1)) / np.sqrt(3)
    vector *= np.where(vector.sum(axis=1) < 0, -1, 1)[:, None]
    alone = np.abs(vector).max(axis=1) > 0.95
    color = np.select([alone, grayness < 0.7], ["single", "opponent"], "gray")
    projected = np.einsum("nc,nck->nk", vector, flat).astype(np.float32)
    return projected.reshape(len(array), *array.shape[2:]), np.asarray(color)
