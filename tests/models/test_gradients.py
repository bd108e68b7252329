"""The gradient of a loss is autograd's own, and the products of what is shown sum up to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

from kernelwidgets.kernels.geometry import Geometry
from kernelwidgets.models import Network
from kernelwidgets.models.layers import Layer
from kernelwidgets.wire.schema import LayerInfo
from kernelwidgets.wire.source import Frame, Request, Want
from tests.models.test_no_trace import assert_same, everything, network_of

CONVOLUTIONS: list[tuple[int, dict[str, Any]]] = [
    (2, {"kernel_size": 3}),
    (2, {"kernel_size": (3, 2), "stride": 2, "bias": False}),
    (2, {"kernel_size": 3, "padding": 2, "dilation": 2}),
    (2, {"kernel_size": 3, "padding": "same", "padding_mode": "reflect"}),
    (2, {"kernel_size": 2, "padding": "same", "dilation": 3}),
    (2, {"kernel_size": 3, "stride": (2, 3), "padding": (1, 2), "padding_mode": "circular"}),
    (2, {"kernel_size": 3, "groups": 2, "padding": 1, "padding_mode": "replicate"}),
    (1, {"kernel_size": 3, "groups": 4}),
    (1, {"kernel_size": 5, "stride": 3, "padding": 1}),
]


def wants(layer: str, out: int, into: int) -> dict[str, Want]:
    return {
        "loss": Want("loss"),
        "gradient": Want("loss_gradient", layer, (out,), (into, into + 1)),
        "input": Want("layer_input", layer, (out,), (into, into + 1)),
        "output": Want("output_gradient", layer, (out,)),
    }


def read(network: Network, layer: str, out: int = 0, into: int = 0) -> dict[str, Any]:
    asked = wants(layer, out, into)
    frame = network.capture(Request(frozenset(asked.values())), 0).frame()
    assert all(want in frame.arrays for want in asked.values()), frame.notes
    return {name: frame.arrays[want] for name, want in asked.items()}


def notes(network: Network, layer: str = "0") -> Frame:
    network.refresh()
    asked = wants(layer, 0, 0).values()
    return network.capture(Request(frozenset(asked)), 0).frame()


def products(info: LayerInfo, x: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Sums of input times output gradient, one for each cell of the kernel."""
    window = Geometry(
        info.kernel_size,
        tuple(info.padding),
        info.padding_mode,
        tuple(info.stride),
        tuple(info.dilation),
    )
    padded = window.pad(x.astype(float))
    sums = [
        (padded[window.cells_under(cell, g.shape[2:])] * g).sum()
        for cell in np.ndindex(*info.kernel_size)
    ]
    return np.reshape(sums, info.kernel_size)


def check(network: Network, layer: Layer, theirs: Tensor, out: int, into: int) -> None:
    found = read(network, layer.name, out, into)
    np.testing.assert_allclose(found["gradient"][0, 0], theirs[out, into], rtol=1e-5, atol=1e-7)
    sums = products(layer.info, found["input"], found["output"])
    np.testing.assert_allclose(sums, theirs[out, into], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("axes", "settings"), CONVOLUTIONS)
def test_every_convolution(axes: int, settings: dict[str, Any]) -> None:
    torch.manual_seed(0)
    made: Any = nn.Conv1d if axes == 1 else nn.Conv2d
    norm: Any = nn.BatchNorm1d if axes == 1 else nn.BatchNorm2d
    conv = made(4, 4, **settings)
    model = nn.Sequential(
        conv, norm(4), nn.ReLU(inplace=True), nn.Flatten(), nn.Dropout(), nn.LazyLinear(3)
    )
    x, y = torch.randn(5, 4, *[11, 9][:axes]), torch.tensor([0, 1, 2, 1, 0])
    model(x)
    network = Network(model, probe=(x, y), loss=F.cross_entropy)
    torch.manual_seed(1)
    loss = F.cross_entropy(model(x), y)
    (theirs,) = torch.autograd.grad(loss, conv.weight)
    for out, into in ((0, 0), (3, conv.weight.shape[1] - 1)):
        # The same units drop out: the same random numbers are drawn.
        torch.manual_seed(1)
        check(network, network.layers["0"], theirs, out, into)
        assert read(network, "0")["loss"] == pytest.approx(loss.item(), rel=1e-6)


class TwoInputs(nn.Module):
    """Two pictures are compared by one layer, which a second one follows."""

    def __init__(self) -> None:
        super().__init__()
        self.eye = nn.Conv2d(1, 3, 3, padding=1)
        self.next = nn.Conv2d(3, 2, 3, stride=2)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return self.next(torch.tanh(self.eye(left) - self.eye(input=right))).mean((2, 3))


def test_several_inputs_and_a_layer_that_is_called_twice() -> None:
    torch.manual_seed(0)
    model = TwoInputs()
    left, right, y = torch.randn(4, 1, 7, 7), torch.randn(4, 1, 7, 7), torch.randn(4, 2)
    network = Network(model, loss=F.mse_loss)
    network.offer_probe((left, right), y)
    loss = F.mse_loss(model(left, right), y)
    for name, layer in network.layers.items():
        (theirs,) = torch.autograd.grad(loss, model.get_submodule(name).weight, retain_graph=True)
        check(network, layer, theirs, 1, 0)
    assert len(read(network, "eye")["input"]) == 8
    assert len(read(network, "next")["input"]) == 4


def test_batch_norm_of_a_network_that_is_evaluated() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.LazyLinear(2))
    x, y = torch.randn(6, 1, 6, 6), torch.tensor([0, 1, 0, 1, 0, 1])
    model(x)
    network = Network(model, probe=(x, y), loss=F.cross_entropy)
    found = {}
    for training in (True, False):
        model.train(training)
        found[training] = read(network, "0")["gradient"]
    model.eval()
    (theirs,) = torch.autograd.grad(F.cross_entropy(model(x), y), model[0].weight)
    np.testing.assert_allclose(found[False][0, 0], theirs[0, 0], rtol=1e-5, atol=1e-7)
    assert not np.allclose(found[True], found[False], atol=1e-3)


def test_a_second_use_of_the_weight_counts_in_the_gradient_and_not_among_the_products() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 2, 3, bias=False))
    x = torch.randn(3, 1, 5, 5)

    def loss(output: Tensor, target: Tensor) -> Tensor:
        return F.mse_loss(output, target) + 0.1 * model[0].weight.abs().sum()

    y = torch.randn(3, 2, 3, 3)
    network = Network(model, probe=(x, y), loss=loss)
    found = read(network, "0")
    (theirs,) = torch.autograd.grad(loss(model(x), y), model[0].weight)
    np.testing.assert_allclose(found["gradient"][0, 0], theirs[0, 0], rtol=1e-5)
    rest = theirs[0, 0].numpy() - products(
        network.layers["0"].info, found["input"], found["output"]
    )
    penalty = 0.1 * model[0].weight[0, 0].sign().detach()
    np.testing.assert_allclose(rest, penalty, atol=1e-5)


def test_a_layer_that_does_not_learn_may_be_asked_and_one_that_is_made_of_parts() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3).requires_grad_(False), parametrizations.weight_norm(nn.Conv2d(2, 2, 3))
    )
    x, y = torch.randn(2, 1, 6, 6), torch.randn(2, 2, 2, 2)
    network = Network(model, probe=(x, y), loss=F.mse_loss)
    frozen = read(network, "0")
    model[0].requires_grad_(True)
    (theirs,) = torch.autograd.grad(F.mse_loss(model(x), y), model[0].weight)
    np.testing.assert_allclose(frozen["gradient"][0, 0], theirs[0, 0], rtol=1e-5)
    assert model[0].weight.grad is None
    frame = notes(network, "1")
    asked = wants("1", 0, 0)
    assert (
        frame.notes[asked["gradient"]] == "the gradient of what weight_norm makes, not of its parts"
    )
    made = model[1].weight
    (theirs,) = torch.autograd.grad(F.mse_loss(F.conv2d(model[0](x), made, model[1].bias), y), made)
    sums = products(
        network.layers["1"].info, frame.arrays[asked["input"]], frame.arrays[asked["output"]]
    )
    np.testing.assert_allclose(sums, theirs[0, 0], rtol=1e-4, atol=1e-6)


def test_nothing_is_left_behind(device: torch.device) -> None:
    network = network_of(device)
    fired: list[str] = []
    weight = network.model[0].weight
    weight.register_hook(lambda _: fired.append("weight"))
    network.model[0].register_full_backward_hook(lambda *_: fired.append("backward"))
    answers = torch.tensor([0, 1, 2, 0], device=device)
    network.probe = (network.probe, answers)
    network.gradients.objective = lambda: network._passes.objective(F.cross_entropy)
    network.refresh()
    before = everything(network)
    for name in ("0", "3", "5.conv", "6", "7", "8"):
        asked = set(wants(name, 0, 0).values())
        frame = network.capture(Request(frozenset(asked)), 0).frame()
        assert Want("output_gradient", name, (0,)) in frame.arrays, frame.notes
    after = everything(network)
    for key, value in before.items():
        assert_same(value, after[key], key)
    assert fired == []


def test_a_compiled_network_is_compiled_no_more_often() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU())
    count = 0

    def backend(graph: Any, _: Any) -> Any:
        nonlocal count
        count += 1
        return graph.forward

    compiled = torch.compile(model, backend=backend)
    x, y = torch.randn(2, 1, 5, 5), torch.zeros(2, 2, 3, 3)
    compiled(x)
    before = count
    read(Network(compiled, probe=(x, y), loss=F.mse_loss), "0")
    compiled(x)
    assert (before, count) == (1, 1)


def vector(_: Tensor, __: Tensor) -> Tensor:
    return torch.zeros(2, requires_grad=True)


def failing(_: Tensor, __: Tensor) -> Tensor:
    raise RuntimeError("no such thing")


@pytest.mark.parametrize(
    ("loss", "probe", "text"),
    [
        (None, True, r"kw.watch\(model, optimizer, loss=.*probe=\(x, y\)"),
        (F.mse_loss, False, "right answers to the probe are not known"),
        (vector, True, r"one number, not shape \(2,\)"),
        (failing, True, "no gradient: RuntimeError: no such thing"),
        (lambda *_: torch.zeros(()), True, "depend on any parameter"),
        (lambda *_: torch.zeros((), requires_grad=True), True, "shows no gradient"),
    ],
)
def test_what_is_missing_is_said(
    loss: Callable[[Tensor, Tensor], Tensor] | None, probe: bool, text: str
) -> None:
    class Functional(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 2, 3)

        def forward(self, x: Tensor) -> Tensor:
            return F.conv2d(x, self.conv.weight)

    x, y = torch.randn(2, 1, 5, 5), torch.zeros(2, 2, 3, 3)
    network = Network(Functional(), probe=(x, y) if probe else x, loss=loss)
    frame = notes(network, "conv")
    assert not frame.arrays
    for note in frame.notes.values():
        assert re.search(text, note), note
    assert len(frame.notes) == 4


def test_a_picture_put_in_by_hand_has_no_right_answer() -> None:
    x, y = torch.rand(2, 1, 5, 5), torch.zeros(2, 2, 3, 3)
    network = Network(nn.Conv2d(1, 2, 3), probe=(x, y), loss=F.mse_loss)
    assert network.samples == ["picture 1", "picture 2"]
    read(network, "conv")
    network.replace_picture(0, np.zeros((5, 5)), "mine")
    frame = notes(network, "conv")
    assert "right answers" in frame.notes[Want("loss")]
