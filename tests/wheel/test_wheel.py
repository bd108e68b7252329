"""The wheel that a user gets, built without Node and installed in an environment of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONSTRAINTS = ROOT / "constraints.txt"

pytestmark = pytest.mark.timeout(600)


def run(*command: object, cwd: Path, **environment: str) -> str:
    """What a command printed; if it fails, the test does, with what it said."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from what git would commit."""
    source = tmp_path_factory.mktemp("source")
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in filter(None, listed.split("\0")):
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    built = tmp_path_factory.mktemp("built")
    # All that a machine without Node has, as far as npm's scripts can tell.
    tools = tmp_path_factory.mktemp("tools")
    (tools / "sh").symlink_to(shutil.which("sh") or "/bin/sh")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    run(*pip, "wheel", "--no-deps", "-w", built, source, cwd=source, PATH=str(tools))
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment that holds the wheel and what it requires."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    install = (python, "-m", "pip", "install", "-q", "-c", CONSTRAINTS)
    (torch,) = re.findall(r"^torch==\S+", CONSTRAINTS.read_text(), re.MULTILINE)
    run(*install, torch, cwd=folder)
    run(*install, wheel, cwd=folder)
    return python


def test_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        live = archive.read("kernelwidgets/static/live.js")
    assert b"export" in live
    assert {"kernelwidgets/py.typed", "kernelwidgets/examples/00_quickstart.ipynb"} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"kernelwidgets"}
    assert not [name for name in names if name.endswith((".ts", ".map", ".mjs"))]


def test_every_public_name_works_where_only_the_wheel_is(python: Path, tmp_path: Path) -> None:
    code = """
import sys
import kernelwidgets as kw
assert "torch" not in sys.modules, "importing the package is light"
assert sys.prefix in kw.__file__, kw.__file__
for name in dir(kw):
    getattr(kw, name)
print(len(dir(kw)))
"""
    assert int(run(python, "-c", code, cwd=tmp_path)) >= 1


def test_console_script_is_installed(python: Path, tmp_path: Path) -> None:
    script = python.with_name("kernelwidgets")
    assert "example notebooks" in run(script, "--help", cwd=tmp_path)
