"""Commands from a page: each is read, handed to the source, and answered exactly once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from kernelwidgets.wire.commands import CommandError, Handle, parse_command
from kernelwidgets.wire.schema import Answer
from kernelwidgets.wire.source import Source

__all__ = ["take_command"]


def take_command(
    content: Any, source: Source, send: Callable[[dict[str, Any]], None], say: Callable[[str], None]
) -> None:
    """Queue a command; `send` gets its answer when it was applied or refused, on any thread.

    Parameters
    ----------
    content
        What came from the page; garbage is answered with an error.
    say
        Takes what the source has to remark about a command that it carried out.
    """

    def answer(identifier: str, step: int = 0, error: str = "") -> None:
        reply = Answer(id=identifier, ok=not error, step=step, error=error)
        send({"answer": msgspec.to_builtins(reply)})

    try:
        identifier, command = parse_command(content)
    except CommandError as error:
        known = content.get("id") if isinstance(content, dict) else None
        answer(known if isinstance(known, str) else "", error=str(error))
        return

    def done(handle: Handle) -> None:
        if handle.error is None:
            say(handle.note)
            answer(identifier, handle.wait(0))
        else:
            answer(identifier, error=str(handle.error) or type(handle.error).__name__)

    try:
        handle = source.submit(command)
    except Exception as error:  # noqa: BLE001  # whatever goes wrong, the page waits for a word
        answer(identifier, error=str(error) or type(error).__name__)
    else:
        handle.on_done(done)
