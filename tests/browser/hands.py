"""What an eye and a hand do with a view, by the names that people and screen readers know."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Locator

from tests.browser.harness import LabPage

PICTURE = """view => [...view.querySelectorAll("canvas")]
  .map(canvas => canvas.width && canvas.height ? canvas.toDataURL() : "").join("\\n")"""
TWO_DISPLAY_FRAMES = """() => new Promise(done =>
  requestAnimationFrame(() => requestAnimationFrame(done)))"""


def step_of(view: Locator) -> int:
    """The step of the frame that a view has painted last; -1 before the first."""
    return int(view.get_attribute("data-kw-step") or -1)


def wait_for_step(view: Locator, step: int, *, timeout: float = 30) -> None:
    """Wait until a view has painted a frame of this step or a later one."""
    _wait(view, lambda: step_of(view) >= step, f"step {step} is not painted", timeout)


def picture_of(view: Locator) -> str:
    """All pixels that a view has painted."""
    return str(view.evaluate(PICTURE))


def wait_for_change(view: Locator, before: str, *, timeout: float = 30) -> None:
    """Wait until a view's pixels differ from `before`."""
    _wait(view, lambda: picture_of(view) != before, "the picture stands still", timeout)


def _wait(view: Locator, true: Callable[[], bool], otherwise: str, timeout: float) -> None:
    # Not inside the page: hosts put another element in the place of the first as they lay out.
    deadline = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < deadline, f"{otherwise} after {timeout} s"
        view.page.wait_for_timeout(30)


def button(view: Locator, name: str) -> Locator:
    """A button of a view, by its accessible name."""
    return view.get_by_role("button", name=name, exact=True)


def cell(view: Locator, row: int, column: int) -> Locator:
    """A cell of the kernel editor, counted from one."""
    return view.get_by_role("spinbutton", name=f"row {row}, column {column}", exact=True)


def take(cell: Locator) -> tuple[float, float]:
    """Press the mouse on a cell and keep it pressed; the point where it is."""
    cell.scroll_into_view_if_needed()
    box = cell.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    cell.page.mouse.move(x, y)
    cell.page.mouse.down()
    return x, y


def drag(cell: Locator, up_px: float) -> float:
    """Drag a cell up by so many pixels and let go; the value that it shows in the end."""
    x, y = take(cell)
    cell.page.mouse.move(x, y - up_px, steps=5)
    cell.page.mouse.up()
    return shown(cell)


def shown(cell: Locator) -> float:
    """The value that a cell shows once all that the hand did so far is painted."""
    cell.evaluate(TWO_DISPLAY_FRAMES)
    return float(cell.get_attribute("aria-valuenow") or "nan")


def tab_to(target: Locator, *, most: int = 60) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(most):
        if target.evaluate("node => node === document.activeElement"):
            return
        target.page.keyboard.press("Tab")
    raise AssertionError(f"not reached by {most} presses of Tab: {target}")


def number(notebook: LabPage, expression: str) -> float:
    """The value of an expression in the kernel."""
    return float(notebook.run_python(f"print(float({expression}))"))
