"""What watching costs, measured; and when the next frame may be made so that it costs no more."""

from __future__ import annotations

import math
import time
from collections import deque

from kernelwidgets.live.contention import Contention

__all__ = ["Meter"]

_MEMORY_S = 10.0
"""Time over which the reported cost is averaged."""

_SPENT = 0.8
"""How much of the budget is planned for; the rest is for what is learned too late."""

_FOR_FRAMES = 0.25
"""The part of the budget that is there for frames even where steps alone cost as much."""

_MOST_STEPS = 10_000
"""Steps that are remembered until somebody looks at them."""

_URGENT_S = 1.0
"""Frames that somebody waits for put off the next one by no more than this."""


class Meter:
    """Measures what watching costs and says when the next frame may be made.

    It costs what the training thread spends at the safe point, with a frame and without, and what
    the publisher's processor time holds it up elsewhere. Two accounts are credited with the
    budgeted share of training time and debited with what frames cost: one for weights, one for
    feature maps, which may cost a thousand times as much. What is in debt waits. What watching
    costs without frames comes off the credit first, and leaves a part of it in any case: only
    frames show what frames cost.

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
        self._contention = Contention()
        self._last_step = math.inf
        # When each step began and reached its safe point, until the publisher takes it in.
        self._steps: deque[tuple[float, float]] = deque(maxlen=_MOST_STEPS)
        # Only the training thread adds to it; the publisher notes how far it has counted.
        self._here_s = 0.0
        self._here_counted_s = 0.0
        self._shots_s = 0.0
        self._uncounted_s = 0.0
        self._for_frames = self._share
        self._weights_s = 0.0
        self._maps_s = 0.0
        self._weights_cost_s: float | None = None
        self._spent_s = self._others_s = 0.0
        self._elapsed_s = 0.0
        self._ticked = 0.0
        self._cpu = 0.0
        self._training = False
        self._not_before = 0.0

    # The training thread. What follows a training step finds no cache warm, so that Python costs
    # ten times as much there as here: the rest is done by the publisher, many steps at a time.

    def step(self, start: float, elsewhere_s: float = 0.0) -> None:
        """Count a step that reached its safe point at `start` and leaves it now.

        Parameters
        ----------
        elsewhere_s
            How much of the time since `start` was spent on other things than watching.
        """
        self._steps.append((self._last_step, start))
        self._last_step = end = time.perf_counter()
        self._here_s += end - start - elsewhere_s

    def exclude(self, seconds: float) -> None:
        """Leave time out of the present step: it is neither training nor watching."""
        self._last_step += seconds

    def overhead(self, seconds: float) -> None:
        """Count time that watching took in the present step, away from the safe point."""
        self._last_step += seconds
        self._here_s += seconds

    # The publisher's thread.

    @property
    def cost(self) -> float:
        """Share of the recent training time that watching cost."""
        return min(self._spent_s / self._elapsed_s, 1.0) if self._elapsed_s else 0.0

    @property
    def step_in_s(self) -> float:
        """Seconds until a step is likely to be over; 0 or less if it is late or none is known."""
        usual_s = self._contention.usual_s
        return self._last_step + usual_s - time.perf_counter() if usual_s else 0.0

    @property
    def maps_allowed(self) -> bool:
        """Whether the next frame may hold new feature maps."""
        return self._maps_s >= 0

    def rests(self) -> None:
        """Nobody publishes any more; who begins again does so on another thread."""
        self._ticked = 0.0
        self._steps.clear()

    def tick(self, *, training: bool, maps: bool) -> None:
        """Credit the time since the last tick; `maps` says whether somebody wants them."""
        now, last = time.perf_counter(), self._ticked
        self._ticked = now
        self._take_in(now)
        here_s = self._here_s
        spent, self._here_counted_s = here_s - self._here_counted_s, here_s
        shots_s, self._shots_s = self._shots_s, 0.0
        trained, self._training = self._training, training
        if not (training and trained and last):
            # What is shown of a model at rest costs no training.
            self._cpu = time.thread_time()
            return
        seconds = now - last
        fade = math.exp(-seconds / _MEMORY_S)
        self._spent_s = self._spent_s * fade + spent
        self._elapsed_s = self._elapsed_s * fade + seconds
        uncounted_s, self._uncounted_s = self._uncounted_s, 0.0
        self._others_s = self._others_s * fade + max(spent - shots_s, 0.0) + uncounted_s
        left = self._share - self._others_s / self._elapsed_s
        self._for_frames = max(left, _FOR_FRAMES * self._share)
        credit = self._for_frames * seconds / (2 if maps else 1)
        self._weights_s = min(self._weights_s + credit, 0.0)
        if maps:
            self._maps_s = min(self._maps_s + credit, 0.0)

    def wait_s(self, *, maps: bool, urgent: bool = False) -> float:
        """Seconds until the next frame; `urgent` is a frame that somebody waits for."""
        limit = self._not_before - time.perf_counter()
        if urgent:
            return min(limit, 0.2)
        return max(limit, -self._weights_s * (2 if maps else 1) / self._for_frames, 0.0)

    def frame_begins(self) -> None:
        """A frame is about to be asked for."""
        self._not_before = time.perf_counter() + 1 / self.rate_hz

    def frame_leaves(self, moment: float) -> None:
        """A frame that was taken at a moment is being sent: from then on, steps are near it."""
        self._take_in(moment)
        self._contention.begins(moment)

    def frame_ends(self, seconds: float, *, maps: bool, urgent: bool = False) -> None:
        """Charge a frame that was delivered; soon steps are no longer near it.

        Parameters
        ----------
        seconds
            Time that it took on the training thread.
        maps
            Whether it holds new feature maps.
        urgent
            Whether somebody waited for it.
        """
        self._shots_s += seconds
        spent, now = self._processor_s(), time.perf_counter()
        self._take_in(now)
        self._not_before = max(self._not_before, self._contention.ends(now, spent))
        cost = seconds + self._cost_s(spent)
        usual = self._weights_cost_s
        weights = cost
        if not maps:
            self._weights_cost_s = cost if usual is None else usual + 0.2 * (cost - usual)
        else:
            # What a frame costs without maps is known once there was one.
            weights = min(cost, usual or 0.0)
            self._maps_s -= cost - weights
        least = min(self._weights_s, -_URGENT_S * self._share) if urgent else -math.inf
        self._weights_s = max(self._weights_s - weights, least)

    def charge(self, seconds: float) -> None:
        """Charge processor time that a frame took afterwards, on a thread of its own."""
        self._weights_s -= self._cost_s(seconds)

    def round_ends(self) -> None:
        """Count what else the publisher has done: it looks about, and tells how training goes."""
        self._uncounted_s += self._cost_s(self._processor_s())

    def _take_in(self, until: float) -> None:
        """Let the steps that have passed by a moment be compared."""
        while self._steps and self._steps[0][1] <= until:
            last, start = self._steps.popleft()
            self._contention.step(last, start)

    def _processor_s(self) -> float:
        """Processor time of this thread since the last time, as far as it held up training."""
        cpu = time.thread_time()
        spent, self._cpu = (cpu - self._cpu) * self._training, cpu
        return spent

    def _cost_s(self, spent: float) -> float:
        """Count what processor time has cost training."""
        cost = self._contention.factor * spent
        self._spent_s += cost
        return cost
