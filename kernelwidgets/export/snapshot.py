"""The present of a source, as a recording of one frame: there is one way onto a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from kernelwidgets.recording import Moment, Recording, Replay
from kernelwidgets.wire.schema import LayerInfo, SourceInfo
from kernelwidgets.wire.source import Request, Source, Want, Wanted

__all__ = ["maps_of", "recorded", "recording_of", "snapshot"]

_STAGES: tuple[Wanted, ...] = ("map_before", "map_after")


def recording_of(source: Source) -> Recording:
    """The recording that a source replays, or the history of its run; else a snapshot."""
    return recorded(source) or snapshot(source)


def recorded(source: Source) -> Recording | None:
    """What is recorded of a source: what it replays, or the history that it keeps of its run."""
    kept = source.recording if isinstance(source, Replay) else getattr(source, "history", None)
    return kept if isinstance(kept, Recording) and len(kept) else None


def snapshot(
    source: Source, layers: Sequence[str] | None = None, maps: Sequence[Want] = ()
) -> Recording:
    """Record the present: kernels, gradients, probe pictures, answers, and the curves so far.

    Parameters
    ----------
    layers
        Names of the layers to record; all by default.
    maps
        Feature maps to record.
    """
    info = source.info
    chosen = [layer for layer in info.layers if layers is None or layer.name in layers]
    wants = [want for layer in chosen for want in _wants(layer, info)]
    pictures = [Want("probe", sample=sample) for sample in range(len(info.samples))]
    frame = source.read(Request(frozenset([*wants, *pictures, *maps]), answers=True, curves=True))
    found = frame.arrays
    probe = [found[picture] for picture in pictures if picture in found]
    recording = Recording.begin(
        info,
        layers=[layer.name for layer in chosen],
        gradients=any(want.quantity == "gradient" for want in found),
        classes=source.recording.classes if isinstance(source, Moment) else None,
        starts={
            layer.name: found[Want("weight", layer.name)] - found[change]
            for layer in chosen
            if (change := Want("change", layer.name)) in found
        },
        probe=np.stack(probe).astype(np.float32) if probe else None,
        probe_range=frame.limits.get(("", "probe")),
    )
    recording.add(frame, 0.0)
    for name, curve in frame.curves.items():
        for step, low, high in zip(curve.steps, curve.low, curve.high, strict=True):
            for value in sorted({float(low), float(high)}):
                recording.add_metrics(int(step), {name: value})
    return recording


def maps_of(source: Source, layer: str, sample: int, most: int) -> list[Want]:
    """Feature maps of a layer with at most so many values: of one sample first, then of others."""
    samples = len(source.info.samples)
    if not samples:
        return []
    first = [Want(stage, layer, sample=sample) for stage in _STAGES]
    found = source.read(Request(frozenset(first))).arrays
    size = sum(found[want].size for want in first if want in found)
    if not 0 < size <= most:
        return []
    others = [other for other in range(samples) if other != sample]
    others = others[: most // size - 1]
    return first + [Want(stage, layer, sample=other) for other in others for stage in _STAGES]


def _wants(layer: LayerInfo, info: SourceInfo) -> Iterator[Want]:
    quantities: list[Wanted] = ["weight", "change"]
    quantities += ["gradient"] if "gradient" in info.quantities else []
    quantities += ["bias"] if layer.bias else []
    yield from (Want(quantity, layer.name) for quantity in quantities)
