"""Subscribers that look at a source a few times a second."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable

from kernelwidgets.widgets._shown import Mounted
from kernelwidgets.wire.schema import SourceInfo, Status, Visible
from kernelwidgets.wire.source import Frame, Request, Source

__all__ = ["SlowSubscriber"]


class SlowSubscriber:
    """A subscriber whose widget needs no more than a frame every `every_s` seconds.

    A subclass says what is `wanted` and `take`s frames.

    Attributes
    ----------
    displayed
        Whether some page was given the widget.
    """

    every_s = 0.1

    def __init__(self, source: Source) -> None:
        self.source = source
        self.displayed = False
        self._mounted = Mounted()
        self._at = -float("inf")
        self._timer: threading.Timer | None = None

    def wanted(self) -> Request | None:
        """What is wanted while it can be seen; None if nothing is."""
        raise NotImplementedError

    def take(self, frame: Frame) -> None:
        """Show a frame."""
        raise NotImplementedError

    def start(self) -> Callable[[], None]:
        """Follow from now on; returns the call that ends it."""
        return self.source.subscribe(self)

    def mount(self, event: Visible) -> None:
        """A mounted view says whether it can be seen."""
        self._mounted.note(event)
        self.source.wake()

    def request(self) -> Request | None:
        """What is wanted; None while nothing can be seen."""
        unheard = self.displayed and not self._mounted.heard
        resting = self.source.status.state != "running"
        return self.wanted() if unheard or resting or self._mounted.shown() else None

    def ready(self) -> bool:
        """Whether some time has passed since the last frame; if not, the source is woken then."""
        wait_s = self._at + self.every_s - time.monotonic()
        if wait_s > 0 and self._timer is None:
            self._timer = threading.Timer(wait_s, _pay, [weakref.ref(self)])
            self._timer.daemon = True
            self._timer.start()
        return wait_s <= 0

    def deliver(self, frame: Frame) -> None:
        """Take a frame, and the time."""
        self._at = time.monotonic()
        self.take(frame)

    def deliver_status(self, status: Status) -> None:
        """Take a new status; by default nothing shows it."""

    def deliver_info(self, info: SourceInfo) -> None:
        """Take new facts; by default nothing shows them."""

    def pay(self) -> None:
        """Ask for the frame that was refused."""
        self._timer = None
        self.source.wake()


def _pay(subscriber: weakref.ref[SlowSubscriber]) -> None:
    alive = subscriber()
    if alive is not None:
        alive.pay()
