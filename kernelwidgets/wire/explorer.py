"""The state that the convolution explorer shares with its page."""

from __future__ import annotations

from typing import Literal

from kernelwidgets.wire.schema import Count, Positive, Struct

Mode = Literal["cross-correlation", "convolution"]
PaddingWord = Literal["valid", "same", "full"]
PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]
PoolKind = Literal["max", "average"]


class NumbersHeader(Struct):
    """An array; beside its shape travel its numbers as `data`: float64, C order, little-endian."""

    shape: list[int]


class LiveKernel(Struct):
    """Where the kernel of the explorer lives in a network: its cells are edited there.

    `first` is where it begins among the weights of the layer, in C order; `text` says it in words.
    """

    layer: str
    first: Count
    text: str
    editable: bool


class ExplorerTraits(Struct):
    """Every synced trait of the explorer but `_message`; those with an underscore are Python's."""

    _live: LiveKernel | None
    image: NumbersHeader
    kernel: NumbersHeader
    mode: Mode
    padding: PaddingWord | Count | list[Count]
    padding_mode: PaddingMode
    stride: Positive | list[Positive]
    dilation: Positive | list[Positive]
    groups: Positive
    bias: float | list[float]
    relu: bool
    pool: tuple[PoolKind, Positive] | None
    channel: Count
    position: list[Count]
