"""Watching never changes the result: bit-identical weights, buffers and random states."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations
from torch.utils.data import DataLoader, TensorDataset

from kernelwidgets.models import Network
from kernelwidgets.wire.source import Request, Want


def train(device: torch.device, *, watched: bool, steps: int = 200) -> list[Any]:
    torch.manual_seed(0)
    random.seed(0)
    np.random.seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(inplace=True),
        nn.Dropout(0.2),
        parametrizations.spectral_norm(nn.Conv2d(4, 4, 3)),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(64, 3),
    ).to(device)
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    data = TensorDataset(torch.randn(64, 1, 8, 8), torch.randint(3, (64,)))
    loader = DataLoader(data, batch_size=16, shuffle=True)
    network = Network(model, [optimizer], classes=["a", "b", "c"]) if watched else None
    frames, step = 0, 0
    while step < steps:
        for pictures, labels in loader:
            x, y = pictures.to(device), labels.to(device)
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            if network is not None:
                network.offer_probe((x,), y)
                network.before_step(everything(network))
            optimizer.step()
            step += 1
            if network is not None:
                network.enforce()
                network.refresh()
                if step % 3 == 0:
                    wanted = everything(network)
                    frame = network.capture(wanted, step).frame()
                    met = set(frame.arrays) | set(frame.notes)
                    assert met >= wanted.wants
                    assert frame.answers is not None
                    frames += 1
    assert not watched or frames > 50
    states = [tensor.detach().cpu() for tensor in model.state_dict().values()]
    states += [
        value.cpu()
        for state in optimizer.state.values()
        for value in state.values()
        if isinstance(value, torch.Tensor)
    ]
    return [
        *states,
        torch.get_rng_state(),
        torch.tensor(random.getstate()[1]),
        torch.from_numpy(np.random.get_state()[1].astype(np.int64)),
        *([torch.cuda.get_rng_state()] if device.type == "cuda" else []),
    ]


def everything(network: Network) -> Request:
    quantities: tuple[Any, ...] = (
        *("weight", "gradient", "change", "update", "bias"),
        *("frozen", "bias_frozen", "muted", "map_before", "map_after"),
    )
    wants = {Want(quantity, name) for name in network.layers for quantity in quantities}
    return Request(frozenset(wants | {Want("probe")}), answers=True)


def test_a_watched_run_ends_exactly_where_an_unwatched_one_does(
    device: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    deterministic = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True)
    try:
        plain, watched = train(device, watched=False), train(device, watched=True)
    finally:
        torch.use_deterministic_algorithms(deterministic)
    assert len(plain) == len(watched)
    for one, other in zip(plain, watched, strict=True):
        assert torch.equal(one, other)
