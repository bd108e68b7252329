"""The histogram of weights, and the law drawn over it."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from kernelwidgets import demo, watch
from kernelwidgets.kernels.initialization import INITIALIZATIONS, initial_weights
from kernelwidgets.testing import front_end
from kernelwidgets.widgets._law import WORDS
from kernelwidgets.widgets.charts import WeightHistogram
from kernelwidgets.widgets.lab import Lab
from tests.widgets.fakes import FakeSource


def _until(true: Callable[[], object], timeout: float = 20) -> None:
    deadline = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.01)


def test_bars_count_the_weights() -> None:
    weights = initial_weights("glorot_uniform", (16, 8, 3, 3), np.random.default_rng(0))
    chart = WeightHistogram(weights, bins=20)
    bars, line = chart.figure.marks
    _until(lambda: bars.y.sum() == weights.size)
    assert len(bars.y) == 20
    assert "Glorot uniform, ±0.17" in chart.children[0].value
    area = (line.y * (line.x[1] - line.x[0])).sum()
    bar_area = weights.size * (bars.x[1] - bars.x[0])
    assert area == pytest.approx(bar_area, rel=0.02)
    chart.law = "none"
    _until(lambda: len(line.y) == 0)
    chart._source.edit("kernels", ..., 0.0)
    _until(lambda: bars.y.max() == weights.size)
    chart.close()


@pytest.mark.parametrize("groups", [1, 2])
def test_a_transposed_layers_fans_are_torchs(groups: int) -> None:
    torch.manual_seed(0)
    layer = nn.ConvTranspose2d(8, 32, 3, groups=groups)
    chart = WeightHistogram(watch(nn.Sequential(layer)))
    bound = nn.init._calculate_fan_in_and_fan_out(layer.weight)[0] ** -0.5
    text = f"start: torch's default, ±{bound:.2g}"
    _until(lambda: text in chart.children[0].value if chart.children else False)
    chart.law = "he_uniform"
    he = f"start: He uniform, ±{6**0.5 * bound:.2g}"
    _until(lambda: he in chart.children[0].value)
    chart.close()


@pytest.mark.parametrize("init", [law for law in INITIALIZATIONS if law != "orthogonal"])
def test_a_small_layers_start_is_not_misnamed(init: str) -> None:
    trainer = demo("peak", filters=5, size=5, init=init)
    chart = WeightHistogram(trainer)
    _until(lambda: chart.children and "start" in chart.children[0].value)
    named = chart.children[0].value.partition("start: ")[2]
    assert not named or WORDS[init] in named
    chart.close()


def test_unknown_keywords_and_layers_raise() -> None:
    with pytest.raises(TypeError, match="has no control 'colour'"):
        WeightHistogram(np.zeros((3, 3)), colour="red")
    with pytest.raises(ValueError, match="'conv9'"):
        WeightHistogram(np.zeros((3, 3)), layer="conv9")


def test_a_misspelled_control_is_refused_when_it_is_set() -> None:
    chart = WeightHistogram(np.eye(3))
    with pytest.raises(AttributeError, match="no control 'bin'; did you mean 'bins'"):
        chart.bin = 20
    chart.bins = 20
    chart.close()


def test_a_layer_is_a_name_a_position_or_a_module_both_ways() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Conv2d(2, 2, 3))
    live = watch(model)
    for layer in ("2", 1, -1, np.int64(1), model[2]):
        assert WeightHistogram(live, layer).layer == "2"
        chart = WeightHistogram(live)
        chart.layer = layer
        assert chart.layer == "2"
    with pytest.raises(ValueError, match="no layer 5; this source has '0', '2'"):
        chart.layer = 5
    with pytest.raises(ValueError, match="no convolution layer here"):
        chart.layer = model[1]


def test_it_takes_a_few_frames_a_second_and_none_unseen() -> None:
    source = FakeSource()
    chart = WeightHistogram(source)
    assert chart.figure
    assert source.tick() == 0
    chart._repr_mimebundle_()
    assert sum(source.tick() for _ in range(500)) == 1
    chart.close()
    assert source.subscribers == []


def test_the_lab_gets_its_charts_after_the_first_picture() -> None:
    lab = Lab(np.random.default_rng(0).normal(size=(4, 3, 3)))
    data, _ = lab._repr_mimebundle_()
    box = lab._box
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == box.model_id
    assert box.children == (lab,)
    with front_end(lab):
        _until(lambda: len(box.children) == 2)
    tabs = box.children[1]
    assert tabs.titles == ("Weights", "Census", "Map")
    assert isinstance(tabs.children[0], WeightHistogram)
    assert all(chart.figure for chart in tabs.children)
    assert [chart.covered for chart in tabs.children] == [False, True, True]
    tabs.selected_index = 1
    assert [chart.covered for chart in tabs.children] == [True, False, True]
    lab.close()
    _until(lambda: lab.source._subscribers == {})
