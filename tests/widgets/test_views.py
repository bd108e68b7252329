"""The views from the user's side: controls, errors, threads, what a saved notebook shows."""

from __future__ import annotations

import base64
import inspect
import struct
import subprocess
import sys
import threading
import time
import zlib
from typing import Any

import ipywidgets
import numpy as np
import pytest
import traitlets

from kernelwidgets.testing import front_end
from kernelwidgets.widgets._base import View
from kernelwidgets.widgets.controls import Controls
from kernelwidgets.widgets.feature_maps import FeatureMaps
from kernelwidgets.widgets.kernel_editor import KernelEditor
from kernelwidgets.widgets.kernel_grid import KernelGrid
from kernelwidgets.widgets.lab import Lab
from kernelwidgets.widgets.loss_curve import LossCurve
from kernelwidgets.widgets.player import Player
from tests.widgets.fakes import FakeSource

VIEWS = [KernelGrid, FeatureMaps, KernelEditor, Controls, LossCurve, Lab]
KERNELS = np.random.default_rng(0).normal(size=(6, 3, 5, 5))

each_view = pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)


def test_controls_are_keywords_and_read_back() -> None:
    given = {
        "show": "change",
        "scale": "kernel",
        "palette": "PuOr",
        "sort": "norm",
        "columns": 4,
        "cell_px": 9,
        "rgb": False,
        "numbers": False,
        "selected": (2, 1),
        "layer": "kernels",
    }
    grid = KernelGrid(KERNELS, **given)
    assert {name: getattr(grid, name) for name in given} == given
    plain = KernelGrid(KERNELS)
    for name, value in given.items():
        setattr(plain, name, value)
    assert {name: getattr(plain, name) for name in given} == given


@pytest.mark.parametrize(
    ("control", "value", "words"),
    [
        ("show", "weights", "'weight', 'gradient'"),
        ("show", "gradient", "this source has weight, change"),
        ("scale", 3, "'layer', 'kernel'"),
        ("columns", 0, "from 1 or None"),
        ("columns", 2.5, "from 1 or None"),
        ("selected", (6, 0), "6 × 3"),
        ("selected", (0, -1), "6 × 3"),
        ("only", [0, 6], "has 6, so not 6"),
        ("only", [-1], "counted from 0"),
        ("layer", "conv9", "'kernels'"),
        ("layer", 1, "'kernels'"),
        ("sample", -1, "from 0"),
    ],
)
def test_impossible_values_raise_with_the_fix(control: str, value: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        KernelGrid(KERNELS, **{control: value})
    grid = KernelGrid(KERNELS)
    before = getattr(grid, control)
    with pytest.raises(ValueError, match=words):
        setattr(grid, control, value)
    assert getattr(grid, control) == before


def test_numpys_whole_numbers_are_whole_numbers() -> None:
    three = np.int64(3)
    grid = KernelGrid(KERNELS, columns=three, selected=(three, 1), only=[three], layer=np.int64(0))
    assert (grid.columns, grid.selected, grid.only) == (3, (3, 1), [3])
    assert {type(value) for value in (grid.columns, *grid.selected, *grid.only)} == {int}


def test_the_editor_takes_its_kernel_by_one_name() -> None:
    assert KernelEditor(KERNELS, 0, (1, 2)).selected == (1, 2)
    assert KernelEditor(KERNELS, selected=(1, 2)).kernel == (1, 2)
    with pytest.raises(TypeError, match="give one of them"):
        KernelEditor(KERNELS, kernel=(1, 2), selected=(0, 1))


@each_view
def test_unknown_keywords_raise_and_name_the_closest(view: type[View]) -> None:
    with pytest.raises(TypeError, match=f"{view.__name__} has no control 'colour'"):
        view(KERNELS, colour="red")


def test_the_closest_keyword_is_named() -> None:
    with pytest.raises(TypeError, match="did you mean 'columns'"):
        KernelGrid(KERNELS, colums=3)


def test_what_is_set_has_to_be_there_but_in_a_class_of_ones_own() -> None:
    grid = KernelGrid(KERNELS)
    with pytest.raises(AttributeError, match="did you mean 'palette'"):
        grid.pallete = "gray"

    class Mine(KernelGrid):
        def __init__(self) -> None:
            self.before = 1
            super().__init__(KERNELS)
            self.after = 2

    mine = Mine()
    mine.palette = "gray"
    assert (mine.before, mine.after, mine.palette) == (1, 2, "gray")


def test_a_layer_for_a_view_without_one_raises() -> None:
    with pytest.raises(TypeError, match="leave out layer="):
        Controls(KERNELS, layer="kernels")


@pytest.mark.parametrize("view", [KernelGrid, FeatureMaps, KernelEditor, Lab, Player])
def test_the_layer_may_follow_the_source_without_its_name(view: type[View]) -> None:
    arrays = {"first": np.zeros((8, 3, 3)), "second": np.zeros((2, 2, 5, 5))}
    assert view(arrays, "second").layer == "second"
    source, layer, *_ = inspect.signature(view).parameters.values()
    assert source.default is inspect.Parameter.empty
    assert (layer.name, layer.default) == ("layer", None)


def test_layers_by_position_and_selection_follows() -> None:
    arrays = {"first": np.zeros((8, 3, 3)), "second": np.zeros((2, 2, 5, 5))}
    grid = KernelGrid(arrays, layer=0, selected=(7, 0))
    assert grid.layer == "first"
    grid.layer = -1
    assert (grid.layer, grid.selected) == ("second", (0, 0))
    assert grid._frame["kernels"]["layer"] == "second"


def test_editor_has_its_kernel_and_its_values() -> None:
    editor = KernelEditor(KERNELS, kernel=(4, 2))
    np.testing.assert_array_equal(editor.values, KERNELS[4, 2])
    editor.kernel = (1, 0)
    assert editor.selected == (1, 0)
    with front_end(editor) as page:
        page.send(editor, {"op": "edit", "layer": "kernels", "cells": [75], "values": [9.0]})
    assert editor.values[0, 0] == 9
    assert editor.kernel == (1, 0)


def test_two_views_on_one_source_follow_each_other() -> None:
    grid = KernelGrid(KERNELS)
    editor = KernelEditor(grid.source)
    traitlets.link((grid, "selected"), (editor, "selected"))
    with front_end(grid, editor) as page:
        page.set(grid, selected=[3, 1])
        assert editor.kernel == (3, 1)
        page.send(editor, {"op": "edit", "layer": "kernels", "cells": [0], "values": [5.0]})
        page.wait_frames(4)
    assert grid._status["undo"] == 1


def test_css_layout_and_array_layout_share_a_name() -> None:
    grid = KernelGrid(np.zeros((3, 3, 1, 8)), layout="HWIO")
    assert isinstance(grid.layout, ipywidgets.Layout)
    assert KernelGrid(KERNELS, layout={"width": "50%"}).layout.width == "50%"


@pytest.mark.parametrize("x", [None, "conv1", 3, object(), {"a": "b"}])
def test_what_holds_no_kernels_raises(x: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="kernels"):
        KernelGrid(x)


def test_arrays_need_no_torch() -> None:
    code = (
        "import sys, numpy as np\n"
        "from kernelwidgets.widgets.lab import Lab\n"
        "lab = Lab(np.zeros((4, 3, 3)))\n"
        "assert lab._frame['kernels']['values']\n"
        "assert 'torch' not in sys.modules, 'torch was imported'\n"
        "assert 'bqplot' not in sys.modules, 'bqplot was imported'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_threads_that_set_traits_lose_nothing() -> None:
    source = FakeSource()
    grid = KernelGrid(source)
    editor = KernelEditor(source)
    # Linked both ways: with a lock for each widget these threads would wait for each other.
    traitlets.link((grid, "selected"), (editor, "selected"))
    heard = {"cell_px": 0, "sample": 0}
    for name in heard:
        grid.observe(
            lambda change: heard.__setitem__(change["name"], heard[change["name"]] + 1), name
        )
    stop = threading.Event()
    failures: list[BaseException] = []

    def guarded(work: Any) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001  # a thread's error is the test's
                failures.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def publish() -> None:
        while not stop.is_set():
            source.tick()

    def python() -> None:
        for number in range(400):
            grid.cell_px = number + 1
            grid.selected = (number % 4, 0)

    def page_side() -> None:
        for number in range(400):
            page.set(grid, sample=number % 2 + 1)
            page.set(editor, selected=[number % 4, 1])

    with front_end(grid, editor) as page:
        publisher = guarded(publish)
        workers = [guarded(python), guarded(page_side)]
        for worker in workers:
            worker.join(60)
            assert not worker.is_alive()
        stop.set()
        publisher.join(30)
        assert page.frames > 0
    assert failures == []
    assert heard == {"cell_px": 400, "sample": 400}
    assert grid.selected == editor.selected


def test_a_callback_that_holds_the_lock_does_not_hold_up_training() -> None:
    source = FakeSource()
    grid = KernelGrid(source)
    entered, leave = threading.Event(), threading.Event()

    def slow(_: Any) -> None:
        entered.set()
        leave.wait(20)

    grid.observe(slow, "columns")
    with front_end(grid):
        thread = threading.Thread(target=lambda: setattr(grid, "columns", 3))
        thread.start()
        assert entered.wait(30)
        began = time.monotonic()
        source.tick()
        assert time.monotonic() - began < 5
        leave.set()
        thread.join(30)


def _png_size(data: bytes) -> tuple[int, int]:
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    place, width, height, pixels = 8, 0, 0, b""
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        kind, content = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        (check,) = struct.unpack(">I", data[place + 8 + length : place + 12 + length])
        assert check == zlib.crc32(kind + content)
        if kind == b"IHDR":
            width, height = struct.unpack(">II", content[:8])
        elif kind == b"IDAT":
            pixels += zlib.decompress(content)
        place += 12 + length
    assert len(pixels) == height * (1 + 3 * width)
    return width, height


@each_view
def test_where_no_widget_shows_there_is_text_and_a_picture(view: type[View]) -> None:
    made = view(FakeSource("idle"))
    data, _ = made._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"].startswith(view.__name__)
    if view is Controls:
        assert "image/png" not in data
    else:
        width, height = _png_size(base64.b64decode(data["image/png"]))
        assert 50 < width <= 900
        assert 20 < height <= 2000


@pytest.mark.parametrize(
    "shape", [(3, 3), (64, 7, 7), (512, 512, 3, 3), (16, 4, 1, 1), (8, 2, 3, 3, 3), (4096, 3, 3)]
)
def test_pictures_of_every_shape_are_of_a_size_to_look_at(shape: tuple[int, ...]) -> None:
    grid = KernelGrid(np.random.default_rng(0).normal(size=shape))
    data, _ = grid._repr_mimebundle_()
    width, height = _png_size(base64.b64decode(data["image/png"]))
    assert 20 < width <= 900
    assert 20 < height <= 3000


def test_a_sources_last_edit_is_in_the_picture() -> None:
    grid = KernelGrid(np.zeros((3, 3)))
    blank = grid._repr_mimebundle_()[0]["image/png"]
    for value in range(10):
        grid.source.edit("kernels", ..., value)
    assert grid._repr_mimebundle_()[0]["image/png"] != blank


def test_a_network_without_kernels_can_be_shown() -> None:
    import msgspec

    source = FakeSource("idle")
    source.info = msgspec.structs.replace(source.info, layers=[])
    for view in VIEWS:
        made = view(source)
        with front_end(made):
            source.tick()
        assert made._repr_mimebundle_()[0]["text/plain"]


def test_nan_is_no_speed() -> None:
    player = Player(np.eye(3), speed=2)
    with pytest.raises(ValueError, match="100, not NaN"):
        player.speed = float("nan")
    assert player.speed == 2
