"""A notebook in JupyterLab and Chromium, for benches."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS
from tests.browser.harness import LabPage
from tests.browser.server import Server
from tools import chromium

PROMPT = {"ServerApp.kernel_websocket_connection_class": "kernelwidgets.server.PromptConnection"}
# A display shows 60 frames per second at most; what could be painted is asked for here.
NO_DISPLAY = ("--disable-frame-rate-limit", "--disable-gpu-vsync")


@contextmanager
def notebook(
    cells: list[str],
    *,
    flags: tuple[str, ...] = (),
    script: str = "",
    server_options: Mapping[str, object] = PROMPT,
) -> Iterator[LabPage]:
    """A notebook of these cells, all of them run, in a server and a browser of its own.

    Parameters
    ----------
    flags
        For the browser.
    script
        Runs in the page before anything else.
    server_options
        By default those of `kernelwidgets demo`.
    """
    path = chromium.find()
    if path is None:
        raise RuntimeError("there is no Chromium: python tools/chromium.py installs one")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder) / "jupyter", server_options)
        try:
            browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
            context = browser.new_context(viewport={"width": 1280, "height": 720})
            context.set_default_timeout(60_000)
            context.add_init_script(script)
            page = LabPage(context, server, server.write("bench.ipynb", cells), "lab")
            page.run_all()
            yield page
            page.close()
            server.close_sessions(["bench.ipynb"])
            browser.close()
        finally:
            server.close()
