"""Networks, loops and viewers that the live tests share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from kernelwidgets.live import LiveModel, watch
from kernelwidgets.wire.schema import SourceInfo, Status
from kernelwidgets.wire.source import Frame, Request, Want, Wanted


class SmallNet(nn.Module):
    """Two convolutions and a readout, for 8×8 pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3)
        self.conv2 = nn.Conv2d(4, 4, 3)
        self.out = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.conv2(self.conv1(x).relu()).relu().amax((-2, -1)))


def watched(optimizer: type[torch.optim.Optimizer] = torch.optim.SGD, **options: object):
    """A small net, its optimizer, and its live model."""
    torch.manual_seed(0)
    model = SmallNet()
    opt = optimizer(model.parameters(), lr=0.01)
    return model, opt, watch(model, opt, **options)


def step(model: nn.Module, optimizer: torch.optim.Optimizer) -> Tensor:
    """One ordinary training step."""
    x = torch.randn(4, 1, 8, 8)
    loss = nn.functional.cross_entropy(model(x), torch.tensor([0, 1, 0, 1]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


class Loop:
    """Trains on a thread of its own until it is told to end."""

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        self.error: BaseException | None = None
        self._on = True
        self._thread = threading.Thread(target=self._run, args=(model, optimizer))

    def _run(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        try:
            while self._on:
                step(model, optimizer)
        except BaseException as error:  # noqa: BLE001  # the test looks at it
            self.error = error

    def __enter__(self) -> Loop:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._on = False
        self._thread.join(30)
        assert not self._thread.is_alive()


class Viewer:
    """A subscriber that keeps what it gets; `busy` and `hidden` can be set."""

    def __init__(self, *quantities: Wanted, layer: str = "conv1", curves: bool = False) -> None:
        self.request_now = Request(frozenset(Want(q, layer) for q in quantities), curves=curves)
        self.frames: list[Frame] = []
        self.statuses: list[Status] = []
        self.infos: list[SourceInfo] = []
        self.threads: set[threading.Thread] = set()
        self.hidden = False
        self.busy = False

    def request(self) -> Request | None:
        return None if self.hidden else self.request_now

    def ready(self) -> bool:
        return not self.busy

    def deliver(self, frame: Frame) -> None:
        self.threads.add(threading.current_thread())
        self.frames.append(frame)

    def deliver_status(self, status: Status) -> None:
        self.statuses.append(status)

    def deliver_info(self, info: SourceInfo) -> None:
        self.infos.append(info)


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.002)


def train(live: LiveModel, model: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> int:
    """A training function for `live.run`."""
    for _ in range(steps):
        live.log(loss=step(model, optimizer))
    return steps
