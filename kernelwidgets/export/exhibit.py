"""What goes onto a page: a view with its controls as they are set, and what it draws from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from kernelwidgets.export.snapshot import recording_of
from kernelwidgets.export.still import Pixels, draw_kernels
from kernelwidgets.recording import Recording
from kernelwidgets.sources import as_source
from kernelwidgets.wire.source import Request, Source, Want

__all__ = ["Exhibit", "Exhibitable", "exhibit_of"]


@dataclass(frozen=True)
class Exhibit:
    """One view as it travels.

    Attributes
    ----------
    entry
        The front end's entry that shows it (`js/src/page.ts`).
    state
        Its traits: what JSON holds, and bytes.
    title, about
        What is said above it.
    source
        Where its frames come from; None for a view that computes everything itself.
    picture
        What it shows, for files and for places that run no script; None if it shows nothing.
    left_out
        Names of what stands beside the view and cannot travel, since it needs Python.
    """

    entry: Literal["live", "explorer", "gallery"]
    state: Mapping[str, Any]
    title: str
    about: str = ""
    source: Source | None = None
    picture: Pixels | None = None
    left_out: tuple[str, ...] = ()

    @property
    def recording(self) -> Recording | None:
        """What its frames come from as a recording, of one frame if need be."""
        return None if self.source is None else recording_of(self.source)


@runtime_checkable
class Exhibitable(Protocol):
    """Whatever can say how it travels: the views do."""

    def _exhibit_(self) -> Exhibit:
        """How it stands now."""


def exhibit_of(x: Any) -> Exhibit:
    """How something would stand on a page now.

    Raises
    ------
    TypeError
        If there is no way to show it without Python.
    """
    if isinstance(x, Exhibit):
        return x
    if isinstance(x, Exhibitable) and not isinstance(x, type):
        return x._exhibit_()
    source = as_source(x)
    info = source.info
    if not info.layers:
        raise ValueError(f"{info.title} has no convolution layers, so there is nothing to show")
    return Exhibit(
        "live",
        {"_view": "lab", "layer": info.layers[0].name},
        info.title,
        info.about,
        source,
        _first_layer(source),
    )


def _first_layer(source: Source) -> Pixels:
    layer = source.info.layers[0]
    frame = source.read(Request(frozenset([want := Want("weight", layer.name)])))
    _, high = frame.limits.get((layer.name, "weight"), (-1.0, 1.0))
    return draw_kernels(frame.arrays[want], high)
