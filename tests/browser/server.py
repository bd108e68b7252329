"""One Jupyter server for all browser tests, with nothing of it outside its own folder."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

TOKEN = "kernelwidgets-browser-tests"
HEADERS = {"Authorization": f"token {TOKEN}"}
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
}
DISABLED_PLUGINS = ["@jupyterlab/apputils-extension:announcements"]


class Server:
    """One Jupyter server that serves JupyterLab and Notebook 7 from a folder of its own.

    Nothing of it reaches the user's home: configuration, history and caches live in `folder`.

    Parameters
    ----------
    more
        Further options of the server.
    """

    def __init__(self, folder: Path, more: Mapping[str, object] | None = None) -> None:
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
            **(more or {}),
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

    def close_sessions(self, names: list[str]) -> None:
        """Shut down the kernels of these notebooks, so that none trains on beside the next test."""
        for session in self.request("GET", "api/sessions"):
            if session["path"] in names:
                self.request("DELETE", f"api/sessions/{session['id']}")

    def close(self) -> None:
        """End the server and wait for its end."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
