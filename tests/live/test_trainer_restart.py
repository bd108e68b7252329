from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from kernelwidgets.live import Trainer
from kernelwidgets.wire.schema import Restart
from tests.live.nets import until
from tests.live.trainers import NoisyNet, data, end, everything, losses, same, trainer


@pytest.mark.parametrize("with_scheduler", [False, True])
def test_restart_repeats_a_run_bitwise_whatever_others_draw(with_scheduler):
    options = {}
    if with_scheduler:
        options["scheduler"] = lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=99)
    t = trainer(**options)
    start = everything(t)
    t.fit(30)
    first, first_losses = everything(t), losses(t)
    torch.rand(5)
    np.random.rand(5)
    random.random()
    t.edit("conv", ..., 0.0)
    t.freeze("conv", 0)
    t.restart()
    assert t.step_count == 0
    assert t.status.state == "idle"
    assert same(everything(t), start)
    t.fit(13)
    torch.manual_seed(7)
    t.fit(17)
    assert same(everything(t), first)
    np.testing.assert_array_equal(losses(t), first_losses)


def test_restart_while_it_runs_goes_on_from_the_start():
    t = trainer(max_steps_per_s=400)
    t.fit(25)
    after = everything(t)
    t.restart()
    t.start()
    until(lambda: t.step_count > 3)
    t.pause().wait(30)
    t.restart().wait(30)
    assert t.step_count == 0
    assert t.status.state == "paused"
    t.step(25).wait(30)
    t.join(30)
    assert t.step_count == 25
    assert same(everything(t), after)
    end(t)


def test_its_random_numbers_are_its_own():
    torch.manual_seed(3)
    np.random.seed(3)
    random.seed(3)
    t = trainer()
    torch.manual_seed(3)
    expected = torch.rand(3), np.random.rand(3), random.random()
    torch.manual_seed(3)
    np.random.seed(3)
    random.seed(3)
    t.fit(5)
    assert torch.equal(torch.rand(3), expected[0])
    assert np.array_equal(np.random.rand(3), expected[1])
    assert random.random() == expected[2]


def test_while_it_is_paused_random_numbers_are_everybodys():
    t = trainer()
    t.step(3)
    t.join(30)
    torch.manual_seed(5)
    drawn = torch.rand(2)
    torch.manual_seed(5)
    assert torch.equal(torch.rand(2), drawn)
    end(t)


def test_two_trainers_at_once_do_not_mix_their_random_numbers():
    alone = trainer(seed=1)
    alone.fit(60)
    one, other = trainer(seed=1), trainer(seed=2)
    other.start()
    one.fit(60)
    end(other)
    assert same(everything(one), everything(alone))


def test_a_new_seed_draws_another_start_and_can_be_repeated():
    t = trainer()
    start = everything(t)
    t.restart(seed=5)
    other = everything(t)
    assert not same(other, start)
    t.fit(8)
    after = everything(t)
    t.restart()
    assert same(everything(t), other)
    t.fit(8)
    assert same(everything(t), after)
    t.submit(Restart(new_seed=True)).wait(30)
    assert not same(everything(t), other)


def test_a_new_seed_needs_modules_that_can_draw_anew():
    class Stubborn(NoisyNet):
        def __init__(self):
            super().__init__()
            self.gain = nn.Parameter(torch.ones(1))

    model = Stubborn()
    t = Trainer(model, data(), F.cross_entropy, torch.optim.SGD(model.parameters(), lr=0.1))
    start = everything(t)
    with pytest.raises(ValueError, match=r"reset_parameters.*Stubborn"):
        t.restart(seed=1)
    assert same(everything(t), start)
    t.fit(2)
    t.restart()
    assert same(everything(t), start)


def test_restart_between_two_steps_is_exact_too():
    def exponential(optimizer):
        return torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.99)

    t = trainer(scheduler=exponential)
    t.start()
    until(lambda: t.step_count > 10)
    t.restart().wait(30)
    until(lambda: t.step_count > 10)
    t.pause().wait(30)
    t.join(30)
    count, after, rate = t.step_count, everything(t), t.learning_rate
    end(t)
    t.restart()
    t.fit(count)
    assert same(everything(t), after)
    assert t.learning_rate == rate
