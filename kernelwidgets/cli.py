"""The console script ``kernelwidgets``: example notebooks to start from."""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the console script."""
    parser = argparse.ArgumentParser(prog="kernelwidgets", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    demo = commands.add_parser(
        "demo",
        help="copy the example notebooks into this folder and open JupyterLab on the first",
    )
    demo.add_argument(
        "--no-browser", action="store_true", help="print the address and open no browser"
    )
    demo.set_defaults(run=lambda options: open_demo(Path.cwd(), browser=not options.no_browser))
    options = parser.parse_args(arguments)
    options.run(options)


def examples() -> list[Path]:
    """The example notebooks that came with the package, in order."""
    package = Path(__file__).parent
    # A wheel carries them inside the package; in a checkout they lie beside it.
    folders = (package / "examples", package.parent / "examples")
    return next((found for folder in folders if (found := sorted(folder.glob("*.ipynb")))), [])


def copy_examples(folder: Path) -> list[Path]:
    """Copy the example notebooks into a folder; their paths there, in order.

    A notebook that was changed there is kept, and the original is written beside it under the
    next free name.
    """
    return [_copy(example, folder) for example in examples()]


def _copy(example: Path, folder: Path) -> Path:
    content = example.read_bytes()
    target, number = folder / example.name, 1
    while target.exists() and target.read_bytes() != content:
        number += 1
        target = folder / f"{example.stem}-{number}.ipynb"
    if number > 1:
        print(f"{example.name} was changed here and is kept; the original is {target.name}")
    target.write_bytes(content)
    return target


def open_demo(folder: Path, *, browser: bool) -> None:
    """Copy the example notebooks into a folder and open JupyterLab on the first.

    Without a display, the address is printed whether or not a browser is wanted.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        sys.exit("JupyterLab is missing here: pip install 'kernelwidgets[demos]'")
    notebooks = copy_examples(folder)
    if not notebooks:
        sys.exit("no example notebooks came with this installation: install kernelwidgets again")
    options = [
        f"--ServerApp.root_dir={folder}",
        # The address that is printed and the page that opens are both the notebook.
        f"--LabApp.default_url=/lab/tree/{notebooks[0].name}",
        "--ServerApp.kernel_websocket_connection_class=kernelwidgets.server.PromptConnection",
        "--log-level=WARN",
    ]
    if not (browser and _has_display()):
        options.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")
    print("Starting JupyterLab; Ctrl-C twice ends it.", flush=True)
    try:
        sys.exit(subprocess.call([sys.executable, "-m", "jupyterlab", *options]))
    except KeyboardInterrupt:
        sys.exit(130)


def _has_display() -> bool:
    return sys.platform in ("darwin", "win32") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
