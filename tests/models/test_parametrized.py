from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune
from torch.nn.utils import spectral_norm as old_spectral_norm
from torch.nn.utils import weight_norm as old_weight_norm

from kernelwidgets.models import Network
from kernelwidgets.wire.source import Request, Want


def pruned() -> nn.Module:
    return prune.random_unstructured(nn.Conv2d(2, 3, 3), "weight", 0.5)


def twice_pruned() -> nn.Module:
    return prune.l1_unstructured(pruned(), "weight", 0.5)


LAWS: dict[str, Callable[[], nn.Module]] = {
    "spectral_norm": lambda: parametrizations.spectral_norm(nn.Conv2d(2, 3, 3)),
    "weight_norm": lambda: parametrizations.weight_norm(nn.Conv2d(2, 3, 3)),
    "orthogonal": lambda: parametrizations.orthogonal(nn.Conv2d(2, 3, 3)),
    "old spectral_norm": lambda: old_spectral_norm(nn.Conv2d(2, 3, 3)),
    "old weight_norm": lambda: old_weight_norm(nn.Conv2d(2, 3, 3)),
    "pruning": pruned,
    "pruning twice": twice_pruned,
    "transposed": lambda: parametrizations.weight_norm(nn.ConvTranspose2d(2, 3, 3)),
}
pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm.*deprecated:FutureWarning")


def state_of(model: nn.Module) -> list[torch.Tensor]:
    return [tensor.detach().clone() for tensor in model.state_dict().values()]


def same(one: list[torch.Tensor], other: list[torch.Tensor]) -> bool:
    return len(one) == len(other) and all(map(torch.equal, one, other))


def step(network: Network) -> None:
    network.model(torch.randn(2, 2, 6, 6)).square().mean().backward()
    network.optimizers[0].step()
    network.optimizers[0].zero_grad()
    network.enforce()


def learning(law: str) -> Network:
    model = LAWS[law]()
    network = Network(model, [torch.optim.Adam(model.parameters(), 1e-2)])
    step(network)
    return network


def read(network: Network) -> np.ndarray:
    (name,) = network.layers
    want = Want("weight", name)
    return network.capture(Request(frozenset({want})), 0).frame().arrays[want]


def used(network: Network) -> np.ndarray:
    """The canonical weight that the network uses, from what it does to impulses."""
    model = network.model.eval()
    impulses = torch.zeros(2, 2, 5, 5)
    impulses[0, 0, 2, 2] = impulses[1, 1, 2, 2] = 1
    with torch.no_grad():
        painted = model(impulses) - model(torch.zeros_like(impulses))
    network.model.train()
    kernels = painted.transpose(0, 1).numpy()
    return kernels[:, :, 2:5, 2:5] if model.transposed else kernels[:, :, ::-1, ::-1]


@pytest.mark.parametrize("law", LAWS)
def test_the_weight_read_is_the_one_used_and_reading_leaves_no_trace(law: str) -> None:
    network = learning(law)
    assert next(iter(network.layers.values())).info.parametrized
    before, attributes = state_of(network.model), dict(network.model.__dict__)
    random = torch.get_rng_state()
    kernels = read(network)
    assert same(before, state_of(network.model))
    assert network.model.training
    assert all(network.model.__dict__[key] is value for key, value in attributes.items())
    assert torch.equal(random, torch.get_rng_state())
    np.testing.assert_allclose(kernels, used(network), atol=1e-6)


@pytest.mark.parametrize("law", LAWS)
def test_freezing_and_muting_raise_and_say_why(law: str) -> None:
    network = learning(law)
    before = state_of(network.model)
    with pytest.raises(ValueError, match=f"made by {LAWS_NAMED[law]} from other parameters"):
        network.freeze(0, "weight", [0])
    with pytest.raises(ValueError, match="can be kept constant"):
        network.mute(0, 0)
    assert same(before, state_of(network.model))
    network.freeze(0, "bias", [0])
    bias = network.model.bias[0].item()
    step(network)
    assert network.model.bias[0] == bias


LAWS_NAMED = {
    law: "pruning"
    if "pruning" in law
    else law.removeprefix("old ").replace("transposed", "weight_norm")
    for law in LAWS
}


@pytest.mark.parametrize("law", LAWS)
def test_an_edit_reports_what_was_kept_and_undo_is_bitwise(law: str) -> None:
    network = learning(law)
    before, random = state_of(network.model), torch.get_rng_state()
    tensors = [id(parameter) for parameter in network.model.parameters()]
    start = read(network)
    note = network.edit(0, "weight", [4], [0.5])
    assert torch.equal(random, torch.get_rng_state())
    kept = read(network).ravel()[4] + 0.0
    if abs(kept - 0.5) > 1e-6:
        assert note.startswith(f"{LAWS_NAMED[law]} kept {kept:.4g} where 0.5 was written")
    else:
        assert note == ""
    np.testing.assert_allclose(read(network), used(network), atol=1e-6)
    after = state_of(network.model)
    network.undo()
    assert same(before, state_of(network.model))
    np.testing.assert_array_equal(read(network), start)
    network.redo()
    assert same(after, state_of(network.model))
    network.undo()
    assert same(before, state_of(network.model))
    assert tensors == [id(parameter) for parameter in network.model.parameters()]


@pytest.mark.parametrize("law", ["weight_norm", "old weight_norm", "transposed"])
def test_weight_norm_keeps_every_value(law: str) -> None:
    network = learning(law)
    expected = read(network).copy()
    expected.ravel()[[3, 20]] = (0.5, -0.25)
    assert network.edit(0, "weight", [3, 20], [0.5, -0.25]) == ""
    np.testing.assert_allclose(read(network), expected, atol=1e-6)


def test_pruned_cells_stay_zero() -> None:
    network = learning("pruning")
    mask = network.model.weight_mask.flatten()
    pruned_cell, free_cell = int(mask.argmin()), int(mask.argmax())
    assert "pruning kept 0 where 0.5" in network.edit(0, "weight", [pruned_cell], [0.5])
    assert network.edit(0, "weight", [free_cell], [0.5]) == ""
    assert read(network).ravel()[[pruned_cell, free_cell]].tolist() == [0.0, 0.5]


def test_a_kernel_that_would_turn_to_nan_is_refused() -> None:
    network = learning("weight_norm")
    before = state_of(network.model)
    with pytest.raises(ValueError, match="would turn to NaN"):
        network.edit(0, "weight", np.arange(18), np.zeros(18))
    assert same(before, state_of(network.model))
    assert network.undo_count == 0


def test_undo_after_training_writes_the_cells_back() -> None:
    network = learning("weight_norm")
    start = read(network).ravel()[4]
    network.edit(0, "weight", [4], [0.5])
    step(network)
    others = read(network).copy()
    network.undo()
    others.ravel()[4] = start
    np.testing.assert_allclose(read(network), others, atol=1e-6)


def test_a_held_cell_of_a_made_weight_follows_the_finger() -> None:
    network = learning("weight_norm")
    network.edit(0, "weight", [4], [0.5], gesture="drag", hold=True)
    for _ in range(3):
        step(network)
        assert read(network).ravel()[4] == pytest.approx(0.5, abs=1e-6)
    network.release("drag")
    step(network)
    assert read(network).ravel()[4] != pytest.approx(0.5, abs=1e-4)


def test_a_refused_value_and_an_undo_are_what_the_finger_holds() -> None:
    network = learning("weight_norm")
    start = read(network).ravel()[4]
    network.edit(0, "weight", [4], [0.5], gesture="drag", hold=True)
    with pytest.raises(ValueError, match="would turn to NaN"):
        network.edit(0, "weight", np.arange(18), np.zeros(18), gesture="drag", hold=True)
    step(network)
    assert read(network).ravel()[4] == pytest.approx(0.5, abs=1e-6)
    network.undo()
    step(network)
    assert read(network).ravel()[4] == pytest.approx(start, abs=1e-6)


def test_a_law_without_inverse_cannot_be_written() -> None:
    class Positive(nn.Module):
        def forward(self, weight: torch.Tensor) -> torch.Tensor:
            return weight.exp()

    layer = nn.Conv2d(2, 3, 3)
    parametrize.register_parametrization(layer, "weight", Positive())
    network = Network(layer)
    before = state_of(layer)
    with pytest.raises(ValueError, match="Positive has no right_inverse"):
        network.edit(0, "weight", [0], [0.5])
    assert same(before, state_of(layer))
    exponential = parametrizations.orthogonal(nn.Conv2d(2, 3, 3), use_trivialization=False)
    with pytest.raises(ValueError, match="orthogonal cannot be written"):
        Network(exponential).edit(0, "weight", [0], [0.5])


def test_a_weight_that_the_model_computes_can_be_read_only() -> None:
    layer = nn.Conv2d(2, 3, 3)
    del layer.weight
    layer.weight = torch.randn(3, 2, 3, 3)
    network = Network(layer)
    np.testing.assert_array_equal(read(network), layer.weight.numpy())
    with pytest.raises(ValueError, match="computes this weight itself"):
        network.edit(0, "weight", [0], [0.5])


def test_a_cached_parametrization_is_not_served_without_gradients() -> None:
    network = learning("weight_norm")
    with parametrize.cached():
        read(network)
        assert network.model.weight.requires_grad


def test_gradients_belong_to_the_parts() -> None:
    network = learning("weight_norm")
    want = Want("gradient", "conv")
    frame = network.capture(Request(frozenset({want})), 0).frame()
    assert want not in frame.arrays
    assert "made by weight_norm" in frame.notes[want]
