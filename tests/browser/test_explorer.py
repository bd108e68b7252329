"""The convolution explorer in JupyterLab: slide, pin, flip, edit, pad, copy, film."""

from __future__ import annotations

import subprocess
import sys

from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook

CELL = """
import numpy as np
from kernelwidgets import ConvolutionExplorer

image = np.array([[9, 8, 7, 6], [5, 4, 3, 2], [1, 2, 3, 4], [5, 6, 7, 8]])
kernel = np.arange(1, 10).reshape(3, 3)
explorer = ConvolutionExplorer(image, kernel)
explorer
"""
SIGNAL = """
signal = [.8416, .7342, .5710, .1769, .9574, .2653, .9246, .2238, .3736, .0875]
flat = ConvolutionExplorer(signal, [-1, 1, -1])
flat
"""
NEXT_FRAMES = """() =>
  new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"""


def output_cell(view: Locator, row: int, column: int, size: int) -> tuple[float, float]:
    box = view.locator(".kw-x-results .kw-x-frame canvas").first.bounding_box()
    assert box is not None
    return (column + 0.5) * box["width"] / size, (row + 0.5) * box["height"] / size


def choose(view: Locator, menu: str, item: str) -> None:
    view.get_by_role("button", name=menu, exact=True).click()
    view.get_by_role("menuitem", name=item, exact=True).click()


def test_lesson(lab: OpenNotebook) -> None:
    notebook = lab([CELL, SIGNAL])
    notebook.run_cell(0)
    view = notebook.view("convolution-explorer").first
    terms = view.locator(".kw-x-terms")
    expect(terms).to_have_text("1·9 + 2·8 + 3·7 + 4·5 + 5·4 + 6·3 + 7·1 + 8·2 + 9·3 = 154")
    output = view.get_by_role("group", name="Output: arrow keys")

    # Pin by a click, walk by keys.
    x, y = output_cell(view, 1, 0, 2)
    output.click(position={"x": x, "y": y})
    notebook.wait_for_python("explorer.position == (1, 0)")
    expect(terms).to_contain_text("= 200")
    output.press("ArrowRight")
    notebook.wait_for_python("explorer.position == (1, 1)")
    expect(view.locator("[aria-live=polite]")).to_have_text("Output row 2, column 2: 233")

    # Slide, scrub, pause.
    view.get_by_role("slider", name="Position of the window").fill("0")
    notebook.wait_for_python("explorer.position == (0, 0)")
    view.get_by_role("button", name="Play").click()
    notebook.wait_for_python("explorer.position != (0, 0)")
    view.get_by_role("button", name="Pause").click()
    # The last move is painted with the next display frame.
    view.evaluate(NEXT_FRAMES)
    shown = view.locator(".kw-x").get_attribute("data-kw-position")
    notebook.wait_for_python(f"explorer.position == ({shown})")
    notebook.run_python("explorer.position = (0, 1)")
    expect(terms).to_contain_text("= 157")

    # Flip.
    view.get_by_role("radio", name="Convolution", exact=True).click()
    notebook.wait_for_python("explorer.output.tolist() == [[266, 233], [160, 157]]")
    expect(view.locator(".kw-x-notes")).to_contain_text("i − m, j − n")
    expect(terms).to_have_text("9·8 + 8·7 + 7·6 + 6·4 + 5·3 + 4·2 + 3·2 + 2·3 + 1·4 = 233")
    notebook.run_python("explorer.mode = 'cross-correlation'")
    expect(terms).to_contain_text("= 157")

    # Edit a cell of the kernel, and one of the input.
    cell = view.get_by_role("spinbutton", name="Kernel row 1, column 1")
    cell.click()
    cell.press_sequentially("-3.5")
    cell.press("Enter")
    notebook.wait_for_python("explorer.kernel[0, 0] == -3.5")
    cell.press("PageUp")
    notebook.wait_for_python("explorer.kernel[0, 0] > -3.5")
    notebook.run_python("explorer.kernel = kernel")
    first = view.get_by_role("spinbutton", name="Input row 1, column 1")
    first.click()
    first.press("ArrowRight")
    notebook.page.keyboard.type("0")
    notebook.page.keyboard.press("Enter")
    notebook.wait_for_python("explorer.image[0, 1] == 0")
    notebook.run_python("explorer.image = image")

    # Settings, possible and impossible.
    view.get_by_label("Padding").select_option("same")
    notebook.wait_for_python("explorer.padding == 'same' and explorer.output.shape == (4, 4)")
    view.get_by_label("Stride").select_option("2")
    expect(view.locator(".kw-x-problem")).to_contain_text("give the padding in cells, such as 1")
    notebook.wait_for_python("explorer.stride == 2")
    view.get_by_label("Padding").select_option("1")
    notebook.wait_for_python("explorer.padding == 1 and explorer.output.shape == (2, 2)")
    expect(view.locator(".kw-x-problem")).to_be_hidden()
    view.get_by_role("button", name="More").click()
    view.get_by_label("Border").select_option("reflect")
    view.get_by_role("button", name="ReLU").click()
    view.get_by_label("Pooling").select_option("max 2")
    notebook.wait_for_python("explorer.pool == ('max', 2) and explorer.output.shape == (1, 1)")

    # The copied program computes the same.
    choose(view, "Copy code", "NumPy / SciPy")
    expect(view.locator("[aria-live=polite]")).to_have_text("Copied as NumPy / SciPy")
    code = notebook.page.evaluate("navigator.clipboard.readText()")
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    number = printed.strip().strip("[]")
    assert float(number) == float(notebook.run_python("explorer.output.item()"))
    notebook.run_python(
        "explorer.pool = None; explorer.relu = False; explorer.padding_mode = 'zeros'"
    )

    # Nothing serious for screen readers, in either theme.
    notebook.screenshot("explorer-light", view)
    assert [
        found for found in notebook.axe(view) if found["impact"] in ("serious", "critical")
    ] == []
    notebook.theme("dark")
    notebook.screenshot("explorer-dark", view)
    assert [
        found for found in notebook.axe(view) if found["impact"] in ("serious", "critical")
    ] == []
    notebook.theme("light")

    # A signal.
    notebook.run_cell(1)
    signal = notebook.view("convolution-explorer").nth(1)
    expect(signal.locator(".kw-x-terms")).to_contain_text("= −0.6784")
    notebook.run_python("flat.position = 3")
    expect(signal.locator(".kw-x-terms")).to_contain_text("= 0.5152")
    notebook.screenshot("explorer-signal", signal)


def test_camera_stays_in_the_page(lab: OpenNotebook) -> None:
    notebook = lab([CELL])
    notebook.run_cell(0)
    view = notebook.view("convolution-explorer").first
    view.get_by_role("button", name="Input", exact=True).click()
    before = notebook.run_python("explorer.image.tobytes().hex()")
    view.get_by_role("menuitem", name="Camera …").click()
    stop = view.get_by_role("button", name="Stop camera")
    stop.wait_for()
    expect(view.locator("figcaption").first).to_contain_text("120×160")
    choose(view, "Kernel", "Sobel, vertical edges")
    notebook.wait_for_python("explorer.kernel[1, 2] == 2")
    notebook.screenshot("explorer-camera", view)
    assert notebook.run_python("explorer.image.tobytes().hex()") == before
    stop.click()
    expect(view.locator("figcaption").first).to_contain_text("4×4")
