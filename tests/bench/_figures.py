"""What a bench reports: figures held against their limits, and how pairs are measured."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """How long to measure: seconds for each rate, minutes for what is left to run."""

    seconds: float = 10.0
    minutes: float = 10.0


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    name: str
    limit: str
    measured: str
    held: bool


def at_most(name: str, value: float, limit: float, unit: str = "", about: str = "") -> Figure:
    """A figure that must not be exceeded."""
    return Figure(name, f"≤ {spoken(limit, unit)}", _told(value, unit, about), value <= limit)


def at_least(name: str, value: float, limit: float, unit: str = "", about: str = "") -> Figure:
    """A figure that must be reached."""
    return Figure(name, f"≥ {spoken(limit, unit)}", _told(value, unit, about), value >= limit)


def spoken(value: float, unit: str = "") -> str:
    """A number with three digits and its unit."""
    return (
        f"{value:#.3g}".rstrip(".") + f" {unit}" * bool(unit) if value % 1 else f"{value:g} {unit}"
    )


def _told(value: float, unit: str, about: str) -> str:
    return spoken(value, unit).strip() + f" ({about})" * bool(about)


def seconds_of(call: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def interleaved(rounds: int, *calls: Callable[[], float]) -> list[list[float]]:
    """What each call measures, in turns, so that a busy moment meets them all.

    Every second round goes backwards: what comes after what does not matter then.
    """
    measured: list[list[float]] = [[] for _ in calls]
    places = range(len(calls))
    for turn in range(rounds):
        gc.collect()
        for place in places if turn % 2 == 0 else reversed(places):
            measured[place].append(calls[place]())
    return measured


def ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """Median of the ratios of pairs that were measured side by side."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def percentile(values: Iterable[float], percent: float) -> float:
    """The value that `percent` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
