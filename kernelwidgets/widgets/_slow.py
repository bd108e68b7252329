"""Subscribers that look at a source a few times a second."""

from __future__ import annotations

import math
import threading
import time
import weakref
from collections.abc import Callable

from kernelwidgets.widgets._shown import Mounted
from kernelwidgets.wire.schema import SourceInfo, Status, Visible
from kernelwidgets.wire.source import Frame, Request, Source

__all__ = ["Pause", "SlowSubscriber"]

_GRACE_S = 0.1
"""Time in which a source may come back to somebody by itself, as those do that can train."""


class Pause:
    """The time between two frames of somebody who needs only a few of them.

    Whoever was refused a frame gets it later: the source is asked for it unless it has come by
    itself. Asking is news to everybody, so two that asked each time would never rest.

    Parameters
    ----------
    every_s
        Seconds from one frame to the next, at least.
    ask
        The method that asks for a frame; its object is not kept alive.
    """

    def __init__(self, every_s: float, ask: Callable[[], None]) -> None:
        self._every_s, self._ask = every_s, weakref.WeakMethod(ask)
        self._at = -math.inf
        self._owes = False
        self._timer: threading.Timer | None = None

    def begin(self) -> None:
        """A frame has come."""
        self._at, self._owes = time.monotonic(), False

    def is_over(self) -> bool:
        """Whether it is time for the next frame."""
        wait_s = self._at + self._every_s - time.monotonic()
        self._owes = wait_s > 0
        if self._owes and self._timer is None:
            self._timer = threading.Timer(wait_s + _GRACE_S, self._end)
            self._timer.daemon = True
            self._timer.start()
        return not self._owes

    def _end(self) -> None:
        self._timer = None
        ask = self._ask()
        if ask is not None and self._owes:
            ask()


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
        self._pause = Pause(self.every_s, self.ask)

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
        """Whether some time has passed since the last frame; if not, one is asked for then."""
        return self._pause.is_over()

    def deliver(self, frame: Frame) -> None:
        """Take a frame, and the time."""
        self._pause.begin()
        self.take(frame)

    def deliver_status(self, status: Status) -> None:
        """Take a new status; by default nothing shows it."""

    def deliver_info(self, info: SourceInfo) -> None:
        """Take new facts; by default nothing shows them."""

    def ask(self) -> None:
        """Have the source deliver a frame."""
        self.source.wake()
