"""Color ranges that stand still: they grow and shrink in steps of 1, 2 and 5."""

from __future__ import annotations

import math
import threading

import numpy as np
from numpy.typing import NDArray

from kernelwidgets.wire.source import Wanted

__all__ = ["ColorRanges", "extremes", "round_up"]

Ends = tuple[float, float]

PATIENCE = 30
"""Frames that must stay far below a limit before it shrinks."""


def round_up(value: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least `value` (> 0)."""
    exponent = math.floor(math.log10(value))
    for factor, power in ((1, exponent), (2, exponent), (5, exponent), (1, exponent + 1)):
        # Through text, so that 5e-3 is the float that reads 0.005.
        step = float(f"{factor}e{power}")
        if step >= value:
            return step
    return float(f"2e{exponent + 1}")


class _Limit:
    """One end of a range, as a distance from zero."""

    def __init__(self) -> None:
        self.value = 0.0
        self._whole = 0.0
        self._quiet = 0
        self._highest = 0.0

    def update(self, magnitude: float, whole: float | None) -> None:
        # The whole layer is seen rarely; what is visible must not shrink its range meanwhile.
        self._whole = self._whole if whole is None else whole
        magnitude = max(magnitude, self._whole)
        if magnitude > self.value:
            self.value = round_up(magnitude)
        elif magnitude < self.value / 5:
            self._quiet += 1
            self._highest = max(self._highest, magnitude)
            if self._quiet < PATIENCE:
                return
            self.value = round_up(self._highest) if self._highest > 0 else 0.0
        self._quiet, self._highest = 0, 0.0


class ColorRanges:
    """The ranges of all layers and quantities; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._limits: dict[tuple[str, Wanted], tuple[_Limit, _Limit]] = {}

    def update(
        self,
        name: tuple[str, Wanted],
        seen: Ends,
        whole: Ends | None = None,
        *,
        still: bool = False,
    ) -> Ends:
        """Take note of what was seen and return the range `(low, high)` to paint with.

        Maps have a low and a high end, zero always among them; everything else is symmetric about
        zero.

        Parameters
        ----------
        name
            Layer and quantity.
        seen, whole
            Smallest and largest value of what is visible, and now and then of the whole layer.
        still
            The range stays what it is, whatever is seen.
        """
        maps = name[1].startswith("map")
        with self._lock:
            new = name not in self._limits
            below, above = self._limits.setdefault(name, (_Limit(), _Limit()))
            if new or not still:
                for limit, sign in ((below, -1), (above, 1)):
                    limit.update(
                        _reach(seen, sign, maps),
                        None if whole is None else _reach(whole, sign, maps),
                    )
            if below.value == above.value == 0:
                # Nothing but zeros yet: any range shows them, none is held.
                return (0.0 if maps else -1.0), 1.0
            return 0.0 - below.value, above.value

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._limits.clear()


def _reach(ends: Ends, sign: int, one_sided: bool) -> float:
    """How far values reach from zero, upwards (sign 1), downwards (−1) or both ways."""
    low, high = ends
    return max(sign * high, sign * low, 0.0) if one_sided else max(-low, high, 0.0)


def extremes(values: NDArray[np.float32]) -> tuple[float, float]:
    """Smallest and largest finite value, (0, 0) if there is none."""
    if values.size == 0:
        return 0.0, 0.0
    low, high = float(values.min()), float(values.max())
    if math.isfinite(low) and math.isfinite(high):
        return low, high
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
