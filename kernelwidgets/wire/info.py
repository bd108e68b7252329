"""What a source is: its layers, the verbs that it understands, and kernels to choose from."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

__all__ = [
    "Count",
    "LayerInfo",
    "Positive",
    "Preset",
    "PresetParameter",
    "Quantity",
    "SourceInfo",
    "Span",
    "Struct",
    "Verb",
    "reads_color",
]

Quantity = Literal["weight", "gradient", "change", "update"]
Verb = Literal[
    "edit",
    "freeze",
    "mute",
    "undo",
    "maps",
    "probe",
    "start",
    "pause",
    "step",
    "stop",
    "restart",
    "branch",
    "speed",
    "learning_rate",
    "gif",
]

Count = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Span = tuple[Count, Count]


class Struct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every struct of the contract: immutable, and strict about its keys."""


class LayerInfo(Struct):
    """One convolution layer in the canonical view `(out, in/groups, *kernel)`.

    Spatial settings have one entry per spatial dimension. `padding` holds (before, after)
    pairs as numbers, "same" resolved. `reads_image` is what a probe has shown; before there is one,
    and of arrays, it is supposed of a first layer with three inputs.
    """

    name: str
    names: list[str]
    kind: str
    shape: list[int]
    in_channels: int
    stride: list[int]
    padding: list[Span]
    padding_mode: str
    dilation: list[int]
    groups: int
    transposed: bool
    bias: bool
    parametrized: bool
    reads_image: bool
    text: str

    @property
    def kernel_size(self) -> tuple[int, ...]:
        """Extent of one kernel along each spatial dimension, in cells."""
        return tuple(self.shape[2:])


def reads_color(info: LayerInfo) -> bool:
    """Whether the filters of a layer can be taken as color kernels."""
    return info.shape[1] == 3 and info.groups == 1 and len(info.kernel_size) == 2


class PresetParameter(Struct):
    """A number that a hand-made kernel depends on, and the range of a slider for it."""

    name: str
    label: str
    unit: str
    low: float
    high: float
    step: float
    value: float


class Preset(Struct):
    """A hand-made kernel for one kernel size: `values` in C order, largest magnitude 1.

    Where the page can make it anew from other numbers, `maker` names its function among
    `kw.filters`, and `parameters` holds the arguments of `values`.
    """

    name: str
    values: list[float]
    maker: str = ""
    parameters: list[PresetParameter] = msgspec.field(default_factory=list)


class SourceInfo(Struct):
    """What a source is: its layers, and the verbs that it understands.

    `presets` is keyed by kernel size ("7x7"; "5" in 1-D). `samples` are the labels of the probe
    pictures, in their order.
    """

    title: str
    about: str
    layers: list[LayerInfo]
    verbs: list[Verb]
    quantities: list[Quantity]
    samples: list[str]
    presets: dict[str, list[Preset]]
