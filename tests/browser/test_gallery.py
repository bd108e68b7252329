"""The filter gallery in JupyterLab: enlarge, choose pictures, draw, film, save, learn."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from playwright.sync_api import BrowserContext, Locator, expect

import kernelwidgets as kw
from tests.browser.conftest import OpenNotebook

CELL = """
import numpy as np
from kernelwidgets import FilterGallery

rows, columns = np.mgrid[:60, :80]
picture = np.stack([rows / 60, columns / 80, (rows > columns)], axis=-1)
gallery = FilterGallery(picture, np.random.default_rng(0).normal(size=(9, 3, 5, 5)))
gallery
"""
LIVE = """
import torch, kernelwidgets as kw
torch.set_num_threads(1)
trainer = kw.demo("lines")
live = kw.FilterGallery(trainer)
live
"""
PIXELS = """canvas => Array.from(
  canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data)"""


def filtered(view: Locator) -> None:
    """Wait until every tile in sight is filtered."""
    view.get_by_role("option").first.wait_for()
    expect(view.get_by_role("listbox")).not_to_have_attribute("aria-busy", "true")


def serious(found: list[dict[str, object]]) -> list[dict[str, object]]:
    return [each for each in found if each["impact"] in ("serious", "critical")]


def test_a_picture_through_many_kernels(lab: OpenNotebook, tmp_path: Path) -> None:
    notebook = lab([CELL])
    notebook.run_cell(0)
    view = notebook.view("filter-gallery").first
    filtered(view)
    tiles = view.get_by_role("option")
    expect(tiles).to_have_count(21)

    # Enlarge by a click, by keys, from Python.
    tiles.nth(3).click()
    notebook.wait_for_python("gallery.enlarged == 3")
    expect(view.get_by_role("img", name="Gaussian of the picture")).to_be_visible()
    tiles.nth(3).press("ArrowLeft")
    notebook.wait_for_python("gallery.enlarged == 2")
    expect(tiles.nth(2)).to_be_focused()
    notebook.run_python("gallery.enlarged = 'kernels 4'")
    expect(view.get_by_role("img", name="Filter 4 of the picture")).to_be_visible()
    expect(tiles.nth(16)).to_have_attribute("aria-selected", "true")

    # What is painted large is what Python computes.
    notebook.run_python("gallery.palette = 'gray'; gallery.enlarged = 'Gaussian'")
    large = view.get_by_role("img", name="Gaussian of the picture")
    pixels = large.evaluate(PIXELS)
    computed = notebook.run_python(
        "blurred = 255 * gallery.responses['Gaussian'].clip(0, 1)\n"
        "print(np.rint(blurred).astype('u1').tobytes().hex())"
    )
    colors = [level for at in range(0, len(pixels), 4) for level in pixels[at : at + 3]]
    assert len(colors) == 60 * 80 * 3
    numbers = bytes.fromhex(computed)
    assert max(abs(a - b) for a, b in zip(colors, numbers, strict=True)) <= 1

    # Another picture.
    view.get_by_role("button", name="Picture", exact=True).click()
    view.get_by_role("menuitem", name="Rings").click()
    notebook.wait_for_python("gallery.image.shape == (128, 128)")
    filtered(view)

    # A drawing: every stroke is filtered, and Python has it when the pen is lifted.
    view.get_by_role("button", name="Picture", exact=True).click()
    view.get_by_role("menuitem", name="Draw").click()
    sheet = view.get_by_role("img", name="Drawing")
    box = sheet.bounding_box()
    assert box is not None
    mouse = notebook.page.mouse
    mouse.move(box["x"] + 30, box["y"] + 30)
    mouse.down()
    mouse.move(box["x"] + 120, box["y"] + 120, steps=5)
    mouse.up()
    notebook.wait_for_python("gallery.image.shape == (192, 192) and gallery.image.max() == 1")
    notebook.run_python("gallery.image = picture; gallery.palette = 'RdBu'; gallery.enlarged = 0")
    filtered(view)

    # Saved as a picture of what is seen.
    with notebook.page.expect_download() as download:
        view.get_by_role("button", name="Save picture").click()
    saved = tmp_path / "gallery.png"
    download.value.save_as(saved)
    assert download.value.suggested_filename == "filter-gallery.png"
    width, height = struct.unpack(">II", saved.read_bytes()[16:24])
    assert width > 1200
    assert height > 800

    # Nothing serious for screen readers, in either theme; legible from the back of a room.
    notebook.screenshot("gallery-light", view)
    assert serious(notebook.axe(view)) == []
    notebook.theme("dark")
    filtered(view)
    notebook.screenshot("gallery-dark", view)
    assert serious(notebook.axe(view)) == []
    view.get_by_role("button", name="Present").click()
    notebook.wait_for_python("gallery.present")
    filtered(view)
    notebook.screenshot("gallery-present", view)
    notebook.theme("light")


def test_camera_stays_in_the_page(lab: OpenNotebook) -> None:
    notebook = lab([CELL])
    notebook.run_cell(0)
    view = notebook.view("filter-gallery").first
    filtered(view)
    before = notebook.run_python("gallery.image.tobytes().hex()")
    view.get_by_role("button", name="Camera").click()
    camera = view.get_by_role("img", name="Camera: 192 by 144, in color")
    camera.wait_for()
    # Tiles follow the camera.
    tile = view.get_by_role("option").first.locator("canvas").first
    first = tile.evaluate(PIXELS)
    notebook.page.wait_for_function(
        "([canvas, first]) => canvas.getContext('2d').getImageData(0, 0, canvas.width, "
        "canvas.height).data.some((level, i) => level !== first[i])",
        arg=[tile.element_handle(), first],
    )
    notebook.screenshot("gallery-camera", view)
    assert notebook.run_python("gallery.image.tobytes().hex()") == before
    view.get_by_role("button", name="Stop camera").click()
    expect(view.get_by_role("img", name="Picture: 80 by 60")).to_be_visible()

    # Out of sight it stops by itself.
    view.get_by_role("button", name="Camera").click()
    camera.wait_for()
    view.evaluate("element => { element.style.display = 'none'; }")
    expect(view.get_by_text("Stop camera")).to_have_count(0)
    assert notebook.run_python("gallery.image.tobytes().hex()") == before


def test_learned_kernels_are_followed(lab: OpenNotebook) -> None:
    notebook = lab([LIVE])
    notebook.run_cell(0)
    view = notebook.view("filter-gallery").first
    filtered(view)
    expect(view.get_by_role("option")).to_have_count(20)
    learned = view.get_by_role("option", name="Filter 0")
    learned.scroll_into_view_if_needed()
    canvas = learned.locator("canvas").first
    # Its picture has as many pixels as the probe, once it is filtered.
    expect(canvas).to_have_attribute("width", "24")
    before = canvas.evaluate(PIXELS)
    notebook.run_python("trainer.start(); None")
    expect(view).not_to_have_attribute("data-kw-step", "0")
    notebook.run_python("trainer.pause().wait(5); None")
    # The last frame shows the present, and its kernels filter the picture.
    notebook.wait_for_python("live._frame['step'] == trainer.status.step > 0")
    step = notebook.run_python("trainer.status.step")
    expect(view).to_have_attribute("data-kw-step", step)
    filtered(view)
    notebook.screenshot("gallery-live", view)
    assert canvas.evaluate(PIXELS) != before


def test_it_works_alone_on_a_page(context: BrowserContext, tmp_path: Path) -> None:
    picture = np.random.default_rng(0).random((30, 40, 3))
    gallery = kw.FilterGallery(picture, np.random.default_rng(1).normal(size=(4, 3, 5, 5)))
    path = kw.export_html(gallery, tmp_path / "gallery.html")
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(error.message))
    page.on(
        "request", lambda request: request.url.startswith("http") and errors.append(request.url)
    )
    page.goto(path.as_uri())
    view = page.locator('[data-kw-view="filter-gallery"]')
    filtered(view)
    expect(view.get_by_role("option")).to_have_count(16)
    view.get_by_role("option", name="Filter 3").click()
    expect(view.get_by_role("img", name="Filter 3 of the picture")).to_be_visible()
    view.get_by_role("button", name="Camera").click()
    view.get_by_role("img", name="Camera: 192 by 144, in color").wait_for()
    view.get_by_role("button", name="Stop camera").click()
    expect(view.get_by_role("img", name="Picture: 40 by 30")).to_be_visible()
    page.close()
    assert errors == []
