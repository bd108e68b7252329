"""Exported pages in a real browser: from file://, with the network cut, under their own policy."""

from __future__ import annotations

import itertools
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, Protocol

import nbformat
import numpy as np
import pytest
import torch
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page, Request, expect

import kernelwidgets as kw
from tests.browser.harness import ARTIFACTS, AXE, AXE_RUN

VIOLATIONS = """addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  console.error(`policy: ${violatedDirective} ${blockedURI}`))"""
SPILLED = "() => document.documentElement.scrollWidth - innerWidth"

PICTURE = np.array([[9, 8, 7, 6], [5, 4, 3, 2], [1, 2, 3, 4], [5, 6, 7, 8]])
KERNEL = np.arange(1, 10).reshape(3, 3)
CELL = """
import torch, kernelwidgets as kw
torch.set_num_threads(1)
trainer = kw.demo("lines")
trainer.max_steps_per_s = None
kw.embed(trainer.record(steps=30, every=1))
"""


class OpenPage(Protocol):
    def __call__(
        self, path: Path, *, scripts: bool = True, reduced_motion: bool = False
    ) -> Page: ...


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens a file; at the end nothing may have been asked of anywhere else, and no error said."""
    errors: list[str] = []
    opened: list[Page] = []

    def note_request(request: Request) -> None:
        if not request.url.startswith(("file:", "data:", "blob:", "about:")):
            errors.append(f"request: {request.url}")

    def note_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            errors.append(message.text)

    def note_error(error: Error) -> None:
        errors.append(error.message)

    def open_page(path: Path, *, scripts: bool = True, reduced_motion: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": 1280, "height": 800},
            offline=True,
            java_script_enabled=scripts,
            reduced_motion="reduce" if reduced_motion else "no-preference",
        )
        context.set_default_timeout(15_000)
        context.add_init_script(VIOLATIONS)
        page = context.new_page()
        page.on("request", note_request)
        page.on("console", note_console)
        page.on("pageerror", note_error)
        page.goto(path.as_uri())
        opened.append(page)
        return page

    yield open_page
    for page in opened:
        page.context.close()
    assert errors == []


@pytest.fixture(scope="module")
def explorer() -> kw.ConvolutionExplorer:
    return kw.ConvolutionExplorer(PICTURE, KERNEL)


@pytest.fixture(scope="module")
def recording() -> kw.Recording:
    torch.set_num_threads(1)
    trainer = kw.demo("lines")
    trainer.max_steps_per_s = None
    return trainer.record(steps=60, every=2)


def serious(page: Page) -> list[dict[str, Any]]:
    """What axe finds wrong with a page."""
    page.evaluate(AXE.read_text())
    found = page.evaluate_handle("document").evaluate(AXE_RUN)
    return [one for one in found if one["impact"] in ("serious", "critical")]


def test_explorer_works_without_python(
    explorer: kw.ConvolutionExplorer, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(kw.export_html(explorer, tmp_path / "page.html", title="By hand"))
    expect(page).to_have_title("By hand")
    expect(page.get_by_role("heading", level=1)).to_have_text("By hand")
    terms = page.locator(".kw-x-terms")
    expect(terms).to_have_text("1·9 + 2·8 + 3·7 + 4·5 + 5·4 + 6·3 + 7·1 + 8·2 + 9·3 = 154")
    page.get_by_role("group", name="Output: arrow keys").press("ArrowRight")
    expect(terms).to_contain_text("= 157")
    page.get_by_role("radio", name="Convolution", exact=True).click()
    expect(terms).to_contain_text("= 233")
    cell = page.get_by_role("spinbutton", name="Kernel row 1, column 1")
    cell.click()
    cell.press_sequentially("-3.5")
    cell.press("Enter")
    expect(terms).to_contain_text("= 133")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_page_looks_well_and_axe_finds_nothing_serious(
    explorer: kw.ConvolutionExplorer,
    open_page: OpenPage,
    tmp_path: Path,
    theme: Literal["light", "dark"],
) -> None:
    path = kw.export_html(explorer, tmp_path / "page.html")
    page = open_page(path)
    page.emulate_media(color_scheme=theme)
    expect(page.locator("[data-kw-view]")).to_have_attribute("data-kw-theme", theme)
    for width in (560, 1000, 1600):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(SPILLED) <= 0
        page.screenshot(path=ARTIFACTS / f"page-explorer-{theme}-{width}.png")
    assert serious(page) == []


def test_recording_plays_scrubs_and_is_edited_without_python(
    recording: kw.Recording, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(kw.export_html(recording, tmp_path / "page.html"))
    view = page.locator("[data-kw-view=player]")
    expect(page.get_by_role("heading", level=1)).to_have_text("Lines")
    # It plays by itself, and then to its end.
    expect(view).not_to_have_attribute("data-kw-step", "60")
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    slider = page.get_by_role("slider", name="Step", exact=True)
    slider.fill("0")
    expect(view).to_have_attribute("data-kw-step", "0")
    slider.press("ArrowRight")
    expect(view).to_have_attribute("data-kw-step", "2")
    slider.press("End")
    expect(view).to_have_attribute("data-kw-step", "60")
    cell = view.get_by_role("grid").get_by_role("spinbutton").first
    before = cell.get_attribute("aria-valuenow")
    cell.click()
    cell.press_sequentially("0.4")
    cell.press("Enter")
    expect(cell).to_have_attribute("aria-valuenow", re.compile(r"^0\.4"))
    view.get_by_role("button", name="Undo").click()
    expect(cell).to_have_attribute("aria-valuenow", before or "")
    assert serious(page) == []


def test_hand_made_kernel_travels_exactly(open_page: OpenPage, tmp_path: Path) -> None:
    sobel = [[1, 0, -1], [2, 0, -2], [1, 0, -1.001]]
    page = open_page(kw.export_html(sobel, tmp_path / "page.html"))
    cells = page.get_by_role("grid").get_by_role("spinbutton")
    values = [["1.000", "0.000", "-1.000"], ["2.000", "0.000", "-2.000"], ["1.000", "0.000"]]
    for nth, value in enumerate(itertools.chain(*values)):
        expect(cells.nth(nth)).to_have_attribute("aria-valuenow", re.compile(f"^{float(value):g}$"))
    expect(page.locator("footer")).to_contain_text("Weights are exact.")
    expect(page.get_by_role("region", name="Loss")).to_be_hidden()


def test_recording_stands_still_where_movement_is_unwelcome(
    recording: kw.Recording, open_page: OpenPage, tmp_path: Path
) -> None:
    path = kw.export_html(kw.KernelGrid(recording), tmp_path / "page.html")
    page = open_page(path, reduced_motion=True)
    expect(page.locator("[data-kw-view]")).to_have_attribute("data-kw-step", "60")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


VIEWS: dict[str, Callable[[kw.Recording], Any]] = {
    "array": lambda _: np.random.default_rng(0).normal(size=(6, 3, 3)),
    "moment": lambda recording: recording.at(10),
    "lab": lambda recording: kw.Lab(recording.at(60)),
    "grid": lambda recording: kw.KernelGrid(recording, show="seen_through", labels=True),
    "maps": kw.FeatureMaps,
    "editor": kw.KernelEditor,
    "curves": lambda recording: kw.LossCurve(recording, logarithmic=True),
}


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_travels(
    name: str, recording: kw.Recording, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(kw.export_html(VIEWS[name](recording), tmp_path / "page.html"))
    expect(page.locator("[data-kw-view]")).to_have_attribute("data-kw-step", re.compile(r"\d"))
    for width in (560, 1600):
        page.set_viewport_size({"width": width, "height": 800})
        page.screenshot(path=ARTIFACTS / f"page-{name}-{width}.png", full_page=True)
        assert page.evaluate(SPILLED) <= 0
    expect(page.locator("[role=alert]")).to_have_text("")


def test_text_of_every_kind_does_nothing_but_show(open_page: OpenPage, tmp_path: Path) -> None:
    evil = "</script><script>document.title = 'boom'</script><!-- \"'&\u202e"
    shown = evil.replace("\u202e", "\\u202e")
    model = torch.nn.Sequential(OrderedDict([(evil.replace(".", "_"), torch.nn.Conv2d(1, 2, 3))]))
    live = kw.watch(model, probe=torch.zeros(2, 1, 8, 8), classes=[evil, "b" * 1_000_000])
    page = open_page(kw.export_html(live, tmp_path / "page.html", title=evil))
    expect(page.locator("h1")).to_have_text(shown)
    expect(page.locator("[data-kw-view]")).to_contain_text(shown.replace(".", "_"))
    expect(page).to_have_title(shown)
    assert page.evaluate(SPILLED) <= 0


def test_text_does_nothing_but_show(
    explorer: kw.ConvolutionExplorer, open_page: OpenPage, tmp_path: Path
) -> None:
    evil = "</script><script>document.title = 'boom'</script><!-- <img src=x> \" ' &"
    page = open_page(kw.export_html(explorer, tmp_path / "page.html", title=evil))
    expect(page.locator("h1")).to_have_text(evil)
    expect(page).to_have_title(evil)
    expect(page.locator(".kw-x-terms")).to_contain_text("= 154")
    page = open_page(kw.export_html(explorer, tmp_path / "long.html", title="W" * 1_000_000))
    expect(page.locator(".kw-x-terms")).to_contain_text("= 154")
    assert page.evaluate(SPILLED) <= 0


def host_page(folder: Path, *outputs: str, background: str = "white") -> Path:
    """A page that is no Jupyter at all, with outputs of cells between long texts."""
    parts = "".join(f"<article>{output}</article><p>…</p>" for output in outputs)
    path = folder / "host.html"
    path.write_text(
        "<!doctype html><html lang=en><meta charset=utf-8><title>A lesson</title>"
        f"<body style='background: {background}'><h1>A lesson</h1>{parts}",
        encoding="utf-8",
    )
    return path


def test_embedded_page_sizes_itself_and_follows_the_page_around_it(
    explorer: kw.ConvolutionExplorer, open_page: OpenPage, tmp_path: Path
) -> None:
    outputs = kw.embed(explorer).html, kw.embed(explorer, height=333).html
    page = open_page(host_page(tmp_path, *outputs))
    frames = page.locator("iframe")
    inside = page.frame_locator("iframe").first
    view = inside.locator("[data-kw-view]")
    expect(inside.locator(".kw-x-terms")).to_contain_text("= 154")
    expect(view).to_have_attribute("data-kw-theme", "light")
    page.evaluate("document.body.style.background = '#181818'")
    expect(view).to_have_attribute("data-kw-theme", "dark")
    expect(page.get_by_text("trust the notebook")).to_have_count(2)
    expect(page.get_by_text("trust the notebook").first).to_be_hidden()

    def fits() -> bool:
        height = int(view.evaluate("node => node.getBoundingClientRect().bottom"))
        return abs(height_of(frames.first) - height) <= 2

    wait_until(page, fits)
    before = height_of(frames.first)
    page.set_viewport_size({"width": 600, "height": 800})
    wait_until(page, lambda: height_of(frames.first) != before and fits())
    frames.nth(1).scroll_into_view_if_needed()
    wait_until(page, lambda: height_of(frames.nth(1)) == 333)


def test_embedded_recording_starts_when_it_is_scrolled_into_view(
    recording: kw.Recording, open_page: OpenPage, tmp_path: Path
) -> None:
    tall = "<div style='height: 6000px'></div>"
    page = open_page(host_page(tmp_path, tall, kw.embed(kw.KernelGrid(recording)).html))
    view = page.frame_locator("iframe").locator("[data-kw-view=player]")
    page.locator("iframe").scroll_into_view_if_needed()
    expect(view).to_have_attribute("data-kw-step", re.compile(r"^\\d$|^[1-5]"))
    expect(view).to_have_attribute("data-kw-step", "60", timeout=60_000)
    expect(view.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_still_picture_shows_where_scripts_do_not_run(
    explorer: kw.ConvolutionExplorer, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(host_page(tmp_path, kw.embed(explorer).html), scripts=False)
    expect(page.get_by_text("trust the notebook to play")).to_be_visible()
    box = page.get_by_role("img").bounding_box()
    assert box is not None
    assert box["width"] > 40
    assert height_of(page.locator("iframe")) <= 1


def height_of(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box is not None
    return box["height"]


def wait_until(page: Page, condition: Any) -> None:
    """Wait for something that only Python can tell."""
    for _ in range(200):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not become true within 10 s")


def test_executed_notebook_plays_in_what_nbconvert_makes_of_it(
    open_page: OpenPage, tmp_path: Path
) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    NotebookClient(notebook, kernel_name="python3", store_widget_state=False).execute()
    # Scripts of nbconvert's own, which come from elsewhere, are of no concern here.
    bare = {f"{name}_url": "" for name in ("jquery", "mathjax", "mermaid_js", "require_js")}
    body, _ = HTMLExporter(**bare).from_notebook_node(notebook)
    path = tmp_path / "notebook.html"
    path.write_text(body, encoding="utf-8")
    page = open_page(path)
    view = page.frame_locator("iframe").locator("[data-kw-view=player]")
    expect(view).to_have_attribute("data-kw-step", "30", timeout=60_000)
    view.get_by_role("slider", name="Step", exact=True).fill("7")
    expect(view).to_have_attribute("data-kw-step", "7")
    expect(page.get_by_text("trust the notebook")).to_be_hidden()
