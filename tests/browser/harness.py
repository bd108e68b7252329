"""A real JupyterLab and Notebook 7, and one open notebook in a real browser."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Literal

import nbformat
from jupyter_client.blocking.client import BlockingKernelClient
from playwright.sync_api import BrowserContext, Locator, Page

Host = Literal["lab", "notebook"]

REPOSITORY = Path(__file__).parents[2]
ARTIFACTS = Path(__file__).parent / "artifacts"
AXE = REPOSITORY / "js" / "node_modules" / "axe-core" / "axe.min.js"
TOKEN = "kernelwidgets-browser-tests"
HEADERS = {"Authorization": f"token {TOKEN}"}

SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
}
DISABLED_PLUGINS = ["@jupyterlab/apputils-extension:announcements"]
# Notebook 7.6 throws these at every start, with or without a widget in the notebook.
NOTEBOOK_ERRORS = (
    "Cannot read properties of undefined (reading 'schema')",
    "Command 'filebrowser:open-path' not registered.",
)

OPENED = """() => {
  const panel = window.jupyterapp?.shell?.currentWidget;
  return panel?.context?.isReady && panel.sessionContext.session?.kernel?.status === "idle"
    && !document.querySelector("#jupyterlab-splash");
}"""
HIDE_SIDEBAR = "() => jupyterapp.shell.collapseLeft?.()"
RUN_CELL = """([index, wait]) => {
  const app = window.jupyterapp;
  const notebook = app.shell.currentWidget.content;
  notebook.activeCellIndex = index;
  const done = app.commands.execute("notebook:run-cell");
  return wait ? done.then(() => undefined) : undefined;
}"""
OUTPUTS = "index => jupyterapp.shell.currentWidget.content.widgets[index].model.outputs.toJSON()"
SOURCES = "() => jupyterapp.shell.currentWidget.model.sharedModel.cells.map(cell => cell.source)"
KERNEL_ID = "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.id"
THEME = """name => jupyterapp.commands.execute("apputils:change-theme", { theme: name })"""
AXE_RUN = """async element => {
  const { violations } = await axe.run(element, { resultTypes: ["violations"] });
  return violations.map(({ id, impact, help, nodes }) =>
    ({ id, impact, help, nodes: nodes.map(node => node.html.slice(0, 200)) }));
}"""


class Server:
    """One Jupyter server that serves JupyterLab and Notebook 7 from a folder of its own.

    Nothing of it reaches the user's home: configuration, history and caches live in `folder`.
    """

    def __init__(self, folder: Path) -> None:
        self.root = folder / "notebooks"
        self.runtime = folder / "runtime"
        settings = folder / "settings"
        self._log = folder / "server.log"
        self.root.mkdir(parents=True)
        for name, values in SETTINGS.items():
            file = settings / "@jupyterlab" / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(values))
        labconfig = folder / "config" / "labconfig"
        labconfig.mkdir(parents=True)
        page_config = {"disabledExtensions": dict.fromkeys(DISABLED_PLUGINS, True)}
        (labconfig / "page_config.json").write_text(json.dumps(page_config))

        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": port,
            "ServerApp.port_retries": 0,
            "ServerApp.root_dir": self.root,
            "ServerApp.terminals_enabled": False,
            "IdentityProvider.token": TOKEN,
            "LabApp.expose_app_in_browser": True,
            "LabApp.extension_manager": "readonly",
            "LabApp.user_settings_dir": settings,
            "LabApp.workspaces_dir": folder / "workspaces",
            "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
            "LabApp.news_url": "None",
            "JupyterNotebookApp.expose_app_in_browser": True,
        }
        environment = os.environ | {
            "HOME": str(folder),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "IPYTHONDIR": str(folder / "ipython"),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.runtime),
            "MPLCONFIGDIR": str(folder / "matplotlib"),
            # Two cores have to do for the kernel and the browser.
            "OMP_NUM_THREADS": "1",
        }
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                    *(f"--{name}={value}" for name, value in options.items()),
                ],
                cwd=self.root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait_until_up()

    def _wait_until_up(self, timeout: float = 60) -> None:
        deadline = time.monotonic() + timeout
        while not self._is_up():
            if time.monotonic() > deadline or self._process.poll() is not None:
                self.close()
                log = self._log.read_text()[-4000:]
                raise RuntimeError(f"the Jupyter server did not come up:\n{log}")
            time.sleep(0.1)

    def _is_up(self) -> bool:
        try:
            self.request("GET", "api/status")
        except urllib.error.URLError:
            return False
        return True

    def request(self, method: str, path: str) -> Any:
        """Answer of the server's REST interface, decoded."""
        request = urllib.request.Request(f"{self.url}/{path}", method=method, headers=HEADERS)
        with urllib.request.urlopen(request, timeout=20) as response:
            body = response.read()
        return json.loads(body) if body else None

    def write(self, name: str, cells: list[str]) -> str:
        """Write a notebook of these code cells; its name."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in cells],
            metadata={
                "kernelspec": {
                    "display_name": "Python 3",
                    "language": "python",
                    "name": "python3",
                },
                "language_info": {"name": "python"},
            },
        )
        nbformat.write(notebook, self.root / name)
        return name

    def close_sessions(self) -> None:
        """Shut down every kernel, so that none trains on beside the next test."""
        for session in self.request("GET", "api/sessions"):
            self.request("DELETE", f"api/sessions/{session['id']}")

    def close(self) -> None:
        """End the server and wait for its end."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


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

    def _note_console(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    def _note_error(self, error: Any) -> None:
        if error.message not in NOTEBOOK_ERRORS:
            self.errors.append(f"{error.message}\n{error.stack}")

    def _note_request(self, request: Any) -> None:
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
        self.page.set_default_timeout(timeout * 1000)
        self.page.evaluate(RUN_CELL, [index, wait])
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

    def _kernel(self) -> BlockingKernelClient:
        if self._client is None:
            kernel_id = self.page.evaluate(KERNEL_ID)
            client = BlockingKernelClient()
            client.load_connection_file(str(self.server.runtime / f"kernel-{kernel_id}.json"))
            client.start_channels()
            self._client = client
        return self._client

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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
