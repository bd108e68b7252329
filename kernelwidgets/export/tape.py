"""A recording as compact bytes that a page plays: colors, their differences in time, deflate."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from kernelwidgets.export.tape_still import Still, still_of
from kernelwidgets.kernels.description import describe_bank
from kernelwidgets.naming import is_describable, name_codes, pack_names, reads_color
from kernelwidgets.recording import Recording
from kernelwidgets.recording.readable import LayerKey
from kernelwidgets.wire.arrays import LEVELS, levels_of
from kernelwidgets.wire.ranges import round_up
from kernelwidgets.wire.schema import LayerInfo, Names
from kernelwidgets.wire.source import Frame, Want
from kernelwidgets.wire.tape import TapeArray, Taped, TapeHeader, TapeRange, TapeTrack

__all__ = ["EncodedTape", "Tape", "encode"]

BLOCK_LEVELS = 2**20
"""A block holds so many levels, at least eight frames and at most 64."""

REACH = 7
"""Differences of up to so many strides have a code."""

FARTHER = 255
"""The code of a pair that lies farther apart."""

STRIDES = (1, 2, 3)

NAMED_MOMENTS = 12
MOST_NAMED = 1 << 16
"""Layers of more weights bear no names."""


@dataclass(frozen=True)
class EncodedTape:
    """A whole tape: what its bytes hold, and the bytes."""

    header: TapeHeader
    data: bytes


def encode(
    recording: Recording,
    *,
    layers: Iterable[LayerKey] | None = None,
    feature_maps: bool = False,
    max_bytes: int = 1_300_000,
) -> EncodedTape:
    """Encode a recording as bytes.

    Parameters
    ----------
    layers
        Names or positions of the layers that travel; all by default.
    feature_maps
        Whether recorded feature maps travel, too. Those of the layer that reads the picture need
        not: the page computes them.
    max_bytes
        A tape that would become larger counts in steps of two levels of color, or three. The
        header's text says how exact it is.
    """
    for stride in STRIDES:
        tape = Tape(recording, layers=layers, feature_maps=feature_maps, stride=stride)
        header, chunks, end = tape.header, [tape.still], len(tape.still)
        tracks = []
        for number, track in enumerate(header.tracks):
            spans = []
            for index in range(-(-len(header.steps) // track.per_block)):
                chunks.append(tape.block(number, index))
                spans.append((end, end := end + len(chunks[-1])))
            tracks.append(msgspec.structs.replace(track, blocks=spans))
        if end <= max_bytes:
            break
    whole = msgspec.structs.replace(header, tracks=tracks, names=tape.names())
    return EncodedTape(whole, b"".join(chunks))


class Tape:
    """A recording as it is now, to be sent block by block.

    Parameters
    ----------
    layers, feature_maps
        See `encode`.
    stride
        Levels of color by which differences in time are counted: what is painted is off by at most
        half of it. With 1, it is exactly what the recording itself would paint.

    Attributes
    ----------
    header
        What the page is told first; its tracks list no blocks.
    still
        The bytes that do not change in time, deflated.
    """

    def __init__(
        self,
        recording: Recording,
        *,
        layers: Iterable[LayerKey] | None = None,
        feature_maps: bool = False,
        stride: int = 1,
    ) -> None:
        if not len(recording):
            raise ValueError("nothing is recorded yet; train a step first")
        self._recording = recording
        self._steps = recording.steps
        self._stride = stride
        names = [*recording.layers] if layers is None else map(recording.resolve, layers)
        self._layers = [recording.layers[name] for name in dict.fromkeys(names)]
        self._maps = feature_maps
        self._frames = [recording.frame(index) for index in range(len(self._steps))]
        self._found: Still = still_of(recording, self._layers, self._frames)
        self.still = _deflate(self._found.data)

    @cached_property
    def header(self) -> TapeHeader:
        """What the page is told first."""
        tracks = [self._track(info) for info in self._layers]
        shown = {quantity for track in tracks for quantity in track.ranges}
        facts = self._recording.source_info
        return TapeHeader(
            version=1,
            info=msgspec.structs.replace(
                facts,
                layers=self._layers,
                quantities=[name for name in facts.quantities if name in shown],
                verbs=["edit", "undo"],
            ),
            steps=self._steps.tolist(),
            tracks=tracks,
            still=len(self.still),
            text=_exactness(tracks),
            **self._found.facts,
        )

    def block(self, track: int, index: int) -> bytes:
        """Some frames of a track, deflated."""
        facts = self.header.tracks[track]
        first = index * facts.per_block
        frames = range(first, min(first + facts.per_block, len(self._steps)))
        before, *further = (self._levels(facts, frame) for frame in frames)
        key, codes, beyond = before[0], [], []
        at = key
        for levels, places in further:
            at, code, more = _difference(at, levels, places, facts.stride)
            codes.append(code)
            beyond.append(more)
        return _deflate(b"".join(array.tobytes() for array in (_bytes(key), *codes, *beyond)))

    def names(self) -> list[Names]:
        """What kernels are called at a few moments; takes about a tenth of a second for each.

        Layers of very many weights, or of kernels beyond words, have no names.
        """
        every = -(-len(self._frames) // NAMED_MOMENTS)
        return [
            names
            for info in self._layers
            if is_describable(info) and np.prod(info.shape) <= MOST_NAMED
            for frame in self._frames[::-every][::-1]
            if (names := _names_at(info, frame)) is not None
        ]

    def _track(self, info: LayerInfo) -> TapeTrack:
        arrays: list[TapeArray] = []
        start = 0
        for want, shape in self._wants(info).items():
            arrays.append(
                TapeArray(
                    quantity=want.quantity,  # type: ignore[arg-type]  # of those that are kept
                    sample=want.sample,
                    shape=[*shape],
                    start=start,
                )
            )
            start += int(np.prod(shape))
        levels = start + start % 2
        most = max(8, min(64, BLOCK_LEVELS // max(levels, 1)))
        return TapeTrack(
            layer=info.name,
            levels=levels,
            per_block=most,
            stride=self._stride,
            arrays=arrays,
            ranges=self._ranges(info),
            start=self._found.starts.get(info.name),
            blocks=[],
            exact=dict(self._found.exact.get(info.name, {})),
        )

    def _wants(self, info: LayerInfo) -> dict[Want, tuple[int, ...]]:
        """What the frames hold of a layer, and its shape."""
        found: dict[Want, tuple[int, ...]] = {}
        for frame in self._frames:
            for want, values in frame.arrays.items():
                if want.layer == info.name and (self._maps or not _is_map(want)):
                    found.setdefault(want, values.shape)
        return found

    def _ranges(self, info: LayerInfo) -> dict[Taped, list[TapeRange]]:
        """The colors of each quantity, as far as frames know them."""
        found: dict[Taped, list[TapeRange]] = {}
        bias = Want("bias", info.name)
        biases = [abs(frame.arrays[bias]) for frame in self._frames if bias in frame.arrays]
        largest = max((float(each.max(initial=0)) for each in biases), default=0.0)
        least = round_up(largest) if 0 < largest < np.inf else 0.0
        for index, frame in enumerate(self._frames):
            limits = {name[1]: ends for name, ends in frame.limits.items() if name[0] == info.name}
            if biases:
                # On the scale of the weights, as it is painted, where it fits.
                limit = max(least, limits["weight"][1])
                limits["bias"] = (-limit, limit)
            for quantity, (low, high) in limits.items():
                known = found.setdefault(quantity, [])  # type: ignore[arg-type]  # of those kept
                if not known or (known[-1].low, known[-1].high) != (low, high):
                    known.append(TapeRange(first=index, low=float(low), high=float(high)))
        return {**self._found.map_ranges.get(info.name, {}), **found}

    def _levels(self, track: TapeTrack, index: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Level of each cell, and its place among the levels before rounding."""
        frame = self._frames[index]
        levels, places = np.zeros((2, track.levels))
        for array in track.arrays:
            values = frame.arrays.get(Want(array.quantity, track.layer, sample=array.sample))
            if values is None or [*values.shape] != array.shape:
                continue
            part = slice(array.start, array.start + values.size)
            ranges = track.ranges[array.quantity]
            ends = next(each for each in reversed(ranges) if each.first <= index)
            levels[part] = levels_of(values, ends.low, ends.high).ravel()
            share = (values.ravel() - ends.low) / ((ends.high - ends.low) or 1.0)
            places[part] = np.clip(share * (LEVELS - 1) + 1, 1, LEVELS)
        return levels, places


def _names_at(info: LayerInfo, frame: Frame) -> Names | None:
    want = Want("weight", info.name)
    weights = frame.arrays.get(want)
    if weights is None or not np.isfinite(weights).all():
        return None
    color = info.reads_image and reads_color(info)
    bank = describe_bank(weights, color)
    return pack_names(info, want, bank, name_codes(bank), frame.step, color=color)


def _difference(
    before: NDArray[Any], levels: NDArray[Any], places: NDArray[Any], stride: int
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """One frame from the one before: its levels as stored, a code for each two, levels beyond."""
    with np.errstate(invalid="ignore"):
        strides = np.floor((places - before) / stride + 0.5)
    reached = before + stride * strides
    inside = (abs(strides) <= REACH) & (reached >= 1) & (reached <= LEVELS)
    # What is no number has no neighbors.
    nothing = (levels == 0) & (before == 0)
    strides[nothing] = 0
    near = (inside & (levels > 0) & (before > 0)) | nothing
    both = near.reshape(-1, 2).all(axis=1)
    first, second = strides.reshape(-1, 2).T + REACH
    codes = np.where(both, first * (2 * REACH + 1) + second, FARTHER)
    stored = np.where(np.repeat(both, 2) & ~nothing, reached, levels)
    return stored, _bytes(codes), _bytes(levels.reshape(-1, 2)[~both])


def _bytes(levels: NDArray[Any]) -> NDArray[np.uint8]:
    return levels.astype(np.uint8)


def _deflate(data: bytes) -> bytes:
    """The smaller of two ways: noise has no repetitions, and looking for them only harms."""
    ways = []
    for strategy in (zlib.Z_HUFFMAN_ONLY, zlib.Z_DEFAULT_STRATEGY):
        packer = zlib.compressobj(6, strategy=strategy)
        ways.append(packer.compress(data) + packer.flush())
    return min(ways, key=len)


def _exactness(tracks: list[TapeTrack]) -> str:
    """How far weights may be off, in words."""
    worst = max(
        (
            track.stride * ends.high / (LEVELS - 1)
            for track in tracks
            if "weight" not in track.exact
            for ends in track.ranges["weight"]
        ),
        default=0.0,
    )
    if not worst:
        return "Weights are exact"
    return f"Weights are exact to ±{worst:.2g}, one of {LEVELS} colors"


def _is_map(want: Want) -> bool:
    return want.quantity.startswith("map")
