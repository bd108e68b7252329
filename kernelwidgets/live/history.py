"""What a Trainer keeps of its run by itself, to look back at."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernelwidgets.live.recorder import store
from kernelwidgets.recording import Event, Recording
from kernelwidgets.wire.schema import AnyCommand, LayerInfo, SourceInfo, Status
from kernelwidgets.wire.source import Frame, Request, Want

__all__ = ["History", "Past"]

_MOST_FRAMES = 300
_MOST_BYTES = 48 << 20
_FRAME_BYTES = 1 << 20
_PERIOD_S = 0.05
_ALL_METRICS = 1 << 16


@dataclass(frozen=True)
class Past:
    """Before which steps frames, events and metrics have been."""

    frames: int
    events: int
    metrics: int


class History:
    """A thinned recording of a run; the subscriber that fills it while training goes on.

    It keeps nothing alive but the recording. What was written by hands is not in its events, which
    only tell of them: the track of the run knows.

    Parameters
    ----------
    info
        What is recorded.
    start_of
        Weights of a layer that changes are counted from.
    classes
        Names of the network's answers.
    """

    def __init__(
        self,
        info: SourceInfo,
        start_of: Callable[[str], NDArray[Any]],
        classes: Iterable[str] | None,
    ) -> None:
        layers = [layer.name for layer in _that_fit(info.layers)]
        self.recording = Recording.begin(
            info,
            layers=layers,
            starts={name: start_of(name) for name in layers},
            classes=classes,
            max_frames=_MOST_FRAMES,
            max_bytes=_MOST_BYTES,
        )
        self.waits = False
        self._info = info
        self._over = False
        self._storing = threading.Lock()
        self._leaves: list[Callable[[], None]] = []
        self._gesture = ""
        self._began = time.perf_counter()
        self._due = self._began
        self._wants = Request(
            frozenset(Want(each, name) for name in layers for each in ("weight", "bias", "change"))
        )

    @property
    def wants(self) -> Request:
        """What a frame holds; with the probe's pictures, until they are known."""
        samples = len(self._info.samples) if self.recording.probe is None else 0
        pictures = frozenset(Want("probe", sample=sample) for sample in range(samples))
        return self._wants | Request(pictures) if pictures else self._wants

    def leaves_by(self, call: Callable[[], None]) -> None:
        """Call this at the end."""
        self._leaves.append(call)

    def end(self) -> None:
        """Take nothing any more."""
        self._over = True
        for leave in self._leaves:
            leave()

    def go_on_from(self, before: Recording, past: Past) -> None:
        """Begin with what another recording holds of the past."""
        for index, step in enumerate(before.steps):
            if step < past.frames:
                self.recording.add(before.frame(index), float(before.times[index]))
                self._began = time.perf_counter() - float(before.times[index])
        for event in before.events:
            if event.step < past.events:
                self.recording.add_event(event)
        for name, (steps, values) in before.metrics.items():
            # Of the last step only what came first: later it may have been the doing of a hand.
            count = np.searchsorted(steps, past.metrics - 1) + (past.metrics - 1 in steps)
            for step, value in zip(steps[:count], values[:count], strict=True):
                self.recording.add_metrics(int(step), {name: float(value)})

    def note(self, step: int, command: AnyCommand) -> None:
        """Take down a command that was carried out; of a gesture, how it began."""
        gesture, self._gesture = self._gesture, getattr(command, "gesture", "")
        if not self._over and not (gesture and gesture == self._gesture):
            event = Event.of(step, command)
            self.recording.add_event(dataclasses.replace(event, command=None))

    def log(self, step: int, name: str, value: float) -> None:
        """Take down a logged value; of a long run not every one."""
        stride = 1 << (step // _ALL_METRICS).bit_length()
        if not self._over and step % stride == 0:
            self.recording.add_metrics(step, {name: value})

    # As a subscriber

    def request(self) -> Request | None:
        """What a frame holds; None on the way back."""
        return None if self.waits or self._over or not self._wants.wants else self.wants

    def ready(self) -> bool:
        """Whether it is time for the next frame: a long run is looked at less often."""
        return time.perf_counter() >= self._due

    def deliver(self, frame: Frame) -> None:
        """Take a frame."""
        if self.waits or self._over:
            return
        now = time.perf_counter()
        at_s = now - self._began
        self._due = now + max(_PERIOD_S, at_s / _MOST_FRAMES)
        # The publisher's thread and the one that trains may come at once.
        with self._storing:
            store(self.recording, frame, at_s, self._info)

    def deliver_status(self, status: Status) -> None:
        """Of no interest."""

    def deliver_info(self, info: SourceInfo) -> None:
        """Take note of a probe."""
        self._info = info


def _that_fit(layers: Iterable[LayerInfo]) -> Iterable[LayerInfo]:
    """The layers of which enough frames can be kept, the first ones first."""
    room = _FRAME_BYTES
    for layer in layers:
        size = 4
        for extent in layer.shape:
            size *= extent
        if size <= room:
            room -= size
            yield layer
