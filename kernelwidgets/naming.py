"""The names that kernels bear: a word and a shape under each, a sentence about one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernelwidgets.kernels.description import BankDescription
from kernelwidgets.kernels.measures import FAMILIES
from kernelwidgets.kernels.templates import NAMED
from kernelwidgets.wire.schema import LayerInfo, Names
from kernelwidgets.wire.source import Want

__all__ = [
    "channel_families",
    "is_describable",
    "name_codes",
    "names_of",
    "pack_names",
    "place_in",
    "sentence_of",
    "summary_of",
]

STRIPES = "│╲─╱"
"""The stripes of kernels that vary along 0, 45, 90 and 135°."""

SHAPES = {
    "delta": "·",
    "lowpass": "●",
    "sharpen": "△",
    "blob": "◎",
    "checkerboard": "▚",
    "other": "?",
    "dead": "×",
}
"""A shape for each family without a direction, so that no name is told by its color alone."""

_WAYS = len(STRIPES) + 1
_ORIENTED = [FAMILIES.index(family) for family in ("edge", "line", "gabor")]


def is_describable(info: LayerInfo) -> bool:
    """Whether the kernels of a layer have one or two axes; three are beyond words."""
    return len(info.kernel_size) in (1, 2)


def name_codes(bank: BankDescription) -> NDArray[np.intp]:
    """Family and, where it has one, direction of every kernel as one number, for `names_of`."""
    directed = np.isin(bank.code, _ORIENTED) & ~np.isnan(bank.normal_deg)
    way = np.round(np.nan_to_num(bank.normal_deg) / 45).astype(np.intp) % len(STRIPES)
    return np.asarray(bank.code * _WAYS + np.where(directed, way, len(STRIPES)))


def names_of(codes: NDArray[np.intp]) -> tuple[list[str], list[int]]:
    """The names that occur, such as "│ edge", and for each kernel the index of its own.

    What has no structure that noise does not have bears no name: "".
    """
    occurring, index = np.unique(codes.ravel(), return_inverse=True)
    return [_name(int(code)) for code in occurring], index.ravel().tolist()


def pack_names(
    info: LayerInfo,
    want: Want,
    bank: BankDescription,
    codes: NDArray[np.intp],
    step: int,
    *,
    color: bool,
    kernel: tuple[int, int] = (0, 0),
    sentence: str = "",
) -> Names:
    """The names of the wanted kernels of a layer, as a page gets them.

    Parameters
    ----------
    want
        Which weights the bank describes.
    codes
        From `name_codes`.
    color
        Whether three inputs were taken as one color.
    kernel, sentence
        The selected kernel, and what it is.
    """
    words, names = names_of(codes)
    return Names(
        layer=info.name,
        step=step,
        outs=list(range(info.shape[0]) if want.outs is None else want.outs),
        ins=want.ins or (0, info.shape[1]),
        color=color,
        words=words,
        names=names,
        stale=[],
        text=summary_of(bank, codes, step),
        kernel=kernel,
        sentence=sentence,
    )


def _name(code: int) -> str:
    family, way = divmod(code, _WAYS)
    name = FAMILIES[family] if family < len(FAMILIES) else "unstructured"
    if name == "unstructured":
        return ""
    shape = STRIPES[way] if way < len(STRIPES) else SHAPES.get(name, "")
    return f"{shape} {name}".strip()


def channel_families(bank: BankDescription, codes: NDArray[np.intp]) -> list[str]:
    """The family of each output channel: that of its strongest kernel."""
    families = codes // _WAYS
    if families.ndim == 2:
        strongest = bank.norm.argmax(axis=1)
        families = families[np.arange(len(families)), strongest]
    names = (*FAMILIES, "unstructured")
    return [names[family] for family in families]


def summary_of(bank: BankDescription, codes: NDArray[np.intp], step: int) -> str:
    """How many kernels bear a name, beside how many would by chance."""
    named = int((codes // _WAYS < len(NAMED)).sum())
    kernels = "kernel" if codes.size == 1 else "kernels"
    return (
        f"{named} of {codes.size} {kernels} named, about {float(bank.chance.sum()):.1f} "
        f"by chance, as of step {step}"
    )


def sentence_of(text: str, layer: LayerInfo, kernel: tuple[int, int], *, probed: bool) -> str:
    """Say of which slice of a filter the description of a kernel (output, input) is.

    Parameters
    ----------
    probed
        Whether a probe has shown which layers read the picture.
    """
    if layer.in_channels == 1:
        return text
    channel = _input_channel(layer, *kernel)
    if layer.reads_image:
        return f"in color channel {channel}: {text}"
    where = f"feature map {channel}" if probed else f"input {channel}"
    return f"in {where}, one slice and not what the filter detects: {text}"


def _input_channel(layer: LayerInfo, out: int, into: int) -> int:
    """The channel of the layer's input that a kernel reads; groups start further on."""
    outs, ins = layer.shape[:2]
    return out // (outs // layer.groups) * ins + into


def place_in(want: Want, color: bool, kernel: tuple[int, int]) -> tuple[int, ...] | None:
    """Where a kernel lies in the bank of what was wanted; None if it was not."""
    out, into = kernel
    first, last = want.ins or (0, into + 1)
    if want.outs is not None:
        if out not in want.outs:
            return None
        out = want.outs.index(out)
    if color:
        return (out,)
    return (out, into - first) if first <= into < last else None
