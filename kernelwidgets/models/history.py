"""Undo and redo: steps of a hand, bounded in bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from kernelwidgets.models.grips import Grip, Saved

__all__ = ["History", "Step"]


Place = tuple[Grip, bytes]
"""A parameter and some of its cells."""

Change = tuple[Saved, Saved | None]
"""What was there before, and after where it is needed."""


@dataclass
class Step:
    """One undo step: cells before and after, or a channel that was muted or unmuted."""

    gesture: str
    parts: dict[Place, Change] = field(default_factory=dict)
    mute: tuple[str, int, bool] | None = None

    @property
    def nbytes(self) -> int:
        """Memory that the step holds."""
        return 256 + sum(map(_nbytes, self.parts.values()))

    def copy(self, twins: Mapping[Grip, Grip]) -> Step:
        """The same step, done to other grips."""
        parts = {(twins[grip], cells): change for (grip, cells), change in self.parts.items()}
        return Step(self.gesture, parts, self.mute)

    def join(self, later: Step) -> int:
        """Cover a later step too: the first before, the last after; returns the bytes this adds."""
        added = 0
        for place, (before, after) in later.parts.items():
            known = self.parts.get(place)
            change = (before if known is None else known[0], after)
            added += _nbytes(change) - (0 if known is None else _nbytes(known))
            self.parts[place] = change
        return added


class History:
    """Steps that can be undone and redone; the oldest are forgotten beyond `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._done: deque[Step] = deque()
        self._undone: list[Step] = []
        self._paused = False
        self._bytes = 0

    def copy(self, twins: Mapping[Grip, Grip]) -> History:
        """The same steps, done to other grips."""
        other = History(self._limit)
        other._done = deque(step.copy(twins) for step in self._done)
        other._undone = [step.copy(twins) for step in self._undone]
        other._bytes = self._bytes
        return other

    @property
    def steps(self) -> tuple[list[Step], list[Step]]:
        """Those that can be undone, and redone."""
        return list(self._done), list(self._undone)

    @property
    def nbytes(self) -> int:
        """Memory that the steps hold."""
        return self._bytes

    def put_back(self, done: list[Step], undone: list[Step]) -> None:
        """Take these for all steps."""
        self._done, self._undone = deque(done), undone
        self._bytes = sum(step.nbytes for step in done)

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
            self._bytes += self._done[-1].join(step)
        else:
            self._done.append(step)
            self._bytes += step.nbytes
        while self._done and self._bytes > self._limit:
            self._bytes -= self._done.popleft().nbytes

    def undo_step(self) -> Step:
        """Take the last step, to undo it."""
        if not self._done:
            raise ValueError("there is nothing to undo")
        step = self._done.pop()
        self._bytes -= step.nbytes
        self._undone.append(step)
        return step

    def redo_step(self) -> Step:
        """Take the last undone step, to redo it."""
        if not self._undone:
            raise ValueError("there is nothing to redo")
        step = self._undone.pop()
        self._bytes += step.nbytes
        self._done.append(step)
        return step

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Remember nothing meanwhile."""
        self._paused = True
        try:
            yield
        finally:
            self._paused = False


def _nbytes(change: Change) -> int:
    total = 0
    for cells, values, remembered, parts in filter(None, change):
        tensors = [values, *parts, *(tensor for memory in remembered for tensor in memory.values())]
        total += cells.nbytes + sum(tensor.nbytes for tensor in tensors)
    return total
