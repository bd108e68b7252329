from __future__ import annotations

import _thread
import signal
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from kernelwidgets.live import StopTraining
from kernelwidgets.wire.commands import CommandError
from kernelwidgets.wire.schema import Edit
from tests.live.nets import Loop, step, until, watched


def test_steps_are_counted_and_edits_are_made_between_them() -> None:
    model, optimizer, live = watched()
    step(model, optimizer)
    assert live.step_count == 1
    handle = live.edit("conv1", np.s_[0, 0, 1, 1], 3.0)
    assert handle.wait(0) == 1
    assert model.conv1.weight[0, 0, 1, 1] == 3.0
    live.close()


def test_an_edit_between_forward_and_backward_is_refused_by_autograd_itself() -> None:
    model, optimizer, live = watched()
    step(model, optimizer)
    loss = model(torch.randn(2, 1, 8, 8)).sum()
    live.edit("conv2", ..., 0.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
    live.close()


def test_edits_during_gradient_accumulation_keep_the_gradient() -> None:
    model, optimizer, live = watched()
    step(model, optimizer)
    optimizer.zero_grad()
    model(torch.ones(2, 1, 8, 8)).sum().backward()
    before = model.conv1.weight.grad.clone()
    live.edit("conv1", 0, 0.5).wait(30)
    assert torch.equal(model.conv1.weight.grad, before)
    model(torch.ones(2, 1, 8, 8)).sum().backward()
    optimizer.step()
    live.close()


def test_a_thousand_edits_from_two_threads_are_acknowledged_in_order() -> None:
    model, optimizer, live = watched()
    done: dict[int, list[tuple[int, int]]] = {0: [], 1: []}
    handles = []

    def hammer(who: int) -> None:
        for number in range(500):
            handle = live.submit(Edit(layer="conv1", cells=[who], values=[float(number)]))
            handle.on_done(lambda h, n=number: done[who].append((n, h.wait(0))))
            handles.append(handle)
            if number % 50 == 0:
                handle.wait(30)

    with Loop(model, optimizer):
        until(lambda: live.step_count > 2)
        hands = [threading.Thread(target=hammer, args=(who,)) for who in (0, 1)]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()
        until(lambda: all(handle.done for handle in handles))
    for who in (0, 1):
        numbers, steps = zip(*done[who], strict=True)
        assert numbers == tuple(range(500))
        assert list(steps) == sorted(steps)
    assert live.status.undo == 1000
    live.close()


def test_undo_leads_back_to_the_exact_start() -> None:
    model, optimizer, live = watched(torch.optim.Adam)
    with Loop(model, optimizer):
        until(lambda: live.step_count > 2)
        live.pause().wait(30)
        start = live.kernels("conv1")
        state = optimizer.state[model.conv1.weight]["exp_avg"].clone()

        def hammer(who: int) -> None:
            for number in range(500):
                live.edit("conv1", np.s_[who, 0], number + torch.rand(3, 3))

        hands = [threading.Thread(target=hammer, args=(who,)) for who in (0, 1)]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()
        assert live.status.undo == 1000
        for _ in range(1000):
            live.undo().wait(30)
        assert np.array_equal(live.kernels("conv1"), start)
        assert torch.equal(optimizer.state[model.conv1.weight]["exp_avg"], state)
        live.resume()
    live.close()


def test_commands_wait_for_the_safe_point_while_another_thread_trains() -> None:
    model, optimizer, live = watched()
    inside, go_on = threading.Event(), threading.Event()

    def loop() -> None:
        step(model, optimizer)
        inside.set()
        go_on.wait(30)
        step(model, optimizer)

    thread = threading.Thread(target=loop)
    thread.start()
    inside.wait(30)
    handle = live.edit("conv1", 0, 1.0)
    with pytest.raises(TimeoutError):
        handle.wait(0.05)
    go_on.set()
    assert handle.wait(30) == 2
    thread.join()
    live.close()


def test_a_command_does_not_come_between_the_forward_and_backward_of_a_first_step() -> None:
    model, optimizer, live = watched()
    inside, go_on = threading.Event(), threading.Event()
    errors = []

    def loop() -> None:
        loss = model(torch.randn(2, 1, 8, 8)).square().sum()
        inside.set()
        go_on.wait(30)
        try:
            loss.backward()
            optimizer.step()
        except RuntimeError as error:
            errors.append(error)

    thread = threading.Thread(target=loop)
    thread.start()
    inside.wait(30)
    handle = live.edit("conv2", 0, 1.0)
    assert not handle.done
    go_on.set()
    assert handle.wait(30) == 1
    thread.join()
    assert not errors
    live.close()


def test_a_forward_pass_that_no_step_follows_holds_commands_up_for_a_moment_only() -> None:
    model, _, live = watched()
    thread = threading.Thread(target=lambda: model(torch.randn(2, 1, 8, 8)))
    thread.start()
    thread.join()
    live.edit("conv2", 0, 1.0).wait(0)
    model(torch.randn(2, 1, 8, 8))
    live.edit("conv2", 0, 2.0).wait(0)
    handles = []
    hand = threading.Thread(target=lambda: handles.append(live.edit("conv2", 0, 3.0)))
    hand.start()
    hand.join()
    assert not handles[0].done
    assert handles[0].wait(30) == 0
    live.close()


def test_commands_left_in_the_queue_are_done_when_the_training_thread_is_gone() -> None:
    model, optimizer, live = watched()
    inside, go_on = threading.Event(), threading.Event()

    def loop() -> None:
        step(model, optimizer)
        inside.set()
        go_on.wait(30)

    thread = threading.Thread(target=loop)
    thread.start()
    inside.wait(30)
    handle = live.edit("conv1", 0, 1.0)
    assert not handle.done
    go_on.set()
    assert handle.wait(30) == 1
    assert live.status.state == "finished"
    thread.join()
    live.close()


def test_pause_waits_between_two_steps_and_serves_meanwhile() -> None:
    model, optimizer, live = watched()
    with Loop(model, optimizer):
        until(lambda: live.step_count > 2)
        at = live.pause().wait(30)
        assert live.status.text == f"paused at step {at}"
        time.sleep(0.05)
        assert live.step_count == at
        live.edit("conv1", 0, 7.0)
        assert (live.kernels("conv1")[0] == 7.0).all()
        live.step(3).wait(30)
        until(lambda: live.status.state == "paused")
        assert live.step_count == at + 3
        live.resume().wait(30)
        until(lambda: live.step_count > at + 10)
    live.close()


def test_stop_comes_out_of_the_step() -> None:
    model, optimizer, live = watched()
    with Loop(model, optimizer) as loop:
        until(lambda: live.step_count > 2)
        live.stop().wait(30)
        until(lambda: loop.error is not None)
    assert isinstance(loop.error, StopTraining)
    step(model, optimizer)
    live.close()


def test_a_paused_run_can_be_stopped() -> None:
    model, optimizer, live = watched()
    with Loop(model, optimizer) as loop:
        until(lambda: live.step_count > 2)
        live.pause().wait(30)
        live.stop().wait(30)
        until(lambda: loop.error is not None)
    live.close()


@pytest.mark.parametrize("verb", ["pause", "resume", "step", "stop"])
def test_when_nothing_runs_it_is_said_and_nothing_is_armed(verb: str) -> None:
    model, optimizer, live = watched()
    with pytest.raises(CommandError, match="nothing runs"):
        getattr(live, verb)()
    for _ in range(3):
        step(model, optimizer)
    assert live.step_count == 3
    live.close()


@pytest.fixture
def _ctrl_c() -> Iterator[None]:
    """Have Ctrl-C raise: a shell that starts tests in the background turns it off."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_ctrl_c")
def test_ctrl_c_ends_a_pause() -> None:
    model, optimizer, live = watched()
    step(model, optimizer)
    threading.Timer(0.2, _thread.interrupt_main).start()
    live.pause()
    with pytest.raises(KeyboardInterrupt):
        step(model, optimizer)
    live.resume()
    step(model, optimizer)
    live.close()


def test_steps_pass_with_a_glance_until_something_comes_up(monkeypatch: pytest.MonkeyPatch) -> None:
    model, optimizer, live = watched()
    looks = []
    enforce = live._network.enforce
    monkeypatch.setattr(live._network, "enforce", lambda: (looks.append(1), enforce()))

    def looked(steps: int = 10) -> int:
        looks.clear()
        for _ in range(steps):
            step(model, optimizer)
        return len(looks)

    looked()
    assert looked() == 0
    live.freeze("conv1", 0)
    assert looked() == 10
    live.unfreeze("conv1", 0)
    assert looked() == 1
    assert looked() == 0
    others = threading.Thread(target=lambda: live.edit("conv1", 0, 1.0))
    others.start()
    until(lambda: live._safe_point._jobs)
    assert looked() == 1
    others.join()
    recording = live.record(every=2)
    assert looked() == 10
    recording.close()
    assert recording.steps.tolist() == [60, 62, 64, 66, 68, 70]
    looked()
    assert looked() == 0
    assert live.step_count == 90
    live.close()


def test_a_loop_can_be_held_to_a_pace_and_edited_meanwhile() -> None:
    model, optimizer, live = watched()
    live.max_steps_per_s = 0.5
    with Loop(model, optimizer):
        until(lambda: live.step_count == 1)
        started = time.monotonic()
        live.edit("conv1", 0, 1.0).wait(30)
        assert time.monotonic() - started < 1.5
        assert live.step_count == 1
        live.max_steps_per_s = None
        until(lambda: live.step_count > 5)
    with pytest.raises(ValueError, match="positive"):
        live.max_steps_per_s = 0
    live.close()
