"""What holds for the package as a whole."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from importlib.metadata import packages_distributions, requires, version
from pathlib import Path

import pytest

import kernelwidgets as kw

PACKAGE = Path(kw.__file__).parent
# The limit of docs/performance.md.
LIVE_BYTES = 60_000
# Used where it is installed, and done without where not.
# The server comes with JupyterLab, which alone loads what needs it.
OPTIONAL = {"PIL", "fsspec", "jupyter_server", "numcodecs", "pandas", "safetensors", "zarr"}
HEAVY = ("torch", "ipywidgets", "anywidget", "traitlets", "bqplot", "scipy", "msgspec", "IPython")


def test_import_is_light() -> None:
    code = f"import sys, kernelwidgets; print([m for m in {HEAVY} if m in sys.modules])"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    ).stdout
    assert shown.strip() == "[]"


@pytest.mark.parametrize("name", [name for name in dir(kw) if name != "__version__"])
def test_public_name_exists(name: str) -> None:
    assert getattr(kw, name) is getattr(kw, name)


def test_tools_see_the_public_names() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    seen = {
        alias.asname or alias.name
        for block in tree.body
        if isinstance(block, ast.If)
        for imported in block.body
        if isinstance(imported, ast.ImportFrom)
        for alias in imported.names
    }
    assert seen == set(dir(kw)) - {"__version__"}


def test_unknown_name_suggests_a_near_one() -> None:
    with pytest.raises(AttributeError, match="did you mean '__version__'"):
        _ = kw.__versoin__


def test_version_is_that_of_the_distribution() -> None:
    assert kw.__version__ == version("kernelwidgets")


def test_live_bundle_is_small() -> None:
    """It is sent, and kept in saved notebooks, once for each widget."""
    assert (PACKAGE / "static" / "live.js").stat().st_size <= LIVE_BYTES


def test_every_import_is_declared() -> None:
    """A module that is imported anywhere in the package belongs to a declared dependency."""
    declared = {line.split(">")[0].lower() for line in requires("kernelwidgets") or []}
    owners = packages_distributions()
    imported = {
        name.split(".")[0]
        for file in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        for name in _imported(node)
    } - {*sys.stdlib_module_names, *OPTIONAL, "kernelwidgets"}
    undeclared = {
        name
        for name in imported
        if not {owner.lower() for owner in owners.get(name, [])} & declared
    }
    assert undeclared == set()


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module]
    return []


def test_module_says_what_lives_there() -> None:
    silent = [
        str(file.relative_to(PACKAGE))
        for file in PACKAGE.rglob("*.py")
        if not ast.get_docstring(ast.parse(file.read_text()))
    ]
    assert silent == []


def test_entry_point_is_the_console_script() -> None:
    main = importlib.import_module("kernelwidgets.cli").main
    with pytest.raises(SystemExit) as exit_:
        main(["demo", "--help"])
    assert exit_.value.code == 0
