"""Logged values over steps: all of them, and thinned for a curve."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from kernelwidgets.wire.source import CurvePoints

__all__ = ["Metrics", "Series", "curve_of"]

Series = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Steps and values of one name, of one length."""

_MOST_BUCKETS = 1000


class Metrics:
    """Values by name, as they were logged; safe to read while they grow."""

    def __init__(self, series: Mapping[str, Series] | None = None) -> None:
        self._lock = threading.Lock()
        self._logged = {
            name: (array("q", steps.tobytes()), array("d", values.tobytes()))
            for name, (steps, values) in (series or {}).items()
        }

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Add one value to each name."""
        with self._lock:
            for name, value in values.items():
                steps, numbers = self._logged.setdefault(name, (array("q"), array("d")))
                steps.append(step)
                numbers.append(value)

    def series(self, after: Mapping[str, int] | None = None) -> Mapping[str, Series]:
        """Everything so far; `after` leaves out so many values of each name."""
        counts = after or {}
        with self._lock:
            return MappingProxyType(
                {
                    name: (
                        np.array(steps[counts.get(name, 0) :], np.int64),
                        np.array(values[counts.get(name, 0) :], np.float64),
                    )
                    for name, (steps, values) in self._logged.items()
                }
            )


def curve_of(series: Series, until: int) -> CurvePoints:
    """The points that a live model's curve has after step `until`.

    Buckets of equally many steps, a power of two, so that there are at most a thousand.
    """
    end = np.searchsorted(series[0], until, "right")
    steps, values = series[0][:end], series[1][:end]
    finite = np.isfinite(values)
    last = float(values[-1]) if len(values) and finite[-1] else None
    nonfinite = int(np.count_nonzero(~finite))
    steps, values = steps[finite], values[finite]
    width, starts = 1, _starts(steps)
    while len(starts) > _MOST_BUCKETS:
        width *= 2
        starts = _starts(steps // width)
    if not len(starts):
        nothing = np.empty(0)
        return CurvePoints(nothing, nothing, nothing, last, nonfinite)
    return CurvePoints(
        steps[starts].astype(np.float64),
        np.minimum.reduceat(values, starts),
        np.maximum.reduceat(values, starts),
        last,
        nonfinite,
    )


def _starts(buckets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where a new bucket begins."""
    new = np.ones(len(buckets), bool)
    new[1:] = buckets[1:] != buckets[:-1]
    return np.flatnonzero(new)
