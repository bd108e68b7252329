"""A recording in a real JupyterLab: it plays, is scrubbed by key, and looks as it did live."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.hands import TWO_DISPLAY_FRAMES
from tests.browser.harness import LabPage

CELLS = [
    """
import ipywidgets
import torch
import kernelwidgets as kw
torch.set_num_threads(1)
trainer = kw.demo("lines", seed=1)
recording = trainer.record(every=2)
trainer.fit(20, progress=False)
trainer.edit(0, (0, 0, 0, 0), 0.5)
trainer.fit(20, progress=False)
recording.close()
live, player = kw.Lab(trainer), kw.Player(recording)
ipywidgets.VBox([live, player])
"""
]
TWO_LAYERS = """
import kernelwidgets as kw
trainer = kw.demo("digits")
trainer.fit(20, progress=False)
kw.Player(trainer.history)
"""
WAIT_MS = 30_000

PIXELS = """node => {
  const canvas = node.querySelector("section[aria-label=Kernels] canvas");
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  return [width, height, Array.from(data).join()];
}"""


@pytest.fixture(scope="module")
def page(shared_lab: OpenNotebook) -> LabPage:
    page = shared_lab(CELLS)
    page.run_cell(0)
    page.page.set_viewport_size({"width": 1280, "height": 1600})
    expect(page.view("player")).to_have_attribute("data-kw-step", "40", timeout=WAIT_MS)
    return page


def pixels(view: Locator) -> np.ndarray:
    """What stands on the canvas of the kernels, (rows, columns, 4)."""
    width, height, values = view.evaluate(PIXELS)
    assert width > 100
    return np.array(values.split(","), int).reshape(height, width, 4)


def scrubber(page: LabPage) -> Locator:
    return page.view("player").get_by_role("slider", name="Step")


def test_live_and_replayed_views_paint_the_same_pixels(page: LabPage) -> None:
    expect(page.view("lab")).to_have_attribute("data-kw-step", "40", timeout=WAIT_MS)
    live, replayed = (pixels(page.view(name)) for name in ("lab", "player"))
    assert live.shape == replayed.shape
    differing = (live != replayed).any(axis=-1)
    # The line under a tile is as long as a norm, which is rounded on the tape: it may end a pixel
    # farther. Every color of every kernel is the same.
    blank = (live == 0).all(axis=-1) | (replayed == 0).all(axis=-1)
    assert not (differing & ~blank).any()
    assert differing.sum() <= 8


def test_it_is_scrubbed_by_key_and_says_where_it_is(page: LabPage) -> None:
    slider = scrubber(page)
    slider.focus()
    slider.press("Home")
    expect(page.view("player")).to_have_attribute("data-kw-step", "0", timeout=WAIT_MS)
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "step 2 of 40")
    slider.press("Shift+ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "step 20 of 40: edit 1 cell of conv")
    expect(page.view("player")).to_have_attribute("data-kw-step", "20")
    page.wait_for_python("player.at == 20")


def test_it_plays_to_the_end_on_its_own(page: LabPage) -> None:
    view = page.view("player")
    page.run_python("player.at, player.speed = 0, 8")
    expect(view).to_have_attribute("data-kw-step", "0", timeout=WAIT_MS)
    scrubber(page).focus()
    scrubber(page).press("Space")
    expect(view).to_have_attribute("data-kw-step", "40", timeout=WAIT_MS)
    expect(view.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.wait_for_python("player.at == 40 and not player.playing")


def test_what_is_edited_in_the_page_is_there_alone_and_goes(page: LabPage) -> None:
    view = page.view("player")
    before = view.evaluate(PIXELS)
    view.get_by_role("button", name="More").click()
    view.get_by_role("menuitem", name="Negate").click()
    expect(view.get_by_role("button", name="Undo")).not_to_have_attribute("aria-disabled", "true")
    page.page.wait_for_function(
        "([node, before]) => (" + PIXELS + ")(node)[2] !== before",
        arg=[view.element_handle(), before[2]],
    )
    scrubber(page).focus()
    scrubber(page).press("Home")
    expect(view).to_have_attribute("data-kw-step", "0", timeout=WAIT_MS)
    scrubber(page).press("End")
    expect(view).to_have_attribute("data-kw-step", "40", timeout=WAIT_MS)
    page.page.wait_for_function(
        "([node, before]) => (" + PIXELS + ")(node)[2] === before",
        arg=[view.element_handle(), before[2]],
    )


def test_five_seconds_are_saved_as_a_gif(page: LabPage) -> None:
    with page.page.expect_download(timeout=WAIT_MS) as download:
        page.view("player").get_by_role("button", name="Save 5 s as GIF").click()
    assert download.value.path().read_bytes().startswith(b"GIF89a")


def test_it_follows_a_recording_that_grows(page: LabPage) -> None:
    view, slider = page.view("player"), scrubber(page)
    grow = "import dataclasses; recording.add(dataclasses.replace(recording.last, step={}), 9.0)"
    slider.focus()
    slider.press("Home")
    page.run_python(grow.format(44))
    expect(slider).to_have_attribute("aria-valuetext", "step 0 of 44", timeout=WAIT_MS)
    slider.press("End")
    expect(view).to_have_attribute("data-kw-step", "44", timeout=WAIT_MS)
    page.run_python(grow.format(48))
    expect(view).to_have_attribute("data-kw-step", "48", timeout=WAIT_MS)
    page.wait_for_python("player.at == 48")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_everybody_can_use_it(page: LabPage, theme: str) -> None:
    page.theme(theme)  # type: ignore[arg-type]  # one of the two
    assert page.axe(page.view("player")) == []


def test_on_a_small_laptop_all_of_it_fits_on_the_screen(lab: OpenNotebook) -> None:
    two_layers = lab([TWO_LAYERS])
    two_layers.run_all()
    assert two_layers.page.viewport_size == {"width": 1280, "height": 720}
    view = two_layers.view("player")
    expect(view).to_have_attribute("data-kw-step", "20", timeout=WAIT_MS)
    view.evaluate(TWO_DISPLAY_FRAMES)
    box = view.bounding_box()
    assert box is not None
    assert box["height"] <= 560
