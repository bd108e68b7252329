from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from kernelwidgets.models import Network
from kernelwidgets.wire.source import Request, Want
from tests.models.editing import OPTIMIZERS, learning, small, train


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_frozen_cells_stay_bitwise_constant(name: str, device: torch.device) -> None:
    network = learning(name, device)
    weight, bias = network.model[0].weight, network.model[0].bias
    cells = np.array([0, 5, 53])
    network.freeze("0", "weight", cells)
    network.freeze("0", "bias", [2])
    start, start_bias = weight.detach().clone(), bias.detach().clone()
    for _ in range(5):
        train(network)
        assert torch.equal(weight.flatten()[cells], start.flatten()[cells])
        assert bias[2] == start_bias[2]
    assert not torch.equal(weight, start)
    network.edit("0", "weight", [5], [0.25])
    train(network, 3)
    assert weight.flatten()[5] == 0.25
    network.undo()
    train(network, 3)
    assert torch.equal(weight.flatten()[cells], start.flatten()[cells])
    network.freeze("0", "weight", cells, on=False)
    train(network)
    assert (weight.flatten()[cells] != start.flatten()[cells]).any()


def test_a_whole_transposed_layer_can_be_held() -> None:
    model = nn.Sequential(nn.ConvTranspose2d(2, 4, 3, groups=2))
    network = Network(model, [torch.optim.Adam(model.parameters(), 0.1)])
    network.freeze("0", "weight", np.arange(30))
    network.mute("0", 3)
    start = model[0].weight.detach().clone()
    train(network, 2)
    view = network.layers["0"].view("weight")
    held = view.raw(np.arange(36).reshape(view.shape))
    assert torch.equal(model[0].weight, start)
    network.freeze("0", "weight", np.arange(10), on=False)
    train(network)
    moved = (model[0].weight != start).numpy()
    assert moved[held < 10].any()
    assert not moved[held >= 10].any()


def test_a_whole_layer_can_be_frozen() -> None:
    network = learning()
    cells = network.cells_of("0", "weight", ...)
    network.freeze("0", "weight", cells)
    start = network.model[0].weight.detach().clone()
    train(network, 3)
    assert torch.equal(network.model[0].weight, start)
    network.edit("0", "weight", [7], [0.5])
    network.mute("0", 2)
    network.edit("0", "weight", [8, 53], [0.25, 0.75])
    start.view(-1)[[7, 8]] = torch.tensor([0.5, 0.25])
    start[2] = 0
    train(network, 2)
    assert torch.equal(network.model[0].weight, start)
    for _ in range(3):
        network.undo()
    wants = {name: Want(name, "0", (1,)) for name in ("frozen", "bias_frozen", "muted")}
    arrays = network.capture(Request(frozenset(wants.values())), 0).frame().arrays
    assert arrays[wants["frozen"]].all()
    assert arrays[wants["frozen"]].shape == (1, 2, 3, 3)
    assert not arrays[wants["bias_frozen"]].any()
    assert not arrays[wants["muted"]].any()


def test_a_held_cell_follows_the_finger_and_goes_back_to_training() -> None:
    network = learning()
    weight = network.model[0].weight
    for value in (0.5, 0.75):
        network.edit("0", "weight", [4], [value], gesture="drag", hold=True)
        train(network, 3)
        assert weight.flatten()[4] == value
    network.release("drag")
    train(network)
    assert weight.flatten()[4] != 0.75
    assert network.undo_count == 1


def test_a_lease_without_word_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    network = learning()
    network.edit("0", "weight", [4], [0.5], gesture="drag", hold=True)
    network.edit("0", "weight", [5], [0.5], gesture="other", hold=True)
    now[0] = 100.9
    network.edit("0", "weight", [4], [0.6], gesture="drag", hold=True)
    now[0] = 101.1
    network.expire_holds()
    train(network)
    cells = network.model[0].weight.flatten()
    assert cells[4].item() == pytest.approx(0.6)
    assert cells[5] != 0.5
    now[0] = 102.0
    network.expire_holds()
    train(network)
    assert network.model[0].weight.flatten()[4].item() != pytest.approx(0.6)


def test_releasing_one_of_two_fingers_leaves_the_other() -> None:
    network = learning()
    network.freeze("0", "weight", [6])
    frozen = network.model[0].weight.flatten()[6].item()
    network.edit("0", "weight", [4], [0.5], gesture="left", hold=True)
    network.edit("0", "weight", [4], [0.25], gesture="right", hold=True)
    network.release("left")
    network.release("unknown")
    train(network, 2)
    assert network.model[0].weight.flatten()[[4, 6]].tolist() == [0.25, frozen]


@pytest.mark.parametrize("make", [nn.Conv2d, nn.ConvTranspose2d])
def test_a_muted_channel_is_silent_until_it_speaks_as_before(make: type[nn.Module]) -> None:
    model = nn.Sequential(make(2, 4, 3, groups=2))
    network = Network(model, [torch.optim.Adam(model.parameters(), 0.1)])
    picture = torch.randn(1, 2, 8, 8)
    before = model(picture)
    weights = [tensor.clone() for tensor in model.state_dict().values()]
    network.mute("0", 3)
    network.mute("0", 3)
    assert network.undo_count == 1
    assert not model(picture)[0, 3].any()
    assert torch.equal(model(picture)[0, :3], before[0, :3])
    train(network, 3)
    assert not model(picture)[0, 3].any()
    network.mute("0", 3, on=False)
    assert torch.equal(model(picture)[0, 3], before[0, 3])
    view = network.layers["0"].view("weight")
    start = view.part(weights[0], (3,))
    assert torch.equal(view.part(model[0].weight, (3,)), start)


def test_what_is_written_to_a_muted_channel_shows_when_it_speaks() -> None:
    network = learning()
    weight = network.model[0].weight
    network.freeze("0", "weight", [1])
    network.mute("0", 0)
    note = network.edit("0", "weight", [0, 20], [0.5, 0.25])
    assert "muted" in note
    assert weight.flatten()[[0, 20]].tolist() == [0.0, 0.25]
    network.edit("0", "weight", [0], [0.75])
    network.undo()
    network.mute("0", 0, on=False)
    assert weight.flatten()[0] == 0.5
    held = weight.flatten()[1].item()
    train(network)
    assert weight.flatten()[1] == held


def test_revert_puts_cells_back_to_the_start_and_restart_sets_a_new_one() -> None:
    model = small()
    network = Network(model, [torch.optim.Adam(model.parameters(), 0.1)])
    start = model[0].weight.detach().clone()
    train(network, 3)
    trained = model[0].weight.detach().clone()
    network.revert("0", "weight", [0, 1])
    assert torch.equal(model[0].weight.flatten()[:2], start.flatten()[:2])
    assert torch.equal(model[0].weight.flatten()[2:], trained.flatten()[2:])
    network.freeze("0", "weight", [0])
    network.restart()
    assert network.undo_count == 0
    now = model[0].weight.detach().clone()
    train(network)
    assert model[0].weight.flatten()[0] != now.flatten()[0]
    network.revert("0", "weight", np.arange(54))
    assert torch.equal(model[0].weight, now)


def test_an_edit_between_forward_and_backward_is_refused_by_autograd() -> None:
    model = small()
    network = Network(model)
    loss = model(torch.randn(2, 2, 8, 8, requires_grad=True)).sum()
    network.edit("3", "weight", [0], [1.0])
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_parameters_stay_the_very_same_objects() -> None:
    network = learning()
    before = [(id(parameter), parameter.data_ptr()) for parameter in network.model.parameters()]
    network.edit("0", "weight", [0], [1.0])
    network.mute("0", 1)
    network.undo()
    network.undo()
    assert before == [(id(p), p.data_ptr()) for p in network.model.parameters()]


def test_tied_weights_are_edited_once() -> None:
    model = nn.Sequential(nn.Conv2d(2, 2, 3), nn.Conv2d(2, 2, 3))
    model[1].weight = model[0].weight
    network = Network(model)
    network.edit("1", "weight", [0], [0.5])
    assert model[0].weight.flatten()[0] == model[1].weight.flatten()[0] == 0.5


def test_holds_follow_a_network_to_another_dtype() -> None:
    model = small()
    network = Network(model)
    network.edit("0", "weight", [0], [0.5])
    network.freeze("0", "weight", [0])
    model.to(torch.float64)
    with torch.no_grad():
        model[0].weight.add_(1)
    network.enforce()
    assert model[0].weight.flatten()[0] == 0.5
