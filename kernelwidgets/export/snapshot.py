"""The present of a source, as a recording of one frame: there is one way onto a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from kernelwidgets.recording import Moment, Recording, Replay
from kernelwidgets.wire.schema import LayerInfo, SourceInfo
from kernelwidgets.wire.source import Request, Source, Want, Wanted

__all__ = ["recording_of", "snapshot"]


def recording_of(source: Source, layers: Sequence[str] | None = None) -> Recording:
    """What a source can show without Python: a recording whole, anything else as it is now."""
    if isinstance(source, Replay) and isinstance(source.recording, Recording):
        return source.recording
    return snapshot(source, layers)


def snapshot(source: Source, layers: Sequence[str] | None = None) -> Recording:
    """Record the present: kernels, gradients, feature maps, answers, and the curves so far.

    Parameters
    ----------
    layers
        Names of the layers to record; all by default.
    """
    info = source.info
    chosen = [layer for layer in info.layers if layers is None or layer.name in layers]
    wants = [want for layer in chosen for want in _wants(layer, info)]
    pictures = [Want("probe", sample=sample) for sample in range(len(info.samples))]
    frame = source.read(Request(frozenset([*wants, *pictures]), answers=True, curves=True))
    whole = {want: values for want, values in frame.arrays.items() if want.quantity != "change"}
    starts = {
        layer.name: whole[Want("weight", layer.name)] - frame.arrays[change]
        for layer in chosen
        if (change := Want("change", layer.name)) in frame.arrays
    }
    probe = [whole.pop(picture) for picture in pictures if picture in whole]
    recording = Recording.begin(
        info,
        layers=[layer.name for layer in chosen],
        gradients=any(want.quantity == "gradient" for want in whole),
        starts=starts,
        probe=np.stack(probe).astype(np.float32) if probe else None,
        probe_range=frame.limits.get(("", "probe")),
    )
    if isinstance(source, Moment):
        recording.classes = source.recording.classes
    recording.add(frame, 0.0)
    for name, curve in frame.curves.items():
        for step, low, high in zip(curve.steps, curve.low, curve.high, strict=True):
            for value in sorted({float(low), float(high)}):
                recording.add_metrics(int(step), {name: value})
    return recording


def _wants(layer: LayerInfo, info: SourceInfo) -> Iterator[Want]:
    quantities: list[Wanted] = ["weight", "change"]
    quantities += ["gradient"] if "gradient" in info.quantities else []
    quantities += ["bias"] if layer.bias else []
    yield from (Want(quantity, layer.name) for quantity in quantities)
    stages: tuple[Wanted, ...] = ("map_before", "map_after")
    for sample in range(len(info.samples)):
        yield from (Want(stage, layer.name, sample=sample) for stage in stages)
