"""Which law a layer's first weights were drawn from."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Law:
    """A law of initialization for weights of one shape."""

    name: str
    statistics: LawStatistics

    @property
    def text(self) -> str:
        """The law with its width, such as "Glorot uniform, ±0.12"."""
        bound, std = self.statistics.bound, self.statistics.std
        width = f"σ {std:.2g}" if bound is None else f"±{bound:.2g}"
        return f"{WORDS[self.name]}, {width}"

    def density(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability density at x."""
        bound, std = self.statistics.bound, self.statistics.std
        if bound is not None:
            return np.where(np.abs(x) <= bound, 0.5 / bound, 0.0)
        curve: NDArray[np.float64] = np.exp(-0.5 * (x / std) ** 2) / (std * np.sqrt(2 * np.pi))
        return curve


def law_named(name: str, shape: tuple[int, ...]) -> Law:
    """The law of this name for a weight of shape (out, in, *kernel)."""
    return Law(name, law_statistics(name, shape))


def recognize(start: NDArray[Any]) -> Law | None:
    """The law whose draw these weights look like, shape (out, in, *kernel); None if none fits.

    The standard deviation must agree within three standard errors, and only a uniform law's draw
    stays within its bound.
    """
    shape, flat = start.shape, start.astype(np.float64).reshape(len(start), -1)
    spread = float(np.sqrt((flat**2).mean()))
    if spread == 0 or flat.size < 9:
        return None
    gram = flat @ flat.T if len(flat) <= flat.shape[1] else flat.T @ flat
    if len(gram) > 1 and np.allclose(gram, np.eye(len(gram)), atol=1e-3):
        return law_named("orthogonal", shape)
    fitting = []
    for name in INITIALIZATIONS:
        law = law_named(name, shape)
        bound, std = law.statistics.bound, law.statistics.std
        # Standard error of a standard deviation: kurtosis 1.8 for uniform draws, 3 for normal ones.
        error = np.sqrt((0.8 if bound is not None else 2.0) / (4 * flat.size))
        off = abs(np.log(spread / std)) / error
        largest = np.abs(flat).max() / std
        inside = largest <= np.sqrt(3) * (1 + 1e-3)
        # Beyond this size a normal draw hardly stays within √3 standard deviations.
        shaped = inside if bound is not None else not inside or flat.size < 30
        if off < 3 and shaped and name != "orthogonal":
            fitting.append((off, law))
    return min(fitting, key=lambda pair: pair[0])[1] if fitting else None
