"""Which law a layer's first weights were drawn from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernelwidgets.kernels.initialization import INITIALIZATIONS, LawStatistics, law_statistics

__all__ = ["WORDS", "Law", "law_named", "recognize"]

WORDS = {
    "torch_default": "torch's default",
    "glorot_uniform": "Glorot uniform",
    "glorot_normal": "Glorot normal",
    "he_uniform": "He uniform",
    "he_normal": "He normal",
    "orthogonal": "orthogonal",
}
ODDS = 400.0
"""How many times likelier than every other the law must be whose name is given."""
ALIKE = 0.01
"""Relative difference of widths below which two laws of one form count as one."""
ROUNDING = 2**-9
"""Relative error of a weight, that of bfloat16."""


@dataclass(frozen=True)
class Law:
    """A law of initialization for weights of one shape, and the names of others equal to it."""

    name: str
    statistics: LawStatistics
    also: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The law with its width, such as "Glorot uniform, ±0.12"."""
        bound, std = self.statistics.bound, self.statistics.std
        width = f"σ {std:.2g}" if bound is None else f"±{bound:.2g}"
        return f"{' or '.join(WORDS[name] for name in (self.name, *self.also))}, {width}"

    def density(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability density at x."""
        bound, std = self.statistics.bound, self.statistics.std
        if bound is not None:
            return np.where(np.abs(x) <= bound, 0.5 / bound, 0.0)
        curve: NDArray[np.float64] = np.exp(-0.5 * (x / std) ** 2) / (std * np.sqrt(2 * np.pi))
        return curve


def law_named(name: str, shape: tuple[int, ...]) -> Law:
    """The law of this name for a weight of the shape that torch keeps, as in `fans`."""
    return Law(name, law_statistics(name, shape))


def recognize(start: NDArray[Any]) -> Law | None:
    """The law that these weights were drawn from, laid out as in `law_named`; None if unclear.

    The law of the largest likelihood, if it is `ODDS` times likelier than every other, and if no
    uniform or normal law of a width of its own is `ODDS` times likelier still. By Markov's
    inequality a wrong law is so much likelier than the true one in less than one draw of `ODDS`,
    any of four in less than one of a hundred. Equal laws are named together, torch's default first.
    """
    flat = start.astype(np.float64).reshape(len(start), -1)
    spread, largest = float(np.sqrt((flat**2).mean())), float(np.abs(flat).max())
    if spread == 0 or flat.size < 9:
        return None
    gram = flat @ flat.T if len(flat) <= flat.shape[1] else flat.T @ flat
    if len(gram) > 1 and np.allclose(gram, np.eye(len(gram)), atol=1e-3):
        return law_named("orthogonal", start.shape)

    def support(law: LawStatistics) -> float:
        return flat.size * _log_likelihood(law, spread, largest)

    laws = [law_named(name, start.shape) for name in INITIALIZATIONS if name != "orthogonal"]
    best = max(support(law.statistics) for law in laws)
    likely = [law for law in laws if support(law.statistics) > best - np.log(ODDS)]
    free = LawStatistics(spread, None), LawStatistics(largest / 3**0.5, largest)
    fits = best > max(map(support, free)) - np.log(ODDS)
    if not (fits and all(_alike(law, likely[0]) for law in likely)):
        return None
    return replace(likely[0], also=tuple(law.name for law in likely[1:]))


def _log_likelihood(law: LawStatistics, spread: float, largest: float) -> float:
    """Mean log density of weights whose root mean square and largest magnitude these are."""
    if law.bound is None:
        return float(-np.log(law.std * np.sqrt(2 * np.pi)) - 0.5 * (spread / law.std) ** 2)
    return float(-np.log(2 * law.bound)) if largest <= law.bound * (1 + ROUNDING) else -np.inf


def _alike(one: Law, other: Law) -> bool:
    a, b = one.statistics, other.statistics
    return (a.bound is None) == (b.bound is None) and abs(np.log(a.std / b.std)) < ALIKE
