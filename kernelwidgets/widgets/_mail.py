"""Commands from a page: each is read, handed to the source, and answered exactly once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from kernelwidgets.wire.commands import CommandError, Handle, parse_command
from kernelwidgets.wire.schema import Answer, AnyCommand, Edit
from kernelwidgets.wire.source import Source

__all__ = ["Mail"]

MOST_WRITTEN = 8


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
        self._lock = threading.Lock()
        self._written: dict[tuple[str, str, str], dict[int, int]] = {}
        # A command is settled on the training thread, whose time is not for sending.
        self._sender = ThreadPoolExecutor(1, "kernelwidgets answers")

    def take(self, content: Any) -> None:
        """Queue a command that came from the page; garbage is answered with an error."""
        try:
            identifier, command = parse_command(content)
        except CommandError as error:
            known = content.get("id") if isinstance(content, dict) else None
            self._answer(known if isinstance(known, str) else "", error=error)
            return
        try:
            with self._lock:
                handle = self._source.submit(self._sifted(identifier, command))
        except Exception as error:  # noqa: BLE001  # whatever goes wrong, the page waits for a word
            self._answer(identifier, error=error)
        else:
            handle.on_done(lambda handle: self._settled(identifier, handle))

    def _sifted(self, identifier: str, command: AnyCommand) -> AnyCommand:
        """The command without the cells that a later one of its page has written already.

        While a cell runs, ipykernel hands the messages of one widget to two threads, and may
        deliver the later one first. Pages count their commands: their ids end in the number.
        """
        page, _, number = identifier.rpartition("-")
        if not (isinstance(command, Edit) and number.isdecimal()):
            return command
        written = self._written.setdefault((page, command.layer, command.parameter), {})
        if len(self._written) > MOST_WRITTEN:
            del self._written[next(iter(self._written))]
        fresh = [
            (cell, value)
            for cell, value in zip(command.cells, command.values, strict=True)
            if written.get(cell, -1) <= int(number)
        ]
        written.update((cell, int(number)) for cell, _ in fresh)
        cells, values = [cell for cell, _ in fresh], [value for _, value in fresh]
        return msgspec.structs.replace(command, cells=cells, values=values)

    def close(self) -> None:
        """Send no more answers."""
        self._sender.shutdown(wait=False, cancel_futures=True)

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
