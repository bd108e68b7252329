"""The histogram of weights, and the law drawn over it."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest

from kernelwidgets.kernels.initialization import INITIALIZATIONS, initial_weights
from kernelwidgets.testing import front_end
from kernelwidgets.widgets._law import law_named, recognize
from kernelwidgets.widgets.charts import WeightHistogram
from kernelwidgets.widgets.lab import Lab
from tests.widgets.fakes import FakeSource


def _until(true: Callable[[], object], timeout: float = 20) -> None:
    deadline = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.01)


@pytest.mark.parametrize("law", INITIALIZATIONS)
@pytest.mark.parametrize("shape", [(8, 1, 7, 7), (32, 16, 3, 3), (6, 3, 5)])
def test_laws_are_recognized(law: str, shape: tuple[int, ...]) -> None:
    found = [
        recognize(initial_weights(law, shape, np.random.default_rng(seed))) for seed in range(20)
    ]
    names = [each.name if each else None for each in found]
    # Three standard errors: one draw in several hundred lies outside.
    assert names.count(law) >= 19


def test_trained_weights_are_taken_for_none() -> None:
    weights = np.zeros((8, 1, 7, 7))
    weights[:, :, 3] = 2.0
    assert recognize(weights) is None
    assert recognize(np.zeros((8, 1, 7, 7))) is None


@pytest.mark.parametrize("law", INITIALIZATIONS)
def test_densities_are_densities(law: str) -> None:
    x = np.linspace(-3, 3, 60_001)
    density = law_named(law, (8, 1, 7, 7)).density(x)
    assert density.sum() * (x[1] - x[0]) == pytest.approx(1, abs=2e-3)


def test_glorots_bound_is_the_papers() -> None:
    law = law_named("glorot_uniform", (16, 8, 3, 3))
    assert law.statistics.bound == pytest.approx((6 / (8 * 9 + 16 * 9)) ** 0.5)
    assert law.text == "Glorot uniform, ±0.17"


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


def test_unknown_keywords_and_layers_raise() -> None:
    with pytest.raises(TypeError, match="has no control 'colour'"):
        WeightHistogram(np.zeros((3, 3)), colour="red")
    with pytest.raises(ValueError, match="'conv9'"):
        WeightHistogram(np.zeros((3, 3)), layer="conv9")


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
