"""Frames on their way out: who wants them, and the thread that makes and delivers them."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import ParamSpec, TypeVar

from kernelwidgets.live.camera import Camera, Shot
from kernelwidgets.live.cost import Meter
from kernelwidgets.live.stage import Stage, has_maps, without_maps
from kernelwidgets.wire.schema import SourceInfo, Status
from kernelwidgets.wire.source import Frame, Request, Subscriber

__all__ = ["Publisher"]

_STATUS_EVERY_S = 0.5
_PATIENCE_S = 2.0
_log = logging.getLogger("kernelwidgets")
_Told = TypeVar("_Told")
_Got = TypeVar("_Got")
_Given = ParamSpec("_Given")


@dataclasses.dataclass(eq=False)
class _Seat:
    """One subscriber: the last change that it has seen, what it asked for last, and got."""

    subscriber: Subscriber
    seen: int = -1
    asked: Request | None = None
    got: Frame | None = None


class Publisher:
    """Makes frames and delivers them, on a thread that exists while there are subscribers.

    While training runs, frames follow each other as the meter allows; at other times one follows
    each call of `wake`. Of what happens between two frames only the latest is shown.
    """

    def __init__(self, stage: Stage, camera: Camera, meter: Meter) -> None:
        self._stage = stage
        self._camera = camera
        self._meter = meter
        self._news = threading.Condition()
        self._changes = 0
        self._last_change = -1
        self._woken = False
        self._closing = False
        self._seats: list[_Seat] = []
        self._thread: threading.Thread | None = None
        self._farewell: Shot | None = None
        self._info: SourceInfo | None = None
        self._status: Status | None = None
        self._status_at = 0.0
        self._wanted = Request()
        self._failure = ""

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Deliver to `subscriber` from now on; returns the call that ends it."""
        seat = _Seat(subscriber)

        def leave() -> None:
            with self._news:
                if seat in self._seats:
                    self._seats.remove(seat)
                self._woken = True
                self._news.notify_all()

        with self._news:
            if not self._closing:
                self._seats.append(seat)
                # A newcomer knows nothing yet.
                self._info = self._status = None
                self._woken = True
                self._start()
                self._news.notify_all()
        return leave

    def _start(self) -> None:
        if self._thread is None and self._seats and not self._closing:
            self._thread = threading.Thread(
                target=self._run, name="kernelwidgets publisher", daemon=True
            )
            self._thread.start()

    def wake(self, *, last: bool = False) -> None:
        """Say that something has changed.

        Parameters
        ----------
        last
            Whether nothing follows for a while: then the frame goes also to those who have not
            painted the earlier ones.
        """
        with self._news:
            self._changes += 1
            if last:
                self._last_change = self._changes
            self._woken = True
            self._news.notify_all()

    def flush(self) -> None:
        """Wait until everybody has the present frame; not for ever, if somebody is stuck."""
        if threading.current_thread() is not self._thread:
            with self._news:
                present = self._changes
                self._news.wait_for(
                    lambda: self._closing or all(seat.seen >= present for seat in self._seats),
                    _PATIENCE_S,
                )

    def close(self) -> None:
        """Deliver one last frame and end the thread."""
        change = self._changes + 1
        wanted = _union(self._askers(change, urgent=change))
        deadline = time.monotonic() + _PATIENCE_S
        shot = None
        if wanted is not None:
            try:
                shot = self._camera.shoot(wanted, lambda: time.monotonic() > deadline)
            except Exception:  # noqa: BLE001  # closing must not fail for it
                _log.exception("no last frame could be made")
        with self._news:
            self._farewell, self._closing, self._woken = shot, True, True
            self._news.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(_PATIENCE_S)

    def _run(self) -> None:
        while True:
            # Not under the lock: the safe point calls `wake` under its own.
            patience = self._patience_s()
            with self._news:
                self._news.wait_for(lambda: self._woken, patience)
                self._woken = False
                if self._closing or not self._seats:
                    break
                change = self._changes
            try:
                self._round(change)
            except Exception as error:  # noqa: BLE001  # the thread must live on
                if repr(error) != self._failure:
                    _log.exception("no frame could be made")
                self._failure = repr(error)
                with self._news:
                    for seat in self._seats:
                        seat.seen = change
        if self._closing:
            self._say_farewell()
        self._meter.rests()
        with self._news:
            self._thread = None
            self._start()
            self._news.notify_all()

    def _round(self, change: int) -> None:
        self._stage.serve()
        training = self._stage.training
        self._meter.tick(training=training, maps=has_maps(self._wanted))
        self._tell()
        if training:
            self._show_training(change)
        else:
            self._show_present(change)
        self._meter.round_ends()

    def _patience_s(self) -> float:
        if self._stage.training:
            wait = self._meter.wait_s(maps=has_maps(self._wanted))
            return min(max(wait, 1 / self._meter.rate_hz), _STATUS_EVERY_S)
        behind = any(seat.seen < self._changes for seat in self._seats)
        return 1 / self._meter.rate_hz if behind else _STATUS_EVERY_S

    def _tell(self, *, at_once: bool = False) -> None:
        info, status = self._stage.info, self._stage.status
        if info is not self._info:
            self._info = info
            self._each(lambda subscriber: subscriber.deliver_info, info)
        now, old = time.perf_counter(), self._status
        if status != old and (
            at_once
            or old is None
            or now - self._status_at > _STATUS_EVERY_S
            or _turning_point(status) != _turning_point(old)
        ):
            self._status, self._status_at = status, now
            self._each(lambda subscriber: subscriber.deliver_status, status)

    def _show_training(self, change: int) -> None:
        askers = self._askers(change)
        wanted = _union(askers)
        if wanted is None:
            return
        urgent = any(seat.asked != request for seat, request in askers)
        if self._meter.wait_s(maps=has_maps(wanted), urgent=urgent) > 0:
            return
        self._wanted = wanted
        maps = has_maps(wanted) and (self._meter.maps_allowed or not _covered(askers))
        self._meter.frame_begins()
        shot = self._camera.shoot(wanted if maps else without_maps(wanted), self._given_up)
        if shot is not None:
            self._meter.frame_leaves(shot.at)
            self._deliver(shot, wanted, askers, change)
            self._meter.frame_ends(shot.seconds, maps=maps, urgent=urgent)

    def _show_present(self, change: int) -> None:
        with self._news:
            urgent = self._last_change
        askers = self._askers(change, urgent=urgent, behind=True)
        wanted = _union(askers)
        if wanted is not None:
            self._wanted = wanted
            shot = self._camera.shoot(wanted, self._given_up)
            if shot is not None:
                self._deliver(shot, wanted, askers, change)

    def _say_farewell(self) -> None:
        shot = self._farewell
        try:
            self._tell(at_once=True)
            if shot is not None:
                change = self._changes + 1
                self._deliver(shot, shot.request, self._askers(change, urgent=change), change)
        except Exception:  # noqa: BLE001  # nobody could do anything about it
            _log.exception("no last frame could be made")

    def _askers(
        self, change: int, *, urgent: int = -1, behind: bool = False
    ) -> list[tuple[_Seat, Request]]:
        """Who can see something and is ready for it, or has not seen the urgent change.

        Parameters
        ----------
        behind
            Whether only those are asked who have not seen the change: who says that they are not
            ready asks for a frame later, and would be woken for nothing.
        """
        with self._news:
            seats = [seat for seat in self._seats if seat.seen < change or not behind]
        askers = []
        for seat in seats:
            request = self._call(seat, seat.subscriber.request)
            if request is None:
                self._pass_over(seat, change)
            elif seat.seen < urgent or self._call(seat, seat.subscriber.ready):
                askers.append((seat, request))
        return askers

    def _pass_over(self, seat: _Seat, change: int) -> None:
        """Note that somebody wants nothing; whoever flushes waits for that too."""
        with self._news:
            if seat.seen < change:
                seat.seen = change
                self._news.notify_all()

    def _deliver(
        self, shot: Shot, wanted: Request, askers: list[tuple[_Seat, Request]], change: int
    ) -> None:
        frame = self._camera.develop(shot)
        if shot.request != wanted:
            frame = _completed(frame, shot.request, wanted, askers)
        for seat, request in askers:
            seat.asked, seat.got = request, frame
            self._call(seat, seat.subscriber.deliver, frame)
        with self._news:
            for seat, _ in askers:
                seat.seen = change
            self._news.notify_all()

    def _each(self, call: Callable[[Subscriber], Callable[[_Told], None]], told: _Told) -> None:
        with self._news:
            seats = list(self._seats)
        for seat in seats:
            self._call(seat, call(seat.subscriber), told)

    def _call(
        self, seat: _Seat, call: Callable[_Given, _Got], *args: _Given.args, **kwargs: _Given.kwargs
    ) -> _Got | None:
        try:
            return call(*args, **kwargs)
        except Exception:  # noqa: BLE001  # it must not stop the others
            _log.exception("a subscriber failed and gets no more frames")
        with self._news:
            if seat in self._seats:
                self._seats.remove(seat)
            self._news.notify_all()
        return None

    def _given_up(self) -> bool:
        return self._closing


def _union(askers: Iterable[tuple[_Seat, Request]]) -> Request | None:
    union = None
    for _, request in askers:
        union = request if union is None else union | request
    return union


def _covered(askers: Iterable[tuple[_Seat, Request]]) -> bool:
    """Whether everybody's last frame holds the feature maps that are wanted."""
    return all(
        seat.asked is not None
        and request.wants - without_maps(request).wants <= seat.asked.wants
        and (seat.asked.answers or not request.answers)
        for seat, request in askers
    )


def _completed(
    frame: Frame, made: Request, wanted: Request, askers: Iterable[tuple[_Seat, Request]]
) -> Frame:
    """Add what was left out for its cost, as it was last: every frame is whole."""
    left_out = wanted.wants - made.wants
    arrays, notes, limits = dict(frame.arrays), dict(frame.notes), dict(frame.limits)
    answers = frame.answers
    for old in (seat.got for seat, _ in askers if seat.got is not None):
        arrays = {w: old.arrays[w] for w in left_out if w in old.arrays} | arrays
        notes = {w: old.notes[w] for w in left_out if w in old.notes} | notes
        limits = dict(old.limits) | limits
        answers = old.answers if answers is None else answers
    return dataclasses.replace(
        frame,
        arrays=MappingProxyType(arrays),
        notes=MappingProxyType(notes),
        limits=MappingProxyType(limits),
        answers=answers,
    )


def _turning_point(status: Status) -> tuple[object, ...]:
    # A model at rest takes a step when it is sent back or forth.
    step = None if status.state == "running" else status.step
    return status.state, step, status.error, status.hint, status.undo, status.redo
