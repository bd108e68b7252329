"""Back to the half second that mattered, and on from there differently, in JupyterLab."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenNotebook
from tests.browser.hands import button, number, wait_for_step
from tests.browser.harness import LabPage

CELLS = [
    "import kernelwidgets as kw\ntrainer = kw.demo('lines')\nlab = kw.Lab(trainer)\nlab",
    "compare = kw.Compare(before, trainer, names=['edited', 'not edited'])\ncompare",
]
SHOWN = "lab._frame['step']"


@pytest.fixture(scope="module")
def notebook(shared_lab: OpenNotebook) -> LabPage:
    notebook = shared_lab(CELLS)
    notebook.run_cell(0)
    return notebook


def test_the_timeline_drags_back_returns_and_branches_off(notebook: LabPage) -> None:
    view = notebook.view("lab")
    scrubber = view.get_by_role("slider", name="Step")
    notebook.run_python("trainer.max_steps_per_s = 100")
    button(view, "Start").click()
    notebook.wait_for_python("trainer.step_count > 60", timeout=30)
    expect(scrubber).to_be_visible()
    scrubber.focus()
    for _ in range(3):
        notebook.page.keyboard.press("ArrowLeft")
    notebook.wait_for_python(f"lab.at is not None and {SHOWN} <= lab.at < trainer.step_count")
    # Training goes on behind the past.
    there = number(notebook, SHOWN)
    notebook.wait_for_python(f"trainer.step_count > {there} + 50", timeout=30)
    assert number(notebook, SHOWN) == there
    button(view, "Now").click()
    notebook.wait_for_python(f"lab.at is None and {SHOWN} > {there} + 50", timeout=30)

    notebook.run_python("lab.at = 40; past = trainer.history.at(40)")
    notebook.wait_for_python(f"{SHOWN} == past.step")
    notebook.screenshot("timeline", view)
    button(view, "Branch from here").click()
    notebook.wait_for_python("trainer.step_count == 40 and not trainer.training", timeout=30)
    notebook.wait_for_python("lab.at is None")
    wait_for_step(view, 40)
    expect(button(view, "Branch from here")).to_be_hidden()
    button(view, "Step ×10").click()
    notebook.wait_for_python("trainer.step_count == 50", timeout=30)
    assert notebook.axe(view) == []
    assert notebook.errors == []


def test_with_and_without_an_edit_side_by_side(notebook: LabPage) -> None:
    notebook.run_python(
        "trainer.training and trainer.pause().wait(10)\n"
        "trainer.max_steps_per_s = None\n"
        "trainer.restart(); trainer.step(60).wait(10); trainer.join(30)\n"
        "trainer.edit('conv', 0, 1.0); trainer.step(60).wait(10); trainer.join(30)\n"
        "before = trainer.history\n"
        "trainer.restore(before, 60, before_edits=True)\n"
        "trainer.step(60).wait(10); trainer.join(30)",
        timeout=120,
    )
    notebook.run_cell(1)
    grids = notebook.view("kernel-grid")
    expect(grids).to_have_count(3)
    line = notebook.view("timeline")
    wait_for_step(grids.nth(0), 1)
    notebook.page.set_viewport_size({"width": 1280, "height": 1700})
    notebook.screenshot("compare")
    line.get_by_role("slider", name="Step").focus()
    notebook.page.keyboard.press("ArrowLeft")
    notebook.wait_for_python("compare.at is not None and compare._sides[0].status.step < 120")
    for name in ("kernel-grid", "loss-curve", "timeline"):
        assert notebook.axe(notebook.view(name).first) == []
    assert notebook.errors == []
