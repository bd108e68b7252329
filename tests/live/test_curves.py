from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kernelwidgets.live.curves import Curves


def test_few_values_are_kept_as_they_are() -> None:
    curves = Curves()
    curves.log(1, {"loss": 2.0, "accuracy": 0})
    curves.log(2, {"loss": np.float32(1.5)})
    points = curves.points()
    assert points["loss"].steps.tolist() == [1, 2]
    assert points["loss"].low.tolist() == points["loss"].high.tolist() == [2.0, 1.5]
    assert points["accuracy"].last == 0


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5000))
def test_thinned_curves_keep_every_extreme_and_stay_small(values: list[float]) -> None:
    curves = Curves()
    for step, value in enumerate(values, 1):
        curves.log(step, {"loss": value})
    points = curves.points()["loss"]
    assert len(points.steps) <= 1000
    assert points.low.min() == min(values)
    assert points.high.max() == max(values)
    assert points.last == values[-1]
    assert points.steps[0] == 1
    assert (np.diff(points.steps) > 0).all()
    edges = [*points.steps.astype(int), len(values) + 1]
    for low, high, start, end in zip(points.low, points.high, edges, edges[1:], strict=False):
        assert low == min(values[start - 1 : end - 1])
        assert high == max(values[start - 1 : end - 1])


def test_a_hundred_thousand_steps_stay_within_a_thousand_buckets() -> None:
    curves = Curves()
    for step in range(100_000):
        curves.log(step, {"loss": step % 7})
    points = curves.points()["loss"]
    assert 500 <= len(points.steps) <= 1000
    assert set(points.low) == {0.0}


def test_values_that_are_not_finite_are_counted() -> None:
    curves = Curves()
    for value in (1.0, float("nan"), float("inf")):
        curves.log(1, {"loss": value})
    points = curves.points()["loss"]
    assert points.nonfinite == 2
    assert points.high.tolist() == [1.0]
    assert points.last is None


def test_logging_a_tensor_neither_reads_an_accelerator_nor_keeps_the_graph() -> None:
    curves = Curves()
    for step in range(2500):
        # Reading a meta tensor would raise.
        curves.log(step, {"loss": torch.zeros((), device="meta", requires_grad=True)})
    curve = curves._curves["loss"]
    assert [len(steps) for steps, _ in curve.chunks] == [1000, 1000]
    assert not any(value.requires_grad for _, value in curve.loose)
    with pytest.raises(RuntimeError, match="meta"):
        curves.points()


def test_kept_tensors_are_read_with_the_curves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.Tensor, "is_cpu", False)
    curves = Curves()
    value = torch.tensor(0.0)
    for step in range(1, 1204):
        value += 1
        curves.log(step, {"loss": value})
    points = curves.points()["loss"]
    assert points.high.max() == 1203
    assert points.low[0] == 1
    assert curves.points()["loss"].last == 1203


def test_what_is_no_number_is_refused() -> None:
    curves = Curves()
    with pytest.raises(TypeError, match="loss is no number"):
        curves.log(1, {"loss": "low"})
    with pytest.raises(TypeError, match=r"shape \(2,\).*loss\.mean\(\)"):
        curves.log(1, {"loss": torch.zeros(2)})


def test_a_new_run_starts_with_empty_curves() -> None:
    curves = Curves()
    curves.log(1, {"loss": 1.0})
    curves.clear()
    assert curves.points() == {}
