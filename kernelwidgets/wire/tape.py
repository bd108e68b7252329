"""A recording on its way into a page: what its bytes hold, and where."""

from __future__ import annotations

from typing import Literal

import msgspec

from kernelwidgets.wire.info import Count, Positive, SourceInfo, Span, Struct
from kernelwidgets.wire.state import ArraySpec, Curve, Mark, Names, ProbeHeader

Taped = Literal["weight", "bias", "change", "gradient", "map_before", "map_after"]


class TapeRange(Struct):
    """From frame `first` on, the colors of a quantity run from `low` to `high`."""

    first: Count
    low: float
    high: float


class TapeArray(Struct):
    """An array as it changes: one level for each cell, from `start` among the levels of a frame.

    Level 0 is no finite number; 1 to 255 run from the lowest to the highest color of that frame's
    range, as those of a palette do.
    """

    quantity: Taped
    sample: Count
    shape: list[int]
    start: Count


class TapeTrack(Struct):
    """What is known of one layer in every frame.

    The levels of `per_block` frames are one block: that of its first frame, then one code for each
    two cells of each further frame, then the levels that codes do not reach. A code below 225 is
    `(a + 7) * 15 + b + 7`, where a and b are the differences to the frame before in units of
    `stride` levels; 255 takes the next two of the further levels.
    Blocks are deflated, and lie at `blocks` in the tape's bytes; where there are none they are sent
    when asked for. `start` are the weights that changes are counted from; None: the first frame's.
    A tape of one frame may hold arrays `exact`, beside their levels.
    """

    layer: str
    levels: Count
    per_block: Positive
    stride: Positive
    arrays: list[TapeArray]
    ranges: dict[Taped, list[TapeRange]]
    start: ArraySpec | None
    blocks: list[Span]
    exact: dict[Taped, ArraySpec] = msgspec.field(default_factory=dict)


class TapeAnswers(Struct):
    """Best guesses: of `labels` and in shares of 10,000, both of shape (time, samples, guesses).

    A label below zero is no guess.
    """

    words: list[str]
    labels: ArraySpec
    shares: ArraySpec


class TapeHeader(Struct):
    """A recording for the page.

    Of its bytes the first are what does not change, deflated, `still` of them: probe pictures,
    curves, answers. `text` says how exact it is. Of a recording that has grown since, curves and
    answers lie in bytes of their own.
    """

    version: Literal[1]
    info: SourceInfo
    steps: list[int]
    marks: list[Mark]
    tracks: list[TapeTrack]
    still: Count
    probe: list[ProbeHeader]
    curves: list[Curve]
    answers: TapeAnswers | None
    names: list[Names]
    text: str
