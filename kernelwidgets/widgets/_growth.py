"""Following something that grows, now and then."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable

__all__ = ["Growth"]

PERIOD_S = 1.0
SHARE = 0.02
"""Following takes at most this share of the time."""


class Growth:
    """Calls a method a second after word of something new; more rarely where that is slow.

    Without word there is no thread and no timer. It does not keep alive whose method it is, and
    what has failed is not called again.
    """

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = weakref.WeakMethod(call)
        self._lock, self._calling = threading.Lock(), threading.Lock()
        self._timer: threading.Timer | None = None
        self._spent_s = 0.0
        self._closed = False

    def note(self) -> None:
        """Take notice of something new; quick."""
        if self._timer is None:
            with self._lock:
                if self._timer is None and not self._closed:
                    wait_s, self._spent_s = max(PERIOD_S, self._spent_s / SHARE), 0.0
                    self._timer = threading.Timer(wait_s, self._run)
                    self._timer.daemon = True
                    self._timer.start()

    def charge(self, seconds: float) -> None:
        """Count something else as the price of following."""
        self._spent_s += seconds

    def _run(self) -> None:
        # What comes from here on may have come too late for this call.
        self._timer = None
        with self._calling:
            call = self._call()
            if call is None or self._closed:
                return
            start = time.thread_time()
            try:
                call()
            except BaseException:
                self._closed = True
                raise
            self.charge(time.thread_time() - start)

    def close(self) -> None:
        """Leave no timer behind."""
        with self._lock:
            self._closed = True
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
