"""One open notebook in a real browser: cells to run, views to touch, a kernel to question."""

from __future__ import annotations

import re
import time
import urllib.parse
from pathlib import Path
from typing import Any, Literal

from jupyter_client.blocking.client import BlockingKernelClient
from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Locator, Page, Request

from tests.browser.server import TOKEN, Server

Host = Literal["lab", "notebook"]

REPOSITORY = Path(__file__).parents[2]
ARTIFACTS = Path(__file__).parent / "artifacts"
AXE = REPOSITORY / "js" / "node_modules" / "axe-core" / "axe.min.js"

# What JupyterLab 4.6 and Notebook 7.6 report of themselves, with or without a widget; and bqplot of
# figures that the host lays out out of sight, and of a line whose scale gets another domain before
# the line was ever drawn (it is drawn right after, as it should be).
OF_THE_HOST = (
    "Cannot read properties of undefined (reading 'schema')",
    "Command 'filebrowser:open-path' not registered.",
    "Could not restore the debugger state: Canceled future for debug_request",
    "Error: <rect> attribute width: A negative value is not valid.",
    "Error: <rect> attribute height: A negative value is not valid.",
    "Error setting state: Cannot read properties of undefined (reading 'x')",
)
# Jupyter's server mixes up files of the same name that both hosts bring.
MIXED_UP = re.compile(r"Failed to load resource: .* 403 .*/static/notebook/\w+\.woff2")

OPENED = """() => {
  const panel = window.jupyterapp?.shell?.currentWidget;
  return panel?.context?.isReady && panel.sessionContext.session?.kernel?.status === "idle"
    && !document.querySelector("#jupyterlab-splash");
}"""
HIDE_SIDEBAR = "() => jupyterapp.shell.collapseLeft?.()"
RUN_CELL = """([index, wait, timeout_ms]) => {
  const app = window.jupyterapp;
  app.shell.currentWidget.content.activeCellIndex = index;
  const done = app.commands.execute("notebook:run-cell").then(() => undefined);
  const late = new Promise((_, reject) =>
    setTimeout(() => reject(new Error(`cell ${index} still runs`)), timeout_ms));
  return wait ? Promise.race([done, late]) : undefined;
}"""
OUTPUTS = "index => jupyterapp.shell.currentWidget.content.widgets[index].model.outputs.toJSON()"
SOURCES = "() => jupyterapp.shell.currentWidget.model.sharedModel.cells.map(cell => cell.source)"
RESTART = "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
KERNEL_ID = "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.id"
THEME = """name => jupyterapp.commands.execute("apputils:change-theme", { theme: name })"""
AXE_RUN = """async element => {
  const { violations } = await axe.run(element, { resultTypes: ["violations"] });
  return violations.map(({ id, impact, help, nodes }) =>
    ({ id, impact, help, nodes: nodes.map(node => node.html.slice(0, 200)) }));
}"""


class LabPage:
    """One open notebook: cells to run, views to touch, its kernel to question.

    Attributes
    ----------
    page
        The Playwright page.
    errors
        What the page's console reported as an error, requests to other machines included.
        A test that provokes one clears the list.
    """

    def __init__(self, context: BrowserContext, server: Server, name: str, host: Host) -> None:
        self.server = server
        self.name = name
        self.errors: list[str] = []
        self._client: BlockingKernelClient | None = None
        self.page: Page = context.new_page()
        self.page.on("console", self._note_console)
        self.page.on("pageerror", self._note_error)
        self.page.on("request", self._note_request)
        path = "lab/tree" if host == "lab" else "notebooks"
        self._address = f"{server.url}/{path}/{urllib.parse.quote(name)}?reset&token={TOKEN}"
        self.reload()

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note(f"{message.text} ({message.location.get('url', '')})")

    def _note_error(self, error: Error) -> None:
        self._note(f"{error.message}\n{error.stack}")

    def _note(self, text: str) -> None:
        if not (text.startswith(OF_THE_HOST) or MIXED_UP.match(text)):
            self.errors.append(text)

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.server.url, "data:", "blob:", "ws:")):
            self.errors.append(f"request to another machine: {request.url}")

    def reload(self) -> None:
        """Open the notebook, or open it again as a reload of the tab does."""
        self.page.goto(self._address, wait_until="commit")
        self.page.wait_for_function(OPENED, timeout=40_000)
        self.page.evaluate(HIDE_SIDEBAR)

    def run_cell(self, index: int, *, wait: bool = True, timeout: float = 60) -> list[Any]:
        """Run one cell through the front end; its outputs once it has ended.

        With ``wait=False`` it returns at once, for a cell that keeps running.
        """
        self.page.evaluate(RUN_CELL, [index, wait, timeout * 1000])
        return self.outputs(index)

    def run_all(self) -> None:
        """Run all cells in order; a cell's error raises."""
        for index in range(len(self.sources())):
            for output in self.run_cell(index):
                if output["output_type"] == "error":
                    raise RuntimeError("\n".join(output["traceback"]))

    def outputs(self, index: int) -> list[Any]:
        """Outputs of a cell as the notebook format writes them."""
        return list(self.page.evaluate(OUTPUTS, index))

    def sources(self) -> list[str]:
        """The text of every cell, as the front end holds it now."""
        return list(self.page.evaluate(SOURCES))

    def run_python(self, code: str, *, timeout: float = 30) -> str:
        """Run code in the notebook's kernel beside the front end; what it printed or evaluated to.

        Raises
        ------
        RuntimeError
            The code raised; the message is its traceback.
        """
        printed: list[str] = []

        def keep(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                printed.append(content["text"])
            elif message["msg_type"] == "execute_result":
                printed.append(content["data"]["text/plain"])

        reply = self._kernel().execute_interactive(
            code, store_history=False, allow_stdin=False, output_hook=keep, timeout=timeout
        )
        if reply["content"]["status"] != "ok":
            raise RuntimeError("\n".join(reply["content"].get("traceback", ["aborted"])))
        return "".join(printed).strip()

    def wait_for_python(self, condition: str, *, timeout: float = 10) -> None:
        """Wait until an expression is true in the kernel, where a gesture arrives a little later.

        Raises
        ------
        AssertionError
            It did not become true within `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while self.run_python(f"bool({condition})") != "True":
            assert time.monotonic() < deadline, f"not true within {timeout} s: {condition}"
            time.sleep(0.05)

    def _kernel(self) -> BlockingKernelClient:
        if self._client is None:
            kernel_id = self.page.evaluate(KERNEL_ID)
            client = BlockingKernelClient()
            client.load_connection_file(str(self.server.runtime / f"kernel-{kernel_id}.json"))
            client.start_channels()
            self._client = client
        return self._client

    def restart_kernel(self) -> None:
        """Restart the kernel without a question and wait until it is ready."""
        self.page.evaluate(RESTART)
        self.page.wait_for_function(OPENED)

    def view(self, name: str) -> Locator:
        """The mounted view of this name, such as "kernel-grid"."""
        return self.page.locator(f'[data-kw-view="{name}"]')

    def theme(self, name: Literal["light", "dark"]) -> None:
        """Switch the host between its light and its dark theme and wait until it shows."""
        self.page.evaluate(THEME, f"JupyterLab {name.capitalize()}")
        light = "true" if name == "light" else "false"
        self.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def screenshot(self, name: str, locator: Locator | None = None) -> Path:
        """Save a picture of the page, or of one element, as ``artifacts/<name>.png``."""
        path = ARTIFACTS / f"{name}.png"
        (locator or self.page).screenshot(path=path)
        return path

    def axe(self, locator: Locator) -> list[dict[str, Any]]:
        """What axe-core finds wrong in an element: id, impact, help, and where."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        return list(locator.evaluate(AXE_RUN))

    def close(self) -> None:
        """Close the tab and the connection to the kernel."""
        if self._client is not None:
            self._client.stop_channels()
        self.page.close()
