"""Runs side by side."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from torch import nn

from kernelwidgets.live import Trainer
from kernelwidgets.live.demos import demo
from kernelwidgets.testing import front_end
from kernelwidgets.widgets.compare import Compare
from kernelwidgets.widgets.kernel_grid import KernelGrid
from kernelwidgets.wire.schema import Pause, Start
from kernelwidgets.wire.source import Request, Want
from tests.live.nets import until
from tests.live.trainers import end, trainer

WEIGHT = Want("weight", "conv")


def kernels(source: Any) -> Any:
    return source.read(Request(frozenset({WEIGHT}))).arrays[WEIGHT]


def grids(compare: Compare) -> list[KernelGrid]:
    return compare._grids


@pytest.fixture
def branched() -> Iterator[tuple[Any, Trainer]]:
    """A run that was edited at step 4, and the same run without."""
    t = trainer()
    for step in range(1, 11):
        t.fit(1)
        if step == 4:
            t.edit("conv", 0, 0.5)
    edited = t.history
    t.restore(edited, 4, before_edits=True)
    for _ in range(4):
        t.fit(1)
    yield edited, t
    end(t)
    t.close()


def test_two_branches_are_shown_at_one_step_with_their_difference(branched):
    edited, t = branched
    compare = Compare(edited, t, names=["edited", "not edited"])
    assert len(grids(compare)) == 3
    one, other, difference = (grid.source for grid in grids(compare))
    # The last step that both have.
    assert [source.status.step for source in (one, other)] == [8, 8]
    np.testing.assert_array_equal(kernels(one), edited.at(8).kernels("conv"))
    np.testing.assert_array_equal(kernels(other), t.kernels("conv"))
    np.testing.assert_array_equal(kernels(difference), kernels(other) - kernels(one))
    compare.at = 3
    assert not kernels(difference).any()
    np.testing.assert_array_equal(kernels(one), edited.at(3).kernels("conv"))
    compare.at = None
    assert kernels(difference).any()
    assert difference.info.title == "not edited − edited"
    timeline = compare._line._timeline
    assert (timeline["first"], timeline["last"]) == (0, 10)
    assert timeline["marks"] == [{"step": 4, "text": "edited: edit 9 cells of conv"}]
    compare.close()


def test_a_step_that_is_chosen_meanwhile_is_that_of_all_sides(branched, monkeypatch):
    edited, t = branched
    compare = Compare(edited, t)
    first, other = compare._sides
    go = first.go

    def interrupted(step: int) -> None:
        monkeypatch.setattr(first, "go", go)
        go(step)
        compare.at = 3

    monkeypatch.setattr(first, "go", interrupted)
    compare.follow()
    assert [side.status.step for side in (first, other)] == [3, 3]
    compare.close()


def test_colors_mean_the_same_numbers_on_all_sides():
    small, large = (np.full((2, 1, 3, 3), value, np.float32) for value in (0.1, 1.7))
    compare = Compare(small, large)
    one, other, _ = (grid.source for grid in grids(compare))
    want = Want("weight", one.info.layers[0].name)
    name = (want.layer, "weight")
    limits = [source.read(Request(frozenset({want}))).limits[name] for source in (one, other)]
    assert limits == [(-2.0, 2.0), (-2.0, 2.0)]
    assert repr(compare) == "Compare: A, B"
    compare.close()


def test_the_curves_of_all_are_in_one_chart(branched):
    edited, t = branched
    compare = Compare(edited, t, names=["edited", "not edited"])
    curves = compare._together.read(Request(curves=True)).curves
    assert list(curves) == ["edited: loss", "not edited: loss"]
    assert curves["edited: loss"].steps[-1] == 10
    assert curves["not edited: loss"].steps[-1] == 8
    compare.close()
    chosen = Compare(edited, t, metrics=["nothing"])
    assert not chosen._together.read(Request(curves=True)).curves
    chosen.close()


def test_live_trainers_are_followed_in_step_and_driven_as_one():
    one, other = trainer(), trainer(seed=1)
    for t in (one, other):
        t.max_steps_per_s = 100
    compare = Compare(one, other)
    with front_end(*grids(compare)[:2]):
        compare._together.submit(Start()).wait(30)
        until(lambda: compare._sides[0].status.step > 5)
        compare._together.submit(Pause()).wait(30)
        until(lambda: not one.training and not other.training)
        last = min(one.step_count, other.step_count)
        until(lambda: compare._together.status.step == last)
        shown = [side.status.step for side in compare._sides]
        assert max(shown) <= last
        assert "start" in compare._together.info.verbs
        assert compare._together.status.state == "paused"
    compare.close()
    for t in (one, other):
        end(t)
        t.close()


def test_other_things_are_shown_as_they_are():
    t = trainer()
    compare = Compare(t, t.model.state_dict(), trainer().model)
    t.fit(3)
    first, second, third = (grid.source for grid in grids(compare))
    until(lambda: first.status.step == 3)
    np.testing.assert_array_equal(kernels(second), kernels(third))
    t.close()
    compare.close()


def test_only_what_has_something_in_common_can_be_compared():
    with pytest.raises(ValueError, match="two or more"):
        Compare(np.zeros((2, 1, 3, 3)))
    with pytest.raises(ValueError, match="no layer of the same name in common: conv; other"):
        Compare({"conv": np.zeros((2, 1, 3, 3))}, {"other": np.zeros((2, 1, 3, 3))})
    one = {"conv": np.zeros((2, 1, 3, 3))}
    with pytest.raises(ValueError, match="2 runs need 2 names"):
        Compare(one, one, names="ab")
    with pytest.raises(ValueError, match="no layer 'fc' in all of them; common are conv"):
        Compare(one, one, layer="fc")
    # Of different shapes there is no difference to show.
    compare = Compare(one, {"conv": np.zeros((4, 1, 3, 3))})
    assert len(grids(compare)) == 2
    compare.close()


def test_several_layers_are_chosen_together():
    def network() -> nn.Module:
        return nn.Sequential(nn.Conv2d(1, 2, 3), nn.Conv2d(2, 3, 3))

    larger = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Conv2d(2, 3, 3), nn.Conv2d(3, 4, 3))
    compare = Compare(larger.state_dict(), network().state_dict())
    assert all(
        [info.name for info in grid.source.info.layers] == ["0", "1"] for grid in grids(compare)
    )
    grids(compare)[0].layer = "1"
    assert [grid.layer for grid in grids(compare)] == ["1", "1", "1"]
    grids(compare)[0].selected = (2, 1)
    assert grids(compare)[2].selected == (2, 1)
    compare.close()


def test_it_keeps_nothing_running_when_it_is_gone():
    t = trainer()
    compare = Compare(t, t.model.state_dict())
    dead = weakref.ref(compare)
    compare.close()
    del compare
    # The publisher may be telling it something just now.
    until(lambda: gc.collect() >= 0 and dead() is None)
    assert t._publisher._seats == []
    t.close()


def test_four_trainers_of_a_demo_are_shown_with_its_words():
    four = demo("fixed_or_learned", filters=4)
    bundle = four._repr_mimebundle_()
    compare = four._compare
    assert isinstance(compare, Compare)
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == compare.model_id
    assert "Four readers of handwritten digits" in compare.children[0].value
    assert [side.name for side in compare._sides] == list(four)
    assert "start" in compare._together.info.verbs
    four.close()


def test_of_the_words_above_them_the_first_sentence_shows():
    arrays = np.zeros((2, 1, 3, 3)), np.ones((2, 1, 3, 3))
    words = Compare(*arrays, about="Few & <small>. More. Still more.").children[0].value
    assert "<summary" in words
    shown, folded = words.split("</summary>")
    assert shown.endswith("Few &amp; &lt;small&gt;.")
    assert folded.startswith("More. Still more.</details>")
    assert "<details" not in Compare(*arrays, about="One sentence.").children[0].value
