"""Commands are carried out in the order of their numbers, whichever thread brings them when."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Callable
from typing import Any

import pytest

from kernelwidgets.widgets import _turns
from kernelwidgets.widgets._turns import MOST_PAGES, Turns
from kernelwidgets.wire.commands import CommandError
from kernelwidgets.wire.schema import AnyCommand, Edit, Undo


class FakeTimer:
    """A timer that runs out when the test says so."""

    def __init__(self, wait_s: float, call: Callable[..., None], given: tuple[Any, ...]) -> None:
        self.wait_s = wait_s
        self.state = "new"
        self._call = lambda: call(*given)

    def start(self) -> None:
        self.state = "waiting"

    def cancel(self) -> None:
        self.state = "over"

    def run_out(self) -> None:
        self.state = "over"
        self._call()


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> list[FakeTimer]:
    made: list[FakeTimer] = []

    def make(*given: Any) -> FakeTimer:
        made.append(FakeTimer(*given))
        return made[-1]

    monkeypatch.setattr(_turns, "Timer", make)
    return made


class Carried(list[str]):
    """The ids of what was carried out."""

    def __init__(self) -> None:
        super().__init__()
        self.commands: list[AnyCommand | CommandError] = []

    def __call__(self, identifier: str, command: AnyCommand | CommandError) -> None:
        self.append(identifier)
        self.commands.append(command)


def test_in_order_nothing_waits(timers: list[FakeTimer]) -> None:
    carried = Carried()
    turns = Turns(carried)
    identifiers = [f"{page}-{number}" for number in range(1, 50) for page in ("a", "b-c", "-")]
    for sent, identifier in enumerate(identifiers, 1):
        turns.take(identifier, Undo())
        assert len(carried) == sent
    assert carried == identifiers
    assert timers == []


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3, 4])))
def test_whatever_comes_early_waits(order: tuple[int, ...], timers: list[FakeTimer]) -> None:
    carried = Carried()
    turns = Turns(carried)
    for came, number in enumerate(order, 1):
        turns.take(f"page-{number}", Undo())
        ready = next(n for n in range(1, 6) if n not in order[:came])
        assert carried == [f"page-{n}" for n in range(1, ready)]
    assert all(timer.state == "over" for timer in timers)


def test_what_is_missing_is_waited_for_only_so_long(timers: list[FakeTimer]) -> None:
    carried = Carried()
    turns = Turns(carried)
    for number in (1, 3, 4, 6, 9):
        turns.take(f"page-{number}", Undo())
    assert carried == ["page-1"]
    assert [(timer.wait_s, timer.state) for timer in timers] == [(_turns.WAIT_S, "waiting")] * 4
    timers[0].run_out()
    assert carried == ["page-1", "page-3", "page-4"]
    assert [timer.state for timer in timers] == ["over", "over", "waiting", "waiting"]
    timers[3].run_out()
    assert carried == ["page-1", "page-3", "page-4", "page-6", "page-9"]
    timers[2].run_out()  # it had run out already when it was stopped
    turns.take("page-10", Undo())
    turns.take("page-2", Undo())
    turns.take("page-11", Undo())
    assert carried[5:] == ["page-10", "page-2", "page-11"]
    assert len(timers) == 4


def test_the_wait_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_turns, "WAIT_S", 0.001)
    carried, ended = Carried(), threading.Event()

    def carry_out(identifier: str, command: AnyCommand | CommandError) -> None:
        carried(identifier, command)
        ended.set()

    Turns(carry_out).take("page-2", Undo())
    assert ended.wait(30)
    assert carried == ["page-2"]


@pytest.mark.parametrize(
    "identifier", ["one", "", "-", "-3", "page-", "page-0", "page--", "page-3a", "page-٣", "7"]
)
def test_what_is_not_numbered_does_not_wait(identifier: str, timers: list[FakeTimer]) -> None:
    carried = Carried()
    turns = Turns(carried)
    turns.take(identifier, Undo())
    turns.take(identifier, CommandError("no command"))
    assert carried == [identifier, identifier]
    assert timers == []


def test_a_number_that_comes_twice_is_carried_out_twice(timers: list[FakeTimer]) -> None:
    carried = Carried()
    turns = Turns(carried)
    for number in (2, 2, 1, 1, 3):
        turns.take(f"page-{number}", Undo())
    assert carried == ["page-2", "page-1", "page-2", "page-1", "page-3"]
    assert len(timers) == 1


def test_a_number_beyond_all_bounds_loses_nothing(timers: list[FakeTimer]) -> None:
    carried = Carried()
    turns = Turns(carried)
    turns.take("page-" + "9" * 15, Undo())
    turns.take("page-" + "9" * 5000, Undo())
    turns.take("page-1", Undo())
    timers[0].run_out()
    turns.take("page-2", Undo())
    assert carried == ["page-" + "9" * 5000, "page-1", "page-" + "9" * 15, "page-2"]


def test_a_cell_keeps_what_was_written_last(timers: list[FakeTimer]) -> None:
    carried = Carried()
    turns = Turns(carried)
    sent = {
        2: ("weight", [4, 5], [0.5, 0.6]),
        4: ("bias", [4], [0.7]),
        1: ("weight", [3, 4], [0.3, 0.4]),
        3: ("weight", [3, 5], [0.8, 0.9]),
    }
    for number, (parameter, cells, values) in sent.items():
        edit = Edit(layer="conv", cells=cells, values=values, parameter=parameter)
        turns.take(f"page-{number}", edit)
        for timer in timers:
            timer.run_out()
    turns.take("other-1", Edit(layer="conv", cells=[5], values=[1.0]))
    written = [
        (edit.parameter, edit.cells, edit.values)
        for edit in carried.commands
        if isinstance(edit, Edit)
    ]
    assert written == [
        ("weight", [4, 5], [0.5, 0.6]),
        ("bias", [4], [0.7]),
        ("weight", [3], [0.3]),
        ("weight", [3, 5], [0.8, 0.9]),
        ("weight", [5], [1.0]),
    ]


def test_two_threads_bring_them_and_they_are_in_order(timers: list[FakeTimer]) -> None:
    carried = Carried()
    turns = Turns(carried)
    numbers = list(range(1, 2001))
    random.Random(0).shuffle(numbers)

    def bring(mine: list[int]) -> None:
        for number in mine:
            turns.take(f"page-{number}", Undo())

    threads = [threading.Thread(target=bring, args=[numbers[half::2]]) for half in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert carried == [f"page-{number}" for number in range(1, 2001)]
    assert all(timer.state == "over" for timer in timers)


def test_of_many_pages_only_the_latest_are_known(timers: list[FakeTimer]) -> None:
    carried = Carried()
    turns = Turns(carried)
    turns.take("first-2", Undo())
    for page in range(10 * MOST_PAGES):
        turns.take(f"{page}-1", Undo())
        assert len(turns._pages) <= MOST_PAGES
    assert sorted(carried) == sorted(["first-2", *(f"{n}-1" for n in range(10 * MOST_PAGES))])
    assert [timer.state for timer in timers] == ["over"]


def test_closed_nothing_waits(timers: list[FakeTimer]) -> None:
    carried = Carried()
    turns = Turns(carried)
    for identifier in ("a-3", "b-2", "a-2"):
        turns.take(identifier, Undo())
    turns.close()
    assert carried == ["b-2", "a-2", "a-3"]
    turns.take("a-9", Undo())
    assert carried[3:] == ["a-9"]
    assert [timer.state for timer in timers] == ["over"] * 3


def test_what_a_command_does_may_close_and_send_more(timers: list[FakeTimer]) -> None:
    carried = Carried()

    def carry_out(identifier: str, command: AnyCommand | CommandError) -> None:
        carried(identifier, command)
        if identifier == "page-1":
            turns.take("page-2", Undo())
            turns.close()

    turns = Turns(carry_out)
    turns.take("page-4", Undo())
    turns.take("page-1", Undo())
    assert carried == ["page-1", "page-2", "page-4"]


def test_after_an_exception_the_next_has_its_turn(timers: list[FakeTimer]) -> None:
    carried = Carried()

    def carry_out(identifier: str, command: AnyCommand | CommandError) -> None:
        carried(identifier, command)
        if identifier == "page-1":
            raise KeyboardInterrupt

    turns = Turns(carry_out)
    with pytest.raises(KeyboardInterrupt):
        turns.take("page-1", Undo())
    turns.take("page-2", Undo())
    assert carried == ["page-1", "page-2"]
