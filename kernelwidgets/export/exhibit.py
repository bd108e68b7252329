"""What goes onto a page: a view with its controls as they are set, and what it draws from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from kernelwidgets.export.snapshot import maps_of, recorded, snapshot
from kernelwidgets.export.still import Pixels, draw_kernels
from kernelwidgets.export.tape import EncodedTape, encode
from kernelwidgets.recording import Recording, Replay
from kernelwidgets.recording.readable import LayerKey, resolve
from kernelwidgets.sources import as_source, layer_of
from kernelwidgets.wire.controls import DEFAULTS
from kernelwidgets.wire.schema import SourceInfo
from kernelwidgets.wire.source import Request, Source, Want

__all__ = ["Exhibit", "Exhibitable", "exhibit_of"]

FEW_MAPS, MOST_MAPS = 400_000, 20_000_000
"""Values of a layer's feature maps that travel unasked, and where they are asked for."""


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

    entry: Literal["player", "explorer", "gallery", "gradient"]
    state: Mapping[str, Any]
    title: str
    about: str = ""
    source: Source | None = None
    picture: Pixels | None = None
    left_out: tuple[str, ...] = ()

    def tape(
        self, layers: Sequence[LayerKey] | None = None, *, feature_maps: bool = False
    ) -> EncodedTape | None:
        """What its frames come from, in bytes: a recording whole, anything else as it is now.

        Parameters
        ----------
        layers
            Names or positions of the layers that travel; all by default.
        feature_maps
            Whether feature maps of all layers travel; if not, only those that the page cannot
            compute and that are on show.

        Raises
        ------
        ValueError
            If there is no such layer.
        TypeError
            If there are none to choose from.
        """
        if self.source is None:
            if layers is not None or feature_maps:
                raise TypeError(f"{self.title}: leave out layers= and feature_maps= here")
            return None
        recording = self.recording
        if recording is None:
            recording, feature_maps = self._snapshot(layers, feature_maps), True
        names = [
            recording.resolve(layer) for layer in (recording.layers if layers is None else layers)
        ]
        return encode(recording, layers=names, feature_maps=feature_maps)

    @property
    def recording(self) -> Recording | None:
        """What is recorded of its source, if it shows what is on show; else None."""
        kept = None if self.source is None else recorded(self.source)
        if kept is None or isinstance(self.source, Replay):
            return kept
        # The history of a run holds no feature maps, and no layers that are large.
        info = kept.layers.get(self.state.get("layer", next(iter(kept.layers), "")))
        maps = self.state["_view"] == "feature-maps"
        return kept if info and (info.reads_image or not maps) else None

    def _snapshot(self, layers: Sequence[LayerKey] | None, feature_maps: bool) -> Recording:
        assert self.source is not None
        infos = self.source.info.layers
        names = [
            resolve(infos, layer) for layer in (range(len(infos)) if layers is None else layers)
        ]
        shown, sample = self.state.get("layer"), int(self.state.get("sample", 0))
        mapped = [
            info.name
            for info in infos
            if info.name in names
            if feature_maps or (info.name == shown and not info.reads_image)
        ]
        most = MOST_MAPS if feature_maps else FEW_MAPS
        maps = [want for name in mapped for want in maps_of(self.source, name, sample, most)]
        return snapshot(self.source, names, maps)


def _given(layers: Sequence[LayerKey] | None, info: SourceInfo) -> Sequence[LayerKey]:
    return range(len(info.layers)) if layers is None else layers


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
    layer = layer_of(x) or info.layers[0].name
    return Exhibit(
        "player",
        {**DEFAULTS, "_view": "lab", "layer": layer},
        info.title,
        info.about,
        source,
        _picture(source, layer),
    )


def _picture(source: Source, layer: str) -> Pixels:
    frame = source.read(Request(frozenset([want := Want("weight", layer)])))
    _, high = frame.limits.get((layer, "weight"), (-1.0, 1.0))
    return draw_kernels(frame.arrays[want], high)
