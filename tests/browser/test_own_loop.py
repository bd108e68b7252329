"""A training loop of the user's own, watched and edited from the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.hands import (
    cell,
    number,
    picture_of,
    shown,
    step_of,
    wait_for_change,
    wait_for_step,
)
from tests.browser.harness import LabPage
from tests.browser.server import Server

LOOP = """
import time
from pathlib import Path
import torch
from torch import nn
import kernelwidgets as kw

torch.manual_seed(0)
model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
pictures, labels = torch.randn(32, 1, 8, 8), torch.randint(10, (32,))
live = kw.watch(model, optimizer)

def train(until):
    while not until.exists():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(pictures), labels)
        loss.backward()
        optimizer.step()
        live.log(loss=loss)
        time.sleep(0.005)
    return "enough"

live
"""
BACKGROUND = "run = live.run(train, Path('background-ends'))"
BLOCKING = "train(Path('cell-ends'))"
WEIGHT = "model[0].weight.detach()[0, 0, 1, 1]"
BLOCKED = "This cell blocks the notebook"


@pytest.fixture(scope="module")
def notebook(shared_lab: OpenNotebook) -> LabPage:
    notebook = shared_lab([LOOP, BACKGROUND, BLOCKING])
    notebook.run_cell(0)
    notebook.view("lab").wait_for()
    return notebook


@pytest.fixture
def lab_view(notebook: LabPage) -> Locator:
    return notebook.view("lab")


def _type(cell: Locator, value: str) -> None:
    cell.focus()
    cell.press_sequentially(value)
    cell.press("Enter")


def test_in_the_background_edits_arrive_between_two_steps(
    notebook: LabPage, lab_view: Locator, server: Server
) -> None:
    notebook.run_cell(1)
    wait_for_step(lab_view, 10)
    assert not lab_view.get_by_text(BLOCKED).is_visible()
    before = picture_of(lab_view)
    _type(cell(lab_view, 2, 2), "3")
    notebook.wait_for_python(f"{WEIGHT} > 2")
    assert notebook.run_python("run.done") == "False"
    wait_for_step(lab_view, int(number(notebook, "live.step_count")))
    wait_for_change(lab_view, before)
    assert shown(cell(lab_view, 2, 2)) > 2
    (server.root / "background-ends").touch()
    assert notebook.run_python("run.join(10); run.result()") == "'enough'"
    steps = int(number(notebook, "live.step_count"))
    wait_for_step(lab_view, steps)
    lab_view.get_by_text(f"finished after {steps} steps").first.wait_for()


def test_a_blocking_cell_moves_the_pictures_and_says_how_to_edit(
    notebook: LabPage, lab_view: Locator, server: Server
) -> None:
    step, before = step_of(lab_view), picture_of(lab_view)
    notebook.run_cell(2, wait=False)
    lab_view.get_by_text(BLOCKED).wait_for()
    wait_for_step(lab_view, step + 20)
    wait_for_change(lab_view, before)
    _type(cell(lab_view, 2, 2), "5")
    frame = step_of(lab_view)
    wait_for_step(lab_view, frame + 20)
    (server.root / "cell-ends").touch()
    notebook.wait_for_python(f"{WEIGHT} == 5", timeout=20)
    expect(cell(lab_view, 2, 2)).to_have_attribute("aria-valuenow", "5")
    expect(lab_view.get_by_text(BLOCKED)).to_be_hidden()
    steps = int(number(notebook, "live.step_count"))
    wait_for_step(lab_view, steps)
    assert step_of(lab_view) == steps
