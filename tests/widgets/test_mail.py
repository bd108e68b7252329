"""Whatever a page sends: one answer for each command, and nothing else comes of garbage."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernelwidgets.testing import FrontEnd, front_end
from kernelwidgets.widgets import _turns
from kernelwidgets.widgets.kernel_editor import KernelEditor
from kernelwidgets.widgets.kernel_grid import KernelGrid
from kernelwidgets.widgets.lab import Lab
from kernelwidgets.wire import schema
from kernelwidgets.wire.array_source import ArraySource
from tests.widgets.fakes import FakeSource

EDIT = {"op": "edit", "layer": "kernels", "cells": [4], "values": [0.5]}

WORDS = st.sampled_from(
    ["edit", "freeze", "revert", "mute", "undo", "start", "kernels", "weight", "visible", "ack", ""]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["id", "op", "event", "layer", "cells", "values", "parameter", "gesture", "hold", "on"]
) | st.sampled_from(["out", "seq", "view", "parts", "kernels", "maps", "count", "size", "pixels"])
GARBAGE = st.dictionaries(NAMES, VALUES, max_size=6) | VALUES


def test_a_command_is_answered_with_its_moment() -> None:
    source = FakeSource()
    grid = KernelGrid(source)
    with front_end(grid) as page:
        page.event(grid, {"id": "one", **EDIT})
        page.event(grid, {"id": "two", "op": "undo"})
        assert page.answers == []
        (edit, first), (undo, second) = source.commands
        assert isinstance(edit, schema.Edit)
        assert isinstance(undo, schema.Undo)
        second.settle(error=ValueError("nothing to undo"))
        page.wait_messages(1)
        first.settle(step=7, moment=9)
        page.wait_messages(2)
    assert page.answers == [
        schema.Answer(id="two", ok=False, error="nothing to undo"),
        schema.Answer(id="one", ok=True, moment=9),
    ]


def test_what_the_source_remarks_is_shown() -> None:
    source = FakeSource()
    grid = KernelGrid(source)
    with front_end(grid) as page:
        page.event(grid, {"id": "one", **EDIT})
        source.commands[0][1].settle(step=1, note="under spectral norm it reads back 0.4")
        page.wait_messages(2)
        assert grid._message == "under spectral norm it reads back 0.4"
        page.event(grid, {"id": "two", **EDIT})
        source.commands[1][1].settle(step=2)
        page.wait_messages(4)
        assert grid._message == ""


def test_a_source_that_breaks_is_an_answer_too() -> None:
    source = FakeSource()
    source.refuse = RuntimeError("closed")
    grid = KernelGrid(source)
    with front_end(grid) as page:
        answer = page.send(grid, EDIT)
    assert not answer.ok
    assert answer.error == "closed"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ({"op": "paint"}, "paint"),
        ({"op": "edit", "layer": "conv9", "cells": [0], "values": [1.0]}, "no layer 'conv9'"),
        ({"op": "edit", "layer": "kernels", "cells": [9], "values": [1.0]}, "0 to 8"),
        ({"op": "edit", "layer": "kernels", "cells": [-1], "values": [1.0]}, "cells"),
        ({"op": "edit", "layer": "kernels", "cells": [0, 1], "values": [1.0]}, "2 cells"),
        ({**EDIT, "values": [float("nan")]}, "finite"),
        ({**EDIT, "values": [float("inf")]}, "finite"),
        ({**EDIT, "cells": [10**30]}, ""),
        ({**EDIT, "cells": "all"}, "cells"),
        ({**EDIT, "shape": [3]}, "shape"),
        ({"op": "edit"}, "layer"),
        ({"op": "step", "count": 0}, "count"),
        ({"op": "freeze", "layer": "kernels", "cells": [0]}, "cannot freeze"),
    ],
)
def test_wrong_commands_are_answered_and_change_nothing(
    command: dict[str, Any], words: str
) -> None:
    start = np.arange(9.0).reshape(3, 3)
    editor = KernelEditor(start)
    with front_end(editor) as page:
        answer = page.send(editor, command)
    assert not answer.ok
    assert words in answer.error
    np.testing.assert_array_equal(editor.values, start)


@pytest.mark.parametrize("content", [EDIT, {"id": 3, **EDIT}, {"id": "", **EDIT}, [], None, "edit"])
def test_without_an_id_there_is_an_answer_all_the_same(content: Any) -> None:
    grid = KernelGrid(np.zeros((3, 3)))
    with front_end(grid) as page:
        page.event(grid, content)
        page.wait_messages(2)
    assert [(answer.id, answer.ok) for answer in page.answers] == [("", False)]
    assert not np.any(grid.source.values)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(GARBAGE, min_size=1, max_size=6))
def test_garbage_changes_nothing_and_is_answered(contents: list[Any]) -> None:
    start = np.arange(18.0).reshape(2, 3, 3)
    commands = [c for c in contents if not isinstance(c, dict) or "event" not in c]
    with _opened(start) as (lab, page):
        for content in contents:
            page.event(lab, content)
        answer = page.send(lab, {**EDIT, "values": [77.0]})
        assert answer.ok
        page.wait_answers(len(commands) + 1)
        assert len(page.answers) == len(commands) + 1
        assert all(answer.error for answer in page.answers if not answer.ok)
        assert np.count_nonzero(lab.source.values != start) >= 1
        assert np.isfinite(lab.source.values).all()


@contextmanager
def _opened(start: np.ndarray) -> Iterator[tuple[Lab, FrontEnd]]:
    lab = Lab(start)
    with front_end(lab) as page:
        yield lab, page
    lab.close()


@given(VALUES)
@settings(max_examples=100, deadline=None)
def test_garbage_in_controls_leaves_them_as_they_were(value: Any) -> None:
    lab = Lab(np.zeros((4, 2, 3, 3)))
    for name in lab.controls():
        before = getattr(lab, name)
        front_end().set(lab, **{name: value})
        after = getattr(lab, name)
        assert after in (before, value) or after == tuple(value)
        assert type(after) is type(before) or None in (after, before)
    front_end().set(lab, _frame=value, _status=value, _esm=value, nonsense=value)
    assert lab._status["state"] == "idle"
    assert lab._frame["seq"] >= 1
    lab.close()


def test_page_errors_are_shown() -> None:
    grid = KernelGrid(np.zeros((3, 3)))
    front_end().event(grid, {"event": "page_error", "view": "kernel-grid", "text": "boom"})
    assert grid._message == "kernel-grid: boom"


def test_a_page_gets_what_it_needs_to_reach_in_when_it_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    editor = KernelEditor(np.zeros((3, 3)))
    sent: list[dict[str, str]] = []
    monkeypatch.setattr(editor, "send", sent.append)
    front_end().event(editor, {"event": "want_hand"})
    ((name, code),) = sent[0].items()
    assert (len(sent), name) == (1, "hand")
    assert code.startswith("export default")


def test_a_thousand_commands_from_two_threads_are_answered_once_each() -> None:
    source = FakeSource()
    grid = KernelGrid(source)
    done = threading.Event()

    def train() -> None:
        settled = 0
        while settled < 1000 and not done.wait(0.0005):
            while settled < len(source.commands):
                source.commands[settled][1].settle(step=settled)
                settled += 1

    def hand(name: str) -> None:
        for number in range(500):
            page.event(grid, {"id": f"{name}-{number}", **EDIT})

    with front_end(grid) as page:
        threads = [threading.Thread(target=train)]
        threads += [threading.Thread(target=hand, args=[name]) for name in "ab"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        done.set()
        page.wait_messages(1000)
    identifiers = [answer.id for answer in page.answers]
    assert len(set(identifiers)) == len(identifiers) == 1000
    for name in "ab":
        mine = [each for each in identifiers if each.startswith(name)]
        assert mine == [f"{name}-{number}" for number in range(500)]


def test_an_undo_that_came_early_undoes_its_edit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_turns, "WAIT_S", 1000)
    grid = KernelGrid(np.zeros((3, 3)))
    with front_end(grid) as page:
        page.event(grid, {"id": "page-2", "op": "undo"})
        page.event(grid, {"id": "page-1", **EDIT})
        page.wait_answers(2)
    assert page.answers == [
        schema.Answer(id="page-1", ok=True, moment=page.answers[0].moment),
        schema.Answer(id="page-2", ok=True, moment=page.answers[1].moment),
    ]
    assert not np.any(grid.source.values)


def test_a_malformed_command_uses_up_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_turns, "WAIT_S", 1000)
    source = FakeSource()
    grid = KernelGrid(source)
    with front_end(grid) as page:
        page.event(grid, {"id": "page-1", "op": "paint"})
        page.event(grid, {"id": "page-2", "op": "undo"})
        page.wait_answers(1)
        assert [type(command) for command, _ in source.commands] == [schema.Undo]
        source.commands[0][1].settle()
        page.wait_answers(2)
    assert [(answer.id, answer.ok) for answer in page.answers] == [
        ("page-1", False),
        ("page-2", True),
    ]


def test_each_view_has_its_own_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_turns, "WAIT_S", 1000)
    source = ArraySource(np.zeros((3, 3)))
    one, two = KernelGrid(source), KernelGrid(source)
    with front_end(one, two) as page:
        assert all(page.send(view, EDIT).ok for view in (one, two, two, one))
    assert len({answer.id for answer in page.answers}) == 4


def test_closing_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_turns, "WAIT_S", 1000)
    before = set(threading.enumerate())
    source = FakeSource()
    grid = KernelGrid(source)
    with front_end(grid) as page:
        page.event(grid, {"id": "page-2", **EDIT})
        assert source.commands == []
    mine = set(threading.enumerate()) - before
    assert any(isinstance(thread, threading.Timer) for thread in mine)
    grid.close()
    for thread in mine:
        thread.join(30)
        assert not thread.is_alive()
    assert len(source.commands) == 1
