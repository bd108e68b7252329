"""Undo and redo: steps of a hand, bounded in bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from kernelwidgets.models.grips import Grip, Saved

__all__ = ["History", "Step"]


@dataclass
class Step:
    """One undo step: cells before and after, or a channel that was muted or unmuted."""

    gesture: str
    parts: list[tuple[Grip, Saved, Saved | None]] = field(default_factory=list)
    mute: tuple[str, int, bool] | None = None

    @property
    def nbytes(self) -> int:
        """Memory that the step holds."""
        return 256 + sum(_nbytes(saved) for _, *both in self.parts for saved in both if saved)


class History:
    """Steps that can be undone and redone; the oldest are forgotten beyond `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._done: deque[Step] = deque()
        self._undone: list[Step] = []
        self._paused = False

    @property
    def undo_count(self) -> int:
        """Steps that can be undone."""
        return len(self._done)

    @property
    def redo_count(self) -> int:
        """Steps that can be redone."""
        return len(self._undone)

    def add(self, step: Step) -> None:
        """Add a step; it joins the last one if both belong to one gesture."""
        if self._paused:
            return
        resumed = bool(self._undone)
        self._undone.clear()
        if not resumed and step.gesture and self._done and self._done[-1].gesture == step.gesture:
            _join(self._done[-1], step)
        else:
            self._done.append(step)
        total = sum(step.nbytes for step in self._done)
        while self._done and total > self._limit:
            total -= self._done.popleft().nbytes

    def undo_step(self) -> Step:
        """Take the last step, to undo it."""
        if not self._done:
            raise ValueError("there is nothing to undo")
        self._undone.append(self._done.pop())
        return self._undone[-1]

    def redo_step(self) -> Step:
        """Take the last undone step, to redo it."""
        if not self._undone:
            raise ValueError("there is nothing to redo")
        self._done.append(self._undone.pop())
        return self._done[-1]

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Remember nothing meanwhile."""
        self._paused = True
        try:
            yield
        finally:
            self._paused = False


def _join(step: Step, more: Step) -> None:
    """Let a step cover a later one of the same gesture: the first before, the last after."""
    for grip, before, after in more.parts:
        for position, (other, first, _) in enumerate(step.parts):
            if other is grip and np.array_equal(first[0], before[0]):
                step.parts[position] = (grip, first, after)
                break
        else:
            step.parts.append((grip, before, after))


def _nbytes(saved: Saved) -> int:
    cells, values, remembered, parts = saved
    tensors = [values, *parts, *(tensor for memory in remembered for tensor in memory.values())]
    return cells.nbytes + sum(tensor.nbytes for tensor in tensors)
