"""Write a page."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kernelwidgets.export.exhibit import exhibit_of
from kernelwidgets.export.page import page_of
from kernelwidgets.export.tape import EncodedTape

__all__ = ["export_html"]

LARGE_BYTES = 5_000_000


def export_html(
    x: Any,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    layers: Sequence[str | int] | None = None,
    feature_maps: bool = False,
) -> Path:
    """Write a page that shows `x` and needs no Python, no server and no network.

    Everything that can be touched without Python is: recordings play, kernels can be edited, the
    page computes what they would see. The size of the file is printed, and what could not travel.

    Parameters
    ----------
    x
        A recording, a moment of one, a trainer, a network, an array of kernels, or one of the
        views: its controls travel as they are set. What runs is shown as it is now.
    path
        Where to write, ending in ``.html``; a file that is there is replaced.
    title
        Stands above the view.
    layers
        Names or positions of the layers that travel; all by default.
    feature_maps
        Whether feature maps of all layers travel as far as they were recorded. Those of the layer
        that reads the picture need not: the page computes them.

    Returns
    -------
    The path.

    Raises
    ------
    TypeError
        If `x` cannot be shown without Python.
    ValueError
        If the path names another kind of file, or there is no such layer.
    """
    path = html_path(path)
    exhibit = exhibit_of(x)
    tape = exhibit.tape(layers, feature_maps=feature_maps)
    content = page_of(exhibit, title, tape=tape).encode()
    path.write_bytes(content)
    print(f"{path}: {len(content) / 1e6:.2f} MB")
    if exhibit.left_out:
        print(f"Left out, since it needs Python: {', '.join(exhibit.left_out)}.")
    if tape is not None and len(content) > LARGE_BYTES:
        print(_lighter(tape))
    return path


def _lighter(tape: EncodedTape) -> str:
    """What to leave out of a large page."""
    sizes = {
        track.layer: sum(end - start for start, end in track.blocks) for track in tape.header.tracks
    }
    heavy = sorted(sizes, key=lambda name: -sizes[name])[:3]
    parts = ", ".join(f"{name!r} takes {sizes[name] * 4 / 3e6:.1f} MB" for name in heavy)
    fewer = "layers=[…] takes only some of them along" if len(sizes) > 1 else "record fewer frames"
    return f"That is large for a page: {parts}; {fewer}."


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
