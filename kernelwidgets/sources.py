"""Anything that holds kernels, as a source that views can draw from."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from kernelwidgets.recording import Recording
from kernelwidgets.wire.array_source import ArraySource
from kernelwidgets.wire.source import Source

__all__ = ["as_source"]


def as_source(x: Any, layout: str | None = None) -> Source:
    """Return a source of frames for whatever holds kernels.

    Parameters
    ----------
    x
        A source (LiveModel, Trainer, a moment of a recording) is returned as it is, a recording is
        replayed; a network or one of its convolution layers is watched; a state_dict, a tensor or
        an array is copied.
    layout
        Order of the axes of arrays and tensors, such as "HWIO" for Keras.

    Raises
    ------
    TypeError
        If it is nothing of the kind, or a layout is given for what has none.
    ValueError
        If an array has no such axes.
    """
    torch = sys.modules.get("torch")
    if isinstance(x, Source) and not isinstance(x, type):
        found: Source = x
    elif isinstance(x, Recording):
        found = x.replay
    elif torch is not None and isinstance(x, torch.nn.Module):
        found = _watched(x)
    else:
        return ArraySource(_arrays(x), layout)
    if layout is not None:
        raise TypeError("layout= is for arrays; a network knows how its weights lie")
    return found


def _watched(model: Any) -> Source:
    # Whoever has a module has imported torch; for arrays alone it stays where it is.
    from kernelwidgets.live import existing_live_model, watch

    return existing_live_model(model) or watch(model)


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
        return array if array.dtype.kind in "iufb" else None
    return None
