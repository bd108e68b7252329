"""The quickstart as a newcomer goes through it, in JupyterLab and in Notebook 7."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.hands import (
    button,
    cell,
    drag,
    number,
    picture_of,
    shown,
    step_of,
    tab_to,
    take,
    wait_for_change,
    wait_for_step,
)
from tests.browser.harness import LabPage

CELLS = ["import kernelwidgets as kw\nkw.demo('lines')", "below = 1"]
WEIGHT = "trainer.model.conv.weight.detach()"
ACTIVE_CELL = "() => jupyterapp.shell.currentWidget.content.activeCellIndex"
FOCUS_CELL = "() => jupyterapp.shell.currentWidget.content.activeCell.node.focus()"


@pytest.fixture(scope="module", params=["lab", "notebook"])
def opened(shared_lab: OpenNotebook, request: pytest.FixtureRequest) -> LabPage:
    notebook = shared_lab(CELLS, host=request.param)
    notebook.run_all()
    notebook.run_python("trainer = Out[1]; import numpy as np")
    return notebook


@pytest.fixture
def notebook(opened: LabPage) -> Iterator[LabPage]:
    """The open notebook, its trainer paused before and after."""
    _rest(opened)
    yield opened
    _rest(opened)


@pytest.fixture
def lab_view(notebook: LabPage) -> Locator:
    return notebook.view("lab")


def _rest(notebook: LabPage) -> None:
    notebook.page.mouse.up()
    notebook.run_python("trainer.training and trainer.pause().wait(10)")


def _keep(notebook: LabPage) -> None:
    notebook.run_python("kept = trainer.kernels(0)")


def _is_as_kept(notebook: LabPage) -> bool:
    return notebook.run_python("np.array_equal(trainer.kernels(0), kept)") == "True"


def test_the_last_line_shows_the_lab_and_start_moves_the_pictures(
    notebook: LabPage, lab_view: Locator
) -> None:
    wait_for_step(lab_view, 0)
    before = picture_of(lab_view)
    button(lab_view, "Start").click()
    wait_for_step(lab_view, step_of(lab_view) + 10)
    wait_for_change(lab_view, before)
    button(lab_view, "Pause").click()
    button(lab_view, "Start").wait_for()
    assert not button(lab_view, "Pause").is_visible()
    step = int(number(notebook, "trainer.step_count"))
    wait_for_step(lab_view, step)
    notebook.wait_for_python("not trainer.training")
    assert number(notebook, "trainer.step_count") == step == step_of(lab_view)
    lab_view.get_by_text(f"paused at step {step}").first.wait_for()


def test_ten_steps_are_ten_steps(notebook: LabPage, lab_view: Locator) -> None:
    step = int(number(notebook, "trainer.step_count"))
    button(lab_view, "Step ×10").click()
    wait_for_step(lab_view, step + 10)
    lab_view.get_by_text(f"paused at step {step + 10}").first.wait_for()
    assert number(notebook, "trainer.step_count") == step + 10 == step_of(lab_view)


def test_a_dragged_cell_is_the_weight_while_training_goes_on(
    notebook: LabPage, lab_view: Locator
) -> None:
    held = f"{WEIGHT}[0, 0, 2, 3]"
    others = f"{WEIGHT}[1].sum()"
    undo_count = number(notebook, "trainer.status.undo")
    button(lab_view, "Start").click()
    notebook.wait_for_python("trainer.training")
    before = number(notebook, held)
    target = cell(lab_view, 3, 4)
    x, y = take(target)
    target.page.mouse.move(x, y - 40, steps=5)
    in_page = shown(target)
    assert in_page > before + 0.1
    notebook.wait_for_python(f"abs({held} - {in_page}) < 1e-5")
    step, in_hand, elsewhere = (
        number(notebook, what) for what in ("trainer.step_count", held, others)
    )
    notebook.wait_for_python(f"trainer.step_count > {step + 5}")
    assert number(notebook, held) == in_hand
    assert number(notebook, others) != elsewhere
    assert shown(target) == pytest.approx(in_hand, abs=1e-5)
    target.page.mouse.up()
    notebook.wait_for_python(f"{held} != {in_hand}")
    assert number(notebook, "trainer.status.undo") == undo_count + 1


def test_undo_and_redo_are_exact_while_paused(notebook: LabPage, lab_view: Locator) -> None:
    _keep(notebook)
    in_page = drag(cell(lab_view, 1, 2), -30)
    notebook.wait_for_python(f"abs({WEIGHT}[0, 0, 0, 1] - {in_page}) < 1e-5")
    assert in_page < number(notebook, "kept[0, 0, 0, 1]") - 0.1
    notebook.run_python("dragged = trainer.kernels(0)")
    assert notebook.run_python("int((dragged != kept).sum())") == "1"
    button(lab_view, "Undo").click()
    notebook.wait_for_python("np.array_equal(trainer.kernels(0), kept)")
    button(lab_view, "Redo").click()
    notebook.wait_for_python("np.array_equal(trainer.kernels(0), dragged)")
    button(lab_view, "Undo").click()
    notebook.wait_for_python("np.array_equal(trainer.kernels(0), kept)")


def test_a_sweep_of_the_brush_is_one_edit(notebook: LabPage, lab_view: Locator) -> None:
    _keep(notebook)
    lab_view.get_by_role("radio", name="Brush", exact=True).click()
    lab_view.get_by_role("radio", name="Brush lowers").click()
    _, y = take(cell(lab_view, 5, 2))
    box = cell(lab_view, 5, 5).bounding_box()
    assert box is not None
    lab_view.page.mouse.move(box["x"] + box["width"] / 2, y, steps=4)
    lab_view.page.mouse.up()
    swept = "(trainer.kernels(0) - kept)"
    notebook.wait_for_python(f"({swept}[0, 0, 4, 1:5] < -0.01).all()")
    assert notebook.run_python(f"int(({swept} != 0).sum())") == "4"
    lab_view.get_by_role("radio", name="Value", exact=True).click()
    button(lab_view, "Undo").click()
    notebook.wait_for_python("np.array_equal(trainer.kernels(0), kept)")


def test_all_of_it_by_keyboard(notebook: LabPage, lab_view: Locator) -> None:
    keyboard = lab_view.page.keyboard
    notebook.page.evaluate(FOCUS_CELL)
    tab_to(button(lab_view, "Start"))
    keyboard.press("Enter")
    notebook.wait_for_python("trainer.training")
    button(lab_view, "Pause").wait_for()
    keyboard.press("Enter")
    notebook.wait_for_python("not trainer.training")

    _keep(notebook)
    undo_count = number(notebook, "trainer.status.undo")
    tab_to(lab_view.get_by_label("Kernels of conv, arrow keys select"))
    keyboard.press("Home")
    keyboard.press("ArrowRight")
    keyboard.press("ArrowRight")
    expect(lab_view.get_by_role("spinbutton", name="Filter")).to_have_value("2")
    tab_to(lab_view.locator('[role="gridcell"] [tabindex="0"]'))
    keyboard.press("Home")
    for _ in range(7):
        keyboard.press("ArrowUp")
    keyboard.press("ArrowDown")
    keyboard.press("ArrowRight")
    target = cell(lab_view, 2, 2)
    expect(target).to_be_focused()
    weight = f"{WEIGHT}[2, 0, 1, 1]"
    keyboard.type("-.25")
    keyboard.press("Enter")
    notebook.wait_for_python(f"{weight} == -0.25")
    expect(target).to_have_attribute("aria-valuenow", "-0.25")

    keyboard.type("7")
    keyboard.press("Escape")
    keyboard.down("+")
    notebook.wait_for_python(f"{weight} > -0.25")
    keyboard.press("Escape")
    notebook.wait_for_python(f"{weight} == -0.25")
    keyboard.up("+")
    keyboard.press("PageDown")
    notebook.wait_for_python(f"{weight} < -0.25")
    while (left := number(notebook, "trainer.status.undo")) > undo_count:
        keyboard.press("Control+z")
        notebook.wait_for_python(f"trainer.status.undo < {left}")
    assert _is_as_kept(notebook)
    lab_view.get_by_label("Kernels of conv, arrow keys select").press("Home")


def test_the_hosts_shortcuts_rest_while_a_cell_has_the_focus(
    notebook: LabPage, lab_view: Locator
) -> None:
    target = cell(lab_view, 4, 4)
    target.focus()
    notebook.run_python("marker = 'still here'")
    _keep(notebook)
    sources, active = notebook.sources(), notebook.page.evaluate(ACTIVE_CELL)
    for key in ("d", "d", "0", "0", "x", "a", "Escape", "ArrowDown"):
        notebook.page.keyboard.press(key)
    expect(cell(lab_view, 5, 4)).to_be_focused()
    assert notebook.page.get_by_role("dialog").count() == 0
    assert notebook.sources() == sources
    assert notebook.page.evaluate(ACTIVE_CELL) == active
    assert notebook.run_python("marker") == "'still here'"
    assert _is_as_kept(notebook)
