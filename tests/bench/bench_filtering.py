"""Filtering in the page: one picture under one kernel, in Chromium, by the code of the views."""

from __future__ import annotations

import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.bench._figures import Effort, Figure, at_most, interleaved
from tests.browser.conftest import FLAGS
from tools import chromium

ROOT = Path(__file__).parents[2]
# What is timed, and the milliseconds that it may take.
CALLS = {
    "gallery: a 512×512 picture under an 11×11 kernel, painted": ("gallery(512, 512)", 33),
    "the same at the gallery's resolution, 192×192": ("gallery(512, 192)", 16),
    "explorer: a 512×512 picture under an 11×11 kernel": ("explorer(512)", 33),
}
ROUNDS = 40
WARM_UP = 5


def script() -> str:
    """The timed code as the browser runs it, built as the wheel's entries are."""
    esbuild = ROOT / "js" / "node_modules" / "esbuild" / "bin" / "esbuild"
    entry = Path(__file__).parent / "filtering.ts"
    command = ["node", esbuild, entry, "--bundle", "--minify", "--target=es2022", "--format=iife"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def figures(effort: Effort) -> Iterator[Figure]:
    path = chromium.find()
    if path is None:
        raise RuntimeError("there is no Chromium: python tools/chromium.py installs one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_page()
        page.add_script_tag(content=script())

        def call(text: str) -> float:
            return float(page.evaluate(text))

        calls = [lambda text=text: call(text) for text, _ in CALLS.values()]
        interleaved(WARM_UP, *calls)
        measured = interleaved(ROUNDS, *calls)
        browser.close()
    for (name, (_, limit)), times in zip(CALLS.items(), measured, strict=True):
        about = f"median of {ROUNDS}, quickest {min(times):.1f}"
        yield at_most(name, statistics.median(times), limit, "ms", about)
