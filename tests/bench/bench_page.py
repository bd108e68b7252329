"""A page that replays 500 frames of 64 color kernels: its size, how soon it shows, how it plays."""

from __future__ import annotations

import contextlib
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

import kernelwidgets as kw
from tests.bench._figures import Effort, Figure, at_least, at_most
from tests.browser.conftest import FLAGS
from tools import chromium

STEPS, FRAMES = 1500, 500
OPENINGS = 5
PLAYED_S = 4
# When kernels stood on the screen first, and when each of the further frames came there.
WATCH = """
window.seen = [];
new MutationObserver((changes) => {
  for (const { attributeName } of changes) {
    if (attributeName === "data-kw-step") window.seen.push(performance.now());
  }
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-kw-step"] });
"""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def figures(effort: Effort) -> Iterator[Figure]:  # always as long
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        trainer = kw.demo("gabors_color")
        trainer.max_steps_per_s = None
        recording = trainer.record(steps=STEPS, every=STEPS // FRAMES)
        trainer.close()
        with contextlib.redirect_stdout(None):
            kw.export_html(recording, path)
        about = f"{len(recording)} frames"
        name = "page of 500 frames of 64 color kernels"
        yield at_most(name, path.stat().st_size / 1e6, 2, "MB", about)
        painted, shown, played = _opened(path)
        yield at_most("the same, opened: first paint", statistics.median(painted) / 1000, 1, "s")
        yield at_most("the same, opened: first kernels", statistics.median(shown) / 1000, 1, "s")
        yield at_least("the same, frames painted while it plays", played, 28, "a second")


def _opened(path: Path) -> tuple[list[float], list[float], float]:
    """Milliseconds to the first paint and to the first kernels, and frames per second."""
    painted, shown, path_of_chromium = [], [], chromium.find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path_of_chromium, args=FLAGS)
        for _ in range(OPENINGS):
            context = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True)
            context.add_init_script(WATCH)
            page = context.new_page()
            page.goto(path.as_uri())
            page.wait_for_function("window.seen.length > 0")
            page.wait_for_function(f"{PAINTED} !== undefined")
            painted.append(float(page.evaluate(PAINTED)))
            shown.append(float(page.evaluate("window.seen[0]")))
            page.wait_for_timeout(PLAYED_S * 1000)
            played = [float(at_ms) for at_ms in page.evaluate("window.seen")]
            context.close()
        browser.close()
    late = [at_ms for at_ms in played if at_ms > played[-1] - (PLAYED_S - 1) * 1000]
    return painted, shown, (len(late) - 1) / (late[-1] - late[0]) * 1000
