"""Census and map of kernels: what they count, where they put it, what a rectangle chooses."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch
import traitlets
from torch import nn

import kernelwidgets as kw
from kernelwidgets.kernels import filters
from kernelwidgets.kernels.measures import FAMILIES
from kernelwidgets.testing import front_end
from kernelwidgets.widgets.census import KernelCensus
from kernelwidgets.widgets.kernel_grid import KernelGrid
from kernelwidgets.widgets.kernel_map import KernelMap
from kernelwidgets.widgets.lab import Lab
from tests.widgets.fakes import FakeSource
from tests.widgets.test_describing_views import until

GABORS = np.stack(
    [
        filters.gabor(size=11, wavelength_px=wave, angle_deg=angle)
        for wave in (4, 6)
        for angle in (0, 45, 90, 135)
    ]
)
NOISE = np.random.default_rng(0).normal(size=(2, 11, 11))
KERNELS = np.concatenate([GABORS, NOISE])


def test_the_census_counts_every_kernel_once() -> None:
    census = KernelCensus(KERNELS)
    until(lambda: len(census.steps))
    assert census.steps.tolist() == [0]
    counts = dict(zip(FAMILIES, census.counts[0], strict=True))
    assert (counts["gabor"], counts["unstructured"]) == (8, 2)
    assert census.counts.sum() == 10
    until(lambda: "Gabor-like: 80% (R² ≥ .8, full fit)" in census.children[0].value)
    assert census.gabor_share == (0.8, True)
    assert "8 gabor" in census.children[0].value
    census.close()


def test_the_stack_ends_at_the_number_of_kernels_and_chance_lies_below() -> None:
    census = KernelCensus(KERNELS)
    stack, chance = census.figure.marks
    until(lambda: len(stack.x) == 2)
    edges = np.asarray(stack.y)
    assert edges[0].tolist() == [10, 10]
    assert edges[-1].tolist() == [0, 0]
    assert (np.diff(edges, axis=0) <= 0).all()
    assert chance.line_style == "dashed"
    np.testing.assert_allclose(chance.y, kw.describe_bank(KERNELS[:, None]).chance.sum(), rtol=1e-5)


def test_axes_name_each_whole_number_once() -> None:
    census = KernelCensus(KERNELS)
    across, up = census.figure.axes
    until(lambda: len(up.tick_values if up.tick_values is not None else ()))
    assert across.tick_values.tolist() == [0]
    assert up.tick_values.tolist() == [0, 5, 10]
    with census._drawing:
        seen = census._look.seen
        for step in (2, 1900):
            census._note(type(seen)(step, seen.bank, seen.codes, resting=True))
            census._draw()
            ticks = across.tick_values
            assert ticks.tolist() == ([0, 1, 2] if step == 2 else [0, 500, 1000, 1500])
    census.close()


def test_a_run_that_begins_again_is_counted_again() -> None:
    trainer = kw.demo("lines")
    trainer.max_steps_per_s = None
    census = KernelCensus(trainer)
    trainer.fit(20)
    until(lambda: census.steps.tolist()[-1:] == [20])
    trainer.restart()
    until(lambda: census.steps.tolist() == [0])
    assert len(census.counts) == len(census.chance) == 1
    census.close()
    trainer.close()


def test_long_runs_are_thinned() -> None:
    census = KernelCensus(KERNELS)
    until(lambda: len(census.steps))
    with census._drawing:
        seen = census._look.seen
        for step in range(1, 1000):
            census._note(type(seen)(step, seen.bank, seen.codes, resting=True))
    assert 200 <= len(census.steps) <= 400
    assert census.steps[-1] == 999
    assert (np.diff(census.steps) > 0).all()


def test_kernels_stand_at_their_direction_and_wavelength() -> None:
    chart = KernelMap(KERNELS)
    until(lambda: len(chart._points))
    placed = {
        int(out): point for (out, _), point in zip(chart._kernels, chart._points, strict=True)
    }
    for out, (wave, angle) in enumerate((w, a) for w in (4, 6) for a in (0, 45, 90, 135)):
        degrees, wavelength = placed[out]
        assert abs((degrees - angle + 90) % 180 - 90) < 3
        assert wavelength == pytest.approx(wave, rel=0.2)
    assert chart.figure.interaction is chart._brush


def test_a_rectangle_chooses_kernels_in_other_views() -> None:
    chart = KernelMap(KERNELS)
    grid = KernelGrid(chart.source)
    traitlets.dlink((chart, "only"), (grid, "only"))
    traitlets.dlink((chart, "selected"), (grid, "selected"))
    until(lambda: len(chart._points))
    brush = chart._brush
    brush.brushing = True
    brush.selected_x, brush.selected_y = np.array([30.0, 100.0]), np.array([2.5, 4.9])
    assert chart.only is None
    brush.brushing = False
    assert chart.brushed == [(1, 0), (2, 0)]
    until(lambda: grid._order == [1, 2])
    assert grid.selected in chart.brushed
    assert len(chart._ring.x) == 1
    brush.selected_x = brush.selected_y = None
    assert chart.only is None
    until(lambda: len(grid._order) == 10)


def test_a_large_layer_is_counted_in_a_sample() -> None:
    source = FakeSource(shape=(128, 64, 5, 5))
    census = KernelCensus(source)
    census._repr_mimebundle_()
    assert census.figure
    until(lambda: source.tick() and len(census.steps))
    assert census.counts.sum() < 128 * 64
    assert f"({census.counts.sum() // 64} of 128 filters)" in census.children[0].value
    assert "quick score" in census.children[0].value


def test_covered_charts_cost_nothing() -> None:
    source = FakeSource()
    census, chart = KernelCensus(source), KernelMap(source)
    for each in (census, chart):
        each._repr_mimebundle_()
        assert each.figure
    until(lambda: census._look._prepared)
    census.covered = chart.covered = True
    assert source.tick() == 0
    chart.covered = False
    assert source.tick() == 1
    census.close()
    chart.close()
    until(lambda: source.subscribers == [])


def test_in_the_lab_the_map_chooses_and_selects() -> None:
    lab = Lab(KERNELS)
    lab._repr_mimebundle_()
    with front_end(lab):
        until(lambda: len(lab._box.children) == 2)
    tabs = lab._box.children[1]
    tabs.selected_index = 2
    chart = tabs.children[2]
    until(lambda: len(chart._points))
    chart.choose((80, 100), (2, 10))
    assert lab.only == [2, 6]
    assert lab.selected == chart.selected
    lab.selected = (4, 0)
    assert chart.selected == (4, 0)
    lab.close()
    until(lambda: lab.source._subscribers == {})


def test_kernels_without_a_name_for_their_kind_say_so() -> None:
    census = KernelCensus(np.zeros((2, 1, 3, 3, 3)))
    assert census.figure
    assert "three axes" in census.children[0].value


def test_color_kernels_count_once() -> None:
    net = nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 4, 5))
    live = kw.watch(net, torch.optim.SGD(net.parameters(), lr=0.1))
    census = KernelCensus(live)
    until(lambda: len(census.steps))
    assert census.counts.sum() == 4  # a first layer of three inputs, before a probe shows better
    live.probe = torch.rand(2, 3, 9, 9)
    deadline = time.monotonic() + 10
    while census.counts[-1].sum() != 12:
        assert time.monotonic() < deadline
        live.edit("1", 0, 0.5)
        time.sleep(0.1)
    live.close()


def test_unknown_keywords_and_layers_raise() -> None:
    for kind in (KernelCensus, KernelMap):
        with pytest.raises(TypeError, match="has no control 'colour'"):
            kind(KERNELS, colour="red")
        with pytest.raises(ValueError, match="'conv9'"):
            kind(KERNELS, layer="conv9")
