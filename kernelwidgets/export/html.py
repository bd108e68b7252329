"""Write a page."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from kernelwidgets.export.exhibit import exhibit_of
from kernelwidgets.export.page import page_of

__all__ = ["export_html"]

LARGE_BYTES = 5_000_000


def export_html(x: Any, path: str | os.PathLike[str], *, title: str | None = None) -> Path:
    """Write a page that shows `x` and needs no Python, no server and no network.

    Everything that can be touched without Python is: the page computes what it shows. The size of
    the file is printed, and what could not travel.

    Parameters
    ----------
    x
        One of the views; its controls travel as they are set.
    path
        Where to write; a file that is there is replaced.
    title
        Stands above the view.

    Returns
    -------
    The path.

    Raises
    ------
    TypeError
        If `x` cannot be shown without Python.
    ValueError
        If the path names another kind of file.
    """
    path = html_path(path)
    exhibit = exhibit_of(x)
    content = page_of(exhibit, title).encode()
    path.write_bytes(content)
    print(f"{path}: {len(content) / 1e6:.2f} MB")
    if exhibit.left_out:
        print(f"Left out, since it needs Python: {', '.join(exhibit.left_out)}.")
    return path


def html_path(path: str | os.PathLike[str]) -> Path:
    """Check where a page is to be written, before the work is done.

    Raises
    ------
    ValueError
        If the path names another kind of file.
    FileNotFoundError
        If there is no such folder.
    """
    path = Path(path).expanduser()
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"{path.name!r} is no name of a page; give one that ends in .html")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {str(path.parent)!r}; make it first")
    return path
