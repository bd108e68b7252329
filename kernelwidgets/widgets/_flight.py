"""Frames on their way to a page: how many at a time, and what to do when no word comes back."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable

__all__ = ["Flight"]

FEWEST, MOST = 2, 8
DISPLAY_HZ = 60
ACK_S = 0.05
GROWTH = 0.2
SKIPS_BORNE = 1 / 3
SILENCE_S = 1.0
BLOCKED_S = 0.1
ALONE_S = 1.0


class Flight:
    """Counts frames that were sent and not painted yet.

    The way from here to a page has no backpressure of its own, and two at a time are slow where the
    way is long: more may fly, up to what keeps a display busy over the shortest recent round trip
    and the `ACK_S` in which a page gathers its word, unless the page then skips more of them than a
    display does that is a little slower than they are. When no frame came back for `SILENCE_S`,
    frames are paced by time until the next one does: a cell holds the page's messages up, or nobody
    is there any more.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # The publisher asks and sends while the page's word comes in on another thread.
        self._lock = threading.Lock()
        self._flying: deque[tuple[int, float]] = deque()
        self._trips: deque[float] = deque(maxlen=16)
        self._allowed = float(FEWEST)
        self._silent = False
        self._last_sent = -math.inf

    @property
    def window(self) -> int:
        """How many frames may fly at once."""
        return int(self._allowed)

    def wait_s(self, blocked: bool = False) -> float:
        """Seconds until the next frame may leave if no word comes; 0 is now.

        Parameters
        ----------
        blocked
            Whether the page is known to be there, but its messages to be held up.
        """
        with self._lock:
            now = self._clock()
            if self._flying and now - self._flying[0][1] >= SILENCE_S:
                self._flying.clear()
                self._silent = True
            if self._silent:
                return max(0.0, self._last_sent + (BLOCKED_S if blocked else ALONE_S) - now)
            if len(self._flying) < self.window:
                return 0.0
            return self._flying[0][1] + SILENCE_S - now

    def sent(self, seq: int) -> None:
        """Note that a frame leaves."""
        with self._lock:
            self._last_sent = self._clock()
            self._flying.append((seq, self._last_sent))
            while len(self._flying) > MOST:
                self._flying.popleft()

    def recall(self) -> None:
        """Note that the last frame went to nobody."""
        with self._lock:
            if self._flying:
                self._flying.pop()

    def painted(self, seq: int, count: int = 1) -> None:
        """Note that a page has painted a frame, and by that is through with all before it.

        Parameters
        ----------
        count
            How many it has painted since its last word.
        """
        with self._lock:
            landed = 0
            while self._flying and self._flying[0][0] <= seq:
                number, at = self._flying.popleft()
                landed += 1
                if number == seq and not self._silent:
                    self._trips.append(self._clock() - at)
            self._silent = False
            skipped = max(landed - count, 0)
            enough = math.ceil((min(self._trips, default=0.0) + ACK_S) * DISPLAY_HZ) + 1
            grown = self._allowed + GROWTH * (landed - skipped / SKIPS_BORNE)
            self._allowed = max(FEWEST, min(grown, enough, MOST))
