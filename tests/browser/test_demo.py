"""`kernelwidgets demo`, as a newcomer types it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
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
        # JupyterLab runs below the script: end both.
        os.killpg(demo.pid, signal.SIGTERM)
        demo.wait(20)
