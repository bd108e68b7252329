from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from kernelwidgets.live import watch
from tests.live.nets import SmallNet, step, watched


def test_several_optimizers_make_one_step_together() -> None:
    model = SmallNet()
    one = torch.optim.SGD(model.conv1.parameters(), 0.1)
    two = torch.optim.SGD(model.conv2.parameters(), 0.1)
    live = watch(model, [one, two])
    for _ in range(3):
        model(torch.randn(2, 1, 8, 8)).sum().backward()
        one.step()
        two.step()
    assert live.step_count == 3
    live.close()


@pytest.mark.parametrize("rests", [False, True], ids=["all step", "one rests now and then"])
def test_several_optimizers_make_one_frame_together(rests: bool) -> None:
    model = SmallNet()
    one = torch.optim.SGD(model.conv1.parameters(), 0.1)
    two = torch.optim.SGD(model.conv2.parameters(), 0.1)
    live = watch(model, [one, two])
    expected = [model.conv2.weight.detach().numpy().copy()]

    def loop() -> None:
        for count in range(8):
            model(torch.ones(2, 1, 8, 8)).sum().backward()
            one.step()
            if not (rests and count % 2):
                two.step()
            expected.append(model.conv2.weight.detach().numpy().copy())

    recording = live.record(every=1)
    live.run(loop).join(30)
    recording.close()
    assert recording.steps.tolist() == list(range(9))
    assert np.array_equal(recording.kernels("conv2"), np.stack(expected))
    live.close()


def test_lbfgs_with_a_closure_passes_the_safe_point_once_per_step() -> None:
    model = SmallNet()
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=3)
    live = watch(model, optimizer)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = model(torch.ones(2, 1, 8, 8)).square().sum()
        loss.backward()
        return loss

    for _ in range(2):
        optimizer.step(closure)
    assert live.step_count == 2
    live.edit("conv1", 0, 0.25)
    assert (live.kernels("conv1")[0] == 0.25).all()
    live.close()


def test_a_grad_scaler_steps_through_the_safe_point() -> None:
    model, optimizer, live = watched()
    scaler = torch.amp.GradScaler("cpu")
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = model(torch.randn(2, 1, 8, 8)).float().sum()
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
    assert live.step_count == 1
    live.close()


def test_a_compiled_step_passes_the_safe_point() -> None:
    model, optimizer, live = watched()
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    for _ in range(3):
        step(compiled, optimizer)
    assert live.step_count == 3
    live.close()


def test_a_compiled_optimizer_step_leaves_us_out_of_its_graph() -> None:
    model, optimizer, live = watched()
    counters = torch._dynamo.utils.counters
    torch._dynamo.reset()
    counters.clear()

    @torch.compile(backend="eager")
    def compiled() -> None:
        optimizer.step()

    for _ in range(3):
        model(torch.randn(2, 1, 8, 8)).sum().backward()
        compiled()
    assert live.step_count == 3
    assert not any("get_ident" in reason for reason in counters["graph_break"])
    live.close()


def test_a_callback_that_fails_does_not_stop_training(caplog: pytest.LogCaptureFixture) -> None:
    model, optimizer, live = watched()

    def fail(_: object) -> None:
        raise RuntimeError("a broken view")

    inside, go_on = threading.Event(), threading.Event()

    def loop() -> None:
        step(model, optimizer)
        inside.set()
        go_on.wait(30)
        step(model, optimizer)

    thread = threading.Thread(target=loop)
    thread.start()
    inside.wait(30)
    live.edit("conv1", 0, 1.0).on_done(fail)
    go_on.set()
    thread.join()
    assert live.step_count == 2
    assert "a broken view" in caplog.text
    live.close()
