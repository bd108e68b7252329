from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernelwidgets.wire.ranges import PATIENCE, ColorRanges, extremes, round_up


@given(st.floats(1e-30, 1e30))
def test_steps_are_1_2_5(value: float) -> None:
    step = round_up(value)
    assert value <= step <= 2.5 * value * (1 + 1e-9)
    assert f"{step:.0e}"[0] in "125"
    assert round_up(step) == step


@pytest.mark.parametrize(
    ("value", "step"), [(0.3, 0.5), (0.2, 0.2), (0.51, 1), (9.1, 10), (1e-3, 1e-3)]
)
def test_some_steps(value: float, step: float) -> None:
    assert round_up(value) == step


def test_a_range_grows_at_once_and_shrinks_late() -> None:
    ranges = ColorRanges()
    assert ranges.update(("a", "weight"), (-0.3, 0.1)) == (-0.5, 0.5)
    assert ranges.update(("a", "weight"), (-0.3, 0.6)) == (-1, 1)
    for _ in range(PATIENCE - 1):
        assert ranges.update(("a", "weight"), (-0.03, 0.04)) == (-1, 1)
    assert ranges.update(("a", "weight"), (-0.03, 0.04)) == (-0.05, 0.05)
    for _ in range(3 * PATIENCE):
        assert ranges.update(("a", "weight"), (0.0, 0.02)) == (-0.05, 0.05)
    assert ranges.update(("b", "weight"), (0.0, 7.0)) == (-10, 10)


def test_a_range_stands_still_while_it_must() -> None:
    ranges = ColorRanges()
    assert ranges.update(("a", "weight"), (-0.3, 0.1), still=True) == (-0.5, 0.5)
    assert ranges.update(("a", "weight"), (-3.0, 0.1), still=True) == (-0.5, 0.5)
    assert ranges.update(("a", "weight"), (-3.0, 0.1)) == (-5, 5)


def test_maps_have_two_ends_and_zeros_hold_nothing() -> None:
    ranges = ColorRanges()
    assert ranges.update(("a", "map_after"), (0.0, 0.7)) == (0, 1)
    assert ranges.update(("a", "map_before"), (-0.03, 0.7)) == (-0.05, 1)
    assert ranges.update(("a", "change"), (0.0, 0.0)) == (-1, 1)
    assert ranges.update(("a", "change"), (0.0, 1e-4)) == (-1e-4, 1e-4)


def test_what_is_not_finite_does_not_count() -> None:
    assert extremes(np.array([np.nan, 1, -2, np.inf], dtype=np.float32)) == (-2, 1)
    assert extremes(np.array([np.nan], dtype=np.float32)) == (0, 0)
    assert extremes(np.zeros(0, dtype=np.float32)) == (0, 0)


def test_what_is_visible_does_not_shrink_the_range_of_the_whole_layer() -> None:
    ranges = ColorRanges()
    name = ("a", "weight")
    assert ranges.update(name, (0.0, 0.01), (-0.7, 0.1)) == (-1, 1)
    for _ in range(3 * PATIENCE):
        assert ranges.update(name, (0.0, 0.01)) == (-1, 1)
    assert ranges.update(name, (0.0, 0.01), (-0.01, 0.01)) == (-1, 1)
    for _ in range(PATIENCE):
        last = ranges.update(name, (0.0, 0.01))
    assert last == (-0.01, 0.01)
