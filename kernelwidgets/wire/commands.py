"""The envelope of a command: parsed, validated, and answered exactly once."""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Callable
from typing import Any

import msgspec

from kernelwidgets.wire.schema import AnyCommand, AnyEvent, Edit

__all__ = ["CommandError", "Handle", "next_moment", "parse_command", "parse_event"]

# Commands and frames count on one clock, which ticks where the network is touched: a step is too
# coarse, since while training rests there is many an edit and many a frame after the same one.
next_moment = itertools.count(1).__next__


class CommandError(ValueError):
    """A command that cannot be carried out; the message holds the fix."""


def parse_command(content: Any) -> tuple[str, AnyCommand]:
    """Read `{"id": …, "op": …, …}` into the id and a validated command.

    Raises
    ------
    CommandError
        If the content is no command of the contract, or holds numbers that are not finite.
    """
    if not isinstance(content, dict):
        raise CommandError(
            f"a command is an object with 'id' and 'op', not {type(content).__name__}"
        )
    fields = dict(content)
    identifier = fields.pop("id", None)
    if not isinstance(identifier, str) or not identifier:
        raise CommandError("a command needs an 'id': a string that its answer will carry")
    try:
        command = msgspec.convert(fields, AnyCommand)
    except (msgspec.ValidationError, OverflowError) as error:
        raise CommandError(str(error)) from error
    _require_finite(command)
    if isinstance(command, Edit) and len(command.cells) != len(command.values):
        raise CommandError(
            f"{len(command.cells)} cells but {len(command.values)} values: "
            "give one value for each cell"
        )
    return identifier, command


def parse_event(content: Any) -> AnyEvent:
    """Read `{"event": …, …}` into a validated event.

    Raises
    ------
    CommandError
        If the content is no event of the contract.
    """
    try:
        event: AnyEvent = msgspec.convert(content, AnyEvent)
    except (msgspec.ValidationError, OverflowError) as error:
        raise CommandError(str(error)) from error
    return event


def _require_finite(command: AnyCommand) -> None:
    # msgspec lets NaN and infinities pass; JSON has them, too: 1e400 is one.
    for name in command.__struct_fields__:
        value = getattr(command, name)
        numbers = value if isinstance(value, (list, tuple)) else (value,)
        if not all(math.isfinite(each) for each in numbers if isinstance(each, float)):
            raise CommandError(
                f"{name} must be finite; a NaN or an infinity would spread through the network"
            )


class _Latch:
    """A `threading.Event` that is set once, at a third of the price for the thread that sets it."""

    def __init__(self) -> None:
        self._opened = False
        self._lock = threading.Lock()
        self._lock.acquire()

    def is_set(self) -> bool:
        return self._opened

    def set(self) -> None:
        self._opened = True
        self._lock.release()

    def wait(self, timeout: float | None = None) -> bool:
        limit = -1 if timeout is None else max(timeout, 0)
        if not self._opened and self._lock.acquire(timeout=limit):
            self._lock.release()
        return self._opened


class Handle:
    """What becomes of a command: the step at which it was applied, or what went wrong.

    A handle is settled exactly once, from any thread.

    Attributes
    ----------
    note
        What is to be remarked about how it was carried out.
    moment
        When it was carried out, on the clock of `next_moment`.
    """

    def __init__(self) -> None:
        self._settled = _Latch()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[Handle], None]] = []
        self._step = 0
        self._error: Exception | None = None
        self.note = ""
        self.moment = 0

    def __repr__(self) -> str:
        if not self.done:
            return "<Handle: waiting>"
        if self._error is not None:
            return f"<Handle: refused: {self._error}>"
        return f"<Handle: applied at step {self._step}>"

    @property
    def done(self) -> bool:
        """Whether the command was applied or refused."""
        return self._settled.is_set()

    @property
    def error(self) -> Exception | None:
        """What went wrong, or None."""
        return self._error

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the command and return the step (int) at which it was applied.

        Parameters
        ----------
        timeout
            Seconds to wait; None waits as long as it takes.

        Raises
        ------
        TimeoutError
            If it was not applied in time; it stays in the queue.
        Exception
            What went wrong when it was applied.
        """
        self._settled.wait(timeout)
        return self._outcome(timeout)

    def _outcome(self, timeout: float | None) -> int:
        if not self.done:
            raise TimeoutError(
                f"not applied within {timeout} s: "
                "the training loop has not passed its safe point since"
            )
        if self._error is not None:
            raise self._error
        return self._step

    def settle(
        self, step: int = 0, error: Exception | None = None, note: str = "", moment: int = 0
    ) -> None:
        """Record the outcome and call everyone who waits for it."""
        with self._lock:
            if self._settled.is_set():
                raise RuntimeError("this handle is settled already")
            self._step, self._error, self.note, self.moment = step, error, note, moment
            self._settled.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(self)

    def on_done(self, callback: Callable[[Handle], None]) -> None:
        """Call `callback(handle)` once the command is settled (at once if it is)."""
        with self._lock:
            if not self._settled.is_set():
                self._callbacks.append(callback)
                return
        callback(self)
