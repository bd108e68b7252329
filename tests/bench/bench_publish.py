"""What a frame takes of the training thread, and what a step without one does.

Times are processor times of the training thread itself, so that they mean the same on a busy
machine; what training waits for while the publisher works is part of the throughput that the
bench `live` measures.
"""

from __future__ import annotations

import io
import itertools
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import nn

from kernelwidgets.live import LiveModel, watch
from kernelwidgets.testing import front_end
from kernelwidgets.widgets.kernel_grid import KernelGrid
from kernelwidgets.wire.schema import SourceInfo, Status
from kernelwidgets.wire.source import Frame, Request
from tests.bench._figures import Effort, Figure, at_least, at_most, interleaved

SHAPE = (64, 3, 7, 7)
BURST_S = 0.2


class Witness:
    """A subscriber that wants nothing and notes at which steps the others got a frame."""

    def __init__(self) -> None:
        self.steps: set[int] = set()

    def request(self) -> Request:
        return Request()

    def ready(self) -> bool:
        return True

    def deliver(self, frame: Frame) -> None:
        self.steps.add(frame.step)

    def deliver_status(self, status: Status) -> None:
        pass

    def deliver_info(self, info: SourceInfo) -> None:
        pass


class Training:
    """A layer of 64×3×7×7 that learns; the time of its optimizer's steps, hooks included."""

    def __init__(self) -> None:
        self.model = nn.Sequential(nn.Conv2d(*reversed(SHAPE[:2]), SHAPE[2]))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=1e-3)
        self._pictures = torch.randn(16, 3, 32, 32)

    def step_s(self) -> float:
        """Seconds that the optimizer took of this thread, after a pass forth and back."""
        self.optimizer.zero_grad()
        self.model(self._pictures).square().mean().backward()
        return thread_seconds(self.optimizer.step)


def thread_seconds(call: Callable[[], object]) -> float:
    """Processor seconds that a call takes of this thread."""
    start = time.thread_time()
    call()
    return time.thread_time() - start


@contextmanager
def visible_grid(live: LiveModel) -> Iterator[Witness]:
    """A grid on a page that acks, and who notes its frames."""
    witness = Witness()
    leave = live.subscribe(witness)
    grid = KernelGrid(live)
    with front_end(grid):
        yield witness
    grid.close()
    leave()


class Published:
    """Seconds that a frame takes of the thread that trains, one short burst after the other."""

    def __init__(self, training: Training, live: LiveModel, witness: Witness) -> None:
        self._training, self._live, self._witness = training, live, witness
        self.frames = 0

    def __call__(self) -> float:
        taken: dict[int, float] = {}
        end = time.perf_counter() + BURST_S
        while time.perf_counter() < end:
            seconds = self._training.step_s()
            taken[self._live.step_count] = seconds
        seen = self._witness.steps & taken.keys()
        self.frames += len(seen)
        with_frame = [taken[step] for step in seen]
        without = [seconds for step, seconds in taken.items() if step not in seen]
        if not (with_frame and without):
            return math.nan
        return statistics.median(with_frame) - statistics.median(without)


def matplotlib_png(weights: torch.Tensor) -> Callable[[], object]:
    """Draws the kernels as one picture the cheap way: new data for the old artist."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots()
    tiles = weights.detach().permute(0, 2, 3, 1).reshape(8, 8, 7, 7, 3)
    mosaic = tiles.permute(0, 2, 1, 3, 4).reshape(56, 56, 3)
    picture = axes.imshow(torch.zeros(56, 56, 3).numpy())

    def draw() -> None:
        picture.set_data((mosaic * 2 + 0.5).clamp(0, 1).numpy())
        figure.savefig(io.BytesIO(), format="png")

    return draw


def tensorboard_images(weights: torch.Tensor, folder: str) -> Callable[[], object]:
    """Writes the kernels as TensorBoard images."""
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(folder)
    steps = itertools.count()

    def write() -> None:
        pictures = (weights.detach() * 2 + 0.5).clamp(0, 1)
        writer.add_images("kernels", pictures, next(steps))

    return write


def safe_point_s(rounds: int) -> float:
    """Seconds that the hooks add to an optimizer's step while nothing is seen."""
    plain, watched = Training(), Training()
    live = watch(watched.model, watched.optimizer)

    def median(step: Callable[[], object]) -> Callable[[], float]:
        return lambda: statistics.median(thread_seconds(step) for _ in range(1000))

    without, hooked = interleaved(
        rounds, median(plain.optimizer.step), median(watched.optimizer.step)
    )
    live.close()
    return statistics.median(b - a for a, b in zip(without, hooked, strict=True))


def figures(effort: Effort) -> Iterator[Figure]:
    torch.set_num_threads(1)
    rounds = max(3, int(effort.seconds * 3))
    idle = safe_point_s(rounds)
    yield at_most("safe point with nothing to do", idle * 1e6, 5, "µs", "added to a step")

    training = Training()
    live = watch(training.model, training.optimizer, budget=1.0)
    with visible_grid(live) as witness, tempfile.TemporaryDirectory() as folder:
        ours = Published(training, live, witness)
        matplotlib = matplotlib_png(training.model[0].weight)
        tensorboard = tensorboard_images(training.model[0].weight, folder)
        columns = interleaved(
            rounds,
            ours,
            lambda: thread_seconds(matplotlib),
            lambda: thread_seconds(tensorboard),
        )
    live.close()
    frame, png, images = (
        statistics.median(value for value in column if not math.isnan(value)) for column in columns
    )
    what = "a published frame of 64×3×7×7"
    about = f"{ours.frames} frames"
    yield at_most(f"training-thread time, {what}", frame * 1e3, 0.1, "ms", about)
    about = f"matplotlib {png * 1e3:.1f} ms"
    yield at_least(f"matplotlib set_data + PNG / {what}", png / frame, 100, "×", about)
    about = f"TensorBoard {images * 1e3:.2f} ms"
    yield at_most(f"{what} / TensorBoard add_images", frame / images, 1, "×", about)
