"""What a visible Lab takes of training, and how well the live model knows."""

from __future__ import annotations

import itertools
import math
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from scipy.stats import trim_mean
from scipy.stats.mstats import trimmed_stde
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional

from kernelwidgets.live import LiveModel, watch
from kernelwidgets.testing import front_end
from kernelwidgets.widgets.lab import Lab
from tests.bench._figures import Effort, Figure, at_least, at_most, interleaved

PAIRS = 240
"""At half a second; of longer turns fewer."""

LEAD_S = 0.05
"""Trained before it counts, so that what a turn began is over with the next."""

HALF = 0.01
"""Of the default budget: a Lab is watched for half of the time."""

CUT = 0.02
"""Machines stand still now and then: this share of the pairs is left out at either end."""

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

    def block(
        self, seconds: float, log: Callable[..., None] | None = None, *, least: int = 3
    ) -> float:
        x, y = self._data
        start, steps = time.perf_counter(), 0
        while time.perf_counter() < start + seconds or steps < least:
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

    Steps watched are counted in the time that the training thread had for them; `held` is the
    share of the time that it had not. A pass of the probe takes longer than a step and comes
    once in many turns: whoever leaves out outermost turns leaves out that.
    """

    watched: list[float]
    alone: list[float]
    held: float
    said: float
    frames_per_s: float

    @property
    def _ratios(self) -> list[float]:
        return [one / other for one, other in zip(self.watched, self.alone, strict=True)]

    @property
    def kept(self) -> float:
        """The share of its pace that training keeps: the mean of the pairs, trimmed.

        Not their median: most pairs meet no frame.
        """
        return float(trim_mean(self._ratios, CUT)) * (1 - self.held)

    @property
    def doubt(self) -> float:
        """Standard error of that mean."""
        return float(trimmed_stde(self._ratios, (CUT, CUT)))


def in_turns(training: Training, live: LiveModel, frames: Callable[[], int], s: float) -> Sides:
    """Train for `s` seconds watched and unwatched, in turns.

    In one run, on one thread: of two networks alike one is faster, by where its memory lies. So
    the live model works for half of the time, and has half of its budget for that.

    Parameters
    ----------
    frames
        How many there have been.
    """
    meter, publisher = live._meter, live._publisher
    costs: list[float] = []
    counts: list[int] = []
    watched_s = held_s = 0.0

    def seen() -> float:
        nonlocal watched_s, held_s
        start, before, held = time.perf_counter(), frames(), meter._here_s
        # The time without hooks is no step, and waiting for a frame begins now.
        meter._last_step, meter._not_before = start, 0.0
        training.block(LEAD_S, live.log, least=1)
        middle, held_before = time.perf_counter(), meter._here_s - held
        rate = training.block(s, live.log)
        end, held = time.perf_counter(), meter._here_s - held
        meter._not_before = math.inf
        counts.append(frames() - before)
        costs.append(live.cost)
        watched_s += end - start
        held_s += held
        return rate / (1 - (held - held_before) / (end - middle))

    def bare() -> float:
        # Nobody may publish either, not even how fast it goes.
        with unwatched(training), publisher._news:
            training.block(LEAD_S, least=1)
            return training.block(s)

    pairs = round(PAIRS * 0.5 / s)

    def loop() -> Sides:
        training.block(WARM_UP_S, live.log)
        start = time.perf_counter()
        watched, alone = interleaved(pairs, seen, bare)
        share = watched_s / (time.perf_counter() - start)
        said = statistics.fmean(costs[pairs // 10 :]) / share
        return Sides(watched, alone, held_s / watched_s, said, sum(counts) / watched_s)

    sides: Sides = live.run(loop).result()
    return sides


def compare(
    name: str, make: Callable[[], nn.Module], data: tuple[Tensor, Tensor], batch: int, s: float
) -> Iterator[Figure]:
    """What a Lab in sight takes of a network's training."""
    training = Training(make(), data, batch)
    live = watch(training.model, training.optimizer, classes=list("0123456789"), budget=HALF)
    lab = Lab(live)
    with front_end(lab) as page:
        sides = in_turns(training, live, lambda: page.frames, s)
    live.close()
    kept, doubt = sides.kept, sides.doubt
    pace = f"{sides.frames_per_s:.1f} frames/s, {statistics.median(sides.alone):.0f} steps/s"
    name_of_kept = f"throughput with a visible Lab, {name}"
    yield at_least(name_of_kept, kept, 0.98, about=f"± {doubt:.3f}; {pace}")
    apart = 100 * abs(sides.said - (1 - kept))
    about = f"says {100 * sides.said:.1f} %, is {100 * (1 - kept):.1f} ± {100 * doubt:.1f} %"
    yield at_most(f"live.cost against the true loss, {name}", apart, 1, "points", about)


def figures(effort: Effort) -> Iterator[Figure]:
    """Two networks, at the default budget."""
    torch.set_num_threads(1)
    pictures, numbers = load_digits(return_X_y=True)
    x = torch.tensor(pictures, dtype=torch.float32).reshape(-1, 1, 8, 8) / 16
    digits = x, torch.tensor(numbers)
    seconds = effort.seconds / 20
    yield from compare("small CNN on digits", digits_cnn, digits, 64, seconds)
    colors = torch.randn(256, 3, 32, 32), torch.randint(10, (256,))
    yield from compare("ResNet-18 at 32×32", resnet18, colors, 8, 2 * seconds)
