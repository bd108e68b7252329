from __future__ import annotations

import random
import threading
import time
from itertools import chain, islice

import numpy as np
import pytest
import torch
from tests.live.nets import Viewer, until
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from kernelwidgets.live import Trainer
from kernelwidgets.wire.commands import CommandError
from kernelwidgets.wire.schema import Pause, Restart, SetLearningRate, SetSpeed, Start, Step, Stop


class NoisyNet(nn.Module):
    """Everything that a restart has to bring back: buffers, dropout, momentum."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.dropout = nn.Dropout(0.3)
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        return self.out(self.dropout(self.norm(self.conv(x)).relu().amax((2, 3))))


def data(count: int = 64, *, shuffle: bool = True) -> DataLoader:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(count, 1, 8, 8, generator=generator)
    y = (x.mean((1, 2, 3)) > 0).long()
    return DataLoader(TensorDataset(x, y), batch_size=16, shuffle=shuffle)


def trainer(seed: int = 0, **options) -> Trainer:
    torch.manual_seed(0)
    model = NoisyNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    if "scheduler" in options:
        options["scheduler"] = options["scheduler"](optimizer)
    options.setdefault("data", data())
    if "step" not in options:
        options.setdefault("loss", F.cross_entropy)
    return Trainer(model, optimizer=optimizer, seed=seed, **options)


def everything(t: Trainer) -> list[torch.Tensor]:
    return [value.clone() for value in t.model.state_dict().values()]


def same(one: list[torch.Tensor], other: list[torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def losses(t: Trainer) -> np.ndarray:
    return t._curves.points()["loss"].low


def end(t: Trainer) -> None:
    if t._safe_point.running:
        t.stop()
    until(lambda: not t._safe_point.running)


def test_fit_takes_its_steps_and_learns():
    t = trainer()
    t.fit(80)
    assert t.step_count == 80
    assert t.status.state == "finished"
    assert losses(t)[-10:].mean() < losses(t)[:10].mean()


def test_it_does_what_a_plain_loop_does():
    t = trainer()
    t.fit(10)
    torch.manual_seed(0)
    model = NoisyNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    torch.manual_seed(0)
    loader = data()
    for x, y in islice(chain.from_iterable(loader for _ in range(3)), 10):
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert same(everything(t), [*model.state_dict().values()])


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
    np.random.rand(5)  # noqa: NPY002
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
    t.pause().wait(5)
    t.restart().wait(5)
    assert t.step_count == 0
    assert t.status.state == "paused"
    t.step(25).wait(5)
    t.join(10)
    assert t.step_count == 25
    assert same(everything(t), after)
    end(t)


def test_its_random_numbers_are_its_own():
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002
    random.seed(3)
    t = trainer()
    torch.manual_seed(3)
    expected = torch.rand(3), np.random.rand(3), random.random()  # noqa: NPY002
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002
    random.seed(3)
    t.fit(5)
    assert torch.equal(torch.rand(3), expected[0])
    assert np.array_equal(np.random.rand(3), expected[1])  # noqa: NPY002
    assert random.random() == expected[2]


def test_while_it_is_paused_random_numbers_are_everybodys():
    t = trainer()
    t.step(3)
    t.join(10)
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
    t.submit(Restart(new_seed=True)).wait(5)
    assert not same(everything(t), other)


def test_a_new_seed_needs_modules_that_can_draw_anew():
    class Stubborn(NoisyNet):
        def __init__(self):
            super().__init__()
            self.gain = nn.Parameter(torch.ones(1))

    model = Stubborn()
    t = Trainer(model, data(), F.cross_entropy, torch.optim.SGD(model.parameters(), lr=0.1))
    start = everything(t)
    with pytest.raises(ValueError, match="reset_parameters.*Stubborn"):
        t.restart(seed=1)
    assert same(everything(t), start)
    t.fit(2)
    t.restart()
    assert same(everything(t), start)


def test_start_pause_step_stop():
    t = trainer()
    t.start()
    until(lambda: t.step_count > 5)
    t.pause().wait(5)
    t.join(5)
    paused_at = t.step_count
    time.sleep(0.05)
    assert t.step_count == paused_at
    assert t.status.state == "paused"
    t.step(3).wait(5)
    t.join(5)
    assert t.step_count == paused_at + 3
    t.start()
    until(lambda: t.step_count > paused_at + 5)
    t.stop().wait(5)
    t.join(5)
    assert t.status.state == "finished"
    t.start()
    until(lambda: t.status.state == "running")
    end(t)


def test_the_page_drives_it_with_commands():
    t = trainer()
    assert {"start", "pause", "step", "stop", "restart", "speed", "learning_rate"} <= {
        *t.info.verbs
    }
    t.submit(Step(count=4)).wait(5)
    t.join(5)
    assert (t.step_count, t.status.state) == (4, "paused")
    t.submit(Start()).wait(5)
    until(lambda: t.step_count > 6)
    t.submit(Pause()).wait(5)
    t.submit(SetSpeed(max_steps_per_s=50)).wait(5)
    assert t.max_steps_per_s == 50
    t.submit(SetLearningRate(learning_rate=0.5)).wait(5)
    assert t.learning_rate == 0.5
    t.submit(Restart()).wait(5)
    assert (t.step_count, t.learning_rate) == (0, 1e-2)
    t.submit(Stop()).wait(5)
    end(t)


def test_the_pace_is_kept():
    t = trainer(max_steps_per_s=100)
    begun = time.perf_counter()
    t.fit(20)
    assert time.perf_counter() - begun > 0.15


async def test_run_async_leaves_the_loop_to_others():
    import asyncio

    t = trainer(max_steps_per_s=200)
    others = 0

    async def other() -> None:
        nonlocal others
        while t.step_count < 20:
            others += 1
            await asyncio.sleep(0)

    await asyncio.gather(t.run_async(20), other())
    assert others > 10
    assert (t.step_count, t.status.state) == (20, "finished")


async def test_run_async_can_be_paused_stopped_and_cancelled():
    import asyncio

    t = trainer()
    task = asyncio.create_task(t.run_async())
    while t.step_count < 5:
        await asyncio.sleep(0)
    t.pause()
    await asyncio.sleep(0.05)
    count = t.step_count
    await asyncio.sleep(0.05)
    assert t.step_count == count
    t.start()
    while t.step_count < count + 5:
        await asyncio.sleep(0)
    t.stop()
    await task
    assert t.status.state == "finished"
    task = asyncio.create_task(t.run_async())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert t.status.state == "finished"


def test_torch_modes_of_whoever_starts_it_go_with_it():
    seen = []

    def step(model, batch):
        seen.append((torch.get_default_device().type, torch.is_autocast_enabled("cpu")))
        x, y = batch
        return F.cross_entropy(model(x).float(), y)

    t = trainer(data=list(data()), step=step)
    with torch.device("meta"), torch.autocast("cpu", dtype=torch.bfloat16):
        t.step(2)
        t.join(10)
    end(t)
    assert set(seen) == {("meta", True)}
    assert torch.get_default_device().type == "cpu"


def test_any_batches_do_with_a_step_function():
    batches = [{"x": torch.randn(4, 1, 8, 8)} for _ in range(3)]
    t = trainer(data=batches, step=lambda model, batch: model(batch["x"]).square().mean())
    t.fit(7)
    assert t.step_count == 7


def test_lbfgs_takes_its_closure():
    model = NoisyNet()
    t = Trainer(model, data(), F.cross_entropy, torch.optim.LBFGS(model.parameters(), max_iter=3))
    t.fit(3)
    assert t.step_count == 3


def test_eval_mode_ends_where_training_begins():
    t = trainer()
    t.model.eval()
    t.fit(1)
    assert t.model.training


# Learning rate


def test_the_learning_rate_can_be_set_while_it_runs():
    t = trainer(max_steps_per_s=200)
    t.start()
    t.learning_rate = 0.25
    assert t.learning_rate == 0.25
    end(t)


def test_with_a_scheduler_the_learning_rate_set_by_hand_multiplies():
    def exponential(optimizer):
        return torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)

    t = trainer(scheduler=exponential)
    t.fit(3)
    assert t.learning_rate == pytest.approx(1e-2 * 0.9**3)
    t.learning_rate = 2e-2 * 0.9**3
    t.fit(2)
    assert t.learning_rate == pytest.approx(2e-2 * 0.9**5)
    t.restart()
    assert t.learning_rate == 1e-2
    t.fit(1)
    assert t.learning_rate == pytest.approx(1e-2 * 0.9)


def test_a_schedule_at_zero_says_so():
    def to_zero(optimizer):
        return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(1 - step, 0))

    t = trainer(scheduler=to_zero)
    t.fit(2)
    with pytest.raises(CommandError, match="floor"):
        t.learning_rate = 0.1


def test_reducing_on_a_plateau_is_given_the_loss():
    def plateau(optimizer):
        return torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, threshold=10)

    t = trainer(scheduler=plateau)
    t.fit(10)
    assert t.learning_rate < 1e-2


# What can go wrong


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": None}, "needs either loss"),
        ({"step": lambda m, b: 0, "loss": F.cross_entropy}, "needs either loss"),
        ({"loss": "mse"}, "loss is a function, not str"),
        ({"data": iter([])}, "used up after one pass"),
        ({"data": 3}, "yields batches, not int"),
        ({"validation": iter([])}, "validation is used up"),
        ({"validation": data(), "metrics": [F.mse_loss]}, "dict of names"),
        ({"validation": data(), "step": lambda m, b: 0}, "needs metrics"),
    ],
)
def test_what_is_missing_or_does_not_fit_is_said(options, message):
    with pytest.raises(TypeError, match=message):
        trainer(**options)


def test_an_optimizer_is_needed():
    with pytest.raises(TypeError, match="needs an optimizer"):
        Trainer(NoisyNet(), data(), F.cross_entropy)


def test_unknown_names_raise():
    with pytest.raises(TypeError, match="epochs"):
        trainer(epochs=3)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"data": []}, ValueError, "the data hold no batch"),
        ({"data": [torch.zeros(2, 1, 8, 8)]}, ValueError, "no pairs"),
        ({"step": lambda m, b: None}, TypeError, "tensor of one number, not NoneType"),
        ({"step": lambda m, b: m(b[0])}, TypeError, r"not shape \(16, 2\)"),
        ({"step": lambda m, b: torch.zeros(())}, ValueError, "does not depend on any parameter"),
        ({"step": lambda m, b: m(b[0]).sum() * float("nan")}, FloatingPointError, "loss is nan"),
    ],
)
def test_what_goes_wrong_in_a_step_ends_the_run_and_is_told(options, error, message):
    t = trainer(**options)
    start = everything(t)
    with pytest.raises(error, match=message):
        t.fit(3)
    assert t.status.state == "failed"
    assert error.__name__ in t.status.error
    # Batch statistics come with the forward pass; nothing else has changed.
    names = list(t.model.state_dict())
    kept = [name for name in names if "norm" not in name]
    assert all(torch.equal(start[names.index(n)], t.model.state_dict()[n]) for n in kept)
    t.start()
    with pytest.raises(error, match=message):
        t.join(10)
    t.restart()
    assert (t.status.state, t.status.error) == ("idle", "")


def test_finite_data_are_gone_through_again():
    passes = []

    class Counted(list):
        def __iter__(self):
            passes.append(1)
            return super().__iter__()

    t = trainer(data=Counted(data()))
    t.fit(10)
    assert len(passes) == 3


def test_fit_while_it_runs_says_how_to_end_it():
    t = trainer()
    t.start()
    with pytest.raises(RuntimeError, match="under way"):
        t.fit(3)
    end(t)


def test_closing_ends_the_run():
    t = trainer()
    t.start()
    until(lambda: t.step_count > 2)
    t.close()
    t._run.join(5)
    with pytest.raises(RuntimeError, match="closed"):
        t.fit(1)


def test_join_tells_when_time_is_up():
    t = trainer()
    t.start()
    with pytest.raises(TimeoutError, match="still training"):
        t.join(0.05)
    end(t)


def test_an_interrupt_ends_fit_quietly_for_the_state():
    def step(model, batch):
        raise KeyboardInterrupt

    t = trainer(step=step)
    with pytest.raises(KeyboardInterrupt):
        t.fit(3)
    assert t.status.state == "finished"


def test_layers_that_come_late_cannot_be_restarted():
    model = nn.Sequential(nn.LazyConv2d(2, 3), nn.Flatten(), nn.LazyLinear(2))
    t = Trainer(model, data(), F.cross_entropy, torch.optim.SGD(model.parameters(), lr=0.1))
    t.fit(2)
    with pytest.raises(ValueError, match="call the model once"):
        t.restart()


# The score


def scored(**options) -> Trainer:
    options.setdefault("classes", ["below", "above"])
    return trainer(data=data(shuffle=False), validation=data(128, shuffle=False), **options)


def test_the_score_is_measured_while_it_trains_and_at_its_end():
    t = scored(budget=1.0)
    t.fit(40)
    measured = t._curves.points()["test accuracy"]
    model = t.model.eval()
    batches = list(data(128, shuffle=False))
    right = sum(float((model(x).argmax(1) == y).sum()) for x, y in batches)
    assert measured.last == pytest.approx(right / 128)
    assert t.status.score_text == f"test accuracy {right / 1.28:.1f} %"


def test_measuring_does_not_change_training():
    plain = trainer(data=data(shuffle=False))
    plain.fit(60)
    t = scored(budget=1.0)
    t._score.__class__ = type("Always", (type(t._score),), {"due": True})
    t.fit(60)
    assert len(t._curves.points()["test accuracy"].steps) > 50
    assert same(everything(t), everything(plain))


def test_a_gesture_is_told_with_before_and_after():
    t = scored()
    t.fit(60)
    before = t.status.score_text
    t.edit("out" if "out" in t.layers else "conv", ..., 0.0)
    now = t.status.score_text
    assert " → " in now
    assert now.startswith(before.removesuffix(" %") + " → ")
    t.undo()
    assert t.status.score_text.endswith(before.removeprefix("test accuracy "))


def test_a_gesture_is_told_while_it_trains():
    t = scored(max_steps_per_s=200)
    t.start()
    until(lambda: t.status.score_text)
    t.edit("conv", ..., 3.0).wait(5)
    until(lambda: " → " in t.status.score_text)
    end(t)


def test_a_pause_shows_the_present_score():
    t = scored()
    viewer = Viewer("weight", layer="conv")
    leave = t.subscribe(viewer)
    t.step(20)
    t.join(10)
    until(lambda: viewer.statuses[-1].score_text)
    score = t._score
    until(lambda: not score.stale)
    leave()
    end(t)


def test_without_classes_the_loss_is_the_score():
    t = scored(classes=None)
    t.fit(3)
    assert t.status.score_text.startswith("test loss 0.")


def test_a_metric_that_fails_does_not_end_training():
    def broken(output, y):
        raise ZeroDivisionError("no")

    t = scored(metrics={"odd": broken})
    t.fit(3)
    assert t.status.state == "finished"
    assert t.status.score_text == "no test score: ZeroDivisionError: no"


def test_of_a_large_test_set_the_first_batches_count(monkeypatch):
    monkeypatch.setattr("kernelwidgets.live.score._LONGEST_S", 0.0)
    t = scored()
    t.fit(2)
    assert t.status.score_text.endswith("% (first 16 pictures)")


# Watching


def test_frames_and_curves_come_while_it_trains():
    t = trainer(rate_hz=100, budget=1.0)
    viewer = Viewer("weight", "gradient", layer="conv", curves=True)
    leave = t.subscribe(viewer)
    t.start()
    until(lambda: len(viewer.frames) > 5 and "loss" in viewer.frames[-1].curves)
    t.pause().wait(5)
    t.join(5)
    assert viewer.frames[-1].step == t.step_count
    leave()
    end(t)


def test_a_bar_is_shown_on_demand_only(capsys):
    trainer().fit(3)
    assert capsys.readouterr().err == ""
    trainer().fit(3, progress=True)
    assert "3/3" in capsys.readouterr().err


def test_no_thread_runs_before_it_is_started():
    before = threading.active_count()
    trainer()
    assert threading.active_count() == before
