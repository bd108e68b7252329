"""A probe pass leaves nothing behind: not in the network, not in any random state."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune
from torch.nn.utils import spectral_norm as old_spectral_norm
from torch.nn.utils import weight_norm as old_weight_norm

from kernelwidgets.models import Network
from kernelwidgets.wire.source import Request, Want

pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm.*deprecated:FutureWarning")


class Untidy(nn.Module):
    """Draws numbers, counts calls, writes to buffers, lists and parameters, even in eval mode."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 2, 3, padding=1)
        self.register_buffer("seen", torch.zeros(2))
        self.calls = 0
        self.log: list[int] = []
        self.cache: dict[str, torch.Tensor] = {}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        self.log.append(self.calls)
        self.cache["last"] = x
        self.last = x
        self.seen += 1
        with torch.no_grad():
            self.conv.weight.data.mul_(0.999)
        noise = torch.rand_like(x) + random.random() + np.random.rand()
        return self.conv(x + noise)


def network_of(device: torch.device | str = "cpu") -> Network:
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4, momentum=None),
        nn.ReLU(inplace=True),
        parametrizations.spectral_norm(nn.Conv2d(4, 2, 3)),
        nn.Dropout(),
        Untidy(),
        old_weight_norm(nn.Conv2d(2, 2, 1)),
        old_spectral_norm(nn.Conv2d(2, 2, 1)),
        prune.random_unstructured(nn.Conv2d(2, 2, 1), "weight", 0.5),
        nn.Flatten(),
        nn.LazyLinear(3),
    ).to(device)
    pictures = torch.randn(4, 1, 8, 8, device=device)
    model(pictures).sum().backward()
    model[4].eval()
    return Network(model, probe=pictures, classes=["a", "b", "c"])


def look(network: Network) -> None:
    network.refresh()
    wants = {Want(quantity, name) for name in network.layers for quantity in STAGES}
    frame = network.capture(Request(frozenset(wants), answers=True), 0).frame()
    assert wants == set(frame.arrays)
    assert frame.answers is not None


STAGES = ("map_before", "map_after")


def everything(network: Network) -> dict[str, Any]:
    model = network.model
    found: dict[str, Any] = {"training": [module.training for module in model.modules()]}
    for name, module in model.named_modules():
        for key, value in vars(module).items():
            if isinstance(value, (dict, list, set)):
                value = list(value.items()) if isinstance(value, dict) else list(value)
            found[f"{name} {key}"] = value
    found["tensors"] = [tensor.clone() for tensor in model.state_dict().values()]
    found["versions"] = [tensor._version for tensor in model.state_dict().values()]
    found["gradients"] = [parameter.grad for parameter in model.parameters()]
    found["values"] = [g.clone() for g in found["gradients"] if g is not None]
    found["random"] = [torch.get_rng_state(), random.getstate(), np.random.get_state()]
    found["random"] += [torch.cuda.get_rng_state()] if torch.cuda.is_available() else []
    found["modes"] = [torch.is_grad_enabled(), torch.is_autocast_enabled("cpu")]
    return found


def assert_same(one: Any, other: Any, where: str) -> None:
    if isinstance(one, torch.Tensor):
        assert one is other or torch.equal(one, other), where
    elif isinstance(one, np.ndarray):
        assert np.array_equal(one, other), where
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other), where
        for inner, outer in zip(one, other, strict=True):
            assert_same(inner, outer, where)
    else:
        assert one is other or one == other, where


def test_a_probe_pass_leaves_no_trace(device: torch.device) -> None:
    network = network_of(device)
    before = everything(network)
    for _ in range(2):
        look(network)
    after = everything(network)
    assert before.keys() == after.keys()
    for key, value in before.items():
        assert_same(value, after[key], key)


def test_a_failing_pass_leaves_no_trace_either() -> None:
    network = network_of()
    before = everything(network)
    network.probe = torch.zeros(1, 1, 3, 3)
    network.refresh()
    network.capture(Request(frozenset({Want("map_before", "0")})), 0).frame()
    for key, value in everything(network).items():
        assert_same(before[key], value, key)


def test_a_waiting_graph_stays_valid() -> None:
    network = network_of()
    torch.manual_seed(1)
    loss = network.model(network.probe).sum()
    look(network)
    network.model.zero_grad()
    loss.backward()
    gradients = [parameter.grad.clone() for parameter in network.model.parameters()]
    assert all(gradient.isfinite().all() for gradient in gradients)
    assert network.model[3].weight.requires_grad


def test_hooks_of_the_user_do_not_fire_and_those_of_torch_do() -> None:
    network = network_of()
    fired: list[str] = []

    def hook(name: str) -> Callable[..., None]:
        return lambda *_, **__: fired.append(name)

    handles = []
    for module in network.model.modules():
        handles += [
            module.register_forward_pre_hook(hook("pre")),
            module.register_forward_hook(hook("forward"), with_kwargs=True, always_call=True),
        ]
    handles.append(network.model[-1].register_full_backward_hook(hook("backward")))
    handles.append(nn.modules.module.register_module_forward_hook(hook("global")))
    handles.append(nn.modules.module.register_module_forward_pre_hook(hook("global pre")))
    try:
        look(network)
        assert not fired
        with torch.no_grad():
            network.model[6].weight_g.mul_(2)
        want = Want("map_before", "6")
        doubled = network.capture(Request(frozenset({want})), 0).frame().arrays[want]
        with torch.no_grad():
            network.model[6].weight_g.div_(2)
        plain = network.capture(Request(frozenset({want})), 0).frame().arrays[want]
        bias = network.model[6].bias.detach().numpy()[:, None, None]
        np.testing.assert_allclose(doubled - bias, 2 * (plain - bias), rtol=1e-3, atol=1e-5)
        assert not fired
        network.model(network.probe).sum().backward()
        assert {"pre", "forward", "backward", "global", "global pre"} == set(fired)
    finally:
        for handle in handles:
            handle.remove()


def test_autocast_around_a_pass_keeps_working() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(72, 3))
    pictures = torch.randn(4, 1, 8, 8)
    network = Network(model, probe=pictures, classes=["a", "b", "c"])
    with torch.autocast("cpu", torch.bfloat16):
        look(network)
        output = model(pictures)
    assert output.dtype == torch.bfloat16
    output.sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_a_compiled_network_is_not_compiled_again() -> None:
    import torch._dynamo

    compiled: list[int] = []

    def backend(graph: Any, _: Any) -> Any:
        compiled.append(len(graph.graph.nodes))
        return graph.forward

    inner = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Dropout())
    part = nn.Sequential(torch.compile(inner, backend=backend), nn.Flatten(), nn.Linear(72, 3))
    model = torch.compile(part, backend=backend)
    pictures = torch.randn(4, 1, 8, 8)
    network = Network(model, probe=pictures, classes=["a", "b", "c"])
    model(pictures).sum().backward()
    once = len(compiled)
    assert once > 0
    for _ in range(3):
        look(network)
        model(pictures).sum().backward()
    assert len(compiled) == once
    torch._dynamo.reset()
