"""A trainer's way back to any step that it took."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import msgspec

from kernelwidgets.live.checkpoint import Checkpoint
from kernelwidgets.live.errors import StopTraining
from kernelwidgets.live.history import Past
from kernelwidgets.live.learner import Learner
from kernelwidgets.live.random_stream import RandomStream
from kernelwidgets.live.remembering import Remembering
from kernelwidgets.live.schedule import Schedule
from kernelwidgets.live.steps import Steps
from kernelwidgets.live.stored_track import track_of
from kernelwidgets.live.track import DEEDS, Deed, Track
from kernelwidgets.recording import Recording
from kernelwidgets.wire import schema
from kernelwidgets.wire.commands import CommandError, Handle
from kernelwidgets.wire.schema import AnyCommand, Status

__all__ = ["Restorable"]

_KEEPING = 0.02
"""Share of training time that checkpoints may take."""


class _Return:
    """The way from a checkpoint to a step, on which everything is done again."""

    def __init__(self, step: int, deeds: deque[Deed], *, pauses: bool) -> None:
        self.step, self.deeds, self.pauses = step, deeds, pauses
        self.arrived = Handle()


class Restorable(Remembering):
    """Keeps checkpoints of its run, and goes back to a step by training up to it once more.

    A subclass has the loop, sets what is declared here, and begins a track.
    """

    _learner: Learner
    _schedule: Schedule
    _steps: Steps
    _stream: RandomStream
    _keeps_track: bool
    _return: _Return | None = None
    _not_before_s = 0.0

    def restore(self, recording: Recording, step: int, *, before_edits: bool = False) -> None:
        """Go back to a step of a recorded run; what is trained from there is another branch.

        The steps from the checkpoint before are taken once more, and what hands did on the way is
        done again where it was done: everything is then what it was, bit for bit (on accelerators
        as far as they repeat their sums).

        Parameters
        ----------
        recording
            The `history` of this Trainer, also one from before a return or a restart, or what
            `record` returned: that of this Trainer, or, from disk, of one that the same code made.
        step
            Any step from the first to the last one recorded.
        before_edits
            Leave out what was done after that very step: edits, freezes, mutes, learning rates.

        Raises
        ------
        ValueError
            If the recording is of another kind of run, which the message tells apart, or has no
            checkpoint before that step.
        RuntimeError
            If the loop itself calls this, or is stopped on the way.
        """
        self._track_of(recording, step)
        if self._safe_point.mine:
            raise RuntimeError("training runs on this thread: end it, then go back")
        back: list[_Return] = []

        def go() -> None:
            back.append(self._go_back(recording, step, before_edits))
            self._tell(schema.Branch(step=step), step)

        self._act(go).wait()
        (way,) = back
        if not way.arrived.done and not self._safe_point.running:
            with contextlib.suppress(StopTraining), self._training():
                for _ in self._loop(step - self.step_count):
                    pass
        way.arrived.wait()
        self._rest()

    def _track_of(self, recording: Any, step: int) -> Track:
        if not isinstance(recording, Recording):
            raise TypeError(f"restore takes a recording, not {type(recording).__name__}")
        steps = recording.steps
        if not len(steps) or not steps[0] <= step <= steps[-1]:
            span = f"{steps[0]} to {steps[-1]}" if len(steps) else "none yet"
            raise ValueError(f"step {step} was not recorded; recorded steps: {span}")
        if recording not in self._tracks:
            self._tracks[recording] = track_of(recording, self._checkpoint_of)
        return self._tracks[recording]

    def _go_back(self, recording: Any, step: int, before_edits: bool = False) -> _Return:
        """Put the checkpoint before a step back, at the safe point; the loop does the rest."""
        track = self._track_of(recording, step)
        here, deeds = track.way_to(step, before_deeds=before_edits)
        self._put_back(here.last)
        self._track = here
        done = step if before_edits else step + 1
        self._renew_history(recording, Past(step, done, here.last.step + 1))
        way = self._return = _Return(step, deeds, pauses=self._safe_point.running)
        if self._history is not None:
            self._history.waits = True
        self._safe_point.hurried = True
        self._retrace(way)
        if self._return is not None and way.pauses:
            self._safe_point.resume()
        return way

    def _step_taken(self) -> None:
        if self._return is not None:
            self._retrace(self._return)
        elif self._keeps_track and self._track.due(self.step_count):
            self._add_checkpoint()
        if self._history is None and self._keeps_history:
            self._begin_history()
        super()._step_taken()

    def _retrace(self, way: _Return) -> None:
        while way.deeds and way.deeds[0].step <= self.step_count:
            command = way.deeds.popleft().command
            self._carry_out(command)
            self._track.note(self.step_count, command)
        if self.step_count < way.step:
            return
        self._leave_return()
        self._remember_present()
        if way.pauses:
            with contextlib.suppress(CommandError):
                self._safe_point.pause()
        way.arrived.settle(self.step_count)

    def _leave_return(self, why: str = "") -> None:
        way, self._return = self._return, None
        if self._history is not None:
            self._history.waits = False
        self._safe_point.hurried = False
        if way is not None and why:
            way.arrived.settle(error=RuntimeError(f"{why} at step {self.step_count} of {way.step}"))

    def _stop_return(self) -> None:
        """Stay where it is, if that is on the way."""
        if self._return is not None:
            self._leave_return("stopped")
            if self._history is not None:
                here = self.step_count + 1
                self._renew_history(self._history.recording, Past(here, here, here))

    def _expire_leases(self) -> None:
        # On the way back they end where they ended.
        if self._return is None:
            super()._expire_leases()

    @property
    def status(self) -> Status:
        """How the run goes, in words and numbers."""
        status, way = super().status, self._return
        if way is None or status.state != "running":
            return status
        text = f"going back to step {way.step}: step {status.step}"
        return msgspec.structs.replace(status, text=text)

    # What is kept

    def _apply(self, command: AnyCommand) -> str | None:
        if isinstance(command, DEEDS):
            if self._return is not None:
                raise CommandError(f"on the way to step {self._return.step}; wait until it is done")
            self._begin_history()
            if self._track.full:
                self._track.begin_anew(self._checkpoint())
                self._record_checkpoints()
            elif self._keeps_track and self._track.due_before(self.step_count, command):
                self._add_checkpoint()
        return super()._apply(command)

    def _tell(self, command: AnyCommand, step: int) -> None:
        if isinstance(command, DEEDS):
            if self._keeps_track:
                self._track.note(step, command)
            if self._history is not None:
                self._history.note(step, command)
            if not self._following:
                self._remember_present()
        super()._tell(command, step)

    def _keep_track(self) -> None:
        """Have what is recorded from now on be restored."""
        if not self._keeps_track:
            self._track.begin_anew(self._checkpoint())
            self._keeps_track = True

    def _add_checkpoint(self) -> None:
        start = time.perf_counter()
        if start < self._not_before_s:
            return
        self._track.add(self._checkpoint())
        self._record_checkpoints()
        self._not_before_s = start + (time.perf_counter() - start) / _KEEPING

    def _record_present(self) -> None:
        """Have the recordings be restored from here on."""
        self._track.widen()
        if not self._track.ends_at(self.step_count):
            self._track.add(self._checkpoint())
        self._record_checkpoints()

    def _record_checkpoints(self) -> None:
        for recorder in self._recorders:
            recorder.keep(self._track.checkpoints)

    def _checkpoint_of(self, content: bytes) -> Checkpoint:
        return Checkpoint.of(content, self._network, self._plan, self._learner.device)

    @property
    def _plan(self) -> dict[str, str]:
        return {
            **self._learner.plan,
            "scheduler": self._schedule.name,
            "data": self._steps.amount,
        }

    def _checkpoint(self) -> Checkpoint:
        return Checkpoint(
            self.step_count,
            self._plan,
            self._learner.keep(),
            self._stream.keep(),
            self._steps.keep(),
            self._schedule.keep(),
            self._network.keep(),
            self._curves.keep(),
        )

    def _put_back(self, checkpoint: Checkpoint) -> None:
        self._learner.put_back(checkpoint.learner)
        self._leave_return("another way was taken")
        self._steps.put_back(checkpoint.data)
        self._stream = RandomStream.of(checkpoint.stream)
        self._schedule.put_back(checkpoint.schedule)
        self._network.put_back(checkpoint.hands)
        # The history that ends here has not heard of all values yet.
        self._curves.read()
        self._curves.put_back(checkpoint.curves)
        self._safe_point.rewind(checkpoint.step)
        # What a finger held is looked at again.
        self._leased_until = time.monotonic()
        self._forget_score()

    def _loop(self, steps: int | None) -> Iterator[None]:
        """Take steps, in the modes of whoever started them."""
        raise NotImplementedError

    def _rest(self) -> None:
        self._refresh_score()
        self._publisher.flush()
