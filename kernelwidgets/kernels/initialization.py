"""The laws from which frameworks draw the random weights that a layer starts with.

A convolution weight has shape (out, in, *k), k the kernel's sides; fan_in = in · ∏k and
fan_out = out · ∏k are the numbers of terms in one sum forwards and backwards. torch counts so on
the tensor that it keeps: (out, in/groups, *k), or (in, out/groups, *k) if it is transposed. Keras
counts the same on its (*k, in, out).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class LawStatistics:
    """Width of an initialization law: standard deviation, and bound of a uniform one or None."""

    std: float
    bound: float | None


# variance of the law as a function of (fan_in, fan_out), and whether it is uniform
_LAWS: dict[str, tuple[Callable[[int, int], float], bool]] = {
    # Kaiming uniform with a = √5, gain² = 2 / (1 + a²) = 1/3, ±1/√fan_in: torch's conv layers.
    "torch_default": (lambda fan_in, _: 1 / (3 * fan_in), True),
    "glorot_uniform": (lambda fan_in, fan_out: 2 / (fan_in + fan_out), True),
    "glorot_normal": (lambda fan_in, fan_out: 2 / (fan_in + fan_out), False),
    "he_uniform": (lambda fan_in, _: 2 / fan_in, True),
    "he_normal": (lambda fan_in, _: 2 / fan_in, False),
}
INITIALIZATIONS: tuple[str, ...] = (*_LAWS, "orthogonal")
"""Names of the initialization laws."""


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return (fan_in, fan_out) of a weight of shape (out, in, *k)."""
    if len(shape) < 2 or min(shape) < 1:
        raise ValueError(f"a weight has shape (out, in, *kernel) without empty sides, not {shape}")
    receptive = int(np.prod(shape[2:]))
    return shape[1] * receptive, shape[0] * receptive


def inputs_first(weight: NDArray[Any], groups: int = 1) -> NDArray[Any]:
    """Lay (out, in/groups, *k) out as (in, out/groups, *k), as torch keeps transposed layers."""
    outs, ins, *kernel = weight.shape
    grouped = weight.reshape(groups, outs // groups, ins, *kernel)
    return grouped.swapaxes(1, 2).reshape(groups * ins, outs // groups, *kernel)


def law_statistics(law: str, shape: tuple[int, ...]) -> LawStatistics:
    """Return standard deviation and bound of the law for a weight of shape (out, in, *k).

    Glorot and Bengio 2010 (eq. 12 and 16), He et al. 2015 (eq. 10), Saxe et al. 2014.
    """
    fan_in, fan_out = fans(shape)
    if law == "orthogonal":
        # Unit rows (or columns) share their length among that many entries.
        return LawStatistics(max(shape[0], fan_in) ** -0.5, None)
    if law not in _LAWS:
        raise ValueError(f"no initialization law {law!r}; there are {', '.join(INITIALIZATIONS)}")
    variance, uniform = _LAWS[law]
    std = float(np.sqrt(variance(fan_in, fan_out)))
    return LawStatistics(std, std * 3**0.5 if uniform else None)


def initial_weights(
    law: str, shape: tuple[int, ...], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw a weight of shape (out, in, *k) from an initialization law.

    Raises
    ------
    ValueError
        If the law is unknown or the shape is no weight's shape.
    """
    statistics = law_statistics(law, shape)
    if law == "orthogonal":
        rows, columns = shape[0], int(np.prod(shape[1:]))
        draw = rng.standard_normal((max(rows, columns), min(rows, columns)))
        basis, triangle = np.linalg.qr(draw)
        basis *= np.sign(np.diag(triangle))  # makes the law uniform over orthogonal matrices
        return np.ascontiguousarray(basis if rows >= columns else basis.T).reshape(shape)
    if statistics.bound is not None:
        return rng.uniform(-statistics.bound, statistics.bound, shape)
    return rng.normal(0.0, statistics.std, shape)
