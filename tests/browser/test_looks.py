"""How the views look and read in light and dark: sizes, pictures in artifacts/, and axe."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.hands import TWO_DISPLAY_FRAMES, button, number, wait_for_step
from tests.browser.harness import LabPage

ALONE = {
    "kernel-grid": "kw.KernelGrid(trainer)",
    "feature-maps": "kw.FeatureMaps(trainer)",
    "kernel-editor": "kw.KernelEditor(trainer)",
    "controls": "kw.Controls(trainer)",
    "loss-curve": "kw.LossCurve(trainer)",
}
DEMO = """
import kernelwidgets as kw
trainer = kw.demo("lines")
trainer.fit(60)
trainer
"""
OUTPUT = "xpath=ancestor::*[contains(@class, 'jp-OutputArea-output')]"
SET_WIDTH = """(view, width_px) => {
  const { style } = view.closest(".jp-OutputArea-output");
  style.flex = "none";
  style.width = width_px ? `${width_px}px` : "";
}"""
# The Lab's curves stand above the charts beside it, where there are some.
SPILLED = """view => {
  const { right } = (view.closest(".kernelwidgets-lab") ?? view).getBoundingClientRect();
  return [...view.querySelectorAll("button, select, input, canvas, [role=grid]")]
    .filter(node => node.checkVisibility() && node.getBoundingClientRect().right > right + 1)
    .map(node => node.getAttribute("aria-label") ?? node.outerHTML.slice(0, 80));
}"""
IS_CUT = """(curves, words) => {
  const range = document.createRange();
  range.selectNodeContents(words);
  return range.getBoundingClientRect().right > curves.getBoundingClientRect().right;
}"""
BARS = """chart => [...chart.querySelectorAll("rect.bar")].map(bar => {
  const { x, width, height } = bar.getBoundingClientRect();
  return [x, width, height];
})"""


@pytest.fixture(scope="module")
def notebook(shared_lab: OpenNotebook) -> LabPage:
    notebook = shared_lab([DEMO, *ALONE.values()])
    notebook.run_all()
    notebook.page.locator(".bqplot rect.bar").first.wait_for(state="attached")
    return notebook


def test_bars_of_the_histogram_fill_their_axis_while_training(notebook: LabPage) -> None:
    lab, chart = notebook.view("lab"), notebook.page.locator(".bqplot").first
    button(lab, "Start").click()
    wait_for_step(lab, int(number(notebook, "trainer.step_count")) + 15)
    button(lab, "Pause").click()
    notebook.wait_for_python("not trainer.training")
    bars = chart.evaluate(BARS)
    room = chart.bounding_box()
    assert room is not None
    assert len(bars) == 41
    assert bars[-1][0] - bars[0][0] > 0.75 * room["width"]
    assert all(width >= 2 for _, width, _ in bars)
    assert sum(height > 0 for _, _, height in bars) > 8


def test_on_a_small_laptop_all_of_the_lab_fits_on_the_screen(
    notebook: LabPage, lab: OpenNotebook
) -> None:
    two_layers = lab(["import kernelwidgets as kw\ntrainer = kw.demo('digits')\ntrainer"])
    two_layers.run_all()
    two_layers.page.locator(".bqplot rect.bar").first.wait_for(state="attached")
    for each in (notebook, two_layers):
        assert each.page.viewport_size == {"width": 1280, "height": 720}
        view = each.view("lab")
        expect(button(view, "Start")).to_be_visible()
        # The charts came later, and the Lab made room for them.
        view.evaluate(TWO_DISPLAY_FRAMES)
        for part in (view, view.locator(OUTPUT)):
            box = part.bounding_box()
            assert box is not None
            assert box["height"] <= 560
    output, heights = two_layers.view("lab").locator(OUTPUT), set()
    for name in ("Census", "Map", "Weights"):
        two_layers.page.get_by_role("tab", name=name).click()
        two_layers.view("lab").evaluate(TWO_DISPLAY_FRAMES)
        box = output.bounding_box()
        assert box is not None
        heights.add(box["height"])
    assert len(heights) == 1
    two_layers.run_python("trainer.fit(3)")
    curves = view.get_by_role("region", name="Loss")
    words = curves.get_by_text("test accuracy")
    for width_px in (1280, 1000, 1600):
        two_layers.page.set_viewport_size({"width": width_px, "height": 720})
        for _ in range(2):
            button(view, "Present").click()
            view.evaluate(TWO_DISPLAY_FRAMES)
            assert not curves.evaluate(IS_CUT, words.element_handle())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_views_look_well_at_every_width(notebook: LabPage, theme: Literal["light", "dark"]) -> None:
    notebook.theme(theme)
    lab = notebook.view("lab")
    for width_px in (600, 760, 1200):
        notebook.page.set_viewport_size({"width": width_px + 240, "height": 2200})
        _widen(lab, width_px)
        notebook.screenshot(f"lab-{theme}-{width_px}", lab.locator(OUTPUT))
        assert lab.evaluate(SPILLED) == []
    notebook.page.set_viewport_size({"width": 1280, "height": 720})
    _widen(lab, None)
    for name in ALONE:
        view = notebook.view(name)
        notebook.screenshot(f"{name}-{theme}", view)
        assert view.evaluate(SPILLED) == []


def test_nothing_covers_the_curves_beside_the_lab(notebook: LabPage) -> None:
    lab, charts = notebook.view("lab"), notebook.page.locator(".kernelwidgets-charts")
    curves = lab.get_by_role("region", name="Loss")
    for name in ("Census", "Map", "Weights"):
        notebook.page.get_by_role("tab", name=name).click()
        lab.evaluate(TWO_DISPLAY_FRAMES)
        above, below = curves.bounding_box(), charts.bounding_box()
        assert above
        assert below
        assert above["y"] + above["height"] <= below["y"]
    button(lab, "Present").click()
    lab.evaluate(TWO_DISPLAY_FRAMES)
    room, drawn = (
        lab.bounding_box(),
        lab.get_by_role("region", name="Kernel editor").locator("canvas"),
    )
    box = drawn.bounding_box()
    assert room
    assert box
    assert box["x"] + box["width"] <= room["x"] + room["width"]
    button(lab, "Present").click()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(notebook: LabPage, theme: Literal["light", "dark"]) -> None:
    notebook.theme(theme)
    for name in ("lab", *ALONE):
        view = notebook.view(name)
        view.scroll_into_view_if_needed()
        found = notebook.axe(view)
        assert [one for one in found if one["impact"] in ("serious", "critical")] == []


def _widen(view: Locator, width_px: int | None) -> None:
    view.evaluate(SET_WIDTH, width_px)
    view.scroll_into_view_if_needed()
    # Layouts follow with the next display frames.
    view.page.wait_for_timeout(200)


def test_a_menu_opens_below_its_button_and_gives_the_focus_back(notebook: LabPage) -> None:
    lab = notebook.view("lab")
    more, menu = button(lab, "More"), lab.get_by_role("menu", name="More")
    more.click()
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    above, below = more.bounding_box(), menu.bounding_box()
    assert above
    assert below
    assert abs(below["x"] - above["x"]) < 1
    assert 0 < below["y"] - above["y"] - above["height"] < 8
    notebook.page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(more).to_be_focused()
    more.press("ArrowUp")
    expect(menu.get_by_role("menuitem", name="Copy as NumPy")).to_be_focused()
    lab.get_by_role("heading", name="Kernels").click()
    expect(menu).to_be_hidden()


def test_arrows_move_a_choice(notebook: LabPage) -> None:
    lab = notebook.view("lab")
    before, after = (lab.get_by_role("radio", name=name) for name in ("Before", "After"))
    before.check()
    before.press("ArrowRight")
    expect(after).to_be_checked()
    expect(after).to_be_focused()
    after.press("ArrowLeft")
    expect(before).to_be_checked()
