"""A source under the test's control."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np

from kernelwidgets.wire.array_source import ArraySource
from kernelwidgets.wire.commands import Handle
from kernelwidgets.wire.schema import AnyCommand, RunState, SourceInfo, Status
from kernelwidgets.wire.source import CurvePoints, Frame, Request, Subscriber


class FakeSource:
    """A run that steps when the test says so, and settles commands when the test says so."""

    def __init__(self, state: RunState = "running", shape: tuple[int, ...] = (4, 2, 3, 3)) -> None:
        self.status = Status(state=state, text="")
        self.info: SourceInfo = msgspec.structs.replace(
            ArraySource(np.zeros(shape)).info,
            verbs=["edit", "freeze", "mute", "undo", "maps", "probe", "pause"],
            quantities=["weight", "gradient", "change", "update"],
            samples=["a", "b", "c"],
        )
        self.weights = np.random.default_rng(0).normal(size=shape).astype(np.float32)
        self.subscribers: list[Subscriber] = []
        self.commands: list[tuple[AnyCommand, Handle]] = []
        self.refuse: Exception | None = None
        self.wakes = 0
        self.reads = 0

    def read(self, request: Request) -> Frame:
        self.reads += 1
        arrays = {}
        for want in request.wants:
            if want.quantity in ("weight", "change"):
                arrays[want] = want.take(self.weights).copy()
            elif want.quantity.startswith("map"):
                arrays[want] = want.take(np.ones((len(self.weights), 5, 5), np.float32))
            elif want.quantity == "probe":
                arrays[want] = np.full((1, 5, 5), want.sample, np.float32)
            elif want.quantity == "frozen":
                arrays[want] = want.take(np.zeros(self.weights.shape, bool))
            elif want.quantity == "muted":
                arrays[want] = want.take(np.zeros(len(self.weights), bool))
        notes = {want: "none yet" for want in request.wants if want not in arrays}
        curve = CurvePoints(np.arange(3.0), np.arange(3.0), np.arange(3.0), 2.0)
        curves = {"loss": curve} if request.curves else {}
        return Frame(self.status.step, arrays, curves=curves, notes=notes)

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        self.subscribers.append(subscriber)
        return lambda: self.subscribers.remove(subscriber)

    def wake(self) -> None:
        self.wakes += 1

    def submit(self, command: AnyCommand) -> Handle:
        if self.refuse is not None:
            raise self.refuse
        handle = Handle()
        self.commands.append((command, handle))
        return handle

    def tick(self, *, last: bool = False) -> int:
        """One step and its frame for everybody who can take one; how many could."""
        self.weights = self.weights + np.float32(0.01)
        self.status = msgspec.structs.replace(self.status, step=self.status.step + 1)
        takers = 0
        for subscriber in list(self.subscribers):
            request = subscriber.request()
            if request is not None and (last or subscriber.ready()):
                subscriber.deliver(self.read(request))
                takers += 1
        return takers

    def become(self, state: RunState) -> None:
        self.status = msgspec.structs.replace(self.status, state=state)
        for subscriber in list(self.subscribers):
            subscriber.deliver_status(self.status)
