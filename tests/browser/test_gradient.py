"""The gradient of a kernel in JupyterLab: its products, the step, and how it follows training."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook

CELL = """
import torch, kernelwidgets as kw
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.rand(3, 1, 6, 6), torch.tensor([0, 1, 1])
loss = nn.functional.cross_entropy
live = kw.watch(model, optimizer, loss=loss, probe=(x, y), classes=["cat", "dog"])
view = kw.KernelGradient(live)
view
"""
PEAK = """
trainer = kw.demo("peak")
peak = kw.KernelGradient(trainer, sample=0)
peak
"""
MISSING = "kw.KernelGradient(nn.Conv2d(1, 1, 3))"


def gradient_cell(view: Locator, row: int, column: int) -> tuple[float, float]:
    box = view.locator("[data-kw-gallery=gradient] canvas").bounding_box()
    assert box is not None
    return (column + 0.5) * box["width"] / 3, (row + 0.5) * box["height"] / 3


def test_lesson(lab: OpenNotebook) -> None:
    notebook = lab([CELL, PEAK, MISSING])
    notebook.run_cell(0)
    view = notebook.view("kernel-gradient").first
    terms = view.locator("[data-kw-sum]")
    gradient = view.get_by_role("group", name="Gradient of the kernel: arrow keys")
    expect(view.locator("[data-kw-loss]")).to_contain_text("on the 3 probe pictures, after step 0")

    # Choose a cell by a click, and walk by keys.
    x, y = gradient_cell(view, 1, 2)
    gradient.click(position={"x": x, "y": y})
    notebook.wait_for_python("view.cell == (1, 2)")
    gradient.press("ArrowUp")
    notebook.wait_for_python("view.cell == (0, 2)")
    spoken = view.locator("[aria-live=polite]")
    expect(spoken).to_contain_text("Gradient of row 1, column 3:")
    expect(spoken).to_contain_text("the sum of 3 × 16 products")
    notebook.run_python("view.cell = (2, 2)")
    expect(view.locator(".kw-x-equation")).to_contain_text("Gradient of row 3, column 3")

    # What each sample adds, then the products of one.
    shares = view.locator("[data-kw-sample]")
    expect(shares).to_have_count(3)
    shares.nth(1).click()
    notebook.wait_for_python("view.sample == 1")
    expect(view.locator("[data-kw-term]")).to_have_count(16)
    expect(terms).to_contain_text("·")
    view.get_by_label("Samples").select_option("all")
    notebook.wait_for_python("view.sample == 'all'")
    expect(shares).to_have_count(3)

    # Another kernel.
    view.get_by_label("Filter").fill("1")
    view.get_by_label("Filter").press("Enter")
    notebook.wait_for_python("view.kernel == (1, 0) and view._gradient['kernel'] == (1, 0)")
    notebook.wait_for_python("abs(view.products.sum() - view.gradient[view.cell]) < 1e-6")

    # The step, cell by cell and then into the network.
    notebook.run_python("view.cell = (1, 1)")
    expect(view.locator(".kw-x-equation")).to_contain_text("Gradient of row 2, column 2")
    view.get_by_role("button", name="Play").click()
    notebook.wait_for_python("view.cell == (2, 2)", timeout=60)
    expect(view.get_by_role("button", name="Play")).to_be_visible()
    view.get_by_role("button", name="Twice the learning rate").click()
    notebook.wait_for_python("view.learning_rate == 0.2")
    before = float(notebook.run_python("view.loss"))
    notebook.run_python("w = live.kernels('0')[1, 0]; g = view.gradient")
    # Where the walk has ended is said first.
    expect(spoken).to_contain_text("row 3, column 3")
    view.get_by_role("button", name="Take this step").click()
    notebook.wait_for_python("abs(live.kernels('0')[1, 0] - (w - 0.2 * g)).max() < 1e-6")
    notebook.wait_for_python(f"view.loss < {before}")
    expect(spoken).to_contain_text("Loss")
    view.get_by_role("button", name="Undo").click()
    notebook.wait_for_python("(live.kernels('0')[1, 0] == w).all()")

    # Nothing serious for screen readers, in either theme.
    for theme in ("light", "dark"):
        notebook.theme(theme)
        notebook.screenshot(f"gradient-{theme}", view)
        found = [each for each in notebook.axe(view) if each["impact"] in ("serious", "critical")]
        assert found == []
    notebook.theme("light")

    # What is missing is said, and how to give it.
    notebook.run_cell(2)
    missing = notebook.view("kernel-gradient").nth(1)
    expect(missing.get_by_role("status")).to_contain_text("loss=torch.nn.functional.cross_entropy")


@pytest.mark.parametrize("host", ["lab", "notebook"])
def test_it_follows_training(lab: OpenNotebook, host: str) -> None:
    notebook = lab([CELL, PEAK], host=host)
    notebook.run_cell(0)
    notebook.run_cell(1)
    view = notebook.view("kernel-gradient").nth(1)
    step = view.locator("[data-kw-at]")
    expect(step).to_have_attribute("data-kw-at", "0")
    notebook.run_python("trainer.start()")
    notebook.wait_for_python("peak._gradient['step'] > 0")
    expect(view).to_contain_text("pause it to take one by hand")
    expect(step).not_to_have_attribute("data-kw-at", "0")
    expect(view.get_by_role("button", name="Take this step")).to_be_disabled()
    notebook.run_python("trainer.pause().wait(10)")
    expect(view.get_by_role("button", name="Take this step")).to_be_enabled()
    notebook.wait_for_python("peak._gradient['step'] == trainer.step_count")
    at = notebook.run_python("trainer.step_count")
    expect(step).to_have_attribute("data-kw-at", at)
    notebook.screenshot(f"gradient-peak-{host}", view)
    notebook.run_python("trainer.stop()")
