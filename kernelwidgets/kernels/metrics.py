"""Numbers about a layer as a whole, each beside what a random layer of that shape would show."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .description import BankDescription, describe_bank
from .measures import FAMILIES
from .templates import NAMED

ORIENTATION_BINS = 12
"""Bins of the orientation histogram, 15° each, the first centered on 0°."""

SPARSE_BELOW = 0.01
"""A kernel counts as sparse when its largest weight is below this share of the layer's largest."""


@dataclass(frozen=True, eq=False)
class LayerReport:
    """A layer in numbers; every ``*_null`` is the level of random weights of the same shape.

    Attributes
    ----------
    census, expected_by_chance
        Kernels in each family, and how many noise alone would put there in total under a name.
    sparsity
        Share of kernels with no weight above a hundredth of the layer's largest.
    variance_entropy, variance_entropy_null
        Spread of the variance over the principal components; None for fewer than two kernels.
    orthogonality, orthogonality_null
        1 − mean |cos| between output channels; None for a single one.
    orientations
        Oriented kernels in 15° bins of the direction in which they vary, the first around 0°.
    distance
        ‖w − w₀‖ / ‖w₀‖ and ``cosine`` between w and w₀; None without a start to compare with.
    """

    shape: tuple[int, ...]
    census: dict[str, int]
    expected_by_chance: float
    sparsity: float
    variance_entropy: float | None
    variance_entropy_null: float | None
    orthogonality: float | None
    orthogonality_null: float | None
    orientations: NDArray[np.intp]
    distance: float | None
    cosine: float | None

    @property
    def table(self) -> dict[str, tuple[Any, Any]]:
        """Each measured value with the level of random weights, None where there is none."""
        named = sum(self.census[family] for family in NAMED)
        return {
            "kernels": (sum(self.census.values()), None),
            "named": (named, self.expected_by_chance),
            "sparsity": (self.sparsity, 0.0),
            "variance entropy": (self.variance_entropy, self.variance_entropy_null),
            "orthogonality": (self.orthogonality, self.orthogonality_null),
            "distance from the start": (self.distance, None),
            "cosine to the start": (self.cosine, None),
        }

    @property
    def sentences(self) -> list[str]:
        """The report in plain words."""
        total = sum(self.census.values())
        named = sum(self.census[family] for family in NAMED)
        found = [f"{count} {family}" for family, count in self.census.items() if count]
        chance = f"about {self.expected_by_chance:.1f} would have one by chance"
        words = [
            f"{named} of {total} kernels have a name; {chance}.",
            f"Census: {', '.join(found) or 'pointwise kernels have no family'}.",
        ]
        if self.sparsity > 0:
            words.append(f"{self.sparsity:.0%} of the kernels are next to zero.")
        if self.variance_entropy is not None and self.variance_entropy_null:
            ratio = self.variance_entropy / self.variance_entropy_null
            verdict = "as varied as random ones" if ratio > 0.9 else "less varied than random ones"
            words.append(f"The kernels are {verdict} (variance entropy {ratio:.2f} of random).")
        if self.orthogonality is not None and self.orthogonality_null is not None:
            gap = self.orthogonality - self.orthogonality_null
            verdict = "about as alike as" if abs(gap) < 0.02 else "more alike than"
            if gap >= 0.02:
                verdict = "less alike than"
            words.append(f"The output channels are {verdict} random ones.")
        if self.distance is not None:
            words.append(
                f"Since the start the weights have moved {self.distance:.0%} of their length "
                f"(cosine {self.cosine:.2f})."
            )
        return words

    def __str__(self) -> str:
        """The small table, and the sentences below it."""
        rows = [("", "here", "random weights")]
        rows += [(name, _number(here), _number(null)) for name, (here, null) in self.table.items()]
        width = max(len(name) for name, _, _ in rows)
        table = [f"{name:{width}}  {here:>8}  {null:>14}".rstrip() for name, here, null in rows]
        return "\n".join([*table, "", *self.sentences])

    __repr__ = __str__


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def layer_report(
    weights: ArrayLike, start: ArrayLike | None = None, rgb: bool = False
) -> LayerReport:
    """Report on a weight (out, in, *k), and on how far it is from ``start`` of the same shape.

    Raises
    ------
    TypeError, ValueError
        If the weights are no bank (see ``describe_bank``) or ``start`` has another shape.
    """
    bank = describe_bank(weights, rgb)
    array = np.asarray(weights, dtype=float)
    distance = cosine = None
    if start is not None:
        first = np.asarray(start, dtype=float)
        if first.shape != array.shape:
            raise ValueError(f"the start has shape {first.shape}, the weights {array.shape}")
        distance, cosine = travelled(array, first)
    kernels = array.reshape(-1, int(np.prod(array.shape[2:])))
    return LayerReport(
        shape=array.shape,
        census=bank.census(),
        expected_by_chance=float(bank.chance.sum()),
        sparsity=sparsity(array),
        variance_entropy=variance_entropy(kernels),
        variance_entropy_null=_random_entropy(kernels.shape),
        orthogonality=orthogonality(array),
        orthogonality_null=_random_orthogonality((len(array), array[0].size)),
        orientations=orientation_histogram(bank),
        distance=distance,
        cosine=cosine,
    )


def sparsity(weights: ArrayLike) -> float:
    """Return the share of kernels of (out, in, *k) whose weights are all next to zero.

    Next to zero: at most ``SPARSE_BELOW`` of the layer's largest (Gavrikov and Keuper 2022).
    """
    array = np.abs(np.asarray(weights, dtype=float))
    largest = array.max(axis=tuple(range(2, array.ndim)))
    return float((largest <= SPARSE_BELOW * array.max()).mean())


def variance_entropy(kernels: NDArray[Any]) -> float | None:
    """Return −Σ p log₁₀ p over the shares of variance of the principal components.

    ``kernels`` is (N, cells); they are scaled by the largest weight as in Gavrikov and Keuper 2022,
    which does not change the shares. None for fewer than two kernels or no variance.
    """
    if len(kernels) < 2:
        return None
    centered = kernels - kernels.mean(axis=0)
    variance = np.linalg.svd(centered, compute_uv=False) ** 2
    if variance.sum() == 0:
        return None
    share = variance / variance.sum()
    share = share[share > 1e-15]
    return float(-(share * np.log10(share)).sum())


def random_variance_entropy_3x3(n: int) -> float:
    """Return T(n), the variance entropy of n random 3×3 kernels (Gavrikov and Keuper 2022)."""
    return float(1.2618047 / (1 + np.exp(-0.88767525 * (np.log2(n) - 2.30436435))) - 0.31050834)


def orthogonality(weights: ArrayLike) -> float | None:
    """Return 1 − mean |cos| between different output channels of (out, in, *k).

    None for fewer than two channels that are not all zero.
    """
    rows = np.asarray(weights, dtype=float)
    rows = rows.reshape(len(rows), -1)
    norms = np.linalg.norm(rows, axis=1)
    rows = rows[norms > 0] / norms[norms > 0, None]
    n = len(rows)
    if n < 2:
        return None
    alike = np.abs(rows @ rows.T).sum() - n
    return float(1 - alike / (n * (n - 1)))


def orientation_histogram(bank: BankDescription) -> NDArray[np.intp]:
    """Count edges, lines and Gabors by the direction in which they vary, in 15° bins."""
    oriented = np.isin(bank.code, [FAMILIES.index(name) for name in ("edge", "line", "gabor")])
    angles = bank.normal_deg[oriented & ~np.isnan(bank.normal_deg)]
    width = 180 / ORIENTATION_BINS
    index = np.round(angles / width).astype(int) % ORIENTATION_BINS
    return np.bincount(index, minlength=ORIENTATION_BINS)


def travelled(weights: NDArray[Any], start: NDArray[Any]) -> tuple[float, float]:
    """Return ‖w − w₀‖ / ‖w₀‖ and the cosine between w and w₀."""
    length = float(np.linalg.norm(start))
    now = float(np.linalg.norm(weights))
    if length == 0 or now == 0:
        return float("nan"), float("nan")
    distance = float(np.linalg.norm(weights - start)) / length
    return distance, float(np.vdot(weights, start)) / (length * now)


def energy_profile(kernels: NDArray[Any], patches: NDArray[Any]) -> NDArray[np.float64]:
    """Return the mean energy of kernels in each principal component of input patches.

    Kernels are (N, cells), patches (M, cells). The shares add up to 1, strongest component of the
    patches first (Chowers and Weiss 2023).
    """
    centered = patches - patches.mean(axis=0)
    components = np.linalg.eigh(centered.T @ centered)[1][:, ::-1]
    energy = ((kernels @ components) ** 2).mean(axis=0)
    return np.asarray(energy / energy.sum())


@functools.lru_cache(maxsize=64)
def _random_entropy(shape: tuple[int, int]) -> float | None:
    n, cells = shape
    if cells == 9 and n >= 2:
        return random_variance_entropy_3x3(n)
    if n > 4096:  # the level no longer changes
        return _random_entropy((4096, cells))
    return variance_entropy(np.random.default_rng(0).normal(size=shape))


def _random_orthogonality(shape: tuple[int, int]) -> float | None:
    """Return the mean of 1 − |cos| of random directions, 1 − Γ(d/2) / (√π Γ((d + 1)/2))."""
    channels, dimension = shape
    if channels < 2:
        return None
    return 1 - math.exp(math.lgamma(dimension / 2) - math.lgamma((dimension + 1) / 2)) / math.sqrt(
        math.pi
    )
