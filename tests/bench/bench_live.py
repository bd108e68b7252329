"""What a visible Lab takes of training, and how well the live model knows."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional

from kernelwidgets.live import LiveModel, watch
from kernelwidgets.testing import front_end
from kernelwidgets.widgets.lab import Lab
from tests.bench._figures import Effort, Figure, at_least, at_most, interleaved, ratio

PAIRS = 30
LEAD_S = 1.0
"""Trained before it counts: what a turn begins with, such as a frame that is waited for, is over."""

WARM_UP_S = 20
"""Until the live model knows what it costs."""


class Block(nn.Module):
    """The basic block of ResNet-18 (He et al. 2015, figure 2)."""

    def __init__(self, ins: int, outs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(ins, outs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outs)
        self.conv2 = nn.Conv2d(outs, outs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outs)
        self.short = nn.Conv2d(ins, outs, 1, stride, bias=False) if ins != outs else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm2(self.conv2(self.norm1(self.conv1(x)).relu()))
        return (y + self.short(x)).relu()


def resnet18() -> nn.Module:
    """ResNet-18 as it is used on pictures of 32×32: no pooling at the start."""
    widths = (64, 64, 64, 128, 128, 256, 256, 512, 512)
    blocks = [Block(ins, outs, 2 if ins != outs else 1) for ins, outs in itertools.pairwise(widths)]
    start = (nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU())
    end = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))
    return nn.Sequential(*start, *blocks, *end)


def digits_cnn() -> nn.Module:
    """Two convolutions for the 8×8 digits of scikit-learn."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(128, 10),
    )


class Training:
    """A network in training; `block` trains for some seconds and tells the steps per second."""

    def __init__(self, model: nn.Module, data: tuple[Tensor, Tensor], batch: int) -> None:
        torch.manual_seed(0)
        self.model = model
        self.optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
        self.steps = 0
        self._data, self._batch = data, batch

    def block(self, seconds: float, log: Callable[..., None] | None = None) -> float:
        x, y = self._data
        start, steps = time.perf_counter(), 0
        while time.perf_counter() < start + seconds or steps < 3:
            chosen = torch.randint(len(x), (self._batch,))
            loss = functional.cross_entropy(self.model(x[chosen]), y[chosen])
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            if log is not None:
                log(loss=loss)
            steps += 1
        return steps / (time.perf_counter() - start)


@contextmanager
def unwatched(training: Training) -> Iterator[None]:
    """Take all hooks off for a while, those too that a model at rest has."""
    model, optimizer = training.model, training.optimizer
    hooks: tuple[dict[int, Any], ...] = (
        model._forward_pre_hooks,
        model._forward_hooks,
        optimizer._optimizer_step_pre_hooks,
        optimizer._optimizer_step_post_hooks,
    )
    kept = [dict(each) for each in hooks]
    for each in hooks:
        each.clear()
    try:
        yield
    finally:
        for each, before in zip(hooks, kept, strict=True):
            each.update(before)


@dataclass
class Sides:
    """Steps per second watched and unwatched, in pairs; what watching was said to cost.

    `frames_per_s` came while it trained.
    """

    watched: list[float]
    alone: list[float]
    costs: list[float]
    frames_per_s: float

    @property
    def kept(self) -> float:
        """The share of its pace that training keeps: the median of the pairs."""
        return ratio(self.watched, self.alone)

    @property
    def ratios(self) -> list[float]:
        """The same, pair by pair."""
        return [one / other for one, other in zip(self.watched, self.alone, strict=True)]

    @property
    def doubt(self) -> float:
        """Standard error of the median."""
        return 1.25 * statistics.stdev(self.ratios) / len(self.ratios) ** 0.5


def in_turns(
    training: Training,
    live: LiveModel,
    frames: Callable[[], int],
    s: float,
    look: Callable[[bool], None] = lambda watched: None,
) -> Sides:
    """Train for `s` seconds watched and unwatched, in turns.

    One run of one network, on one thread: of two alike one is faster by several per cent, by where
    its memory lies.

    Parameters
    ----------
    frames
        How many there have been.
    look
        Told before each turn whether it is watched.
    """
    costs: list[float] = []
    counts: list[int] = []

    def seen() -> float:
        look(True)
        training.block(LEAD_S, live.log)
        before = frames()
        rate = training.block(s, live.log)
        counts.append(frames() - before)
        return rate

    def bare() -> float:
        look(False)
        with unwatched(training):
            training.block(LEAD_S)
            return training.block(s)

    def loop() -> Sides:
        # The live model counts the time without hooks as time that watching does not cost.
        for_costs = partial(training.block, WARM_UP_S, live.log)
        for_costs()
        costs.append(live.cost)
        watched, alone = interleaved(PAIRS, seen, bare)
        look(True)
        for_costs()
        costs.append(live.cost)
        return Sides(watched, alone, costs, sum(counts) / (PAIRS * s))

    sides: Sides = live.run(loop).result()
    return sides


def compare(
    name: str, make: Callable[[], nn.Module], data: tuple[Tensor, Tensor], batch: int, s: float
) -> Iterator[Figure]:
    """What a Lab in sight takes of a network's training."""
    training = Training(make(), data, batch)
    live = watch(training.model, training.optimizer, classes=list("0123456789"))
    lab = Lab(live)
    with front_end(lab) as page:

        def look(watched: bool) -> None:
            page.show(lab) if watched else page.hide(lab)

        sides = in_turns(training, live, lambda: page.frames, s, look)
    live.close()
    kept, doubt = sides.kept, sides.doubt
    about = (
        f"± {doubt:.3f}, mean {statistics.fmean(sides.ratios):.3f}; "
        f"{sides.frames_per_s:.1f} frames/s, {statistics.median(sides.alone):.0f} steps/s"
    )
    yield at_least(f"throughput with a visible Lab, {name}", kept, 0.98, about=about)
    cost = statistics.fmean(sides.costs)
    apart = 100 * abs(cost - (1 - kept))
    about = f"says {100 * cost:.1f} %, is {100 * (1 - kept):.1f} ± {100 * doubt:.1f} %"
    yield at_most(f"live.cost against the true loss, {name}", apart, 1, "points", about)


def figures(effort: Effort) -> Iterator[Figure]:
    """Two networks, at the default budget."""
    torch.set_num_threads(1)
    pictures, numbers = load_digits(return_X_y=True)
    x = torch.tensor(pictures, dtype=torch.float32).reshape(-1, 1, 8, 8) / 16
    digits = x, torch.tensor(numbers)
    seconds = effort.seconds / 5
    yield from compare("small CNN on digits", digits_cnn, digits, 64, seconds)
    colors = torch.randn(256, 3, 32, 32), torch.randint(10, (256,))
    yield from compare("ResNet-18 at 32×32", resnet18, colors, 8, 2 * seconds)
