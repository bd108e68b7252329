"""Commands from a page: each is read, carried out in its turn, and answered exactly once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from kernelwidgets.widgets._turns import Turns
from kernelwidgets.wire.commands import CommandError, Handle, parse_command
from kernelwidgets.wire.schema import Answer, AnyCommand
from kernelwidgets.wire.source import Source

__all__ = ["Mail"]


class Mail:
    """The commands of one widget and their answers.

    Parameters
    ----------
    send
        Sends a custom message.
    say
        Takes what the source has to remark about a command that it carried out.
    """

    def __init__(
        self, source: Source, send: Callable[[dict[str, Any]], None], say: Callable[[str], None]
    ) -> None:
        self._source = source
        self._send = send
        self._say = say
        self._turns = Turns(self._carry_out)
        # A command is settled on the training thread, whose time is not for sending.
        self._sender = ThreadPoolExecutor(1, "kernelwidgets answers")

    def take(self, content: Any) -> None:
        """Queue a command that came from the page; garbage is answered with an error."""
        command: AnyCommand | CommandError
        try:
            identifier, command = parse_command(content)
        except CommandError as error:
            known = content.get("id") if isinstance(content, dict) else None
            identifier, command = known if isinstance(known, str) else "", error
        self._turns.take(identifier, command)

    def close(self) -> None:
        """Let no command wait any longer, and send no more answers."""
        self._turns.close()
        self._sender.shutdown(wait=False, cancel_futures=True)

    def _carry_out(self, identifier: str, command: AnyCommand | CommandError) -> None:
        if isinstance(command, CommandError):
            self._answer(identifier, error=command)
            return
        try:
            handle = self._source.submit(command)
        except Exception as error:  # noqa: BLE001  # whatever goes wrong, the page waits for a word
            self._answer(identifier, error=error)
        else:
            handle.on_done(lambda handle: self._settled(identifier, handle))

    def _settled(self, identifier: str, handle: Handle) -> None:
        if handle.error is None:
            self._answer(identifier, handle.moment, note=handle.note)
        else:
            self._answer(identifier, error=handle.error)

    def _answer(
        self, identifier: str, moment: int = 0, error: Exception | None = None, note: str = ""
    ) -> None:
        text = "" if error is None else str(error) or type(error).__name__
        answer = Answer(id=identifier, ok=error is None, moment=moment, error=text)
        try:
            self._sender.submit(self._deliver, answer, note)
        except RuntimeError:
            return  # the widget was closed meanwhile, and its page is gone

    def _deliver(self, answer: Answer, note: str) -> None:
        if answer.ok:
            self._say(note)
        self._send({"answer": msgspec.to_builtins(answer)})
