"""`kernelwidgets demo`, as a newcomer types it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import BrowserContext


def test_demo_prints_an_address_that_opens_the_first_notebook(
    context: BrowserContext, tmp_path: Path
) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    state = {
        name: str(tmp_path / name)
        for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    }
    demo = subprocess.Popen(
        [sys.executable, "-m", "kernelwidgets", "demo", "--no-browser"],
        cwd=folder,
        env=os.environ | state,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert demo.stdout is not None
        address = next(
            found.group()
            for line in demo.stdout
            if (found := re.search(r"http://127\.0\.0\.1\S+token=\S+", line))
        )
        page = context.new_page()
        page.goto(address)
        page.get_by_role("tab", name="00_quickstart.ipynb").wait_for()
        page.close()
        assert (folder / "00_quickstart.ipynb").exists()
    finally:
        _end(demo)


def _end(demo: subprocess.Popen[str]) -> None:
    """End the script and the JupyterLab below it, which may be busy with its kernel."""
    os.killpg(demo.pid, signal.SIGTERM)
    demo.wait(20)
    deadline = time.monotonic() + 10
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.killpg(demo.pid, 0)
            time.sleep(0.1)
        os.killpg(demo.pid, signal.SIGKILL)
