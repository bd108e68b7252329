"""The harness itself, on a widget of a few lines."""

from __future__ import annotations

import pytest
from playwright.sync_api import Error

from tests.browser.conftest import OpenNotebook
from tests.browser.harness import Host

COUNTER = """
import anywidget, traitlets

class Counter(anywidget.AnyWidget):
    _esm = '''
    export default { render({ model, el }) {
      const button = document.createElement("button");
      button.dataset.kwView = "counter";
      const paint = () => { button.textContent = `count ${model.get("count")}`; };
      button.onclick = () => { model.set("count", model.get("count") + 1); model.save_changes(); };
      model.on("change:count", paint);
      paint();
      el.append(button);
    } };
    '''
    count = traitlets.Int(0).tag(sync=True)

counter = Counter()
counter
"""


@pytest.mark.parametrize("host", ["lab", "notebook"])
def test_widget_in_page_and_kernel_are_one(lab: OpenNotebook, host: Host) -> None:
    notebook = lab([COUNTER], host=host)
    notebook.run_all()
    button = notebook.view("counter")
    button.click()
    button.get_by_text("count 1").wait_for()
    notebook.wait_for_python("counter.count == 1")
    notebook.run_python("counter.count = 41")
    button.get_by_text("count 41").wait_for()
    assert notebook.axe(button) == []
    notebook.theme("dark")
    picture = notebook.screenshot(f"harness-{host}-dark")
    assert picture.stat().st_size > 1000
    notebook.theme("light")


def test_error_in_kernel_raises(lab: OpenNotebook) -> None:
    notebook = lab(["1 / 0"])
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        notebook.run_all()
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        notebook.run_python("1 / 0")


def test_cell_that_runs_on_is_left_or_given_up(lab: OpenNotebook) -> None:
    notebook = lab(["import time; time.sleep(3)"])
    assert notebook.run_cell(0, wait=False) == []
    with pytest.raises(Error, match="cell 0 still runs"):
        notebook.run_cell(0, timeout=0.5)


def test_restart_forgets_and_a_reload_keeps(lab: OpenNotebook) -> None:
    notebook = lab(["seen = 1"])
    notebook.run_all()
    notebook.reload()
    assert notebook.run_python("seen") == "1"
    notebook.restart_kernel()
    with pytest.raises(RuntimeError, match="NameError"):
        notebook.run_python("seen")


def test_error_in_page_is_noted(lab: OpenNotebook) -> None:
    notebook = lab([])
    notebook.page.evaluate("console.error('broken on purpose')")
    assert "broken on purpose" in notebook.errors[-1]
    notebook.errors.clear()
