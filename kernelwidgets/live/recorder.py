"""What fills a recording while a model trains."""

from __future__ import annotations

import logging
import queue
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from kernelwidgets.live.cost import Meter
from kernelwidgets.live.curves import Curves
from kernelwidgets.live.stage import Stage, has_maps
from kernelwidgets.models import Network
from kernelwidgets.recording import Event, Recording
from kernelwidgets.recording.full_checkpoint import FullCheckpoint
from kernelwidgets.recording.summary import in_bytes
from kernelwidgets.wire.schema import AnyCommand, Branch, Restart, SourceInfo, Status
from kernelwidgets.wire.source import Frame, Request, Want

__all__ = ["Recorder", "store"]

_ROOM = 8
"""Frames that may wait to be stored; beyond that training waits, or none is taken."""

_WAIT_S = 0.001

_FLUSH_S = 0.8
"""What was stored is written so often: a crash loses a second at most."""

_MOST_BYTES = 2 << 30
"""What a recording may take of memory before it is stopped."""

_log = logging.getLogger("kernelwidgets")


class Kept(Protocol):
    """A checkpoint."""

    @property
    def step(self) -> int: ...

    @property
    def nbytes(self) -> int: ...

    def packed(self) -> bytes: ...


class Recorder:
    """Takes frames, events and metrics of a live model into a recording, until it is closed.

    It is the subscriber of a publisher. At a rate its frames come from there, so that they obey
    the budget; with `every` it captures them itself, at the safe point, and gets only those of a
    model at rest. A recording in memory is not kept alive: nobody could read it any more.

    Parameters
    ----------
    wants
        What each frame holds.
    every
        Take a frame after each step that this divides; None: at most `rate_hz` frames a second.
    """

    def __init__(
        self,
        recording: Recording,
        wants: Request,
        *,
        every: int | None,
        rate_hz: float,
        stage: Stage,
        network: Network,
        meter: Meter,
        curves: Curves,
    ) -> None:
        self._recording = weakref.ref(recording)
        # What is written to a disk can be read by others.
        self._kept = recording if recording.path else None
        self._wants, self._every, self._period_s = wants, every, 1 / rate_hz
        self._stage, self._network, self._meter, self._curves = stage, network, meter, curves
        self._leaves: list[Callable[[], None]] = []
        self._began = time.perf_counter()
        self._due = self._last_step = self._began
        self._on, self._failed = True, False
        self._taken_s = self._stored_s = self._charged_s = self._trained_s = 0.0
        self._typical_s, self._passed = 0.0, 0
        # Steps and commands: so many there were, were asked for, and are recorded.
        self._noted, self._asked, self._shown = 0, 0, (-1, -1)
        # A bounded queue costs the thread that trains twice as much.
        self._queue: queue.SimpleQueue[tuple[Any, float] | None] = queue.SimpleQueue()
        self._checkpoints: dict[Kept, FullCheckpoint] = {}
        self._thread = threading.Thread(
            target=self._run, name="kernelwidgets recorder", daemon=True
        )
        self._thread.start()

    @property
    def on(self) -> bool:
        """Whether it still records."""
        return self._on

    @property
    def exact(self) -> bool:
        """Whether it has to be told of every step."""
        return self._on and self._every is not None

    @property
    def text(self) -> str:
        """What recording costs, or why it stopped; "" where there is nothing to say."""
        recording = self._recording()
        if recording is not None and recording.stopped:
            return f"recording stopped: {recording.stopped}"
        if recording is None or recording.cost is None or not self._on:
            return ""
        return f"recording costs {100 * recording.cost:.1f} %"

    def leaves_by(self, *calls: Callable[[], None]) -> None:
        """Call these once nothing is recorded any more."""
        self._leaves += calls

    def begin(self, read: Callable[[Request], Frame]) -> None:
        """Take a first frame, and store it: there is something to show at once."""
        wants, recording = self._everything(), self._recording()
        if wants is not None and recording is not None:
            frame = read(wants)
            at_s = time.perf_counter() - self._began
            self._passed, self._shown = frame.step, (frame.step, 0)
            self._attempt(recording, lambda: store(recording, frame, at_s, self._stage.info))

    # As a subscriber

    def request(self) -> Request | None:
        """What a frame holds; None at rest while nothing happens that is not recorded yet."""
        self._asked = self._noted
        if not self._stage.training and self._shown == (self._passed, self._noted):
            return None
        return self._everything()

    def _everything(self) -> Request | None:
        recording = self._recording()
        if not self._on or recording is None:
            return None
        # The probe's pictures too, until they are known.
        samples = len(self._stage.info.samples) if recording.probe is None else 0
        pictures = frozenset(Want("probe", sample=sample) for sample in range(samples))
        return self._wants | Request(pictures) if pictures else self._wants

    def ready(self) -> bool:
        """Whether it is time for the next frame."""
        if self._queue.qsize() >= _ROOM:
            return False
        if not self._stage.training:
            return True
        return (
            self._every is None
            and time.perf_counter() >= self._due
            # Another subscriber may be shown old maps again; a recording is not.
            and (self._meter.maps_allowed or not has_maps(self._wants))
        )

    def deliver(self, frame: Frame) -> None:
        """Take a frame from the publisher."""
        now = time.perf_counter()
        self._due = max(self._due, now - self._period_s) + self._period_s
        if self._every is None:
            spent, self._charged_s = self._stored_s - self._charged_s, self._stored_s
            self._meter.charge(spent)
        elif frame.step % self._every and (self._stage.training or frame.step < self._passed):
            # The model rested when it was asked for, and went on before it was taken.
            return
        self._shown = frame.step, self._asked
        self._put(frame)

    def deliver_status(self, status: Status) -> None:
        """Of no interest."""

    def deliver_info(self, info: SourceInfo) -> None:
        """Of no interest."""

    # At the safe point

    def rest(self, step: int) -> None:
        """Note the step after which the model rests; it was perhaps not told of it."""
        self._passed = step

    def pass_step(self, step: int) -> None:
        """Capture a frame, if it is the turn of this step."""
        self._passed = step
        if self._every is None or not self._on:
            return
        start = time.perf_counter()
        seconds, self._last_step = start - self._last_step, start
        # A pause between two steps is not their cost.
        seconds = min(seconds, 10 * (self._typical_s or seconds) + 0.01)
        self._typical_s += 0.05 * (seconds - self._typical_s)
        self._trained_s += seconds
        if step % self._every:
            return
        wants = self._everything()
        if wants is not None:
            self._put(self._network.capture(wants, step))
            self._shown = step, self._noted
            self._taken_s += time.perf_counter() - start

    def note(self, step: int, command: AnyCommand) -> None:
        """Record a command that was carried out."""
        recording = self._recording()
        if recording is None or not self._on:
            return
        if isinstance(command, (Branch, Restart)):
            again = "began again" if isinstance(command, Restart) else "went back"
            self._stop(recording, f"training {again}, and a recording is of one run")
        else:
            self._noted += 1
            recording.add_event(Event.of(step, command))

    def keep(self, checkpoints: Sequence[Kept]) -> None:
        """Record the newest checkpoint, and of the others those that are there still."""
        recording = self._recording()
        if recording is None or not self._on:
            return
        if checkpoints[-1] not in self._checkpoints:
            last = checkpoints[-1]
            self._checkpoints[last] = FullCheckpoint(
                last.step, len(recording.events), last.nbytes, last.packed
            )
        first, there = next(iter(self._checkpoints)), set(checkpoints)
        self._checkpoints = {
            kept: full for kept, full in self._checkpoints.items() if kept is first or kept in there
        }
        recording.checkpoints = tuple(self._checkpoints.values())

    def log(self, step: int, name: str, value: float) -> None:
        """Record a logged value."""
        recording = self._recording()
        if recording is not None and self._on:
            recording.add_metrics(step, {name: value})

    # Storing, on a thread of its own

    def _put(self, taken: Any) -> None:
        at_s = time.perf_counter() - self._began
        while self._on and self._queue.qsize() >= _ROOM:
            time.sleep(_WAIT_S)
        if self._on:
            self._queue.put((taken, at_s))

    def _run(self) -> None:
        going, flushed = True, time.monotonic()
        while going:
            try:
                item = self._queue.get(timeout=max(flushed + _FLUSH_S - time.monotonic(), 0.0))
            except queue.Empty:
                going = self._on
            else:
                going = item is not None and self._store(*item)
            now = time.monotonic()
            if not going or now >= flushed + _FLUSH_S:
                self._flush()
                flushed = now
        self._kept = None

    def _store(self, taken: Any, at_s: float) -> bool:
        recording = self._recording()
        if recording is not None and not self._failed:
            self._attempt(recording, lambda: store(recording, taken, at_s, self._stage.info))
            self._stored_s = time.thread_time()
            if self._every is not None and self._trained_s:
                recording.cost = (self._taken_s + self._stored_s) / self._trained_s
            if recording.path is None and recording.nbytes > _MOST_BYTES:
                held = in_bytes(recording.nbytes)
                self._stop(recording, f"it holds {held} in memory; record to a path, or less often")
        return recording is not None

    def _flush(self) -> None:
        recording = self._recording()
        if recording is None:
            self._leave()
        elif not self._failed:
            # Values on an accelerator are not waited for where they are logged.
            self._curves.read()
            self._attempt(recording, recording.flush)

    def _attempt(self, recording: Recording, do: Callable[[], None]) -> None:
        try:
            do()
        except Exception as error:  # noqa: BLE001  # training must not stop for it
            self._failed = True
            self._stop(recording, str(error) or type(error).__name__)

    # The end

    def finish(self, last: Callable[[Request], Frame | None]) -> None:
        """End recording with what the model holds now, as far as `last` can read it."""
        wants = self._everything()
        frame = None if wants is None else last(wants)
        if frame is not None:
            self._put(frame)
        self._curves.read()
        self._leave()
        self._queue.put(None)
        self._thread.join()

    def _stop(self, recording: Recording, why: str) -> None:
        self._leave()
        recording.stopped = why
        _log.error("recording stopped: %s", why)

    def _leave(self) -> None:
        self._on = False
        leaves, self._leaves = self._leaves, []
        for leave in leaves:
            leave()


def store(recording: Recording, taken: Any, at_s: float, info: SourceInfo) -> None:
    """Add a frame, or a capture of one, unless something newer or the same is there already."""
    frame: Frame = taken if isinstance(taken, Frame) else taken.frame()
    pictures = [
        frame.arrays[want]
        for want in sorted(
            (want for want in frame.arrays if want.quantity == "probe"),
            key=lambda want: want.sample,
        )
    ]
    if pictures and recording.probe is None:
        recording.set_probe(info, np.stack(pictures), frame.limits["", "probe"])
    before = recording.last
    # A view that scrolls has a resting model read again, and what it reads may come late.
    if (
        before is None
        or frame.step > before.step
        or (frame.step == before.step and _differs(before, frame))
    ):
        recording.add(frame, at_s)


def _differs(before: Frame, frame: Frame) -> bool:
    return any(
        want not in frame.arrays or not np.array_equal(values, frame.arrays[want], equal_nan=True)
        for want, values in before.arrays.items()
    )
