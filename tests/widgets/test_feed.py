"""When frames flow, and what is in them: visibility, pacing, tabs, the last frame."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Iterator

import msgspec
import numpy as np
import pytest
from ipywidgets.widgets import widget

from kernelwidgets.testing import front_end
from kernelwidgets.widgets.controls import Controls
from kernelwidgets.widgets.feature_maps import FeatureMaps
from kernelwidgets.widgets.kernel_editor import KernelEditor
from kernelwidgets.widgets.kernel_grid import KernelGrid
from kernelwidgets.widgets.lab import Lab
from kernelwidgets.wire.arrays import unpack
from kernelwidgets.wire.schema import ArraySpec, RunState
from kernelwidgets.wire.source import Want
from tests.widgets.fakes import FakeSource


@pytest.fixture
def source() -> FakeSource:
    return FakeSource()


def _values(view: KernelGrid) -> np.ndarray:
    spec = msgspec.convert(view._frame["kernels"]["values"], ArraySpec)
    return unpack(spec, view._data)


def _acked(view: KernelGrid) -> None:
    page = front_end()
    page.event(view, {"event": "ack", "seq": view._frame["seq"]})


def test_nobody_looks_nothing_is_sent(source: FakeSource) -> None:
    views = [KernelGrid(source), FeatureMaps(source), Lab(source)]
    assert source.tick() == 0
    assert all(view._frame is None for view in views)
    assert source.reads == 0


def test_hidden_again_nothing_is_sent(source: FakeSource) -> None:
    grid = KernelGrid(source)
    with front_end(grid) as page:
        assert source.tick() == 1
        page.hide(grid)
        assert source.tick() == 0
        page.show(grid)
        assert source.tick() == 1
    assert source.tick() == 0


def test_displayed_before_its_page_could_speak_it_moves(source: FakeSource) -> None:
    grid = KernelGrid(source)
    grid._repr_mimebundle_()
    assert source.tick() == 1
    assert grid._frame["step"] == 1


def test_one_message_for_each_tick(source: FakeSource) -> None:
    lab = Lab(source)
    with front_end(lab) as page:
        page.wait_messages(0)
        before = page.messages
        source.tick()
        page.wait_frames(1)
        assert page.messages == before + 1


def test_more_than_two_wait_for_the_page(source: FakeSource) -> None:
    grid = KernelGrid(source)
    with front_end(grid, acks=False):
        assert [source.tick() for _ in range(5)] == [1, 1, 0, 0, 0]
        _acked(grid)
        assert source.tick() == 1


def test_word_from_the_page_wakes_the_source_when_a_frame_was_refused(source: FakeSource) -> None:
    grid = KernelGrid(source)
    with front_end(grid, acks=False):
        source.tick()
        _acked(grid)
        wakes = source.wakes
        for _ in range(3):
            source.tick()
        _acked(grid)
        assert source.wakes == wakes + 1


def test_closed_tab_stalls_nothing(source: FakeSource) -> None:
    grid = KernelGrid(source)
    page = front_end(grid, acks=False)
    page.__enter__()
    began = time.perf_counter()
    taken = sum(source.tick() for _ in range(200))
    # Two are on their way; after a second of silence one may leave each second.
    assert 2 <= taken <= 2 + (time.perf_counter() - began)
    # What was refused comes by itself in the end.
    wakes = source.wakes
    deadline = time.monotonic() + 30
    while source.wakes == wakes or not source.tick():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    page.__exit__(None, None, None)


def test_two_tabs_get_what_either_shows(source: FakeSource) -> None:
    grid = KernelGrid(source)
    with front_end(grid) as one, front_end(grid) as other:
        one.show(grid, kernels=[0, 1, 0, 1])
        other.show(grid, kernels=[3, 4, 1, 2])
        source.tick()
        assert grid._frame["kernels"]["outs"] == [0, 3]
        assert grid._frame["kernels"]["ins"] == (0, 2)
        np.testing.assert_array_equal(_values(grid), source.weights[[0, 3]])
        other.hide(grid)
        source.tick()
        assert grid._frame["kernels"]["outs"] == [0]
        one.wait_frames(1)


def test_scrolled_while_a_frame_was_on_its_way(source: FakeSource) -> None:
    grid = KernelGrid(source)
    with front_end(grid) as page:
        page.show(grid, kernels=[0, 2, 0, 2])
        feed = source.subscribers[0]
        frame = source.read(feed.request())
        page.show(grid, kernels=[2, 4, 0, 2])
        feed.request()
        feed.deliver(frame)
        assert grid._frame["kernels"]["outs"] == [0, 1]
        assert grid._frame["kernels"]["values"] is not None


@pytest.mark.parametrize("state", ["paused", "finished", "failed"])
def test_the_last_frame_is_on_every_open_view(source: FakeSource, state: RunState) -> None:
    shown, hidden = KernelGrid(source), Lab(source)
    with front_end(shown):
        source.tick()
    source.become(state)
    assert source.tick(last=True) == 2
    for view in (shown, hidden):
        assert view._frame["step"] == source.status.step
        assert view._status["state"] == state


def test_a_quiet_source_is_on_show_at_once() -> None:
    lab = Lab(FakeSource("idle"))
    assert lab._frame["kernels"]["values"] is not None
    assert lab._frame["selected"] is not None
    assert lab._frame["maps"] is not None
    assert lab._probe["sample"] == 0


def test_counters_do_not_flood_but_a_turn_is_told_at_once(source: FakeSource) -> None:
    controls = Controls(source)
    with front_end(controls) as page:
        source.become("paused")
        source.become("running")
        for step in range(50):
            source.status = msgspec.structs.replace(source.status, step=step)
            source.become("running")
        source.become("paused")
        page.wait_messages(3)
        assert page.messages == 3
        assert controls._status["state"] == "paused"
        assert controls._status["step"] == 49


def test_probe_picture_travels_when_it_changes(source: FakeSource) -> None:
    maps = FeatureMaps(source)
    sent = []
    maps.observe(lambda change: sent.append(change["new"]["sample"]), names="_probe")
    with front_end(maps) as page:
        for _ in range(3):
            source.tick()
            _acked(maps)
        assert sent == [0]
        maps.sample = 2
        source.tick()
        page.wait_frames(4)
    assert sent == [0, 2]
    assert maps._frame["maps"]["sample"] == 2


def test_sort_is_taken_once_and_held(source: FakeSource) -> None:
    grid = KernelGrid(source)
    source.weights[:] = np.array([1, 4, 2, 3], np.float32)[:, None, None, None]
    with front_end(grid) as page:
        grid.sort = "norm"
        source.tick()
        source.tick()
        assert grid._order == [1, 3, 2, 0]
        assert grid._frame["kernels"]["outs"] == [1, 3, 2, 0]
        np.testing.assert_array_equal(_values(grid), source.weights[[1, 3, 2, 0]])
        source.weights = source.weights[::-1].copy()
        _acked(grid)
        source.tick()
        assert grid._order == [1, 3, 2, 0]
        source.subscribers[0].deliver_info(msgspec.structs.replace(source.info, samples=["cat"]))
        _acked(grid)
        source.tick()
        assert grid._order == [1, 3, 2, 0]
        page.show(grid, kernels=[1, 3, 0, 2])
        _acked(grid)
        source.tick()
        assert grid._frame["kernels"]["outs"] == [3, 2]
        grid.sort = "index"
        _acked(grid)
        source.tick()
        assert grid._order == [0, 1, 2, 3]


def test_only_what_is_shown_is_asked_for(source: FakeSource) -> None:
    grid = KernelGrid(source, show="gradient")
    with front_end(grid) as page:
        page.show(grid, parts=["kernels"], kernels=[1, 3, 0, 1])
        request = source.subscribers[0].request()
        assert request is not None
        assert request.wants == {Want("gradient", "kernels", (1, 2), (0, 1))}
        assert not request.answers
        assert not request.curves
        source.tick()
        assert grid._frame["kernels"]["values"] is None
        assert grid._frame["kernels"]["note"] == "none yet"


def test_seen_through_is_computed_in_the_page(source: FakeSource) -> None:
    grid = KernelGrid(source, show="seen_through")
    with front_end(grid):
        source.tick()
    assert grid._frame["kernels"]["show"] == "weight"


def test_selected_kernel_travels_exactly(source: FakeSource) -> None:
    editor = KernelEditor(source, kernel=(3, 1))
    with front_end(editor):
        source.tick()
    selected = editor._frame["selected"]
    assert selected["kernel"] == (3, 1)
    values = unpack(msgspec.convert(selected["values"], ArraySpec), editor._data)
    np.testing.assert_array_equal(values, source.weights[3, 1])
    np.testing.assert_array_equal(editor.values, source.weights[3, 1])


def test_new_facts_move_the_controls_to_what_there_is(source: FakeSource) -> None:
    lab = Lab(source, selected=(3, 1), sample=2)
    layer = msgspec.structs.replace(
        source.info.layers[0], name="new", names=["new"], shape=[2, 1, 5, 5]
    )
    source.info = msgspec.structs.replace(source.info, layers=[layer], samples=["a"])
    source.subscribers[0].deliver_info(source.info)
    assert (lab.layer, lab.selected, lab.sample) == ("new", (0, 0), 0)
    assert lab._info["layers"][0]["name"] == "new"


@pytest.fixture
def _no_garbage_left() -> Iterator[None]:
    gc.collect()
    yield
    gc.collect()


@pytest.mark.usefixtures("_no_garbage_left")
def test_a_closed_view_leaves_nothing(source: FakeSource) -> None:
    lab = Lab(source)
    lab.close()
    lab.close()
    assert source.subscribers == []
    gone = weakref.ref(lab)
    del lab
    gc.collect()
    assert gone() is None


@pytest.mark.usefixtures("_no_garbage_left")
def test_a_view_that_nobody_holds_leaves_nothing(source: FakeSource) -> None:
    grid = KernelGrid(source)
    model_id, gone = grid.model_id, weakref.ref(grid)
    # ipywidgets keeps every open widget, for as long as a page may ask for it.
    widget._instances.pop(model_id)
    grid.comm.on_msg(None)
    del grid
    gc.collect()
    assert gone() is None
    assert source.subscribers == []
    assert source.tick() == 0
