from __future__ import annotations

import copy
import gc
import io
import threading
import time
import weakref

import pytest
import torch
from torch import nn

from kernelwidgets.live import existing_live_model, watch
from tests.live.nets import Loop, SmallNet, Viewer, step, train, until, watched


def hooks(model: nn.Module, optimizer: torch.optim.Optimizer) -> int:
    return (
        len(optimizer._optimizer_step_pre_hooks)
        + len(optimizer._optimizer_step_post_hooks)
        + len(model._forward_pre_hooks)
        + len(model._forward_hooks)
    )


def test_watching_five_times_leaves_one_set_of_hooks() -> None:
    model = SmallNet()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    lives = [watch(model, optimizer) for _ in range(5)]
    assert hooks(model, optimizer) == 4
    step(model, optimizer)
    assert [live.step_count for live in lives] == [0, 0, 0, 0, 1]
    assert existing_live_model(model) is lives[-1]
    lives[-1].close()


def test_watching_again_while_a_run_goes_on_takes_it_over() -> None:
    model, optimizer, live = watched()
    over = threading.Event()

    def endless() -> None:
        while not over.is_set():
            step(model, optimizer)

    run = live.run(endless)
    until(lambda: live.step_count > 2)
    again = watch(model, optimizer, probe=torch.zeros(1, 1, 8, 8))
    assert again.status.state == "running"
    until(lambda: again.step_count > 2)
    again.edit("conv1", 0, 1.0).wait(30)
    over.set()
    run.join(30)
    assert again.status.state == "finished"
    again.close()
    assert hooks(model, optimizer) == 0


def test_calls_of_the_model_pass_freely_once_its_loop_is_known() -> None:
    model, optimizer, live = watched()

    def loop() -> list[int]:
        counts = []
        for _ in range(3):
            counts.append(hooks(model, optimizer))
            step(model, optimizer)
        return counts

    assert live.run(loop).result(30) == [4, 2, 2]
    assert hooks(model, optimizer) == 4
    live.close()


def test_closing_removes_every_hook() -> None:
    model, optimizer, live = watched()
    step(model, optimizer)
    live.close()
    live.close()
    assert hooks(model, optimizer) == 0
    assert existing_live_model(model) is None
    assert not any("kernelwidgets" in name for name in vars(model))
    step(model, optimizer)
    assert live.step_count == 1


def test_a_closed_live_model_says_so() -> None:
    _, _, live = watched()
    live.close()
    with pytest.raises(ValueError, match="watch the model again"):
        live.edit("conv1", 0, 1.0)
    with pytest.raises(ValueError, match="watch the model again"):
        live.kernels("conv1")
    assert live.status.text == "closed after 0 steps"


def test_closing_inside_a_hook_does_not_kill_the_step() -> None:
    model, optimizer, live = watched()
    optimizer.register_step_post_hook(lambda *_: live.close())
    step(model, optimizer)
    step(model, optimizer)
    assert live.step_count == 1
    assert hooks(model, optimizer) == 3
    again = watch(model, optimizer)
    assert hooks(model, optimizer) == 5
    again.close()


def test_closing_in_a_command_at_the_safe_point_does_not_kill_the_step() -> None:
    model, optimizer, live = watched()
    with Loop(model, optimizer) as loop:
        until(lambda: live.step_count > 2)
        live.edit("conv1", 0, 1.0).on_done(lambda _: live.close())
        until(lambda: live.status.text.startswith("closed"))
        time.sleep(0.05)
    assert loop.error is None


def test_closing_while_a_run_goes_on_leaves_it_unwatched() -> None:
    model, optimizer, live = watched()
    viewer = Viewer("weight")
    live.subscribe(viewer)
    over = threading.Event()

    def endless() -> int:
        steps = 0
        while not over.is_set():
            step(model, optimizer)
            steps += 1
        return steps

    run = live.run(endless)
    until(lambda: viewer.frames)
    live.close()
    until(lambda: live._publisher._thread is None)
    count, frames = live.step_count, len(viewer.frames)
    time.sleep(0.05)
    assert len(viewer.frames) == frames
    over.set()
    assert run.result(30) > count
    assert hooks(model, optimizer) == 0


def test_closing_lets_a_paused_run_go_on() -> None:
    model, optimizer, live = watched()
    run = live.run(train, live, model, optimizer, 200)
    live.pause().wait(30)
    live.close()
    assert run.result(20) == 200


def test_closing_refuses_what_still_waits() -> None:
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
    live.close()
    assert handle.done
    assert "closed" in str(handle.error)
    go_on.set()
    thread.join()


def test_a_forgotten_live_model_leaves_nothing() -> None:
    model, optimizer, live = watched()
    step(model, optimizer)
    gone = weakref.ref(live)
    del live
    gc.collect()
    assert gone() is None
    assert hooks(model, optimizer) == 0
    step(model, optimizer)


def test_a_live_model_lives_while_somebody_looks() -> None:
    _, _, live = watched()
    gone, viewer = weakref.ref(live), Viewer("weight")
    leave = live.subscribe(viewer)
    del live
    gc.collect()
    assert gone() is not None
    until(lambda: viewer.frames)
    leave()
    del leave
    until(lambda: gc.collect() is not None and gone() is None)


def test_watching_does_not_get_in_the_way_of_saving_and_copying() -> None:
    model, _, live = watched()
    x = torch.randn(2, 1, 8, 8)
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    loaded = torch.load(file, weights_only=False)
    other = copy.deepcopy(model)
    for copied in (loaded, other, copy.copy(model)):
        assert existing_live_model(copied) is None
        assert torch.equal(copied(x), model(x))
    assert b"kernelwidgets.live" not in file.getvalue()
    assert existing_live_model(model) is live
    assert existing_live_model(torch.compile(model)) is live
    live.close()


def test_keyboard_interrupt_in_a_loop_leaves_a_clear_state() -> None:
    model, optimizer, live = watched()

    def interrupted() -> None:
        step(model, optimizer)
        raise KeyboardInterrupt

    run = live.run(interrupted)
    with pytest.raises(KeyboardInterrupt):
        run.join(30)
    assert live.status.state == "finished"
    live.edit("conv1", 0, 1.0)
    live.close()


def test_a_loop_that_dies_on_its_own_thread_is_over() -> None:
    model, optimizer, live = watched()

    def dies() -> None:
        try:
            step(model, optimizer)
            next(iter([]))
        except StopIteration:
            return

    thread = threading.Thread(target=dies)
    thread.start()
    thread.join()
    assert live.status.state == "finished"
    live.edit("conv1", 0, 1.0).wait(0)
    live.close()


def test_a_traced_model_is_traced_as_if_nobody_watched() -> None:
    model, _, live = watched()
    batch = torch.randn(4, 1, 8, 8)
    seen = []
    plain = live._network.offer_probe
    live._network.offer_probe = lambda inputs: seen.append(torch.jit.is_tracing()) or plain(inputs)
    traced = torch.jit.trace(model, batch)
    assert torch.equal(traced(batch), model(batch))
    assert True not in seen
    assert live.probe is not None
    live.close()
