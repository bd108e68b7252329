from __future__ import annotations

import asyncio

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import StepLR

from kernelwidgets.live import Trainer, existing_live_model, watch
from kernelwidgets.live.demos import demo
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


X, Y = torch.zeros(4, 1, 8, 8), torch.zeros(4, dtype=torch.long)
DATASET = torch.utils.data.TensorDataset(X, Y)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"probe": "x"}, r"or \(batch, labels\), not str; next\(iter\("),
        ({"probe": 3}, "not int"),
        ({"probe": {"x": X}}, "not dict"),
        ({"probe": torch.tensor(1.0)}, "not Tensor"),
        ({"probe": DATASET}, "not TensorDataset"),
        ({"probe": torch.utils.data.DataLoader(DATASET)}, "not DataLoader"),
        ({"classes": 5}, "classes is a list of names"),
        ({"classes": "abc"}, r"such as \['cat', 'dog'\], not 'abc'"),
        ({"budget": "x"}, "budget is a positive number up to 1, not 'x'"),
        ({"rate_hz": "x"}, "rate_hz is a positive number"),
        ({"loss": nn.CrossEntropyLoss}, r"make an instance of it: CrossEntropyLoss\(\)"),
    ],
)
def test_what_a_live_model_is_not_made_of_is_said(options, message):
    model = SmallNet()
    with pytest.raises(TypeError, match=message):
        watch(model, **options)
    assert existing_live_model(model) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": nn.CrossEntropyLoss}, r"make an instance of it: CrossEntropyLoss\(\)"),
        ({"validation": data(), "metrics": {"e": nn.MSELoss}}, "make an instance of it: MSELoss"),
        ({"scheduler": lambda _: StepLR}, r"lr_scheduler\.StepLR\(optimizer, …\), not its class"),
        ({"scheduler": lambda _: "cosine"}, "is a learning-rate scheduler, such as .*, not str"),
        ({"data": data}, r"data is a function; pass list\(data\(\)\), or"),
        ({"seed": 1.5}, "seed is a whole number, not 1.5"),
        ({"max_steps_per_s": "max"}, "a positive number, or None for as fast as it goes, not"),
    ],
)
def test_what_a_trainer_is_not_made_of_is_said(options, message):
    with pytest.raises(TypeError, match=message):
        trainer(**options)


@pytest.mark.parametrize("batch", [(X.numpy(), Y.numpy()), (X, Y.numpy()), (X.numpy(), Y)])
def test_batches_of_numpy_are_to_be_made_tensors(batch):
    t = trainer(data=[batch])
    with pytest.raises(TypeError, match=r"data yields numpy arrays; .* torch\.from_numpy\(x\)"):
        t.fit(1)


def test_a_seed_that_is_none_changes_nothing():
    t = trainer()
    t.fit(2)
    start = everything(t)
    with pytest.raises(TypeError, match="seed is a whole number"):
        t.restart(1.5)
    assert same(everything(t), start)
    assert t.step_count == 2


def test_paces_and_rates_are_positive_numbers():
    t = trainer()
    for value, error in (("x", TypeError), (True, TypeError), (0, ValueError), (1e400, ValueError)):
        with pytest.raises(error, match="learning_rate is a positive number, not"):
            t.learning_rate = value
        with pytest.raises(error, match="max_steps_per_s is a positive number, or None for as"):
            t.max_steps_per_s = value
    assert t.learning_rate == 0.01
    assert t.max_steps_per_s is None


@pytest.mark.parametrize(
    "options", [{"size": 7.5}, {"filters": "8"}, {"seed": "x"}, {"seed": 1.5}], ids=str
)
def test_demos_are_of_whole_numbers(options):
    with pytest.raises(TypeError, match=f"{next(iter(options))} is a whole number, not"):
        demo("lines", **options)
