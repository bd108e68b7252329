"""Who trains a model, and how the run goes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from kernelwidgets.live.errors import StopTraining
from kernelwidgets.live.notebook import blocks_kernel, in_kernel_main_thread
from kernelwidgets.wire.schema import RunState

__all__ = ["WATCHED", "Loop", "Words"]

_PATIENCE_S = 1.0


@dataclass(frozen=True)
class Words:
    """How to get a loop under way, and what to do when it is closed."""

    start: str
    closed: str


WATCHED = Words(
    "run the loop as live.run(train)",
    "this live model is closed; watch the model again with kw.watch",
)


class Loop:
    """The loop that trains a model: somebody else's, of which only its steps can be seen.

    It is under way from `begin` to `end`, or from the first step on a thread until that thread is
    gone or IPython has finished the cell.

    Parameters
    ----------
    on_change
        Called whenever `state` was set, under the lock; must be quick.
    words
        What to tell those who ask in vain.
    """

    def __init__(self, on_change: Callable[[], None], words: Words = WATCHED) -> None:
        self._words = words
        self.step = 0
        self.state: RunState = "idle"
        self.error = ""
        self.blocking = False
        self.closed = False
        self._on_change = on_change
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._owner: threading.Thread | None = None
        self._declared = False
        self._waits = True
        self._stuck = False
        self._holds: list[threading.Thread] = []
        self._expected: tuple[threading.Thread, float] | None = None
        self._afterwards: list[Callable[[], bool]] = []

    @property
    def mine(self) -> bool:
        """Whether this is the training thread."""
        return threading.current_thread() is self._owner

    @property
    def owner(self) -> threading.Thread | None:
        """The training thread, while a loop is under way."""
        return self._owner if self.running else None

    @property
    def running(self) -> bool:
        """Whether a training loop is under way, paused or not."""
        with self._lock:
            if self._owner is not None and not self._declared and not self._owner.is_alive():
                self._leave("finished")
            return self._owner is not None

    def begin(self, thread: threading.Thread, *, waits: bool = True) -> None:
        """Declare that `thread` trains from now on, until `end`.

        Parameters
        ----------
        thread
            May be started later.
        waits
            Whether `arrive` waits while paused and keeps the pace. A loop that awaits calls
            `stand_by` for that instead.

        Raises
        ------
        RuntimeError
            If something runs already, or this is closed.
        """
        with self._lock:
            if self.closed:
                raise RuntimeError(self._words.closed)
            if self.running and (self._declared or not self.mine):
                raise RuntimeError(
                    "a run is under way already; end it with live.stop() or wait for its end"
                )
            self._declared, self._waits = True, waits
            self._enter(thread)

    def end(self, error: BaseException | None = None) -> None:
        """Declare that the run is over."""
        asked = error is None or isinstance(error, (StopTraining, KeyboardInterrupt))
        with self._lock:
            self._leave("finished" if asked else "failed", error)

    def cell_ended(self, error: BaseException | None) -> None:
        """Take notice that IPython has finished a cell on this thread."""
        self.let_go()
        self._expected = None
        if self.mine and not self._declared:
            self.end(error)

    def rewind(self, step: int) -> None:
        """Count steps from an earlier one again; what came then has not been."""
        with self._lock:
            self.step = step
            if not self.running:
                self.error = ""
            self._set_state(self.state if self.running else "finished" if step else "idle")

    def when_over(self, call: Callable[[], bool]) -> None:
        """Call once no other thread can be training, and again after a run until it is True."""
        with self._lock:
            if (self.running and not self.mine) or not call():
                self._afterwards.append(call)

    def enter(self, thread: threading.Thread | None = None) -> None:
        """Take notice that a thread trains now; None is this one."""
        with self._lock:
            self._enter(thread or threading.current_thread())

    def hold(self) -> None:
        """Keep everybody else off, until `let_go` on the same thread."""
        # What was interrupted was never let go.
        self.let_go()
        self._lock.acquire()
        self._holds.append(threading.current_thread())

    def let_go(self, *, step_follows: bool = False) -> None:
        """End a `hold`, if there is one.

        Parameters
        ----------
        step_follows
            Whether this thread is likely to step soon: others wait for that a while.
        """
        here = threading.current_thread()
        if self._holds and self._holds[-1] is here:
            until = time.monotonic() + _PATIENCE_S
            self._expected = (here, until) if step_follows else None
            self._holds.pop()
            self._lock.release()

    @property
    def expected(self) -> bool:
        """Whether another thread is likely to step soon."""
        if self._expected is None:
            return False
        thread, until = self._expected
        if thread is not threading.current_thread() and thread.is_alive():
            return time.monotonic() < until
        return False

    def _enter(self, thread: threading.Thread) -> None:
        here = thread is threading.current_thread()
        self._owner = thread
        self._expected = None
        self._stuck = here and in_kernel_main_thread()
        self.blocking = here and blocks_kernel()
        self.error = ""
        self._set_state("running")

    def _leave(self, state: RunState, error: BaseException | None = None) -> None:
        self._owner, self._declared, self._waits = None, False, True
        self.blocking = False
        self.error = f"{type(error).__name__}: {error}" if state == "failed" else ""
        self._afterwards = [call for call in self._afterwards if not call()]
        self._set_state(state)

    def _set_state(self, state: RunState) -> None:
        with self._lock:
            self.state = state
            self._changed.notify_all()
            self._on_change()
