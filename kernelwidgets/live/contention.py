"""How much training slows down while somebody else uses the processor and the interpreter."""

from __future__ import annotations

import math

__all__ = ["Contention"]

_ECHO_S = 0.12
"""How long after its delivery a frame may still hold up training: sending, the page's answer."""

_ENOUGH_STEPS = 8
"""Steps on either side of a comparison."""

_ENOUGH_S = 0.3
"""Time near frames that a comparison needs."""

_DRIFT = 0.02
"""By how much the pace of training may differ for other reasons, as a share."""

_CHANGE = 0.003
"""Variance of the factor from one comparison to the next: another tab, another view."""


class _Progress:
    """Steps taken, in parts too, and how long they took in seconds."""

    __slots__ = ("count", "squares", "total")

    def __init__(self) -> None:
        self.count = self.total = self.squares = 0.0

    def add(self, part: float, seconds: float) -> None:
        self.count += part
        self.total += part * seconds
        self.squares += part * seconds * seconds

    @property
    def mean(self) -> float:
        return self.total / self.count

    @property
    def doubt(self) -> float:
        """Squared standard error of the mean."""
        return max(self.squares / self.count - self.mean**2, 0.0) / self.count


class Contention:
    """By what factor the publisher's processor time holds up training.

    Both need the interpreter's lock, and so do the page's answers; and whoever waits may lose the
    processor to others. It follows from how fast training gets on near frames and away from them,
    by a Kalman filter of one number. What is near begins at a safe point, and a step across its
    end counts on both sides, by the time that it spent there: chosen as a whole, long steps would
    be met more often than short ones, and a busy machine be taken for the cost of watching.

    Attributes
    ----------
    factor
        Seconds that training loses for each of the publisher's.
    usual_s
        Seconds that a step usually takes; 0 if none has been seen.
    """

    def __init__(self) -> None:
        self.factor = 2.0
        self._variance = 1.0
        self.usual_s = 0.0
        self._near, self._away = _Progress(), _Progress()
        self._cpu_s = 0.0
        # Time near frames in all until the last such span, its begin, and its end.
        self._span = (0.0, 0.0, 0.0)
        self._near_until_last = 0.0
        self._compared = math.inf
        self._patience_s = 2.0

    def step(self, last: float, start: float) -> None:
        """Count a step from `last` to `start`."""
        before, self._near_until_last = self._near_until_last, self._near_until(start)
        seconds = start - last
        if seconds <= 0:
            return
        usual = self.usual_s or seconds
        if seconds > 10 * usual + 0.05:
            # An evaluation between two steps, or the pause between two runs.
            self.usual_s *= 1.05
            return
        # More is what other programs take.
        seconds = min(seconds, 2 * usual + 0.006)
        self.usual_s += (0.05 if self.usual_s else 1.0) * (seconds - self.usual_s)
        near = min((self._near_until_last - before) / (start - last), 1.0)
        if near > 0:
            self._near.add(near, seconds)
        if near < 1:
            self._away.add(1 - near, seconds)

    def begins(self, moment: float) -> None:
        """From a moment on, steps are near a frame."""
        total, begin, end = self._span
        if moment > end:
            total, begin = total + end - begin, moment
        self._span = (total, begin, math.inf)

    def ends(self, now: float, cpu_s: float) -> float:
        """The frame has left, after `cpu_s` of this thread; returns when the next one may come."""
        total, begin, end = self._span
        echo = max(_ECHO_S, 2 * self.usual_s)
        if end == math.inf:
            self._span = (total, begin, now + echo)
        self._cpu_s += cpu_s
        self._compared = min(self._compared, now)
        near, away = self._near, self._away
        if min(near.count, away.count) >= _ENOUGH_STEPS and near.total > _ENOUGH_S:
            self._learn(near, away, self._cpu_s / near.total)
            self._near, self._away, self._cpu_s = _Progress(), _Progress(), 0.0
            self._compared = now
            self._patience_s = min(self._patience_s * 1.5, 30.0)
        elif now - self._compared > self._patience_s and away.count < _ENOUGH_STEPS:
            # Frames follow each other so closely that a gap is needed to compare with.
            return now + echo + min(max(_ENOUGH_STEPS * self.usual_s, 0.1), 0.3)
        return now

    def _near_until(self, moment: float) -> float:
        total, begin, end = self._span
        return total + max(min(moment, end) - begin, 0.0)

    def _learn(self, near: _Progress, away: _Progress, share: float) -> None:
        """Take in one comparison; `share` is the publisher's share of the time near frames."""
        slowdown = 1 - away.mean / near.mean
        doubt = (near.doubt + away.doubt) / near.mean**2 + _DRIFT**2
        gain = self._variance * share / (self._variance * share**2 + doubt)
        self.factor += gain * (slowdown - self.factor * share)
        self.factor = min(max(self.factor, 0.2), 20.0)
        self._variance = min((1 - gain * share) * self._variance + _CHANGE, 1.0)
