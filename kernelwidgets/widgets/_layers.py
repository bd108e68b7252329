"""Which layer is meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kernelwidgets.widgets._controls import ControlError
from kernelwidgets.wire.schema import LayerInfo
from kernelwidgets.wire.source import Source

__all__ = ["find_layer", "is_flat", "require_flat"]


def find_layer(source: Source, layers: Sequence[LayerInfo], layer: Any) -> LayerInfo:
    """The layer of a source that a name, a position or a module means.

    Raises
    ------
    ControlError
        If there is no such layer; the message lists those there are.
    """
    if isinstance(layer, str):
        for info in layers:
            if layer in info.names:
                return info
    elif isinstance(layer, (int, np.integer)):
        if -len(layers) <= layer < len(layers):
            return layers[int(layer)]
    elif hasattr(source, "resolve"):
        return find_layer(source, layers, str(source.resolve(layer)))
    names = ", ".join(repr(info.name) for info in layers) or "no convolution layers"
    raise ControlError(f"no layer {layer!r}; this source has {names}")


def is_flat(info: LayerInfo) -> bool:
    """Whether a layer is a convolution of signals or pictures."""
    return not info.transposed and len(info.kernel_size) <= 2


def require_flat(info: LayerInfo, what: str) -> LayerInfo:
    """The layer, if it is a convolution of signals or pictures, which `what` shows.

    Raises
    ------
    ControlError
        If it is another one.
    """
    if not is_flat(info):
        raise ControlError(f"{info.name!r} is {info.kind}; {what} shows 1-D and 2-D convolutions")
    return info
