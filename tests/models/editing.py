"""Small networks that learn, to edit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from kernelwidgets.models import Network

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
