from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from kernelwidgets.models import Network
from kernelwidgets.models.recipe import Recipe
from kernelwidgets.models.staging import Staging
from kernelwidgets.wire.source import CurvePoints, Request, Want


def model_of(device: torch.device | str = "cpu") -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(2, 6, 3, groups=2), nn.ReLU(), nn.Conv2d(6, 2, 3)).to(device)


def frame_of(network: Network, *wants: Want):
    return network.capture(Request(frozenset(wants)), 7).frame()


def test_a_frame_holds_the_wanted_parts_frozen(device: torch.device) -> None:
    model = model_of(device)
    network = Network(model)
    whole, part = Want("weight", "2"), Want("weight", "2", (1, 0), (2, 5))
    bias, one = Want("bias", "2"), Want("bias", "2", (1,))
    capture = network.capture(Request(frozenset({whole, part, bias, one})), 7)
    expected = model[2].weight.detach().cpu().numpy().copy()
    with torch.no_grad():
        model[2].weight.zero_()
    frame = capture.frame({"loss": CurvePoints(np.zeros(1), np.zeros(1), np.zeros(1))})
    assert frame.step == 7
    assert list(frame.curves) == ["loss"]
    np.testing.assert_array_equal(frame.arrays[whole], expected)
    np.testing.assert_array_equal(frame.arrays[part], expected[[1, 0], 2:5])
    np.testing.assert_array_equal(frame.arrays[bias], model[2].bias.detach().cpu().numpy())
    np.testing.assert_array_equal(frame.arrays[one], frame.arrays[bias][[1]])
    for array in frame.arrays.values():
        assert array.dtype == np.float32
        assert not array.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_gradients_are_those_of_the_last_step(device: torch.device) -> None:
    model = model_of(device)
    network = Network(model, [torch.optim.SGD(model.parameters(), 0.1)])
    want = Want("gradient", "0")
    frame = frame_of(network, want)
    assert want not in frame.arrays
    assert "no gradient yet" in frame.notes[want]
    model(torch.randn(1, 2, 8, 8, device=device)).sum().backward()
    frame = frame_of(network, want)
    np.testing.assert_array_equal(frame.arrays[want], model[0].weight.grad.cpu().numpy())
    model[0].weight.requires_grad_(False)
    model[0].weight.grad = None
    assert "does not learn" in frame_of(network, want).notes[want]


def test_update_is_what_one_step_changed_and_change_what_all_did(device: torch.device) -> None:
    model = model_of(device)
    network = Network(model, [torch.optim.SGD(model.parameters(), 0.1)])
    update, some = Want("update", "0"), Want("update", "0", (4, 1), (0, 1))
    change = Want("change", "0")
    request = Request(frozenset({update, some, change}))
    start = model[0].weight.detach().cpu().numpy().copy()
    frame = network.capture(request, 0).frame()
    assert "no update yet" in frame.notes[update]
    np.testing.assert_array_equal(frame.arrays[change], np.zeros_like(start))
    for _ in range(2):
        before = model[0].weight.detach().cpu().numpy().copy()
        model(torch.randn(1, 2, 8, 8, device=device)).sum().backward()
        network.before_step(request)
        network.optimizers[0].step()
        network.enforce()
        after = model[0].weight.detach().cpu().numpy().copy()
        network.edit("0", "weight", [0], [100.0])
        network.undo()
        frame = network.capture(request, 0).frame()
        np.testing.assert_array_equal(frame.arrays[update], after - before)
        np.testing.assert_array_equal(frame.arrays[some], (after - before)[[4, 1], :1])
        np.testing.assert_array_equal(frame.arrays[change], after - start)


def test_an_edit_is_no_update() -> None:
    model = model_of()
    network = Network(model, [torch.optim.SGD(model.parameters(), 0.0)])
    want = Want("update", "0")
    model(torch.randn(1, 2, 8, 8)).sum().backward()
    network.before_step(Request(frozenset({want})))
    network.optimizers[0].step()
    network.enforce()
    network.edit("0", "weight", [0], [100.0])
    assert not frame_of(network, want).arrays[want].any()


def test_what_cannot_be_met_is_a_note() -> None:
    network = Network(model_of())
    wants = {
        Want("weight", "nope"): "no layer 'nope'; there are 0, 2",
        Want("weight", "0", (9,)): "output channels 0 to 5",
        Want("weight", "0", None, (0, 9)): "inputs 0 to 0",
        Want("bias", "0", None, (0, 1)): "give no inputs",
        Want("map_before", "0"): "there is no probe yet",
        Want("probe"): "there is no probe yet",
    }
    frame = frame_of(network, *wants)
    assert not frame.arrays
    for want, words in wants.items():
        assert words in frame.notes[want]


def test_ranges_are_symmetric_count_the_whole_layer_and_stand_still() -> None:
    model = model_of()
    network = Network(model)
    with torch.no_grad():
        model[2].weight.fill_(0.03)[1, 5, 2, 2] = -0.7
    part = Want("weight", "2", (0,), (0, 1))
    assert frame_of(network, part).limits["2", "weight"] == (-1.0, 1.0)
    network.edit("2", "weight", [0], [3.0], gesture="drag", hold=True)
    assert frame_of(network, part).limits["2", "weight"] == (-1.0, 1.0)
    network.release("drag")
    assert frame_of(network, part).limits["2", "weight"] == (-5.0, 5.0)


def test_only_what_is_wanted_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[int] = []
    copy, take = Staging.copy, Recipe.take

    def counting(self: Staging, tensor: torch.Tensor) -> torch.Tensor:
        copied.append(tensor.numel())
        return copy(self, tensor)

    def counting_too(self: Recipe) -> list[NDArray[Any]]:
        arrays = take(self)
        copied.extend(array.size for array in arrays)
        return arrays

    network = Network(nn.Conv2d(64, 64, 3))
    monkeypatch.setattr(Staging, "copy", counting)
    monkeypatch.setattr(Recipe, "take", counting_too)
    frame_of(
        network, Want("weight", "conv", (3, 4), (0, 8)), Want("change", "conv", (3, 4), (0, 8))
    )
    assert sum(copied) <= 2 * 8 * 9 + 2
    copied.clear()
    frame_of(network, Want("weight", "conv", (3, 4), (0, 8)))
    assert copied == [2 * 8 * 9]


def test_copies_from_a_device_are_started_without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in device: which calls a copy makes, and on which side of the hand-over."""
    calls: list[str] = []

    class Event:
        def __init__(self, device: torch.device) -> None:
            calls.append("event")

        def record(self, stream: object) -> None:
            calls.append(f"record on {stream}")

        def synchronize(self) -> None:
            calls.append("wait")

    class Tensor:
        device, dtype, shape = torch.device("cuda", 0), torch.float32, (2,)

        def detach(self) -> Tensor:
            return self

    class Pinned:
        def copy_(self, tensor: Tensor, *, non_blocking: bool) -> None:
            calls.append(f"copy, non_blocking={non_blocking}")

    def empty(shape: object, *, dtype: object, pin_memory: bool) -> Pinned:
        assert pin_memory
        return Pinned()

    monkeypatch.setattr(torch, "Event", Event)
    monkeypatch.setattr(torch, "empty", empty)
    monkeypatch.setattr(torch.accelerator, "current_stream", lambda device: "its stream")
    staging = Staging()
    staging.copy(Tensor())
    staging.copy(Tensor())
    staging.seal()
    assert calls == [*["copy, non_blocking=True"] * 2, "event", "record on its stream"]
    staging.wait()
    assert calls[-1] == "wait"


def test_a_request_that_comes_again_shows_what_became_of_the_weights() -> None:
    model = model_of()
    network = Network(model)
    weight, change, frozen = Want("weight", "0"), Want("change", "0"), Want("frozen", "0")
    request = Request(frozenset({weight, change, frozen}))

    def seen() -> tuple[float, float, bool]:
        arrays = network.capture(request, 0).frame().arrays
        return tuple(arrays[want].flat[0].item() for want in (weight, change, frozen))

    start = seen()[0]
    network.edit("0", "weight", [0], [2.0])
    assert seen() == (2.0, pytest.approx(2 - start), False)
    network.freeze("0", "weight", [0])
    assert seen()[2]
    model[0].weight.data = model[0].weight.data + 1
    assert seen()[0] == 3
    model[0].weight = nn.Parameter(model[0].weight.detach() + 1)
    assert seen()[0] == 4
    torch.nn.utils.parametrizations.weight_norm(model[0])
    with torch.no_grad():
        model[0].parametrizations.weight.original0.mul_(2)
    assert seen()[0] == pytest.approx(8)
    model.bfloat16()
    assert seen()[0] == pytest.approx(8, rel=0.02)


def test_a_frame_keeps_what_it_showed() -> None:
    model = model_of()
    network = Network(model, probe=torch.zeros(2, 2, 8, 8))
    wants = Want("weight", "0"), Want("bias", "0"), Want("frozen", "0"), Want("probe")
    frames = [frame_of(network, *wants) for _ in range(2)]
    before = {want: array.copy() for want, array in frames[0].arrays.items()}
    with torch.no_grad():
        model[0].weight.add_(1)
        model[0].bias.add_(1)
        network.probe.add_(1)
    network.freeze("0", "weight", [0])
    later = frame_of(network, *wants)
    for want in wants:
        np.testing.assert_array_equal(frames[0].arrays[want], before[want])
        assert not np.array_equal(later.arrays[want], before[want])
    assert later.limits["", "probe"] == (0, 0)


def test_a_request_is_met_as_soon_as_it_can_be() -> None:
    network = Network(nn.Sequential(nn.LazyConv2d(2, 3)))
    layer, probe = Want("weight", "0"), Want("probe")
    request = Request(frozenset({layer, probe}))
    assert network.capture(request, 0).frame().notes.keys() == request.wants
    network.model(torch.zeros(1, 1, 4, 4))
    network.probe = torch.zeros(1, 1, 4, 4)
    network.refresh()
    assert network.capture(request, 0).frame().arrays.keys() == request.wants
