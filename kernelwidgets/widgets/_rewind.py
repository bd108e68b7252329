"""A run that goes on, and can be looked at as it was."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from kernelwidgets.recording import Moment, Recording
from kernelwidgets.wire.commands import CommandError, Handle
from kernelwidgets.wire.schema import (
    AnyCommand,
    Edit,
    Freeze,
    Mark,
    Mute,
    Redo,
    Revert,
    SourceInfo,
    Status,
    Timeline,
    Undo,
)
from kernelwidgets.wire.source import Frame, Request, Source, Subscriber
from kernelwidgets.wire.still_source import StillSource

__all__ = ["Remembered", "Rewind"]

_HANDS = (Edit, Freeze, Mute, Redo, Revert, Undo)
_MOST_MARKS = 200


@runtime_checkable
class Remembered(Source, Protocol):
    """A source that keeps a history."""

    @property
    def history(self) -> Recording | None:
        """What it remembers of its run."""

    def resolve(self, layer: Any) -> str:
        """Name of a layer."""


class Rewind(StillSource):
    """A source with a `history`, shown as it is now or as it was; everything else is the source's.

    Attributes
    ----------
    step
        The step that is looked back at; None is now.
    """

    def __init__(self, live: Remembered) -> None:
        super().__init__()
        self.step: int | None = None
        self._live = live
        self._recording: Recording | None = live.history
        self._delivering = threading.RLock()

    def look(self, step: int | None) -> None:
        """Look at another step, or at the present."""
        if step != self.step:
            self.step = step
            self._changed()

    def refresh(self) -> bool:
        """Take notice of another history; whether the step on show went with the one before."""
        before, self._recording = self._recording, self._live.history
        return before is not self._recording and self.step is not None

    @property
    def history(self) -> Recording | None:
        """The live source's."""
        return self._live.history

    @property
    def timeline(self) -> Timeline | None:
        """What there is to look back at."""
        recording = self._recording
        if recording is None or not len(recording):
            return None
        steps = recording.steps
        told = [Mark(step=event.step, text=event.text) for event in recording.events]
        marks = [mark for mark in told if mark.text != "release"][-_MOST_MARKS:]
        return Timeline(first=int(steps[0]), last=int(steps[-1]), steps=[], marks=marks)

    @property
    def info(self) -> SourceInfo:
        """The live source's."""
        return self._live.info

    @property
    def status(self) -> Status:
        """The live source's: training goes on."""
        return self._live.status

    def resolve(self, layer: Any) -> str:
        """Name of a layer, as the live source knows it."""
        return str(self._live.resolve(layer))

    def read(self, request: Request) -> Frame:
        """Read a frame of the present or the past; the curves are always whole."""
        moment = self._moment()
        if moment is None:
            return self._live.read(request)
        frame = moment.read(request)
        if not request.curves:
            return frame
        last = moment.recording.at(int(moment.recording.steps[-1]))
        whole = last.read(Request(curves=True)).curves
        return dataclasses.replace(frame, curves=whole)

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Deliver frames of the present, or of the past while that is looked at."""
        leave_live = self._live.subscribe(_Gate(self, subscriber))
        leave_past = super().subscribe(subscriber)

        def leave() -> None:
            leave_live()
            leave_past()

        return leave

    def wake(self) -> None:
        """Deliver to whoever wants something else than before."""
        if self.step is None:
            self._live.wake()
        else:
            super().wake()

    def _serve(self, key: int, subscriber: Subscriber) -> None:
        with self._delivering:
            if self.step is not None:
                super()._serve(key, subscriber)

    def submit(self, command: AnyCommand) -> Handle:
        """Hand a command to the live source, unless it is meant for what cannot be changed."""
        if self.step is None or not isinstance(command, _HANDS):
            return self._live.submit(command)
        handle = Handle()
        handle.settle(
            error=CommandError(
                f"this is the past, step {self.step}: go back to Now, or branch from here to "
                "change what came of it"
            )
        )
        return handle

    def pass_on(self, subscriber: Subscriber, frame: Frame) -> None:
        """Deliver a frame of the present, unless the past is looked at."""
        with self._delivering:
            if self.step is None:
                subscriber.deliver(frame)

    def _moment(self) -> Moment | None:
        step, recording = self.step, self._recording
        if step is None or recording is None or not len(recording):
            return None
        return recording.at(max(step, int(recording.steps[0])))


class _Gate:
    """Stands for a subscriber with the live source: it wants nothing while it looks back."""

    def __init__(self, rewind: Rewind, subscriber: Subscriber) -> None:
        self._rewind, self._subscriber = rewind, subscriber
        self.ready = subscriber.ready
        self.deliver_status = subscriber.deliver_status
        self.deliver_info = subscriber.deliver_info

    def request(self) -> Request | None:
        return self._subscriber.request() if self._rewind.step is None else None

    def deliver(self, frame: Frame) -> None:
        self._rewind.pass_on(self._subscriber, frame)
