"""Logged values over steps, thinned so that a million steps stay light."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, SupportsFloat

import numpy as np
import torch

from kernelwidgets.wire.source import CurvePoints

__all__ = ["Curves", "Kept"]

Kept = dict[str, tuple[Any, ...]]
Listener = Callable[[int, str, float], None]

_MOST_BUCKETS = 1000
_CHUNK = 1000


class _Curve:
    """One name's history in buckets of equally many steps; too many are halved in number."""

    def __init__(self) -> None:
        self.width = 1
        self.steps: list[int] = []
        self.low: list[float] = []
        self.high: list[float] = []
        self.last: float | None = None
        self.nonfinite = 0
        self.loose: list[tuple[int, torch.Tensor]] = []
        self.chunks: list[tuple[list[int], torch.Tensor]] = []

    def kept(self) -> tuple[Any, ...]:
        steps = np.array(self.steps, np.int64)
        low, high = np.array(self.low, np.float64), np.array(self.high, np.float64)
        return self.width, steps, low, high, self.last, self.nonfinite

    @classmethod
    def of(cls, kept: tuple[Any, ...]) -> _Curve:
        curve = cls()
        curve.width, steps, low, high, curve.last, curve.nonfinite = kept
        curve.steps, curve.low, curve.high = steps.tolist(), low.tolist(), high.tolist()
        return curve

    def keep(self, step: int, value: torch.Tensor) -> None:
        self.loose.append((step, value))
        if len(self.loose) >= _CHUNK:
            self._stack()

    def _stack(self) -> None:
        # Stacking, unlike reading, does not wait for the accelerator.
        steps, values = zip(*self.loose, strict=True)
        self.chunks.append((list(steps), torch.stack(values)))
        self.loose = []

    def take_kept(self) -> list[tuple[list[int], torch.Tensor]]:
        if self.loose:
            self._stack()
        chunks, self.chunks = self.chunks, []
        return chunks

    def add(self, step: int, value: float) -> None:
        if not math.isfinite(value):
            self.nonfinite += 1
            self.last = None
            return
        self.last = value
        if self.steps and step // self.width == self.steps[-1] // self.width:
            if value < self.low[-1]:
                self.low[-1] = value
            elif value > self.high[-1]:
                self.high[-1] = value
            return
        self.steps.append(step)
        self.low.append(value)
        self.high.append(value)
        if len(self.steps) > _MOST_BUCKETS:
            self._halve()

    def _halve(self) -> None:
        self.width *= 2
        steps, lows, highs = self.steps, self.low, self.high
        self.steps, self.low, self.high = [], [], []
        for step, low, high in zip(steps, lows, highs, strict=True):
            if self.steps and step // self.width == self.steps[-1] // self.width:
                self.low[-1] = min(self.low[-1], low)
                self.high[-1] = max(self.high[-1], high)
            else:
                self.steps.append(step)
                self.low.append(low)
                self.high.append(high)

    def points(self) -> CurvePoints:
        return CurvePoints(
            np.array(self.steps, np.float64),
            np.array(self.low, np.float64),
            np.array(self.high, np.float64),
            self.last,
            self.nonfinite,
        )


class Curves:
    """All logged values, by name.

    Writing never waits for an accelerator: tensors on one are kept, detached, and read when the
    curves are.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._curves: dict[str, _Curve] = {}
        self._fresh: deque[tuple[int, str, float]] = deque()
        self._listeners: tuple[Listener, ...] = ()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(step, name, value)` for every value; returns the call that ends it.

        Values on an accelerator are told when the curves are read.
        """
        with self._lock:
            self._take_in()
            self._listeners = (*self._listeners, listener)

        def leave() -> None:
            with self._lock:
                self._listeners = tuple(each for each in self._listeners if each is not listener)

        return leave

    def log(self, step: int, values: Mapping[str, SupportsFloat]) -> None:
        """Add one value to each named curve.

        Parameters
        ----------
        step
            The step that the values belong to.
        values
            Numbers, or tensors and arrays of one element.

        Raises
        ------
        TypeError
            If a value is not a single number.
        """
        # What follows a training step finds no cache warm: the rest is done many at a time.
        for name, value in values.items():
            if isinstance(value, torch.Tensor) and not value.is_cpu:
                with self._lock:
                    self._curve(name).keep(step, _single(name, value).clone())
                continue
            try:
                number = value.item() if isinstance(value, torch.Tensor) else float(value)
            except (TypeError, ValueError, RuntimeError) as error:
                if isinstance(value, torch.Tensor):
                    _single(name, value)
                raise TypeError(f"{name} is no number: {value!r}") from error
            self._fresh.append((step, name, number))
        if self._listeners or len(self._fresh) >= _CHUNK:
            with self._lock:
                self._take_in()

    def _take_in(self) -> None:
        while self._fresh:
            step, name, value = self._fresh.popleft()
            self._add(name, step, value)

    def _add(self, name: str, step: int, value: float) -> None:
        self._curve(name).add(step, value)
        for listener in self._listeners:
            listener(step, name, value)

    def _curve(self, name: str) -> _Curve:
        curve = self._curves.get(name)
        if curve is None:
            curve = self._curves[name] = _Curve()
        return curve

    def points(self) -> Mapping[str, CurvePoints]:
        """The curves so far; reads the tensors that were kept."""
        self.read()
        with self._lock:
            return MappingProxyType({name: c.points() for name, c in self._curves.items()})

    def read(self) -> None:
        """Take in what was logged, the tensors that were kept too."""
        with self._lock:
            self._take_in()
            kept = [(name, curve.take_kept()) for name, curve in self._curves.items()]
        numbers = [
            (name, steps, values.tolist()) for name, chunks in kept for steps, values in chunks
        ]
        with self._lock:
            for name, steps, values in numbers:
                for step, value in zip(steps, values, strict=True):
                    self._add(name, step, value)

    def keep(self) -> Kept:
        """The curves as they are now, for `put_back`."""
        self.read()
        with self._lock:
            return {name: curve.kept() for name, curve in self._curves.items()}

    def put_back(self, kept: Kept) -> None:
        """Become what was kept."""
        with self._lock:
            self._fresh.clear()
            self._curves = {name: _Curve.of(curve) for name, curve in kept.items()}

    def clear(self) -> None:
        """Forget everything, as at the start of a new run."""
        with self._lock:
            self._fresh.clear()
            self._curves.clear()


def _single(name: str, value: torch.Tensor) -> torch.Tensor:
    """The one number of a tensor, off the graph."""
    if value.numel() != 1:
        raise TypeError(
            f"{name} has shape {tuple(value.shape)}; log one number, such as {name}.mean()"
        )
    return value.detach().reshape(())
