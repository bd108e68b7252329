"""The state that the view of a kernel's gradient shares with its page."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from kernelwidgets.wire.info import Count, Span, Struct
from kernelwidgets.wire.state import ArraySpec


class GradientLayer(Struct):
    """A layer that may be chosen, and how many filters it has, of how many kernels each."""

    name: str
    outs: Count
    ins: Count


class GradientFrame(Struct):
    """The gradient of one kernel after `step`, and what it is made of.

    Arrays lie in `_data`. `weight` and `rest` have the kernel's shape; `shares` has one kernel for
    each of `samples`, which together with `rest` add up to the gradient. `inputs` (padded) and
    `outputs` (the gradient of the layer's output) are those of the samples in `shown`: all, or the
    chosen one where all would be too much. A cell's share is the sum of input times output gradient
    where the cell touched the input. `rest` is what other uses of the weights add; None where there
    are none. Without a gradient `missing` says why. `note` is a remark, `text` says which samples
    the loss is taken of.
    """

    step: Count
    layer: str
    kernel: Span
    first: Count
    missing: str
    note: str
    text: str
    loss: float | None
    samples: list[str]
    shown: list[Count]
    padding: list[Span]
    stride: list[int]
    dilation: list[int]
    weight: ArraySpec | None
    shares: ArraySpec | None
    rest: ArraySpec | None
    inputs: ArraySpec | None
    outputs: ArraySpec | None


class GradientTraits(Struct):
    """Every synced trait of `KernelGradient` but `_message`; those with an underscore are Python's.

    `_rate` is the learning rate of the optimizer; `_by_hand` says whether a step can be taken by
    hand now.
    """

    _layers: list[GradientLayer]
    _gradient: GradientFrame | None
    _rate: float | None
    _by_hand: bool
    layer: str
    kernel: Span
    sample: Count | Literal["all"]
    cell: list[Count]
    learning_rate: Annotated[float, msgspec.Meta(gt=0)] | None
