"""State that Python writes into synced traits: how a source goes, one frame, every trait."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from kernelwidgets.wire.info import Count, Positive, Quantity, SourceInfo, Span, Struct

__all__ = [
    "ArraySpec",
    "Curve",
    "Family",
    "FrameHeader",
    "Guess",
    "KernelsPart",
    "MapsPart",
    "Mark",
    "Names",
    "OptimizerState",
    "Parameter",
    "Part",
    "ProbeHeader",
    "RunState",
    "SelectedPart",
    "Show",
    "Stage",
    "Status",
    "Timeline",
    "Traits",
    "ViewName",
]

Show = Literal["weight", "gradient", "change", "update", "seen_through", "spectrum"]
Stage = Literal["before", "after"]
Family = Literal[
    "all",
    "delta",
    "lowpass",
    "sharpen",
    "edge",
    "line",
    "blob",
    "gabor",
    "checkerboard",
    "other",
    "unstructured",
    "dead",
]
Parameter = Literal["weight", "bias"]
OptimizerState = Literal["momentum", "clear", "keep"]
RunState = Literal["idle", "running", "paused", "finished", "failed"]
Part = Literal["kernels", "selected", "maps", "map", "answers", "curves", "probe"]
ViewName = Literal[
    "kernel-grid", "feature-maps", "kernel-editor", "controls", "loss-curve", "timeline", "lab"
]


class Status(Struct):
    """How the run goes. `text` says it in words, `hint` how to get what is missing, or ""."""

    state: RunState
    text: str
    hint: str = ""
    error: str = ""
    step: int = 0
    steps_per_s: float | None = None
    cost_text: str = ""
    learning_rate: float | None = None
    max_steps_per_s: float | None = None
    undo: int = 0
    redo: int = 0
    score_text: str = ""


class ArraySpec(Struct):
    """Where an array lies in the frame's bytes: C order, little-endian.

    The value of a stored number q is `q * scale + offset`; `error` is the largest rounding error
    this brings (0 for float32), in the units of the value.
    """

    dtype: Literal["f4", "u1", "i4"]
    shape: list[int]
    start: int
    scale: float = 1.0
    offset: float = 0.0
    error: float = 0.0


class KernelsPart(Struct):
    """The visible kernels of a layer: `values` has shape `(len(outs), ins[1] - ins[0], *kernel)`.

    The colors run from -limit to limit. `values` is missing while there is nothing to show
    ("no gradient yet"); `note` says why.
    """

    layer: str
    show: Quantity
    outs: list[int]
    ins: Span
    values: ArraySpec | None
    limit: float
    biases: ArraySpec | None = None
    note: str = ""


class SelectedPart(Struct):
    """The selected kernel, exact. `frozen` and `held` list cells of this kernel, in C order."""

    layer: str
    kernel: Span
    values: ArraySpec
    limit: float
    bias: float | None
    frozen: list[int]
    bias_frozen: bool
    muted: bool


class MapsPart(Struct):
    """Feature maps of one probe picture: `values` has shape `(outs[1] - outs[0], *map)`.

    `low` and `high` are the range over the whole layer, held over time.
    """

    layer: str
    stage: Stage
    sample: int
    outs: Span
    values: ArraySpec | None
    low: float
    high: float
    note: str = ""


class Guess(Struct):
    """One of a network's answers to a probe picture, with its share of the softmax."""

    label: str
    share: float


class Curve(Struct):
    """A logged value over steps, thinned to buckets: first step, lowest and highest value of each.

    Values that are not finite are left out of the buckets and counted in `nonfinite`.
    """

    name: str
    steps: ArraySpec
    low: ArraySpec
    high: ArraySpec
    last: float | None
    nonfinite: int = 0


class FrameHeader(Struct):
    """One frame, whole: what the network held after `step`. None builds on another.

    It holds what commands did that were carried out before its `moment`.
    """

    seq: int
    step: int
    moment: int = 0
    kernels: KernelsPart | None = None
    selected: SelectedPart | None = None
    maps: MapsPart | None = None
    map: MapsPart | None = None
    answers: list[list[Guess]] | None = None
    curves: list[Curve] | None = None


class Names(Struct):
    """What the kernels of a layer are after `step`, each by the index of its name in `words`.

    `names` runs over (outs, ins) in C order, or over outs alone where three inputs are one `color`.
    A name is a shape and a family, such as "│ edge", or "" where there is no more structure than in
    noise; `stale` are places among `names` where a hand has changed the kernel since. `sentence`
    says what the selected `kernel` is. `text` sums up; without words it says why there are none.
    """

    layer: str
    step: int
    outs: list[int]
    ins: Span
    color: bool
    words: list[str]
    names: list[int]
    stale: list[int]
    text: str
    kernel: Span
    sentence: str


class ProbeHeader(Struct):
    """The probe picture on show, as the network receives it: `(channels, *size)`.

    `low` and `high` are the values painted black and white.
    """

    sample: int
    values: ArraySpec
    low: float
    high: float


class Mark(Struct):
    """Something that was done to a run after `step`, in words."""

    step: int
    text: str


class Timeline(Struct):
    """What a scrubber runs over: from step `first` to `last`, by the recorded `steps`.

    No `steps`: any step between shows the moment before it.
    """

    first: int
    last: int
    steps: list[int]
    marks: list[Mark]


class Traits(Struct):
    """Every synced trait of every view, by name; a view has those that it uses.

    Names with an underscore are written by Python only. The others are controls: Python and the
    page both set them, and the last writer wins.
    """

    _view: ViewName
    _info: SourceInfo | None
    _status: Status | None
    _frame: FrameHeader | None
    _probe: ProbeHeader | None
    _names: Names | None
    _order: list[int]
    _timeline: Timeline | None
    _message: str
    layer: str
    selected: Span
    show: Show
    scale: Literal["layer", "kernel"]
    palette: Literal["RdBu", "PuOr", "gray"]
    sort: Literal["index", "norm", "change", "family"]
    family: Family
    only: list[Count] | None
    labels: bool
    columns: Positive | None
    cell_px: Positive | None
    rgb: bool
    numbers: bool
    stage: Stage
    map_scale: Literal["shared", "map"]
    sample: Count
    tool: Literal["value", "brush"]
    logarithmic: bool
    present: bool
    at: int | None
    playing: bool
    speed: Annotated[float, msgspec.Meta(gt=0)]
    loop: bool
