"""What grows while a Lab streams for minutes: the kernel's memory, and the page's."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

from tests.bench._figures import Effort, Figure, at_most
from tests.bench._page import notebook
from tests.browser.hands import button
from tests.browser.harness import LabPage

# A loop of one's own: what a Trainer remembers of its run, 64 MB at most, is meant to grow.
LOOP = """
import torch, kernelwidgets as kw
torch.set_num_threads(1)
model = torch.nn.Sequential(
    torch.nn.Conv2d(1, 8, 3), torch.nn.ReLU(), torch.nn.Conv2d(8, 16, 3), torch.nn.ReLU(),
    torch.nn.AdaptiveMaxPool2d(1), torch.nn.Flatten(), torch.nn.Linear(16, 10),
)
optimizer = torch.optim.Adam(model.parameters())
pictures, answers = torch.rand(1024, 1, 12, 12), torch.randint(10, (1024,))

def train():
    while True:
        for some in torch.randperm(1024).split(64):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(pictures[some]), answers[some])
            loss.backward()
            optimizer.step()
            live.log(loss=loss.detach())

live = kw.watch(model, optimizer, classes=list("0123456789"), budget=0.5)
lab = kw.Lab(live)
run = live.run(train)
"""
CELLS = [LOOP.strip(), "lab"]
# What the allocator keeps for later is given back first, where it can be asked to. On Linux only
# what was allocated counts, swapped out or not: pages of files come and go as the system likes.
MEMORY = """
import ctypes, gc, pathlib, psutil
gc.collect()
getattr(ctypes.CDLL(None), "malloc_trim", lambda pad: None)(0)
status = pathlib.Path("/proc/self/status")
if status.exists():
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    size = sum(1024 * int(lines[name].split()[0]) for name in ("RssAnon", "VmSwap"))
else:
    size = psutil.Process().memory_full_info().uss
print(size, lab._frame["seq"])
"""
SAMPLES = 20
WARM_UP = 0.1
"""Share of the minutes before the first sample: caches fill, code is compiled."""


def listen_until(page: LabPage, moment: float) -> None:
    """Wait, and read what the kernel says meanwhile: of too much unread it drops the last, too."""
    while (left := moment - time.monotonic()) > 0:
        page.page.wait_for_timeout(1000 * min(left, 2))
        page.run_python("")


def page_bytes(cdp: Any) -> int:
    """Bytes that the page holds: objects, the browser's own for them, and buffers."""
    for _ in range(2):
        cdp.send("HeapProfiler.collectGarbage")
    usage = cdp.send("Runtime.getHeapUsage")
    return int(sum(size for name, size in usage.items() if name != "totalSize"))


def growth_mb(at: list[float], sizes: list[int], seconds: float) -> float:
    """How much a size grows in so many seconds, by the line through its samples."""
    return statistics.linear_regression(at, sizes).slope * seconds / 1e6


def figures(effort: Effort) -> Iterator[Figure]:
    seconds = 60 * effort.minutes
    at, kernel, browser, frames = [], [], [], []
    with notebook(CELLS) as page:
        button(page.view("lab"), "Pause").wait_for()
        cdp = page.page.context.new_cdp_session(page.page)
        listen_until(page, time.monotonic() + seconds * WARM_UP)
        start = time.monotonic()
        for sample in range(SAMPLES + 1):
            listen_until(page, start + seconds * sample / SAMPLES)
            uss, seq = map(int, page.run_python(MEMORY).split())
            at.append(time.monotonic() - start)
            kernel.append(uss)
            browser.append(page_bytes(cdp))
            frames.append(seq)
    streamed = f"{frames[-1] - frames[0]} frames in {effort.minutes:g} minutes"
    for where, sizes in (("in Python", kernel), ("in the page", browser)):
        about = f"{streamed}, {sizes[0] / 1e6:.0f} → {sizes[-1] / 1e6:.0f} MB"
        grown = growth_mb(at, sizes, seconds)
        yield at_most(f"growth while streaming, {where}", max(grown, 0.0), 5, "MB", about)
