"""Find a Chromium for the browser tests, or install one, or say how to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """Path of a Chromium that starts: one on PATH, else the one that Playwright installed."""
    on_path = [path for name in NAMES if (path := shutil.which(name))]
    return next(filter(_starts, [*on_path, *_from_playwright()]), None)


def _from_playwright() -> list[str]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return [path] if Path(path).exists() else []


def _starts(path: str) -> bool:
    # Some systems put a script on PATH that only says how to install the real one.
    try:
        subprocess.run([path, "--version"], check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def install() -> None:
    """Install a Chromium: as root with apt where there is one, else with Playwright."""
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        attempts.insert(0, ["sh", "-c", "apt-get update -qq && apt-get install -y -qq chromium"])
    for command in attempts:
        print("no Chromium found, trying:", " ".join(command), flush=True)
        if subprocess.run(command, check=False).returncode == 0 and find():
            return


def main() -> None:
    if not find():
        install()
    path = find()
    if path is None:
        sys.exit(
            "The browser tests need a Chromium and none could be installed. Install one (for "
            "example 'sudo apt-get install chromium') or put one on PATH, then try again."
        )
    print("browser tests use", path)


if __name__ == "__main__":
    main()
