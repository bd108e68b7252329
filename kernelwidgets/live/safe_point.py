"""The one place where the outside world touches a model, and the queue in front of it."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Callable

from kernelwidgets.live.errors import StopTraining
from kernelwidgets.live.jobs import Job
from kernelwidgets.live.loop import WATCHED, Loop, Words
from kernelwidgets.wire.commands import CommandError, Handle
from kernelwidgets.wire.schema import RunState

__all__ = ["SafePoint"]

_STUCK = "this cell blocks the notebook, so nobody could press Resume"


class SafePoint(Loop):
    """Puts everything that touches a model while it may be training into one order.

    The training thread calls `depart` before and `arrive` after each optimizer step. Everybody
    else hands actions to `do`. They are carried out when the training thread arrives, or at once
    while the model is free: nothing runs, or the training thread waits here.

    Parameters
    ----------
    on_change
        Called whenever `state` was set, under the lock; must be quick.
    words
        What to tell those who ask in vain.

    Attributes
    ----------
    hurried
        Whether the pace does not count for now.
    """

    def __init__(self, on_change: Callable[[], None], words: Words = WATCHED) -> None:
        super().__init__(on_change, words)
        self._jobs: deque[Job] = deque()
        self._early: deque[Job] = deque()
        self._waiting = False
        self._stopping = False
        self._steps_left: int | None = None
        self._max_steps_per_s: float | None = None
        self._due = 0.0
        self.hurried = False
        self._quiet = False
        # Sends every arrival down the long way.
        self._attention = False

    @property
    def free(self) -> bool:
        """Whether the model may be touched at once."""
        return self._waiting or not (self.running or self.expected)

    def end(self, error: BaseException | None = None) -> None:
        """Declare that the run is over, and do what still waits."""
        super().end(error)
        self.serve()

    def close(self) -> None:
        """Refuse everything from now on, and let a waiting loop go on."""
        with self._lock:
            self.closed = True
            self._stopping, self._steps_left, self._max_steps_per_s = False, None, None
            self._set_state("running" if self.state == "paused" else self.state)
        self.serve()

    @property
    def quiet(self) -> bool:
        """Whether this is the training thread, and all it has to do is to `arrive`."""
        return self._quiet and threading.current_thread() is self._owner

    @property
    def settled(self) -> bool:
        """Whether nothing is wanted before a step, and every step may pass."""
        return not (self._early or self._attention)

    def hush(self) -> None:
        """Be quiet from now on; what has been done already is to be looked for after this."""
        self._quiet = True

    def disturb(self) -> None:
        """Something was done that steps may have to be looked after for."""
        self._quiet = False

    def depart(self) -> None:
        """Prepare, before the optimizer steps, what has to see the weights then."""
        if self._early:
            with self._lock:
                for _ in range(len(self._early)):
                    job = self._early.popleft()
                    if job.prepare is not None:
                        job.attempt(job.prepare)
                    self._jobs.append(job)

    def arrive(self) -> float:
        """Do all that waits, after the optimizer has stepped.

        Returns
        -------
        float
            Seconds that training waited here, paused or to keep its pace.

        Raises
        ------
        StopTraining
            If the run was asked to stop.
        """
        if not (self._jobs or self._attention) or self.closed:
            return 0.0
        if self._steps_left is not None:
            with self._lock:
                self._count_down()
        self._drain()
        if not self._attention:
            return 0.0
        waited_s = self._wait() if self._waits else 0.0
        if self._stopping:
            with self._lock:
                self._stopping = False
                self._set_state(self.state)
            raise StopTraining
        return waited_s

    def _count_down(self) -> None:
        if self._steps_left is not None:
            self._steps_left -= 1
            if self._steps_left == 0:
                self._steps_left = None
                self._set_state("paused")

    def _wait(self) -> float:
        start = time.perf_counter()
        try:
            while True:
                with self._changed:
                    self._waiting = True
                    delay = self._delay_s()
                    if delay <= 0:
                        break
                    if not self._jobs:
                        # Bounded, because Windows delivers Ctrl-C only between waits.
                        self._changed.wait(min(delay, 0.2))
                self.serve()
        finally:
            self._go_on()
        return time.perf_counter() - start

    async def stand_by(self) -> None:
        """Wait while paused and keep the pace, in a loop that awaits."""
        try:
            while (delay := self._delay_s()) > 0:
                self._waiting = True
                self.serve()
                await asyncio.sleep(min(delay, 0.02))
        finally:
            self._go_on()
        await asyncio.sleep(0)

    def _go_on(self) -> None:
        with self._lock:
            self._waiting = False
            self._due = (
                time.perf_counter()
                if self._max_steps_per_s is None
                else max(self._due + 1 / self._max_steps_per_s, time.perf_counter())
            )

    def _delay_s(self) -> float:
        if self._stopping:
            return 0.0
        if self.state == "paused":
            return math.inf
        if self._max_steps_per_s is None or self.hurried:
            return 0.0
        return self._due + 1 / self._max_steps_per_s - time.perf_counter()

    def do(
        self, action: Callable[[], str | None], *, prepare: Callable[[], None] | None = None
    ) -> Handle:
        """Carry out an action where the model may be touched.

        Parameters
        ----------
        action
            May return a note for the handle. What it raises becomes the handle's error.
        prepare
            Called before the step at whose end the action is carried out; not called if the
            model is free.
        """
        job = Job(self.serve, action, prepare)
        if self.mine and not self.closed:
            with self._lock:
                job.perform(self.step)
            job.settle()
        elif prepare is None:
            self._jobs.append(job)
            self.serve()
        else:
            self._early.append(job)
            self.disturb()
            self.serve()
        return job.handle

    def serve(self) -> None:
        """Carry out what waits, if the model is free."""
        with self._lock:
            if not (self.closed or self.free):
                return
            while self._early:
                self._jobs.append(self._early.popleft())
        self._drain(only_if_free=True)

    def _drain(self, *, only_if_free: bool = False) -> None:
        done: list[Job] = []
        try:
            with self._lock:
                if only_if_free and not (self.closed or self.free):
                    return
                # What comes in meanwhile waits for the next step, or training would starve.
                for _ in range(len(self._jobs)):
                    job = self._jobs.popleft()
                    done.append(job)
                    if self.closed:
                        job.error = CommandError(self._words.closed)
                    job.perform(self.step)
        finally:
            # Outside the lock: callbacks belong to others, who have locks of their own.
            for job in done:
                job.settle()

    def pause(self) -> None:
        """Wait at the next arrival (called at the safe point, like those below).

        Raises
        ------
        CommandError
            If nothing runs, or waiting would hang the notebook.
        """
        self._require_run(waiting=True)
        self._steps_left = None
        self._set_state("paused")

    def resume(self) -> None:
        """Go on."""
        self._require_run()
        self._steps_left = None
        self._set_state("running")

    def take_steps(self, count: int) -> None:
        """Go on for `count` steps, then wait."""
        self._require_run(waiting=True)
        self._steps_left = count
        self._set_state("running")

    def stop(self) -> None:
        """Raise `StopTraining` at the next arrival."""
        self._require_run()
        self._stopping, self._steps_left = True, None
        self._set_state("running")

    def _require_run(self, *, waiting: bool = False) -> None:
        if not self.running:
            raise CommandError(f"nothing runs; {self._words.start}")
        if waiting and self._stuck and self._waits:
            raise CommandError(f"{_STUCK}; {self._words.start}, then it can be paused")

    @property
    def max_steps_per_s(self) -> float | None:
        """The pace that training is held to, in steps per second; None is as fast as it goes."""
        return self._max_steps_per_s

    @max_steps_per_s.setter
    def max_steps_per_s(self, pace: float | None) -> None:
        with self._lock:
            self._max_steps_per_s = pace
            self._set_state(self.state)

    def _enter(self, thread: threading.Thread) -> None:
        self._stopping, self._steps_left = False, None
        self._due = time.perf_counter()
        super()._enter(thread)

    def _leave(self, state: RunState, error: BaseException | None = None) -> None:
        self._stopping, self._steps_left = False, None
        super()._leave(state, error)

    def _set_state(self, state: RunState) -> None:
        self._attention = (
            state == "paused"
            or self._stopping
            or self._steps_left is not None
            or self._max_steps_per_s is not None
        )
        self.disturb()
        super()._set_state(state)
