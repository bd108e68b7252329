from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from kernelwidgets.models import Network
from kernelwidgets.wire.source import Request, Want

OPTIMIZERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "sgd": lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, weight_decay=0.1),
    "adam": lambda p: torch.optim.Adam(p, 0.1, weight_decay=0.1, amsgrad=True),
    "adamw": lambda p: torch.optim.AdamW(p, 0.1, weight_decay=1.0, foreach=True),
    "fused": lambda p: torch.optim.AdamW(p, 0.1, fused=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, 0.1, momentum=0.9, centered=True),
    "rprop": torch.optim.Rprop,
    "lbfgs": lambda p: torch.optim.LBFGS(p, 0.1, max_iter=3),
}


def small() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Conv2d(3, 2, 3))


def train(network: Network, steps: int = 1) -> None:
    (optimizer,) = network.optimizers
    device = next(network.model.parameters()).device
    for _ in range(steps):

        def closure() -> torch.Tensor:
            optimizer.zero_grad()
            loss = network.model(torch.randn(4, 2, 8, 8, device=device)).square().mean()
            loss.backward()
            return loss

        optimizer.step(closure)
        network.enforce()


def learning(name: str = "adam", device: torch.device | str = "cpu") -> Network:
    model = small().to(device)
    network = Network(model, [OPTIMIZERS[name](list(model.parameters()))])
    train(network, 2)
    return network


def everything(network: Network) -> list[torch.Tensor]:
    """Copies of all weights and of all that the optimizers remember."""
    states = [
        value
        for optimizer in network.optimizers
        for state in optimizer.state.values()
        for value in state.values()
        if isinstance(value, torch.Tensor)
    ]
    return [tensor.detach().clone() for tensor in (*network.model.state_dict().values(), *states)]


def same(one: list[torch.Tensor], other: list[torch.Tensor]) -> bool:
    return len(one) == len(other) and all(map(torch.equal, one, other))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Conv2d(4, 6, 3, groups=2),
        lambda: nn.ConvTranspose2d(4, 6, (3, 2), groups=2),
        lambda: nn.ConvTranspose1d(2, 3, 5),
        lambda: nn.Conv2d(4, 4, 3).to(memory_format=torch.channels_last),
        lambda: nn.Conv3d(1, 2, 2).to(torch.bfloat16),
    ],
)
def test_edits_are_those_of_a_numpy_array_and_undo_leads_back(
    make: Callable[[], nn.Module], data: st.DataObject
) -> None:
    layer = make()
    network = Network(layer, [torch.optim.SGD(layer.parameters(), 0.1)])
    (name,) = network.layers
    want = {parameter: Want(parameter, name) for parameter in ("weight", "bias")}

    def read(parameter: str) -> np.ndarray:
        request = Request(frozenset({want[parameter]}))
        return network.capture(request, 0).frame().arrays[want[parameter]]

    start = [tensor.clone() for tensor in layer.state_dict().values()]
    expected = {parameter: read(parameter).copy() for parameter in want}
    history: list[dict[str, np.ndarray]] = []
    for _ in range(data.draw(st.integers(1, 6))):
        history.append({key: array.copy() for key, array in expected.items()})
        parameter = data.draw(st.sampled_from(["weight", "bias"]))
        array = expected[parameter]
        cells = data.draw(st.lists(st.integers(0, array.size - 1), min_size=1, max_size=20))
        values = data.draw(
            st.lists(st.floats(-8, 8, width=16), min_size=len(cells), max_size=len(cells))
        )
        cast = torch.tensor(values).to(layer.weight.dtype).float().numpy()
        array.ravel()[cells] = cast
        network.edit(name, parameter, cells, values)
        np.testing.assert_array_equal(read(parameter), array)
    for earlier in reversed(history):
        network.undo()
        for parameter, array in earlier.items():
            np.testing.assert_array_equal(read(parameter), array)
    assert same(start, list(layer.state_dict().values()))
    for _ in history:
        network.redo()
    for parameter, array in expected.items():
        np.testing.assert_array_equal(read(parameter), array)


def test_an_index_means_what_it_means_to_numpy() -> None:
    network = learning()
    weight = network.model[0].weight
    cells = network.cells_of("0", "weight", np.s_[0, :, 1, 1])
    assert cells.shape == (2,)
    network.edit("0", "weight", cells, np.broadcast_to(0.5, cells.shape))
    assert weight[0, :, 1, 1].tolist() == [0.5, 0.5]
    network.edit("0", "weight", network.cells_of("0", "weight", ...), weight.detach() * 2)
    assert weight[0, 0, 1, 1] == 1
    with pytest.raises(IndexError, match=r"weight of 0 has shape \(3, 2, 3, 3\)"):
        network.cells_of("0", "weight", 7)


@pytest.mark.parametrize(
    ("cells", "values", "message"),
    [
        ([54], [0.0], "cells 0 to 53"),
        ([-1], [0.0], "cells 0 to 53"),
        ([0, 1], [1.0, 2.0, 3.0], "2 cells but 3 values"),
        ([0.5], [1.0], "whole numbers"),
        ([0], [float("nan")], "finite"),
        ([0], [float("inf")], "allow_nonfinite=True"),
        ([0], [1e300], "must fit torch.float32"),
        ([0], ["x"], "values are numbers"),
        ([0], [10**400], "values are numbers"),
        ([10**30], [0.0], "whole numbers"),
        ([[0, 1]], 0.5j, "values are numbers"),
    ],
)
def test_a_wrong_edit_says_so_and_leaves_the_weights(
    cells: list[Any], values: list[Any], message: str
) -> None:
    network = learning()
    before = everything(network)
    with pytest.raises((ValueError, IndexError), match=message):
        network.edit("0", "weight", cells, values)
    assert same(before, everything(network))
    assert network.undo_count == 0


def test_other_wrong_requests_say_so() -> None:
    network = learning()
    before = everything(network)
    with pytest.raises(ValueError, match="no layer 'x'"):
        network.edit("x", "weight", [0], [0])
    with pytest.raises(ValueError, match="'weight' and 'bias', not 'scale'"):
        network.edit("0", "scale", [0], [0])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'momentum', 'clear' or 'keep'"):
        network.edit("0", "weight", [0], [0], optimizer_state="all")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="name it"):
        network.edit("0", "weight", [0], [0], hold=True)
    with pytest.raises(IndexError, match="channels 0 to 2"):
        network.mute("0", 3)
    with pytest.raises(ValueError, match="nothing to undo"):
        network.undo()
    with pytest.raises(ValueError, match="nothing to redo"):
        network.redo()
    bare = Network(nn.Conv2d(1, 1, 3, bias=False))
    with pytest.raises(ValueError, match="conv has no bias"):
        bare.edit("conv", "bias", [0], [0])
    assert same(before, everything(network))


def test_values_that_are_not_finite_can_be_written_on_purpose() -> None:
    network = learning()
    network.edit("0", "weight", [0], [float("nan")], allow_nonfinite=True)
    assert network.model[0].weight.flatten()[0].isnan()
    network.undo()
    assert network.model[0].weight.isfinite().all()


def test_of_a_cell_named_twice_the_last_value_counts() -> None:
    network = learning()
    network.edit("0", "weight", [3, 1, 3], [1.0, 2.0, 4.0])
    assert network.model[0].weight.flatten()[[1, 3]].tolist() == [2.0, 4.0]


@pytest.mark.parametrize(
    ("mode", "zeroed"),
    [
        ("momentum", {"exp_avg"}),
        ("clear", {"exp_avg", "exp_avg_sq", "max_exp_avg_sq"}),
        ("keep", set()),
    ],
)
def test_an_edit_changes_what_the_optimizer_remembers_of_its_cells(
    mode: Any, zeroed: set[str]
) -> None:
    network = learning()
    parameter = network.model[0].weight
    state = network.optimizers[0].state[parameter]
    before = copy.deepcopy(dict(state))
    network.edit("0", "weight", [5], [1.0], optimizer_state=mode)
    for name in ("exp_avg", "exp_avg_sq", "max_exp_avg_sq"):
        expected = before[name].clone()
        if name in zeroed:
            expected.view(-1)[5] = 0
        assert torch.equal(state[name], expected)
    assert torch.equal(state["step"], before["step"])


def test_an_edit_of_nothing_is_no_step() -> None:
    network = learning()
    assert network.edit("0", "weight", [], []) == ""
    assert network.undo_count == 0


def test_an_edit_makes_no_optimizer_state_before_the_first_step() -> None:
    model = small()
    network = Network(model, [torch.optim.Adam(model.parameters())])
    network.edit("0", "weight", [0], [1.0])
    network.undo()
    assert not network.optimizers[0].state


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_undo_restores_cells_and_optimizer_state_bitwise(name: str, device: torch.device) -> None:
    network = learning(name, device)
    before = everything(network)
    network.edit("0", "weight", [0, 7, 20], [1.0, 2.0, 3.0], optimizer_state="clear")
    network.edit("0", "bias", [1], [4.0])
    network.revert("3", "weight", np.arange(10))
    network.mute("0", 2)
    after = everything(network)
    assert network.undo_count == 4
    for _ in range(4):
        network.undo()
    assert same(before, everything(network))
    for _ in range(4):
        network.redo()
    assert same(after, everything(network))
    assert network.redo_count == 0


def test_undo_after_training_restores_its_cells_only() -> None:
    network = learning()
    weight = network.model[0].weight
    first = weight.flatten()[3].item()
    network.edit("0", "weight", [3], [9.0])
    train(network, 3)
    trained = weight.detach().clone()
    network.undo()
    trained.view(-1)[3] = first
    assert torch.equal(weight, trained)


def test_edits_of_one_gesture_are_one_step() -> None:
    network = learning()
    before = everything(network)
    for value in np.linspace(0, 1, 20):
        network.edit("0", "weight", [3], [value], gesture="drag")
    network.edit("0", "weight", [3, 4], [2.0, 2.0], gesture="drag")
    assert network.undo_count == 1
    network.edit("0", "weight", [3], [0.0], gesture="another")
    network.edit("0", "weight", [3], [0.0])
    network.edit("0", "weight", [3], [0.0])
    assert network.undo_count == 4
    for _ in range(4):
        network.undo()
    assert same(before, everything(network))
    network.edit("0", "weight", [3], [0.0], gesture="drag")
    assert (network.undo_count, network.redo_count) == (1, 0)


def test_the_history_is_bounded_in_bytes() -> None:
    model = nn.Conv2d(16, 16, 5)
    network = Network(model, history_bytes=200_000)
    cells = np.arange(model.weight.numel())
    for value in range(20):
        network.edit("conv", "weight", cells, np.full(cells.size, float(value)))
    assert 1 <= network.undo_count <= 3
    for value in range(10_000):
        network.edit("conv", "weight", [0], [float(value)])
    assert network.undo_count < 1000


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
