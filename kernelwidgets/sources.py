"""Anything that holds kernels, as a source that views can draw from."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from kernelwidgets.recording import Recording
from kernelwidgets.wire.array_source import ArraySource
from kernelwidgets.wire.source import Source

__all__ = ["as_source", "layer_of"]


def as_source(x: Any, layout: str | None = None) -> Source:
    """Return a source of frames for whatever holds kernels.

    Parameters
    ----------
    x
        A source (LiveModel, Trainer, a moment of a recording) is returned as it is, a recording is
        replayed; a network or a part of it, such as one layer, is watched, by the live model that
        watches the whole network if there is one; a state_dict, a tensor or an array is copied.
    layout
        Order of the axes of arrays and tensors, such as "HWIO" for Keras.

    Raises
    ------
    TypeError
        If it is nothing of the kind, or a layout is given for what has none.
    ValueError
        If an array has no such axes.
    """
    if isinstance(x, Source) and not isinstance(x, type):
        found: Source = x
    elif isinstance(x, Recording):
        found = x.replay
    elif _is_module(x):
        found = _watched(x)
    else:
        return ArraySource(_arrays(x), layout)
    if layout is not None:
        raise TypeError("layout= is for arrays; a network knows how its weights lie")
    return found


def layer_of(x: Any, layer: Any = None) -> Any:
    """Return the layer that is meant if `x` is shown and `layer` asked for; None is any.

    In the part of a network that is watched as a whole it is the first layer of the part.

    Raises
    ------
    ValueError
        If there is none in the part, or the one that is asked for is not.
    """
    around = _around(x) if _is_module(x) else None
    if around is None or len(around[1]) == len(around[0].info.layers):
        return layer
    live, names = around
    if not names:
        raise ValueError(
            f"this {type(x).__name__} holds no convolution layer of the network that is watched: "
            "give the whole network"
        )
    name = names[0] if layer is None else live.resolve(layer)
    if name not in names:
        raise ValueError(
            f"this part of the network that is watched holds {', '.join(map(repr, names))}, not "
            f"layer {name!r}: leave out layer=, or give the whole network"
        )
    return name


def _is_module(x: Any) -> bool:
    # Whoever has a module has imported torch; for arrays alone it stays where it is.
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.nn.Module)


def _around(module: Any) -> Any:
    from kernelwidgets.live import live_model_around

    return live_model_around(module)


def _watched(module: Any) -> Source:
    from kernelwidgets.live import watch

    around = _around(module)
    return watch(module) if around is None else around[0]


def _arrays(x: Any) -> Any:
    if isinstance(x, Mapping):
        held = {name: array for name, value in x.items() if (array := _array(value)) is not None}
        if not held:
            raise ValueError("no convolution kernels: this mapping holds no array")
        return held
    array = _array(x)
    if array is None:
        raise TypeError(
            f"cannot show a {type(x).__name__}: give a network, one of its layers, a LiveModel, a "
            "recording, a state_dict, or an array of kernels"
        )
    return array


def _array(x: Any) -> Any:
    """Numbers as a numpy array; None for what holds none."""
    if hasattr(x, "detach") and hasattr(x, "cpu"):
        x = x.detach().cpu()
        # numpy knows no bfloat16.
        return (x.float() if x.is_floating_point() else x).numpy()
    if isinstance(x, (np.ndarray, list, tuple)) or hasattr(x, "__array__"):
        array = np.asarray(x)
        return array if array.dtype.kind in "iufbc" else None
    return None
