from __future__ import annotations

import asyncio
import threading
import time
from itertools import chain, islice

import pytest
import torch
from torch.nn import functional as F

from kernelwidgets.live import Trainer
from kernelwidgets.wire.commands import CommandError
from kernelwidgets.wire.schema import Pause, Restart, SetLearningRate, SetSpeed, Start, Step, Stop
from tests.live.nets import Viewer, until
from tests.live.trainers import NoisyNet, data, end, everything, losses, same, trainer


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


def test_start_pause_step_stop():
    t = trainer()
    t.start()
    until(lambda: t.step_count > 5)
    t.pause().wait(30)
    t.join(30)
    paused_at = t.step_count
    time.sleep(0.05)
    assert t.step_count == paused_at
    assert t.status.state == "paused"
    t.step(3).wait(30)
    t.join(30)
    assert t.step_count == paused_at + 3
    t.start()
    until(lambda: t.step_count > paused_at + 5)
    t.stop().wait(30)
    t.join(30)
    assert t.status.state == "finished"
    t.start()
    until(lambda: t.status.state == "running")
    end(t)


def test_the_page_drives_it_with_commands():
    t = trainer()
    assert {"start", "pause", "step", "stop", "restart", "speed", "learning_rate"} <= {
        *t.info.verbs
    }
    t.submit(Step(count=4)).wait(30)
    t.join(30)
    assert (t.step_count, t.status.state) == (4, "paused")
    t.submit(Start()).wait(30)
    until(lambda: t.step_count > 6)
    t.submit(Pause()).wait(30)
    t.submit(SetSpeed(max_steps_per_s=50)).wait(30)
    assert t.max_steps_per_s == 50
    t.submit(SetLearningRate(learning_rate=0.5)).wait(30)
    assert t.learning_rate == 0.5
    t.submit(Restart()).wait(30)
    assert (t.step_count, t.learning_rate) == (0, 1e-2)
    t.submit(Stop()).wait(30)
    end(t)


def test_the_pace_is_kept():
    t = trainer(max_steps_per_s=100)
    begun = time.perf_counter()
    t.fit(20)
    assert time.perf_counter() - begun > 0.15


async def test_run_async_leaves_the_loop_to_others():
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
        t.join(30)
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


def test_frames_and_curves_come_while_it_trains():
    t = trainer(rate_hz=100, budget=1.0)
    viewer = Viewer("weight", "gradient", layer="conv", curves=True)
    leave = t.subscribe(viewer)
    t.start()
    until(lambda: len(viewer.frames) > 5 and "loss" in viewer.frames[-1].curves)
    t.pause().wait(30)
    t.join(30)
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
