"""Frames that JupyterLab paints in a second, from a model in training to the screen.

Beside the grid runs the least that can be done on the same way: an anywidget of a few lines that
is sent as many bytes, paints, and says so, with four frames on their way at a time. JupyterLab is
started as `kernelwidgets demo` starts it, and once more as it starts by itself.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from tests.bench._figures import Effort, Figure, at_least, interleaved, ratio
from tests.bench._page import NO_DISPLAY, notebook
from tests.browser.harness import LabPage

# Kernels, their size, pixels of a cell (to have them all in sight), and frames per second to reach.
LAYERS = ((64, 7, None, 60), (4096, 3, 1, 55), (4096, 7, 1, 45))
SPANS = 4
SETTLE_S = 1

GRID = """
import torch, kernelwidgets as kw
torch.set_num_threads(1)
model = torch.nn.Conv2d(1, KERNELS, SIZE, bias=False)
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
live = kw.watch(model, optimizer, budget=1.0, rate_hz=75)
live.max_steps_per_s = 200
def train():
    while True:
        model.weight.grad = torch.randn_like(model.weight)
        optimizer.step()
run = live.run(train)
grid = kw.KernelGrid(live, cell_px=CELL_PX)
grid
"""
BARE = """
import os, threading, anywidget, traitlets

class Bare(anywidget.AnyWidget):
    _esm = '''
    export default { render({ model, el }) {
      const canvas = document.createElement("canvas");
      el.dataset.kwView = "bare";
      canvas.width = 64;
      canvas.height = 32;
      el.append(canvas);
      let asked = 0;
      const paint = () => {
        asked = 0;
        const bytes = model.get("data");
        const pixels = new Uint8ClampedArray(bytes.buffer, bytes.byteOffset, 4 * 64 * 32);
        canvas.getContext("2d").putImageData(new ImageData(pixels, 64, 32), 0, 0);
        el.dataset.kwStep = model.get("seq");
        model.send({ seq: model.get("seq") });
      };
      model.on("change:seq", () => (asked ||= requestAnimationFrame(paint)));
    } };
    '''
    seq = traitlets.Int(0).tag(sync=True)
    data = traitlets.Bytes(b"").tag(sync=True)

on, word, painted = threading.Event(), threading.Condition(), 0

def note(widget, content, buffers):
    global painted
    with word:
        painted = content["seq"]
        word.notify()

def stream():
    while on.wait():
        with word:
            word.wait_for(lambda: bare.seq < painted + 4, 1)
        with bare.hold_sync():
            bare.seq, bare.data = bare.seq + 1, os.urandom(max(len(grid._data), 4 * 64 * 32))

bare = Bare()
bare.on_msg(note)
threading.Thread(target=stream, daemon=True).start()
bare
"""
SEEN = "part = grid._frame['kernels']; print(len(part['outs']), len(grid._data))"
# Changes of the step on show: it says what stands on the screen.
COUNT = """([name, seconds]) => new Promise(resolve => {
  const root = document.querySelector(`[data-kw-view="${name}"]`);
  let frames = 0;
  const observer = new MutationObserver(changes => frames += changes.length);
  observer.observe(root, { attributeFilter: ["data-kw-step"] });
  const start = performance.now();
  setTimeout(() => {
    observer.disconnect();
    resolve(1000 * frames / (performance.now() - start));
  }, 1000 * seconds);
})"""


def painted_hz(page: LabPage, view: str, seconds: float, start: str, stop: str) -> float:
    """Frames that a view paints per second while it alone is at work."""
    page.run_python(start)
    page.page.evaluate(COUNT, [view, SETTLE_S])
    rate = float(page.page.evaluate(COUNT, [view, seconds]))
    page.run_python(stop)
    return rate


@contextmanager
def open_grid(setting: str, *more: str, **options: Any) -> Iterator[LabPage]:
    """A notebook with the grid, at rest."""
    with notebook([setting, GRID, *more], flags=NO_DISPLAY, **options) as page:
        page.page.wait_for_selector('[data-kw-view="kernel-grid"][data-kw-step]')
        page.page.evaluate(COUNT, ["kernel-grid", SETTLE_S])
        page.run_python("live.pause().wait(5)")
        yield page


def figures(effort: Effort) -> Iterator[Figure]:
    seconds = effort.seconds / SPANS
    grid = partial(
        painted_hz, view="kernel-grid", seconds=seconds, start="live.resume()", stop="live.pause()"
    )
    bare = partial(painted_hz, view="bare", seconds=seconds, start="on.set()", stop="on.clear()")
    for kernels, size, cell_px, limit in LAYERS:
        setting = f"KERNELS, SIZE, CELL_PX = {kernels}, {size}, {cell_px}"
        with open_grid(setting, BARE) as page:
            seen, sent = map(int, page.run_python(SEEN).split())
            if seen != kernels:
                raise RuntimeError(f"only {seen} of {kernels} kernels are in sight")
            ours, least = interleaved(SPANS, partial(grid, page), partial(bare, page))
        with open_grid(setting, server_options={}) as page:
            plain = statistics.median(grid(page) for _ in range(SPANS))
        name = f"frames painted per second, {kernels}×{size}×{size}"
        about = (
            f"{sent / 1000:.0f} kB each; {ratio(ours, least):.2f} of a bare widget's rate; "
            f"{plain:.0f} Hz where the server holds small messages back"
        )
        yield at_least(name, statistics.median(ours), limit, "Hz", about)
