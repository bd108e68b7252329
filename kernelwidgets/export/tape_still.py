"""What a tape holds once: probe pictures, curves, answers, marks, the start of changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernelwidgets.kernels.convolution import correlate
from kernelwidgets.kernels.geometry import Geometry
from kernelwidgets.recording import Event, Recording
from kernelwidgets.recording.metrics import curve_of
from kernelwidgets.wire.arrays import Packer
from kernelwidgets.wire.ranges import ColorRanges, extremes
from kernelwidgets.wire.schema import ArraySpec, Curve, LayerInfo, Mark, ProbeHeader
from kernelwidgets.wire.source import Frame, Want
from kernelwidgets.wire.tape import TapeAnswers, Taped, TapeRange

__all__ = ["Still", "grown_of", "marks_of", "still_of"]

MARKED = {"edit", "freeze", "mute", "redo", "revert", "set_learning_rate", "set_probe", "undo"}
"""Kinds of events that change what is seen; pauses and steps do not."""

SHARES = 10_000
MOST_EXACT_BYTES = 300_000
_LOOKED_AT = 8
_PICTURES = 4


@dataclass(frozen=True)
class Still:
    """What does not change in time: its bytes, and what they mean.

    `facts` are fields of the header; `starts` are the weights that changes are counted from where
    they are not the first frame's; `map_ranges` are the colors of maps that the page computes;
    `looked_at` is of how many frames that is; `exact` are weights and biases where there is one
    frame alone.
    """

    data: bytes
    facts: Mapping[str, Any]
    starts: Mapping[str, ArraySpec]
    map_ranges: Mapping[str, Mapping[Taped, list[TapeRange]]]
    looked_at: int
    exact: Mapping[str, Mapping[Taped, ArraySpec]]


def still_of(recording: Recording, layers: Sequence[LayerInfo], frames: Sequence[Frame]) -> Still:
    """Collect what does not change in time."""
    packer = Packer()
    return Still(
        facts={
            "probe": _probe(recording, packer),
            "curves": _curves(recording, packer),
            "answers": _answers(frames, packer),
            "marks": marks_of(recording.events),
            "names": [],
        },
        starts=_starts(recording, layers, frames[0], packer),
        map_ranges=_all_map_ranges(recording, layers, frames),
        looked_at=len(frames),
        exact=_exact(layers, frames[0], packer) if len(frames) == 1 else {},
        data=packer.bytes(),
    )


def grown_of(
    still: Still, recording: Recording, layers: Sequence[LayerInfo], frames: Sequence[Frame]
) -> tuple[Still, bytes]:
    """The same of a recording that has grown, and the bytes of its curves and answers."""
    packer = Packer()
    facts = {
        "curves": _curves(recording, packer),
        "answers": _answers(frames, packer),
        "marks": marks_of(recording.events),
    }
    later = replace(still, facts={**still.facts, **facts}, exact={})
    if len(frames) >= 2 * still.looked_at:
        ranges = _all_map_ranges(recording, layers, frames)
        later = replace(later, map_ranges=ranges, looked_at=len(frames))
    return later, packer.bytes()


def marks_of(events: Sequence[Event]) -> list[Mark]:
    """The moments at which a hand reached in; one gesture is one mark."""
    marks: list[Mark] = []
    gesture: tuple[Any, ...] | None = None
    for event in events:
        command = event.command or {}
        own = (command["gesture"], command["layer"]) if command.get("gesture") else None
        if event.kind in MARKED and (own is None or own != gesture):
            marks.append(Mark(step=event.step, text=event.text))
        gesture = own
    return marks


def _probe(recording: Recording, packer: Packer) -> list[ProbeHeader]:
    if recording.probe is None:
        return []
    low, high = recording.probe_range or extremes(recording.probe)
    return [
        ProbeHeader(sample=sample, values=packer.add_levels(picture, low, high), low=low, high=high)
        for sample, picture in enumerate(recording.probe)
    ]


def _curves(recording: Recording, packer: Packer) -> list[Curve]:
    curves = []
    for name, series in recording.metrics.items():
        points = curve_of(series, int(series[0].max(initial=0)))
        curves.append(
            Curve(
                name=name,
                steps=packer.add(points.steps, exact=True),
                low=packer.add(points.low, exact=True),
                high=packer.add(points.high, exact=True),
                last=points.last,
                nonfinite=points.nonfinite,
            )
        )
    return curves


def _answers(frames: Sequence[Frame], packer: Packer) -> TapeAnswers | None:
    given = [frame.answers or () for frame in frames]
    samples = max(map(len, given))
    most = max((len(guesses) for each in given for guesses in each), default=0)
    if not most:
        return None
    words: dict[str, int] = {}
    labels = np.full((len(frames), samples, most), -1, np.int32)
    shares = np.zeros(labels.shape, np.int32)
    for time, each in enumerate(given):
        for sample, guesses in enumerate(each):
            for rank, guess in enumerate(guesses):
                labels[time, sample, rank] = words.setdefault(guess.label, len(words))
                # Neither end is claimed unless it is reached.
                share = np.clip(round(guess.share * SHARES), 1, SHARES - 1)
                shares[time, sample, rank] = (
                    guess.share * SHARES if guess.share in (0, 1) else share
                )
    return TapeAnswers(words=[*words], labels=packer.add(labels), shares=packer.add(shares))


def _starts(
    recording: Recording, layers: Sequence[LayerInfo], first: Frame, packer: Packer
) -> dict[str, ArraySpec]:
    starts = {}
    for info in layers:
        start = recording.start(info.name)
        weight = first.arrays[Want("weight", info.name)]
        if start is not None and not np.array_equal(start, weight, equal_nan=True):
            limit = max(map(abs, extremes(start))) or 1.0
            starts[info.name] = packer.add_levels(start, -limit, limit)
    return starts


def _exact(
    layers: Sequence[LayerInfo], frame: Frame, packer: Packer
) -> dict[str, dict[Taped, ArraySpec]]:
    """Weights and biases as they are, of the first layers that there is room for."""
    exact: dict[str, dict[Taped, ArraySpec]] = {}
    room = MOST_EXACT_BYTES
    quantities: tuple[Taped, ...] = ("weight", "bias")
    for info in layers:
        for quantity in quantities:
            values = frame.arrays.get(Want(quantity, info.name))
            if values is not None and values.nbytes <= room:
                room -= values.nbytes
                exact.setdefault(info.name, {})[quantity] = packer.add(values, exact=True)
    return exact


def _all_map_ranges(
    recording: Recording, layers: Sequence[LayerInfo], frames: Sequence[Frame]
) -> dict[str, dict[Taped, list[TapeRange]]]:
    return {
        info.name: _map_ranges(recording, info, frames)
        for info in layers
        if info.reads_image and recording.probe is not None
    }


def _map_ranges(
    recording: Recording, info: LayerInfo, frames: Sequence[Frame]
) -> dict[Taped, list[TapeRange]]:
    """The colors of maps that the page computes, looked at now and then."""
    probe = recording.probe
    if probe is None or info.transposed or not 3 <= probe.ndim == len(info.shape) <= 4:
        return {}
    ranges = ColorRanges()
    every = -(-len(frames) // _LOOKED_AT)
    found = []
    for index in range(0, len(frames), every):
        ends = extremes(_maps(probe[:_PICTURES], info, frames[index]).astype(np.float32))
        low, high = ranges.update((info.name, "map_before"), ends, ends)
        found.append(TapeRange(first=index, low=low, high=high))
    return {"map_before": found}


def _maps(probe: NDArray[np.float32], info: LayerInfo, frame: Frame) -> NDArray[np.float64]:
    window = Geometry(
        kernel=info.kernel_size,
        padding=tuple(info.padding),
        padding_mode=info.padding_mode,
        stride=tuple(info.stride),
        dilation=tuple(info.dilation),
    )
    return correlate(
        window.pad(probe),
        frame.arrays[Want("weight", info.name)],
        frame.arrays.get(Want("bias", info.name)),
        stride=window.stride,
        dilation=window.dilation,
        groups=info.groups,
    )
