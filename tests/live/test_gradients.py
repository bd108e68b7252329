"""Gradients of a run: whose loss it is, on which samples, and that looking changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from kernelwidgets.live import watch
from kernelwidgets.live.demos import demo
from kernelwidgets.wire.source import Frame, Request, Want
from tests.live.nets import SmallNet
from tests.live.trainers import everything, same, trainer

LOSS, GRADIENT = Want("loss"), Want("loss_gradient", "conv")


def gradient(source, layer: str = "conv") -> Frame:
    return source.read(Request(frozenset({LOSS, Want("loss_gradient", layer)})))


def test_looking_before_and_while_training_changes_nothing() -> None:
    alone, seen = trainer(), trainer()
    alone.fit(12)
    first = gradient(seen)
    assert first.notes[LOSS] == "the first 16 samples of the first training batch"
    assert len(first.samples) == 16
    assert not np.array_equal(first.arrays[GRADIENT], np.zeros((4, 1, 3, 3)))
    for _ in range(4):
        seen.fit(3)
        gradient(seen)
    assert same(everything(alone), everything(seen))
    assert alone._stream._inside[0].equal(seen._stream._inside[0])
    # The samples stay the same for as long as the run does, and so for its repetition.
    seen.restart().wait()
    again = gradient(seen)
    np.testing.assert_array_equal(again.arrays[LOSS], first.arrays[LOSS])
    alone.restart().wait()
    alone.fit(3)
    seen.fit(3)
    assert same(everything(alone), everything(seen))


def test_a_first_batch_that_was_trained_on_is_the_one() -> None:
    ahead, after = trainer(), trainer()
    gradient(ahead)
    ahead.fit(5)
    after.fit(5)
    assert gradient(ahead).arrays[LOSS] == gradient(after).arrays[LOSS]


def test_a_step_of_ones_own_and_labels() -> None:
    def step(model, batch):
        x, y = batch
        return F.cross_entropy(model(x), y)

    named = trainer(classes=["dark", "light"])
    assert set(gradient(named).samples) == {"dark", "light"}
    own = trainer(step=step)
    assert gradient(own).samples[0] == "picture 1"
    assert gradient(own).arrays[LOSS] == gradient(named).arrays[LOSS]


def test_data_that_fail_are_told() -> None:
    empty = trainer(data=[])
    assert "the data hold no batch" in gradient(empty).notes[GRADIENT]


@pytest.mark.parametrize("name", ["lines", "digits", "gabors", "peak", "teacher"])
def test_every_demo_has_a_gradient(name: str) -> None:
    shown = demo(name)
    layer = next(iter(shown.layers))
    frame = gradient(shown, layer)
    array = frame.arrays[Want("loss_gradient", layer)]
    assert array.shape == tuple(shown.layers[layer].shape)
    assert np.abs(array).max() > 0


def test_a_loop_of_ones_own_with_a_loss_and_a_probe() -> None:
    torch.manual_seed(0)
    model = SmallNet()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    x, y = torch.randn(3, 1, 8, 8), torch.tensor([0, 1, 1])
    live = watch(model, optimizer, loss=F.cross_entropy, probe=(x, y), classes=["a", "b"])
    frame = gradient(live, "conv2")
    F.cross_entropy(model(x), y).backward()
    np.testing.assert_allclose(
        frame.arrays[Want("loss_gradient", "conv2")], model.conv2.weight.grad, rtol=1e-5, atol=1e-8
    )
    assert frame.samples == ("a", "b", "b")
    live.close()
    with pytest.raises(TypeError, match="loss is a function"):
        watch(model, optimizer, loss=3)
