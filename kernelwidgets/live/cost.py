"""What watching costs, measured; and when the next frame may be made so that it costs no more."""

from __future__ import annotations

import math
import time

__all__ = ["Meter"]

_MEMORY_S = 10.0
"""Time over which the reported cost is averaged."""

_ECHO_S = 0.06
"""How long after its delivery a frame may still hold up training: sending, the page's answer."""

_SPENT = 0.8
"""How much of the budget is planned for; the rest is for what is learned too late."""

_ENOUGH_STEPS = 8
"""Steps on either side of a comparison."""


class _StepTimes:
    """Count, sum and sum of squares of step times in seconds."""

    __slots__ = ("count", "squares", "total")

    def __init__(self) -> None:
        self.count = 0
        self.total = 0.0
        self.squares = 0.0

    @property
    def mean(self) -> float:
        return self.total / self.count

    @property
    def doubt(self) -> float:
        """Squared standard error of the mean."""
        return max(self.squares / self.count - self.mean**2, 0.0) / self.count


class _Contention:
    """By what factor the publisher's processor time holds up training.

    Both need the interpreter's lock, and so do the page's answers. A Kalman filter of one number:
    it starts at 1 (a second of the publisher costs training a second) and follows what the step
    times near frames and away from them say, as far as they can be told apart.
    """

    def __init__(self) -> None:
        self.factor = 1.0
        self._variance = 1.0

    def learn(self, near: _StepTimes, away: _StepTimes, share: float) -> None:
        """Take in one comparison; `share` is the publisher's share of the time near frames."""
        slowdown = 1 - away.mean / near.mean
        doubt = (near.doubt + away.doubt) / near.mean**2 + 1e-6
        gain = self._variance * share / (self._variance * share**2 + doubt)
        self.factor += gain * (slowdown - self.factor * share)
        self.factor = min(max(self.factor, 0.2), 20.0)
        # It forgets: with another tab or another view the factor is another.
        self._variance = (1 - gain * share) * self._variance + 0.002


class Meter:
    """Measures what watching costs and says when the next frame may be made.

    Two accounts are credited with the budgeted share of training time and debited with what was
    spent: one for weights, one for feature maps, which may cost a thousand times as much. What is
    in debt waits.

    Parameters
    ----------
    budget
        The share of training time that watching may cost.
    rate_hz
        The most frames per second.
    """

    def __init__(self, budget: float, rate_hz: float) -> None:
        self._share = _SPENT * budget
        self.rate_hz = rate_hz
        self._near = _StepTimes()
        self._away = _StepTimes()
        self._away_from = 0.0
        self._last_step = math.inf
        self._typical_s = 0.0
        self._contention = _Contention()
        self._weights_s = 0.0
        self._maps_s = 0.0
        self._weights_cost_s: float | None = None
        self._spent_s = 0.0
        self._elapsed_s = 0.0
        self._ticked = 0.0
        self._cpu = 0.0
        self._cpu_near = 0.0
        self._not_before = 0.0
        self._compared = 0.0
        self._patience_s = 2.0

    # The training thread: two clock readings and a few sums per step.

    def step(self, start: float, end: float) -> None:
        """Count a step that reached its safe point at `start` and left it at `end`."""
        last, self._last_step = self._last_step, end
        seconds = start - last
        if seconds <= 0:
            return
        # An evaluation between two steps is not their cost.
        seconds = min(seconds, 10 * (self._typical_s or seconds) + 0.01)
        self._typical_s += (0.05 if self._typical_s else 1.0) * (seconds - self._typical_s)
        times = self._away if last > self._away_from else self._near
        times.count += 1
        times.total += seconds
        times.squares += seconds * seconds

    def exclude(self, seconds: float) -> None:
        """Leave time out of the present step, since it is charged with the frame."""
        self._last_step += seconds

    # The publisher's thread.

    @property
    def cost(self) -> float:
        """Share of the recent training time that watching cost."""
        return min(self._spent_s / self._elapsed_s, 1.0) if self._elapsed_s else 0.0

    @property
    def maps_allowed(self) -> bool:
        """Whether the next frame may hold new feature maps."""
        return self._maps_s >= 0

    def tick(self, *, training: bool, maps: bool) -> None:
        """Credit the time since the last tick; `maps` says whether somebody wants them."""
        now, last = time.perf_counter(), self._ticked
        self._ticked = now
        if not training or not last:
            self._cpu = time.thread_time()
            return
        seconds = now - last
        credit = seconds * self._share / (2 if maps else 1)
        self._weights_s = min(self._weights_s + credit, 0.0)
        if maps:
            self._maps_s = min(self._maps_s + credit, 0.0)
        fade = math.exp(-seconds / _MEMORY_S)
        self._spent_s *= fade
        self._elapsed_s = self._elapsed_s * fade + seconds

    def wait_s(self, *, maps: bool, urgent: bool = False) -> float:
        """Seconds until the next frame; `urgent` is a frame that somebody waits for."""
        limit = self._not_before - time.perf_counter()
        if urgent:
            return min(limit, 0.2)
        return max(limit, -self._weights_s * (2 if maps else 1) / self._share, 0.0)

    def frame_begins(self) -> None:
        """From now on, steps are near a frame."""
        self._away_from = math.inf
        self._not_before = time.perf_counter() + 1 / self.rate_hz

    def frame_ends(self, seconds: float, *, maps: bool) -> None:
        """Charge a frame that was delivered.

        Parameters
        ----------
        seconds
            Time that it took on the training thread.
        maps
            Whether it holds new feature maps.
        """
        now = time.perf_counter()
        cpu = time.thread_time()
        spent_cpu, self._cpu = cpu - self._cpu, cpu
        self._cpu_near += spent_cpu
        self._away_from = now + _ECHO_S
        cost = seconds + self._contention.factor * spent_cpu
        self._spent_s += cost
        usual = self._weights_cost_s
        if not maps:
            self._weights_cost_s = cost if usual is None else usual + 0.2 * (cost - usual)
            self._weights_s -= cost
        else:
            # What a frame costs without maps is known once there was one.
            weights = min(cost, usual or 0.0)
            self._weights_s -= weights
            self._maps_s -= cost - weights
        self._compare(now)

    def charge(self, seconds: float) -> None:
        """Charge processor time that a frame took afterwards, on a thread of its own."""
        cost = self._contention.factor * seconds
        self._spent_s += cost
        self._weights_s -= cost

    def _compare(self, now: float) -> None:
        near, away = self._near, self._away
        if min(near.count, away.count) >= _ENOUGH_STEPS and near.total > 5 * _ECHO_S:
            self._contention.learn(near, away, self._cpu_near / near.total)
            self._near, self._away, self._cpu_near = _StepTimes(), _StepTimes(), 0.0
            self._compared = now
            self._patience_s = min(self._patience_s * 1.3, 10.0)
        elif now - self._compared > self._patience_s and away.count < _ENOUGH_STEPS:
            # Frames follow each other so closely that a gap is needed to compare with.
            gap = min(max(_ENOUGH_STEPS * self._typical_s, 0.1), 0.3)
            self._not_before = max(self._not_before, now + _ECHO_S + gap)
