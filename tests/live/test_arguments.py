from __future__ import annotations

import asyncio

import numpy as np
import pytest
import torch

from kernelwidgets.live import Trainer, watch
from tests.live.nets import SmallNet, watched
from tests.live.trainers import data, everything, same, trainer


@pytest.mark.parametrize(
    ("count", "error"),
    [
        (1.5, TypeError),
        (2.0, TypeError),
        ("3", TypeError),
        (None, TypeError),
        (True, TypeError),
        (0, ValueError),
        (-1, ValueError),
    ],
)
def test_steps_are_counted_in_whole_numbers_from_1(count, error):
    t = trainer()
    start = everything(t)
    _, _, live = watched()
    calls = [t.step, t.fit, live.step]
    if count is not None:
        calls += [lambda steps: t.record(steps=steps), lambda n: asyncio.run(t.run_async(n))]
    for call in calls:
        with pytest.raises(error, match="steps is a whole number of at least 1, not"):
            call(count)
    assert same(everything(t), start)
    assert not t.training
    live.close()
    t.close()


def test_whole_numbers_of_numpy_count():
    t = trainer()
    t.fit(np.int64(2))
    t.step(np.uint8(1))
    t.join(30)
    assert t.step_count == 3
    t.stop()
    t.join(30)
    t.close()


@pytest.mark.parametrize(
    ("optimizer", "message"),
    [
        (torch.optim.SGD, r"such as torch\.optim\.SGD\(model\.parameters\(\)\), not its class"),
        ([torch.optim.SGD], "not its class"),
        ("sgd", "not str"),
        (3, "not int"),
    ],
)
def test_an_optimizer_is_neither_its_class_nor_its_name(optimizer, message):
    model = SmallNet()
    with pytest.raises(TypeError, match=message):
        watch(model, optimizer)
    with pytest.raises(TypeError, match="needs an optimizer"):
        Trainer(model, data(), torch.nn.functional.cross_entropy, optimizer)
