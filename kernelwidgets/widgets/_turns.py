"""Commands in the order in which their page sent them."""

from __future__ import annotations

import math
import re
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock, Timer

import msgspec

from kernelwidgets.wire.commands import CommandError
from kernelwidgets.wire.schema import AnyCommand, Edit

__all__ = ["Turns"]

MOST_PAGES = 16
WAIT_S = 0.2

_NUMBERED = re.compile(r"(.+)-([1-9][0-9]{0,14})", re.DOTALL)


@dataclass
class _Page:
    """The number that is next, what came before its turn, and which command wrote a cell last."""

    next: int = 1
    early: dict[int, tuple[Timer, str, AnyCommand | CommandError]] = field(default_factory=dict)
    written: dict[tuple[str, str, int], int] = field(default_factory=dict)

    def unwritten(self, number: int, edit: Edit) -> Edit:
        """The edit without the cells that a later one has written already."""
        fresh = {}
        for cell, value in zip(edit.cells, edit.values, strict=True):
            place = (edit.layer, edit.parameter, cell)
            if self.written.get(place, 0) <= number:
                self.written[place] = number
                fresh[cell] = value
        return msgspec.structs.replace(edit, cells=list(fresh), values=list(fresh.values()))


class Turns:
    """Carries out the commands of each page one by one, in the order of their numbers.

    While a cell runs, ipykernel hands the messages of one widget to two threads, and may deliver
    the later one first. Pages count their commands: an id is `<page>-<number>`, from 1 on. A
    command that comes early waits for those before it, but at most `WAIT_S`, for one of the threads
    may stand still until the cell ends. What comes after that is carried out then; of an edit, the
    cells that no later one has written. What has no number, or one that came before, does not wait.

    Parameters
    ----------
    carry_out
        Takes the id and the command, or what is wrong with it; never called by two threads at once.
    """

    def __init__(self, carry_out: Callable[[str, AnyCommand | CommandError], None]) -> None:
        self._carry_out = carry_out
        self._lock = Lock()
        self._pages: OrderedDict[str, _Page] = OrderedDict()
        self._closed = False
        self._ready: deque[tuple[str, AnyCommand | CommandError]] = deque()
        self._carrying = Lock()

    def take(self, identifier: str, command: AnyCommand | CommandError) -> None:
        """Carry out a command, and what waited for it, when its turn has come."""
        with self._lock:
            self._sort(identifier, command)
        self._carry()

    def close(self) -> None:
        """Carry out what still waits; from now on nothing does."""
        with self._lock:
            self._closed = True
            for page in self._pages.values():
                self._skip(page)
        self._carry()

    def _sort(self, identifier: str, command: AnyCommand | CommandError) -> None:
        numbered = _NUMBERED.fullmatch(identifier)
        if numbered is None:
            self._ready.append((identifier, command))
            return
        page, number = self._page(numbered[1]), int(numbered[2])
        if number > page.next and number not in page.early and not self._closed:
            timer = Timer(WAIT_S, self._wait_no_longer, (page, number))
            timer.daemon = True
            page.early[number] = timer, identifier, command
            timer.start()
            return
        if number == page.next:
            page.next += 1
        self._pass(page, number, identifier, command)
        self._go_on(page)

    def _page(self, name: str) -> _Page:
        page = self._pages.setdefault(name, _Page())
        self._pages.move_to_end(name)
        if len(self._pages) > MOST_PAGES:
            self._skip(self._pages.popitem(last=False)[1])
        return page

    def _wait_no_longer(self, page: _Page, number: int) -> None:
        with self._lock:
            self._skip(page, number)
        self._carry()

    def _skip(self, page: _Page, until: float = math.inf) -> None:
        """Go on with what waits, up to a number, without what is missing before it."""
        while page.early and (first := min(page.early)) <= until:
            page.next = first
            self._go_on(page)

    def _go_on(self, page: _Page) -> None:
        while page.next in page.early:
            timer, identifier, command = page.early.pop(page.next)
            timer.cancel()
            self._pass(page, page.next, identifier, command)
            page.next += 1

    def _pass(
        self, page: _Page, number: int, identifier: str, command: AnyCommand | CommandError
    ) -> None:
        if isinstance(command, Edit):
            command = page.unwritten(number, command)
        self._ready.append((identifier, command))

    def _carry(self) -> None:
        # Whoever carries out goes on with what others bring meanwhile; nobody waits for anybody, so
        # that a command whose effect closes the widget cannot lock it up.
        while self._ready and self._carrying.acquire(blocking=False):
            try:
                if self._ready:
                    self._carry_out(*self._ready.popleft())
            finally:
                self._carrying.release()
