"""Whatever becomes of the page, training goes on, and who comes back sees the present."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.hands import (
    button,
    number,
    picture_of,
    step_of,
    wait_for_change,
    wait_for_step,
)
from tests.browser.harness import LabPage
from tests.browser.server import Server

PACE = 40
DEMO = f"""
import time
import kernelwidgets as kw
trainer = kw.demo("lines")
trainer.max_steps_per_s = {PACE}
trainer
"""
GRID = "grid = kw.KernelGrid(trainer)\ngrid"
BELOW = """
from IPython.display import HTML
HTML("<div style='height: 4000px'></div><p>far below</p>")
"""
STEPS_IN_A_WHILE = """
step, begin = trainer.step_count, time.perf_counter()
time.sleep({seconds})
print((trainer.step_count - step) / (time.perf_counter() - begin))
"""
SAVE = "() => jupyterapp.commands.execute('docmanager:save')"
STALL = """seconds => void setTimeout(() => {
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end);
})"""
BREAK_DRAWING = """() => {
  const own = CanvasRenderingContext2D.prototype;
  window.mended = Object.fromEntries(["drawImage", "putImageData"].map(name => [name, own[name]]));
  for (const name in window.mended) own[name] = () => { throw new Error("no paint left"); };
}"""
MEND_DRAWING = "() => Object.assign(CanvasRenderingContext2D.prototype, window.mended)"


@pytest.fixture(scope="module")
def opened(shared_lab: OpenNotebook) -> LabPage:
    notebook = shared_lab([DEMO, GRID, BELOW])
    notebook.run_all()
    notebook.page.evaluate(SAVE)
    return notebook


@pytest.fixture
def notebook(opened: LabPage) -> LabPage:
    """The notebook with training under way."""
    opened.run_python("trainer.training or trainer.start().wait(10)")
    opened.view("lab").scroll_into_view_if_needed()
    return opened


@pytest.fixture
def lab_view(notebook: LabPage) -> Locator:
    return notebook.view("lab")


def _steps_per_s(notebook: LabPage, seconds: float = 1.5) -> float:
    return float(notebook.run_python(STEPS_IN_A_WHILE.format(seconds=seconds)))


def _frames_sent(notebook: LabPage) -> int:
    return int(number(notebook, "trainer._lab._frame['seq']"))


def _sees_the_present(notebook: LabPage, view: Locator) -> None:
    wait_for_step(view, int(number(notebook, "trainer.step_count")))


def test_scrolled_away_no_frames_are_sent(notebook: LabPage, lab_view: Locator) -> None:
    _sees_the_present(notebook, lab_view)
    notebook.page.get_by_text("far below", exact=True).scroll_into_view_if_needed()
    expect(lab_view).not_to_be_in_viewport()
    # The last frames are still on their way.
    notebook.run_python("time.sleep(0.3)")
    sent, step = _frames_sent(notebook), int(number(notebook, "trainer.step_count"))
    notebook.wait_for_python(f"trainer.step_count > {step + PACE}")
    assert _frames_sent(notebook) == sent
    lab_view.scroll_into_view_if_needed()
    _sees_the_present(notebook, lab_view)


def test_two_views_and_two_tabs_show_the_same(
    notebook: LabPage, lab_view: Locator, context: BrowserContext, server: Server
) -> None:
    grid = notebook.view("kernel-grid")
    other = LabPage(context, server, notebook.name, "notebook")
    try:
        elsewhere = other.view("lab")
        elsewhere.scroll_into_view_if_needed()
        _sees_the_present(notebook, elsewhere)
        button(elsewhere, "Pause").click()
        button(elsewhere, "Start").wait_for()
        notebook.page.bring_to_front()
        button(lab_view, "Start").wait_for()
        notebook.wait_for_python("not trainer.training")
        step = int(number(notebook, "trainer.step_count"))
        for view in (lab_view, grid, elsewhere):
            view.scroll_into_view_if_needed()
            wait_for_step(view, step)
            assert step_of(view) == step
        assert other.errors == []
    finally:
        other.close()


def test_reloaded_the_page_shows_the_present(notebook: LabPage, lab_view: Locator) -> None:
    notebook.reload()
    lab_view.scroll_into_view_if_needed()
    _sees_the_present(notebook, lab_view)
    before = picture_of(lab_view)
    wait_for_change(lab_view, before)
    button(lab_view, "Pause").click()
    notebook.wait_for_python("not trainer.training")


def test_an_error_in_a_view_is_said_and_training_goes_on(
    notebook: LabPage, lab_view: Locator
) -> None:
    _sees_the_present(notebook, lab_view)
    notebook.page.evaluate(BREAK_DRAWING)
    message = lab_view.get_by_role("alert").get_by_text("no paint left")
    message.wait_for()
    assert _steps_per_s(notebook) > 0.6 * PACE
    notebook.page.evaluate(MEND_DRAWING)
    _sees_the_present(notebook, lab_view)
    wait_for_change(lab_view, picture_of(lab_view))
    button(lab_view, "Pause").click()
    notebook.wait_for_python("not trainer.training")


def test_stalled_for_ten_seconds_the_browser_stalls_nothing(
    notebook: LabPage, lab_view: Locator
) -> None:
    _sees_the_present(notebook, lab_view)
    sent = _frames_sent(notebook)
    notebook.page.evaluate(STALL, 10)
    assert _steps_per_s(notebook, 8) > 0.6 * PACE
    assert _frames_sent(notebook) - sent < 20
    _sees_the_present(notebook, lab_view)


def test_a_closed_tab_leaves_training_at_full_speed(
    notebook: LabPage, context: BrowserContext, server: Server
) -> None:
    other = LabPage(context, server, notebook.name, "notebook")
    view = other.view("lab")
    view.scroll_into_view_if_needed()
    _sees_the_present(notebook, view)
    notebook.page.goto("about:blank")
    other.page.close()
    sent = _frames_sent(notebook)
    assert _steps_per_s(notebook, 3) > 0.6 * PACE
    assert _frames_sent(notebook) - sent < 8
    notebook.reload()
    _sees_the_present(notebook, notebook.view("lab"))


def test_a_restarted_kernel_leaves_the_last_picture_and_a_word(notebook: LabPage) -> None:
    grid = notebook.view("kernel-grid")
    grid.scroll_into_view_if_needed()
    notebook.run_python("trainer.pause().wait(10)")
    step = int(number(notebook, "trainer.step_count"))
    wait_for_step(grid, step)
    before = picture_of(grid)
    notebook.restart_kernel()
    grid.get_by_role("alert").get_by_text("kernel is gone").wait_for()
    assert picture_of(grid) == before
    assert step_of(grid) == step
