"""Imports point down in the front end too."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "js" / "src"

MAY_IMPORT = {
    "": {
        "hand",
        "views",
        "explorer",
        "gallery",
        "gradient",
        "replay",
        "ui",
        "draw",
        "model",
        "lib",
    },
    "explorer": {"views", "ui", "draw", "model", "lib"},
    "gallery": {"views", "ui", "draw", "model", "lib"},
    "gradient": {"explorer", "views", "ui", "draw", "model", "lib"},
    "hand": {"views", "ui", "draw", "model", "lib"},
    "views": {"ui", "draw", "lib", "model"},
    "replay": {"model", "lib"},
    "model": {"lib"},
    "ui": {"lib"},
    "draw": {"lib"},
    "lib": set(),
}
FROM = re.compile(
    r"""^(?:import|export)\b[^;]*?\bfrom\s+"(\.[^"]+)"|^import\s+"(\.[^"]+)";""", re.M
)


def imports(file: Path) -> set[str]:
    """Paths, relative to the source folder, of what a file imports."""
    here = file.relative_to(SOURCE).parent.as_posix()
    return {
        posixpath.normpath(posixpath.join(here, first or second))
        for first, second in FROM.findall(file.read_text(encoding="utf-8"))
    }


def room(path: str) -> str:
    """The folder below the source folder that a path lies in; "" for the entries."""
    return path.partition("/")[0] if "/" in path else ""


@pytest.mark.parametrize(
    "file", sorted(SOURCE.rglob("*.ts")), ids=lambda file: file.relative_to(SOURCE).as_posix()
)
def test_imports_point_down(file: Path) -> None:
    own = room(file.relative_to(SOURCE).as_posix())
    # The types of the contract are for everyone.
    allowed = MAY_IMPORT.get(own, set()) | {own, "generated"}
    assert {path for path in imports(file) if room(path) not in allowed} == set()


def test_imports_are_found() -> None:
    assert any(imports(file) for file in SOURCE.rglob("*.ts"))


def test_every_folder_has_its_place() -> None:
    folders = {path.name for path in SOURCE.iterdir() if path.is_dir()}
    assert folders <= {*MAY_IMPORT, "generated"}
