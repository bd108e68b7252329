"""A recording as compact bytes that a page plays: colors, their differences in time, deflate."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from kernelwidgets.export.tape_still import grown_of, still_of
from kernelwidgets.export.tape_track import Track
from kernelwidgets.kernels.description import describe_bank
from kernelwidgets.naming import is_describable, name_codes, pack_names
from kernelwidgets.recording import Recording
from kernelwidgets.recording.readable import LayerKey
from kernelwidgets.wire.arrays import LEVELS, levels_of
from kernelwidgets.wire.info import reads_color
from kernelwidgets.wire.schema import LayerInfo, Names
from kernelwidgets.wire.source import Frame, Want
from kernelwidgets.wire.tape import TapeHeader, TapeTrack

__all__ = ["EncodedTape", "Tape", "encode"]

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
    """A recording as it is now, to be sent block by block; it can grow with the recording.

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
    grown
        Curves and answers of a tape that has grown, deflated; before, they are among `still`.
    """

    header: TapeHeader
    still: bytes
    grown: bytes

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
        self._stride = stride
        names = [*recording.layers] if layers is None else map(recording.resolve, layers)
        self._names = [*dict.fromkeys(names)]
        self._maps = feature_maps
        self._frames: list[Frame] = []
        self.grow()

    def grow(self) -> bool:
        """Take in what has been recorded since; whether there is anything.

        `header` and `grown` are then others. Of the frames before nothing changes, unless the
        recording has forgotten some of them: then all is begun anew.
        """
        recording, frames = self._recording, self._frames
        steps = recording.steps
        if [frame.step for frame in frames] != steps[: len(frames)].tolist():
            frames = []
        known = len(frames)
        if len(steps) == known:
            return False
        frames = [*frames, *(recording.frame(index) for index in range(known, len(steps)))]
        if not known:
            gradients = "gradient" in recording.source_info.quantities
            self._tracks = [
                Track(name, maps=self._maps, gradients=gradients) for name in self._names
            ]
        for track in self._tracks:
            track.take(known, frames[known:])
        layers = [recording.layers[name] for name in self._names]
        if not known or (recording.probe is not None) != bool(self.header.probe):
            self._still = still_of(recording, layers, frames)
            self.still, self.grown = _deflate(self._still.data), b""
        else:
            self._still, data = grown_of(self._still, recording, layers, frames)
            self.grown = _deflate(data)
        self._frames = frames
        self.header = self._told(layers)
        return True

    def _told(self, layers: list[LayerInfo]) -> TapeHeader:
        tracks = [
            track.facts(info, self._still, self._stride)
            for track, info in zip(self._tracks, layers, strict=True)
        ]
        shown = {array.quantity for track in tracks for array in track.arrays}
        shown |= {quantity for track in tracks for quantity in track.ranges}
        facts = self._recording.source_info
        return TapeHeader(
            version=1,
            info=msgspec.structs.replace(
                facts,
                layers=layers,
                quantities=[name for name in facts.quantities if name in shown],
                verbs=["edit", "undo"],
            ),
            steps=[frame.step for frame in self._frames],
            tracks=tracks,
            still=len(self.still),
            text=_exactness(tracks),
            **self._still.facts,
        )

    def block(self, track: int, index: int, until: int | None = None) -> bytes:
        """Some frames of a track, deflated; of a tape that grows, those before frame `until`.

        Raises
        ------
        IndexError
            If there is no such block.
        """
        header = self.header
        facts = header.tracks[track]
        first = index * facts.per_block
        end = min(first + facts.per_block, len(header.steps))
        frames = range(first, end if until is None else min(end, until))
        if not frames:
            raise IndexError(f"there are {len(header.steps)} frames")
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
            for info in self.header.info.layers
            if is_describable(info) and np.prod(info.shape) <= MOST_NAMED
            for frame in self._frames[::-every][::-1]
            if (names := _names_at(info, frame)) is not None
        ]

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
