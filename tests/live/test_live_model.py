from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from torch import nn

from kernelwidgets.live import watch
from kernelwidgets.wire.source import Request, Source, Want
from tests.live.nets import Loop, SmallNet, step, until, watched


def test_a_live_model_is_a_source() -> None:
    _, _, live = watched()
    assert isinstance(live, Source)
    live.close()


def test_layers_are_listed_and_described() -> None:
    _, _, live = watched()
    assert live.layers["conv1"].text == "conv1: 4 filters, 1 input, 3×3 = 36 weights + 4 biases"
    assert list(live.layers) == ["conv1", "conv2"]
    live.close()


def test_lazy_layers_are_listed_once_they_exist() -> None:
    model = nn.Sequential(nn.LazyConv2d(3, 3), nn.Flatten(), nn.LazyLinear(2))
    live = watch(model)
    assert list(live.layers) == []
    model(torch.zeros(1, 2, 6, 6))
    assert list(live.layers) == ["0"]
    assert live.kernels(0).shape == (3, 2, 3, 3)
    live.close()


def test_arrays_are_copies_of_what_the_model_holds() -> None:
    model, optimizer, live = watched()
    step(model, optimizer)
    for layer in ("conv1", model.conv1, 0, -2):
        kernels = live.kernels(layer)
        assert np.array_equal(kernels, model.conv1.weight.detach().numpy())
    kernels[:] = 0
    assert model.conv1.weight.abs().sum() > 0
    assert np.array_equal(live.gradients("conv2"), model.conv2.weight.grad.numpy())
    assert np.array_equal(live.biases("conv2"), model.conv2.bias.detach().numpy())
    live.close()


def test_feature_maps_come_from_the_first_training_batch() -> None:
    model, optimizer, live = watched()
    with pytest.raises(ValueError, match="no probe yet"):
        live.feature_maps("conv1")
    step(model, optimizer)
    assert live.probe.shape == (4, 1, 8, 8)
    with torch.no_grad():
        before = model.conv1(live.probe[2:3])[0]
    assert np.allclose(live.feature_maps("conv1", 2, "before"), before, atol=1e-6)
    assert np.allclose(live.feature_maps("conv1", 2), before.relu(), atol=1e-6)
    live.close()


def test_the_probe_is_replaced() -> None:
    model, optimizer, live = watched(probe=torch.zeros(2, 1, 8, 8))
    live.probe = torch.ones(3, 1, 8, 8)
    assert live.probe.shape == (3, 1, 8, 8)
    assert len(live.info.samples) == 3
    step(model, optimizer)
    assert live.probe.min() == 1
    live.probe = None
    step(model, optimizer)
    assert live.probe.shape == (4, 1, 8, 8)
    with pytest.raises(TypeError, match="a probe is a batch of pictures"):
        live.probe = torch.tensor(3.0)
    live.close()


def test_reading_is_safe_from_any_thread_while_training() -> None:
    model, optimizer, live = watched()
    with Loop(model, optimizer):
        until(lambda: live.step_count > 2)
        seen: list[np.ndarray] = []

        def read() -> None:
            for _ in range(20):
                seen.append(live.kernels("conv1"))
                live.feature_maps("conv2")

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    assert len(seen) == 60
    live.close()


def test_edits_take_numpy_indices_and_broadcast() -> None:
    model, _, live = watched()
    live.edit("conv2", np.s_[1, :, 0, 0], [1.0, 2.0, 3.0, 4.0])
    assert model.conv2.weight[1, :, 0, 0].tolist() == [1, 2, 3, 4]
    live.edit("conv2", np.s_[2:, 0], torch.eye(3))
    assert torch.equal(model.conv2.weight[3, 0], torch.eye(3))
    live.edit("conv2", values=0.0)
    assert not model.conv2.weight.any()
    live.edit("conv2", -1, 5.0, parameter="bias")
    assert model.conv2.bias[3] == 5
    live.close()


def test_values_may_be_tensors_of_any_floats() -> None:
    _, _, live = watched()
    for dtype in (torch.bfloat16, torch.float16, torch.float64):
        values = torch.full((4, 1, 3, 3), 0.25, dtype=dtype, requires_grad=True)
        live.edit("conv1", ..., values)
        assert (live.kernels("conv1") == 0.25).all()
        live.revert("conv1")
    live.close()


def test_edits_that_cannot_be_made_say_why_and_change_nothing() -> None:
    model, _, live = watched()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(ValueError, match="no layer 'conv3'; this model has 'conv1', 'conv2'"):
        live.edit("conv3", 0, 0.0)
    with pytest.raises(IndexError, match="shape"):
        live.edit("conv1", np.s_[9], 0.0)
    with pytest.raises(ValueError, match="broadcast to the cells"):
        live.edit("conv1", 0, [1.0, 2.0])
    with pytest.raises(ValueError, match="finite"):
        live.edit("conv1", 0, np.nan)
    with pytest.raises(ValueError, match="optimizer_state"):
        live.edit("conv1", 0, 0.0, optimizer_state="forget")
    with pytest.raises(TypeError, match="needs values"):
        live.edit("conv1", 0)
    with pytest.raises(TypeError, match="unexpected keyword"):
        live.edit("conv1", 0, 0.0, momentum=True)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    live.edit("conv1", 0, np.inf, allow_nonfinite=True)
    assert model.conv1.weight[0].isinf().all()
    live.close()


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW])
def test_frozen_cells_are_bitwise_constant(kind: type[torch.optim.Optimizer]) -> None:
    model, optimizer, live = watched(kind)
    optimizer.param_groups[0]["weight_decay"] = 0.1
    step(model, optimizer)
    live.freeze("conv1", np.s_[0])
    kept = live.kernels("conv1")[0]
    moved = live.kernels("conv1")[1]
    for _ in range(5):
        step(model, optimizer)
    assert np.array_equal(live.kernels("conv1")[0], kept)
    assert not np.array_equal(live.kernels("conv1")[1], moved)
    live.edit("conv1", 0, 0.5)
    step(model, optimizer)
    assert (live.kernels("conv1")[0] == 0.5).all()
    live.unfreeze("conv1", 0)
    step(model, optimizer)
    assert not (live.kernels("conv1")[0] == 0.5).all()
    live.close()


def test_mute_revert_undo_and_redo() -> None:
    model, optimizer, live = watched()
    start = live.kernels("conv1")
    live.mute("conv1", 2)
    step(model, optimizer)
    assert not live.kernels("conv1")[2].any()
    assert live.biases("conv1")[2] == 0
    live.mute("conv1", 2, on=False)
    live.revert("conv1")
    assert np.array_equal(live.kernels("conv1"), start)
    live.edit("conv1", 0, 1.0)
    live.undo()
    assert np.array_equal(live.kernels("conv1"), start)
    live.redo()
    assert (live.kernels("conv1")[0] == 1).all()
    with pytest.raises(ValueError, match="redo"):
        live.redo()
    live.close()


def test_the_learning_rate_is_read_and_set() -> None:
    _, optimizer, live = watched()
    assert live.learning_rate == 0.01
    live.learning_rate = 0.5
    assert optimizer.param_groups[0]["lr"] == 0.5
    assert live.status.learning_rate == 0.5
    with pytest.raises(ValueError, match="positive"):
        live.learning_rate = -1
    live.close()
    bare = watch(SmallNet())
    assert bare.learning_rate is None
    with pytest.raises(ValueError, match="no optimizer"):
        bare.learning_rate = 0.1
    bare.close()


def test_a_loop_without_an_optimizer_ticks() -> None:
    model = SmallNet()
    live = watch(model)
    assert "live.tick" in live.status.hint
    live.tick(loss=torch.tensor(2.0, requires_grad=True))
    live.tick(loss=1.5, accuracy=np.float32(0.5))
    assert live.step_count == 2
    curves = live.read(Request(curves=True)).curves
    assert curves["loss"].steps.tolist() == [1, 2]
    assert curves["loss"].high.tolist() == [2.0, 1.5]
    assert curves["accuracy"].last == 0.5
    live.close()


def test_a_loop_with_an_optimizer_does_not_tick() -> None:
    _, _, live = watched()
    with pytest.raises(RuntimeError, match=r"live\.log"):
        live.tick(loss=1.0)
    live.close()


def test_a_loss_that_is_nan_is_counted_and_training_goes_on() -> None:
    model, optimizer, live = watched()
    step(model, optimizer)
    live.log(loss=float("nan"))
    live.edit("conv1", 0, np.nan, allow_nonfinite=True)
    step(model, optimizer)
    assert live.read(Request(curves=True)).curves["loss"].nonfinite == 1
    assert live.status.state == "running"
    assert np.isnan(live.kernels("conv1")).any()
    live.close()


def test_the_update_is_that_of_one_step() -> None:
    model, optimizer, live = watched()
    step(model, optimizer)
    want = Want("update", "conv1")
    inside, go_on = threading.Event(), threading.Event()
    weights = []

    def loop() -> None:
        step(model, optimizer)
        weights.append(model.conv1.weight.detach().clone())
        inside.set()
        go_on.wait(30)
        step(model, optimizer)
        weights.append(model.conv1.weight.detach().clone())

    thread = threading.Thread(target=loop)
    thread.start()
    inside.wait(30)
    frames = []
    reader = threading.Thread(target=lambda: frames.append(live.read(Request(frozenset({want})))))
    reader.start()
    until(lambda: live._safe_point._early)
    go_on.set()
    reader.join()
    thread.join()
    assert np.array_equal(frames[0].arrays[want], (weights[1] - weights[0]).numpy())
    live.close()


def test_a_model_without_convolutions_says_so() -> None:
    model = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    live = watch(model, optimizer)
    assert "no convolution layers" in live.status.hint
    with pytest.raises(ValueError, match="no convolution layers"):
        live.kernels(0)
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    live.close()


def test_wrong_arguments_say_what_is_right() -> None:
    model = SmallNet()
    other = torch.optim.SGD(SmallNet().parameters(), 0.1)
    with pytest.raises(ValueError, match="holds none of the model's parameters"):
        watch(model, other)
    with pytest.raises(TypeError, match="needs an optimizer"):
        watch(model, ["adam"])
    with pytest.raises(TypeError, match=r"nn\.Module"):
        watch("model")
    with pytest.raises(ValueError, match="budget"):
        watch(model, budget=0)
    with pytest.raises(ValueError, match="rate_hz"):
        watch(model, rate_hz=0)
    with pytest.raises(TypeError, match="unexpected keyword"):
        watch(model, optimiser=None)


def test_several_processes_may_only_look(monkeypatch: pytest.MonkeyPatch) -> None:
    from torch.testing._internal.distributed.fake_pg import FakeStore

    model, optimizer, live = watched()
    torch.distributed.init_process_group("fake", rank=0, world_size=2, store=FakeStore())
    try:
        step(model, optimizer)
        assert live.kernels("conv1").shape == (4, 1, 3, 3)
        for change in (
            lambda: live.edit("conv1", 0, 1.0),
            lambda: live.freeze("conv1"),
            live.pause,
        ):
            with pytest.raises(ValueError, match="2 processes train this model together"):
                change()
    finally:
        torch.distributed.destroy_process_group()
    live.close()
