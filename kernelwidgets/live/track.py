"""The way that a run took: checkpoints of it, and what hands did in between."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from kernelwidgets.live.checkpoint import Checkpoint
from kernelwidgets.wire import schema
from kernelwidgets.wire.schema import AnyCommand

__all__ = ["DEEDS", "Deed", "Track"]

DEEDS = (
    schema.Edit,
    schema.Freeze,
    schema.Mute,
    schema.Redo,
    schema.Release,
    schema.Revert,
    schema.SetLearningRate,
    schema.Undo,
)
"""The commands that change how a run goes on."""

_EVERY = 100
_SHARE = 32
_MOST_BYTES = 16 << 20
_RECORDED_BYTES = 64 << 20


@dataclass(frozen=True, eq=False)
class Deed:
    """What a hand did after `step`."""

    step: int
    command: AnyCommand

    @property
    def nbytes(self) -> int:
        """Memory that it holds."""
        return 256 + 16 * len(getattr(self.command, "cells", ()))


@dataclass(frozen=True, eq=False)
class _Stretch:
    """A checkpoint, and what was done from there to the next one."""

    start: Checkpoint
    deeds: list[Deed] = field(default_factory=list)


class Track:
    """Checkpoints and deeds in the order in which they came.

    Beyond `most_bytes`, 16 MB or 64 MB where a run is recorded, checkpoints are thinned out evenly
    over the steps, and the first and the last one stay; deeds are all needed.
    """

    def __init__(self, start: Checkpoint, most_bytes: int = _MOST_BYTES) -> None:
        self._way = [_Stretch(start)]
        self._most_bytes = most_bytes
        self._deeds_bytes = 0

    @property
    def first_step(self) -> int:
        """Where it begins."""
        return self._way[0].start.step

    @property
    def last(self) -> Checkpoint:
        """The newest checkpoint."""
        return self._way[-1].start

    @property
    def checkpoints(self) -> list[Checkpoint]:
        """All of them."""
        return [stretch.start for stretch in self._way]

    def ends_at(self, step: int) -> bool:
        """Whether the newest checkpoint is what the run is after this step."""
        return self.last.step == step and not self._way[-1].deeds

    @property
    def full(self) -> bool:
        """Whether so much was done that the track should begin anew."""
        return 2 * self._deeds_bytes > self._most_bytes

    def widen(self) -> None:
        """Take more memory, because somebody asked for a recording."""
        self._most_bytes = max(self._most_bytes, _RECORDED_BYTES)

    def begin_anew(self, start: Checkpoint) -> None:
        """Forget everything before."""
        self._way = [_Stretch(start)]
        self._deeds_bytes = 0

    def note(self, step: int, command: AnyCommand) -> None:
        """Take down what a hand did."""
        deed = Deed(step, command)
        self._way[-1].deeds.append(deed)
        self._deeds_bytes += deed.nbytes

    def append(self, checkpoint: Checkpoint) -> None:
        """Keep another checkpoint, whatever memory it takes."""
        self._way.append(_Stretch(checkpoint))

    def add(self, checkpoint: Checkpoint) -> None:
        """Keep another checkpoint, and thin them out if they are too many."""
        self.append(checkpoint)
        while len(self._way) > 2 and self.nbytes > self._most_bytes:
            steps = [stretch.start.step for stretch in self._way]
            gaps = [after - before for before, after in zip(steps, steps[2:], strict=False)]
            gone = self._way.pop(1 + gaps.index(min(gaps)))
            self._way[gaps.index(min(gaps))].deeds.extend(gone.deeds)

    def due(self, step: int) -> bool:
        """Whether it is time for another checkpoint: their distance grows with the run."""
        return step - self.last.step >= max(_EVERY, step // _SHARE) and self._affordable

    def due_before(self, step: int, command: AnyCommand) -> bool:
        """Whether a command should find a checkpoint before it."""
        deeds = self._way[-1].deeds
        if not deeds:
            return step > self.last.step and self._affordable
        gesture = getattr(command, "gesture", "")
        goes_on = gesture and gesture == getattr(deeds[-1].command, "gesture", "")
        return not goes_on and self._affordable

    def way_to(self, step: int, *, before_deeds: bool) -> tuple[Track, deque[Deed]]:
        """The track up to the last checkpoint before a step, and what was done from there on.

        Parameters
        ----------
        before_deeds
            Whether what was done after that very step is left out.

        Raises
        ------
        ValueError
            If the track begins later.
        """
        if step < self.first_step:
            raise ValueError(f"checkpoints are kept from step {self.first_step} on, not {step}")
        track = Track(self._way[0].start, self._most_bytes)
        deeds = self._way[0].deeds
        for stretch in self._way[1:]:
            beyond = before_deeds and any(deed.step == step for deed in deeds)
            if stretch.start.step > step or beyond:
                break
            for deed in deeds:
                track.note(deed.step, deed.command)
            track._way.append(_Stretch(stretch.start))
            deeds = stretch.deeds
        last = step - 1 if before_deeds else step
        return track, deque(deed for deed in deeds if deed.step <= last)

    @property
    def _affordable(self) -> bool:
        return 2 * self.last.nbytes <= self._most_bytes

    @property
    def nbytes(self) -> int:
        """Memory that it holds."""
        return self._deeds_bytes + sum(stretch.start.nbytes for stretch in self._way)
