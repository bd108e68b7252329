"""The console script ``kernelwidgets``: example notebooks, and demos as pages of their own."""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PAGE_FRAMES = 500


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the console script."""
    parser = argparse.ArgumentParser(prog="kernelwidgets", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    demo = commands.add_parser(
        "demo",
        help="copy the example notebooks into this folder and open JupyterLab on the first; with a "
        "name and --html train that demo here and write a page that replays it",
    )
    demo.add_argument(
        "--no-browser", action="store_true", help="print the address and open no browser"
    )
    demo.add_argument("name", nargs="?", help='a demo of kw.demo(), such as "gabors"')
    demo.add_argument("--html", metavar="PAGE", type=Path, help="where to write the page")
    demo.add_argument("--steps", type=int, default=1500, help="steps to train (default: 1500)")
    options = parser.parse_args(arguments)
    if (options.name is None) != (options.html is None):
        demo.error("a page needs both: kernelwidgets demo gabors --html page.html")
    if options.html is None:
        open_demo(Path.cwd(), browser=not options.no_browser)
        return
    try:
        write_page(options.name, options.html, options.steps)
    except (ValueError, FileNotFoundError) as error:
        demo.error(str(error))


def write_page(name: str, path: Path, steps: int) -> None:
    """Train a demo, with a progress bar in a terminal, and write a page that replays it."""
    from kernelwidgets.export.html import export_html, html_path
    from kernelwidgets.live.demos import demo

    # Nobody wants to hear of it after the training.
    html_path(path)
    if steps < 1:
        raise ValueError(f"training takes at least one step, not {steps}")
    trainer = demo(name)
    if not hasattr(trainer, "record"):
        raise ValueError(f"{name} is several networks; in a notebook kw.demo({name!r}) shows them")
    trainer.max_steps_per_s = None
    try:
        recording = trainer.record(steps=steps, every=max(1, -(-steps // PAGE_FRAMES)))
    finally:
        trainer.close()
    export_html(recording, path)


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
