"""Trainers for the tests of trainers."""

from __future__ import annotations

import contextlib

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from kernelwidgets.live import Trainer
from kernelwidgets.wire.commands import CommandError
from tests.live.nets import until


class NoisyNet(nn.Module):
    """Everything that a restart has to bring back: buffers, dropout, momentum."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.dropout = nn.Dropout(0.3)
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        return self.out(self.dropout(self.norm(self.conv(x)).relu().amax((2, 3))))


def data(count: int = 64, *, shuffle: bool = True) -> DataLoader:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(count, 1, 8, 8, generator=generator)
    y = (x.mean((1, 2, 3)) > 0).long()
    return DataLoader(TensorDataset(x, y), batch_size=16, shuffle=shuffle)


def trainer(seed: int = 0, **options) -> Trainer:
    torch.manual_seed(0)
    model = NoisyNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    if "scheduler" in options:
        options["scheduler"] = options["scheduler"](optimizer)
    options.setdefault("data", data())
    if "step" not in options:
        options.setdefault("loss", F.cross_entropy)
    return Trainer(model, optimizer=optimizer, seed=seed, **options)


def everything(t: Trainer) -> list[torch.Tensor]:
    return [value.clone() for value in t.model.state_dict().values()]


def same(one: list[torch.Tensor], other: list[torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def losses(t: Trainer) -> np.ndarray:
    return t._curves.points()["loss"].low


def end(t: Trainer) -> None:
    # It may have ended by itself.
    with contextlib.suppress(CommandError):
        t.stop()
    until(lambda: not t._safe_point.running)
