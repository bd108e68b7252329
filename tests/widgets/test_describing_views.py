"""Names under kernels, sorting and choosing by them, and how often anybody looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import msgspec
import numpy as np
import pytest
import torch
from torch import nn

import kernelwidgets as kw
from kernelwidgets.kernels import filters
from kernelwidgets.kernels.description import describe_bank
from kernelwidgets.naming import channel_families, name_codes, names_of
from kernelwidgets.testing import front_end
from kernelwidgets.widgets import describing_looks
from kernelwidgets.widgets.describing_looks import look_at
from kernelwidgets.widgets.kernel_grid import KernelGrid
from kernelwidgets.widgets.lab import Lab
from kernelwidgets.wire.schema import Names
from kernelwidgets.wire.source import Frame, Want
from tests.widgets.fakes import FakeSource

SOBEL, TURNED = filters.sobel(), filters.sobel(direction="y")
NOISE = np.random.default_rng(3).normal(size=(3, 3))


def until(true: Callable[[], object], timeout: float = 20) -> None:
    deadline = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.01)


def words(view: KernelGrid) -> list[str]:
    """The name of every kernel, in the order of the layer."""
    names = msgspec.convert(view._names, Names)
    return [names.words[index] for index in names.names]


def _fresh(source: object) -> list[str]:
    occurring, index = names_of(name_codes(kw.describe_bank(source.kernels(0))))
    return [occurring[number] for number in index]


class Listening:
    """Takes every look."""

    def __init__(self) -> None:
        self.seen: list[describing_looks.Seen] = []
        self.threads: list[threading.Thread] = []
        self.interested = True

    def sees(self) -> bool:
        return self.interested

    def take(self, look: describing_looks.Look) -> None:
        assert look.seen is not None
        self.seen.append(look.seen)
        self.threads.append(threading.current_thread())

    @property
    def names(self) -> list[str]:
        occurring, index = names_of(self.seen[-1].codes)
        return [occurring[number] for number in index]


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def thread_time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def looking(monkeypatch: pytest.MonkeyPatch):
    """A running source, a look at it that is prepared, its listener, and its clock."""
    source = FakeSource(shape=(2, 1, 3, 3))
    clock = Clock()
    monkeypatch.setattr(describing_looks, "time", clock)
    listener = Listening()
    want = Want("weight", source.info.layers[0].name)
    look = look_at(source, source.info.layers[0], want, False, listener)
    until(lambda: look._prepared)
    return source, look, listener, clock


def test_stripes_are_drawn_as_they_lie() -> None:
    bank = [filters.gabor(size=9, wavelength_px=4, angle_deg=angle) for angle in (0, 45, 90, 135)]
    occurring, index = names_of(name_codes(describe_bank(np.stack(bank)[:, None])))
    shapes = [occurring[number] for number in index]
    assert shapes == ["│ gabor", "╲ gabor", "─ gabor", "╱ gabor"]
    # The rising diagonal of the screen is one of the matrix from lower left to upper right.
    rising = bank[3]
    assert np.trace(rising[::-1]) > 4 * abs(np.trace(rising))


def test_noise_and_single_cells_bear_no_name() -> None:
    assert names_of(name_codes(describe_bank(NOISE[None, None])))[0] == [""]
    assert names_of(name_codes(describe_bank(np.ones((2, 2, 1, 1)))))[0] == [""]
    assert names_of(name_codes(describe_bank(np.zeros((2, 2, 3, 3)))))[0] == ["× dead"]


def test_a_filter_is_of_the_family_of_its_strongest_kernel() -> None:
    weights = np.stack([[SOBEL * 3, NOISE], [SOBEL, NOISE * 3]])
    bank = describe_bank(weights)
    assert channel_families(bank, name_codes(bank)) == ["edge", "unstructured"]


def test_a_name_changes_when_it_has_held_for_two_looks(looking) -> None:
    source, look, listener, clock = looking
    source.weights = np.stack([SOBEL, TURNED])[:, None].astype(np.float32)

    def seen(*kernels: np.ndarray) -> list[str]:
        source.weights = np.stack(kernels)[:, None].astype(np.float32) - np.float32(0.01)
        clock.now += 1
        assert source.tick() == 1
        return listener.names

    assert seen(SOBEL, TURNED) == ["│ edge", "─ edge"]
    assert seen(TURNED, TURNED) == ["│ edge", "─ edge"]
    assert seen(SOBEL, TURNED) == ["│ edge", "─ edge"]
    assert seen(TURNED, TURNED) == ["│ edge", "─ edge"]
    assert seen(TURNED, SOBEL) == ["─ edge", "─ edge"]
    assert seen(TURNED, SOBEL) == ["─ edge", "│ edge"]
    assert look.seen.step == source.status.step


def test_at_most_one_look_a_second_and_on_the_delivering_thread(looking) -> None:
    source, _, listener, clock = looking
    takers = 0
    for _ in range(50):
        clock.now += 0.1
        takers += source.tick()
    assert takers == len(listener.seen) == 5
    assert set(listener.threads) == {threading.current_thread()}


def test_looks_that_take_long_are_rarer(looking, monkeypatch: pytest.MonkeyPatch) -> None:
    source, _, listener, clock = looking
    quick = describing_looks.describe_bank

    def slow(*arguments):
        clock.now += 0.05
        return quick(*arguments)

    monkeypatch.setattr(describing_looks, "describe_bank", slow)
    for _ in range(100):
        clock.now += 0.1
        source.tick()
    assert len(listener.seen) == 2
    assert 0.05 * len(listener.seen) <= 0.01 * 10 + 0.05


def test_nobody_looks_where_nobody_sees(looking) -> None:
    source, _, listener, clock = looking
    listener.interested = False
    clock.now += 5
    assert source.tick() == 0


def test_a_layer_of_many_cells_is_looked_at_only_while_nothing_runs() -> None:
    source = FakeSource(shape=(96, 96, 3, 3))
    info, listener = source.info.layers[0], Listening()
    look = look_at(source, info, Want("weight", info.name), False, listener)
    until(lambda: look._prepared)
    assert look.too_large
    assert source.tick() == 0
    source.become("paused")
    assert source.tick() == 1
    until(lambda: listener.seen)
    assert listener.threads[0] is not threading.current_thread()
    assert len(listener.seen[0].bank) == 96 * 96


def test_all_who_ask_for_the_same_share_one_look_and_leave_nothing_behind() -> None:
    source = FakeSource()
    info = source.info.layers[0]
    one, two = Listening(), Listening()
    want = Want("weight", info.name)
    looks = [look_at(source, info, want, False, listener) for listener in (one, two)]
    assert looks[0] is looks[1]
    assert len(source.subscribers) == 1
    until(lambda: looks[0]._prepared)
    source.tick()
    assert len(one.seen) == len(two.seen) == 1
    looks.clear()
    until(lambda: source.subscribers == [])


def test_each_kernel_bears_its_name_and_the_selected_one_a_sentence() -> None:
    grid = KernelGrid(np.stack([SOBEL, NOISE]), labels=True)
    until(lambda: grid._names)
    assert words(grid) == ["│ edge", ""]
    assert grid._names["text"] == "1 of 2 kernels named, about 0.0 by chance, as of step 0"
    assert grid._names["sentence"].startswith("vertical edge detector")
    grid.selected = (1, 0)
    assert grid._names["kernel"] == (1, 0)
    assert grid._names["sentence"].startswith("no structure that noise does not have")
    grid.labels = False
    assert grid._names is None
    grid.close()


def test_an_edit_by_hand_changes_the_name_at_once() -> None:
    grid = KernelGrid(np.stack([SOBEL, NOISE]), labels=True)
    until(lambda: grid._names)
    grid.source.edit("kernels", 1, TURNED)
    until(lambda: words(grid) == ["│ edge", "─ edge"])


def test_without_labels_nobody_looks() -> None:
    source = FakeSource()
    grid = KernelGrid(source)
    assert grid._names is None
    assert len(source.subscribers) == 1


def test_weights_that_are_not_finite_have_no_names() -> None:
    kernels = np.stack([SOBEL, NOISE])
    grid = KernelGrid(kernels, labels=True)
    until(lambda: grid._names)
    source = grid.source
    weights = kernels[:, None].astype(np.float32)
    weights[0] = np.nan
    grid._look.deliver(Frame(0, {grid._look.want: weights}))
    until(lambda: not grid._names["words"])
    assert "not finite" in grid._names["text"]
    source.edit("kernels", 0, TURNED)
    until(lambda: grid._names["words"] and words(grid)[0] == "─ edge")


def test_sorted_by_family_the_strongest_first() -> None:
    kernels = np.stack([NOISE, SOBEL, np.ones((3, 3)), 2 * TURNED])
    grid = KernelGrid(kernels, sort="family")
    until(lambda: grid._order == [2, 3, 1, 0])
    assert grid._frame["kernels"]["outs"] == [2, 3, 1, 0]
    grid.sort = "index"
    until(lambda: grid._order == [0, 1, 2, 3])


def test_chosen_by_family_and_the_choice_follows_the_kernels() -> None:
    grid = KernelGrid(np.stack([NOISE, SOBEL, TURNED]), family="edge")
    until(lambda: grid._order == [1, 2])
    assert grid._frame["kernels"]["outs"] == [1, 2]
    grid.source.edit("kernels", 0, SOBEL)
    until(lambda: grid._order == [0, 1, 2])
    grid.family = "blob"
    until(lambda: grid._order == [])
    assert grid._frame["kernels"]["values"] is None
    assert grid._frame["kernels"]["note"] == "No filter is of that kind now."
    grid.family = "all"
    until(lambda: grid._order == [0, 1, 2])


def test_only_some_output_channels() -> None:
    grid = KernelGrid(np.stack([NOISE, SOBEL, TURNED]), only=[2, 0])
    assert grid._order == [0, 2]
    grid.sort = "norm"
    assert grid._order == sorted([0, 2], key=lambda out: -np.linalg.norm([NOISE, 0, TURNED][out]))
    grid.only = None
    assert len(grid._order) == 3
    with pytest.raises(ValueError, match="only"):
        grid.only = [-1]


def test_a_deeper_layer_says_that_it_is_one_slice() -> None:
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Conv2d(4, 2, 3))
    with torch.no_grad():
        net[1].weight[1, 3] = torch.as_tensor(SOBEL)
    live = kw.watch(net, torch.optim.SGD(net.parameters(), lr=0.1), probe=torch.zeros(2, 1, 9, 9))
    grid = KernelGrid(live, layer=1, selected=(1, 3), labels=True)
    until(lambda: grid._names)
    assert grid._names["sentence"].startswith(
        "in feature map 3, one slice and not what the filter detects: vertical edge"
    )
    assert len(grid._names["names"]) == 8
    grid.layer = 0
    until(lambda: grid._names["layer"] == "0")
    assert "feature map" not in grid._names["sentence"]
    grid.close()
    live.close()


def test_color_kernels_bear_one_name_each() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 5))
    live = kw.watch(net, torch.optim.SGD(net.parameters(), lr=0.1), probe=torch.zeros(2, 3, 9, 9))
    grid = KernelGrid(live, labels=True)
    until(lambda: grid._names)
    assert grid._names["color"]
    assert len(grid._names["names"]) == 4
    grid.rgb = False
    until(lambda: not grid._names["color"])
    assert len(grid._names["names"]) == 12
    live.close()


def test_of_a_large_layer_the_visible_kernels_are_named() -> None:
    source = FakeSource(shape=(96, 96, 3, 3))
    grid = KernelGrid(source, labels=True)
    with front_end(grid) as page:
        page.show(grid, kernels=[10, 14, 0, 8])
        until(lambda: source.tick() >= 2)
        until(lambda: source.tick() is not None and grid._names["outs"] == [10, 11, 12, 13])
        assert len(grid._names["names"]) == 4 * 8
        grid.family = "edge"
        assert grid._names["text"].startswith("Too many kernels to be named while training runs")


def test_kernels_of_three_axes_say_why_they_have_no_names() -> None:
    grid = KernelGrid(np.zeros((2, 1, 3, 3, 3)), labels=True)
    assert grid._names["text"] == "Kernels of three axes have no names."


def test_names_of_a_run_stay_within_its_budget_and_are_fresh_on_pause() -> None:
    trainer = kw.demo("lines")
    trainer.max_steps_per_s = None
    lab = Lab(trainer, labels=True)
    with front_end(lab):
        trainer.start()
        until(lambda: lab._names and lab._names["step"] > 50)
        assert trainer.cost <= 2 * 0.25
        trainer.pause().wait(30)
        until(lambda: lab._names["step"] == trainer.step_count)
        assert words(lab) == _fresh(trainer)
    lab.close()
    trainer.stop()
    trainer.join(30)
    trainer.close()
