"""Things to do at the safe point, and what became of them."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable

from kernelwidgets.wire.commands import Handle, next_moment

__all__ = ["Job"]

_log = logging.getLogger("kernelwidgets")


class Job:
    """One action with its outcome."""

    def __init__(
        self,
        serve: Callable[[], None],
        action: Callable[[], str | None],
        prepare: Callable[[], None] | None,
    ) -> None:
        self.action, self.prepare = action, prepare
        self.handle = _WaitingHandle(serve)
        self.step, self.note, self.moment = 0, "", 0
        self.error: Exception | None = None

    def perform(self, step: int) -> None:
        """Carry the action out, unless its preparation failed."""
        self.step = step
        if self.error is None:
            self.note = self.attempt(self.action) or ""
            self.moment = next_moment()

    def attempt(self, call: Callable[[], str | None]) -> str | None:
        """Call, and keep what it raises."""
        try:
            return call()
        except Exception as error:  # noqa: BLE001  # it belongs to whoever asked
            self.error = error
        except BaseException:
            self.error = RuntimeError("interrupted before it was done")
            raise
        return None

    def settle(self) -> None:
        """Tell whoever waits."""
        try:
            self.handle.settle(self.step, self.error, self.note, self.moment)
        except Exception:  # noqa: BLE001  # training must not stop for it
            _log.exception("a callback of a command failed")


class _WaitingHandle(Handle):
    """A handle whose waiting takes notice when the training thread is gone."""

    def __init__(self, serve: Callable[[], None]) -> None:
        super().__init__()
        self._serve = serve

    def wait(self, timeout: float | None = None) -> int:
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        while not self.done:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            self._settled.wait(min(left, 0.05))
            if not self.done:
                self._serve()
        return self._outcome(timeout)
