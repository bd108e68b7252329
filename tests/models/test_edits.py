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
from tests.models.editing import OPTIMIZERS, everything, learning, same, small, train


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
        network.edit("0", "scale", [0], [0])
    with pytest.raises(ValueError, match="'momentum', 'clear' or 'keep'"):
        network.edit("0", "weight", [0], [0], optimizer_state="all")
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
