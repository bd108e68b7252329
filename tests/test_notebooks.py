"""Every example notebook is valid and short and ends in an exercise; `make docs` executes them."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from kernelwidgets.cli import examples


@pytest.mark.parametrize("path", examples(), ids=lambda path: path.stem)
def test_notebook_is_valid_and_short(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert len(notebook.cells) < 10
    assert notebook.cells[0].source.startswith("# ")
    assert "## Exercise" in notebook.cells[-1].source
