"""Watching never changes the result, bit for bit."""

from __future__ import annotations

import itertools
import random
import threading
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from kernelwidgets.live import LiveModel, watch
from kernelwidgets.wire.source import Request, Want
from tests.live.nets import Viewer, until


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 3)
        self.norm = nn.BatchNorm2d(6)
        self.drop = nn.Dropout(0.3)
        self.conv2 = spectral_norm(nn.Conv2d(6, 6, 3))
        self.out = nn.Linear(6, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.drop(self.norm(self.conv1(x)).relu_())
        return self.out(self.conv2(x).relu().mean((-2, -1)))


class Greedy(Viewer):
    """Wants everything of both layers."""

    def __init__(self) -> None:
        super().__init__()
        quantities = ("weight", "gradient", "change", "update", "map_before", "map_after", "bias")
        wants = {Want(q, layer) for q in quantities for layer in ("conv1", "conv2")}
        self.request_now = Request(frozenset(wants), answers=True, curves=True)


def wait_for_frames(live: LiveModel, seen: Greedy, count: float) -> None:
    """Wait until so many have come, or the next one is asked for: small steps leave no time."""
    until(lambda: live._safe_point._early or len(seen.frames) > count)


def result(seen: Greedy | None) -> dict[str, Any]:
    torch.manual_seed(1)
    np.random.seed(1)  # the global state is meant
    random.seed(1)
    model = Net()
    data = torch.utils.data.TensorDataset(torch.randn(256, 1, 8, 8), torch.randint(2, (256,)))
    loader = torch.utils.data.DataLoader(data, batch_size=16, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), 1e-2, weight_decay=1e-3)
    live = None
    if seen is not None:
        live = watch(model, optimizer, classes=["a", "b"], budget=1, rate_hz=1000)
        live.subscribe(seen)
    batches = itertools.chain.from_iterable(itertools.repeat(loader))
    for step, (x, y) in enumerate(itertools.islice(batches, 200)):
        loss = nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if live is not None:
            live.log(loss=loss)
            wait_for_frames(live, seen, step / 3)
    if live is not None:
        live.close()
    return {
        **{name: value.clone() for name, value in model.state_dict().items()},
        **{
            f"{i} {name}": value
            for i, state in optimizer.state_dict()["state"].items()
            for name, value in state.items()
        },
        "torch": torch.get_rng_state(),
        "numpy": torch.from_numpy(np.random.get_state()[1].astype(np.int64)),
        "python": torch.tensor(hash(random.getstate())),
        "mode": torch.tensor(model.training),
    }


def test_a_watched_run_ends_in_the_same_bits() -> None:
    alone = result(None)
    viewer = Greedy()
    watched = result(viewer)
    assert len(viewer.frames) > 50
    assert {want.quantity for want in viewer.frames[-2].arrays} >= {"map_after", "update"}
    assert alone.keys() == watched.keys()
    for name, value in alone.items():
        assert torch.equal(value, watched[name]), name


class Pausing(nn.Module):
    """A layer that notes in which mode each thread runs it, and can be made to take long."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.inside, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()
        self.modes: list[tuple[threading.Thread, bool]] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.modes.append((threading.current_thread(), self.training))
        self.inside.set()
        assert self.go_on.wait(20)
        return self.conv(x)


def test_training_that_begins_during_a_probe_pass_waits_for_its_end() -> None:
    model = Pausing()
    live = watch(model, torch.optim.SGD(model.parameters(), 0.1), probe=torch.randn(2, 1, 8, 8))
    model.inside.clear()
    model.go_on.clear()
    live.subscribe(Viewer("map_after", layer="conv"))
    assert model.inside.wait(20)
    trainer = threading.Thread(target=model, args=(torch.randn(4, 1, 8, 8),))
    trainer.start()
    # Without the gate it would be through by now, in the mode of the pass.
    trainer.join(0.3)
    model.go_on.set()
    trainer.join(20)
    assert [mode for thread, mode in model.modes if thread is trainer] == [True]
    live.close()
