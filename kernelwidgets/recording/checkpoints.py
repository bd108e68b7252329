"""Checkpoints that somebody has already, as a recording."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kernelwidgets.recording.readable import LayerKey
from kernelwidgets.wire.array_layers import ArrayLayer, layers_of
from kernelwidgets.wire.array_source import ArraySource
from kernelwidgets.wire.ranges import ColorRanges, extremes
from kernelwidgets.wire.source import Frame, Want, Wanted

if TYPE_CHECKING:
    from kernelwidgets.recording.recording import Recording

__all__ = ["Checkpoint", "recorded"]

Checkpoint = Mapping[str, Any] | str | os.PathLike[str]

_NESTED = ("state_dict", "model_state_dict", "model", "module")


def recorded(
    kind: type[Recording],
    checkpoints: Iterable[Checkpoint],
    steps: Iterable[int] | None,
    layers: Iterable[LayerKey] | None,
) -> Recording:
    """See `Recording.from_checkpoints`."""
    if isinstance(checkpoints, (str, os.PathLike, Mapping)):
        raise TypeError("give a list of checkpoints, such as sorted(Path('runs').glob('*.pt'))")
    given = list(checkpoints)
    if not given:
        raise ValueError("there are no checkpoints to record")
    at = list(range(len(given))) if steps is None else [int(step) for step in steps]
    if len(at) != len(given) or at != sorted(at):
        raise ValueError(f"{len(given)} checkpoints need as many steps, none before another: {at}")
    states = [_arrays(each) for each in given]
    recording = kind.begin(ArraySource(states[0], title="Checkpoints").info, layers=layers)
    frames = []
    for number, (state, step) in enumerate(zip(states, at, strict=True)):
        held = {layer.info.name: layer for layer in layers_of(state, None)}
        arrays: dict[Want, NDArray[np.float32]] = {}
        for name, info in recording.layers.items():
            if name not in held or held[name].info.shape != info.shape:
                raise ValueError(
                    f"{_called(given[number], number)} has no layer {name!r} of shape "
                    f"{tuple(info.shape)}; choose those that all have with layers="
                )
            arrays |= _of(held[name])
        frames.append(Frame(step, arrays))
    # One color range for all of them, so that they can be compared.
    limits = _limits(frames)
    for frame in frames:
        recording.add(Frame(frame.step, frame.arrays, limits), float(frame.step))
    return recording


def _of(layer: ArrayLayer) -> dict[Want, NDArray[np.float32]]:
    kinds: tuple[Wanted, ...] = ("weight", "bias")
    return {
        Want(kind, layer.info.name): np.asarray(values, np.float32)
        for kind, values in zip(
            kinds, (layer.now.get("weight"), layer.now.get("bias")), strict=True
        )
        if values is not None
    }


def _limits(frames: list[Frame]) -> dict[tuple[str, Wanted], tuple[float, float]]:
    ranges = ColorRanges()
    limits = {}
    for want in frames[0].arrays:
        if want.quantity == "weight":
            weights = np.stack([frame.arrays[want] for frame in frames])
            shown: dict[Wanted, NDArray[np.float32]] = {
                "weight": weights,
                "change": weights - weights[0],
            }
            for quantity, values in shown.items():
                ends = extremes(values)
                name = (want.layer, quantity)
                limits[name] = ranges.update(name, ends, ends)
    return limits


def _arrays(checkpoint: Checkpoint) -> dict[str, NDArray[Any]]:
    state = checkpoint if isinstance(checkpoint, Mapping) else _loaded(Path(checkpoint))
    for name in _NESTED:
        if isinstance(state.get(name), Mapping):
            state = state[name]
            break
    return {
        str(name): array for name, value in state.items() if (array := _array(value)) is not None
    }


def _loaded(file: Path) -> Mapping[str, Any]:
    if file.suffix == ".safetensors":
        try:
            from safetensors.numpy import load_file
        except ImportError as error:
            raise ImportError(
                "safetensors files need their library: pip install 'kernelwidgets[recording]'"
            ) from error
        try:
            return load_file(file)
        except (KeyError, TypeError):
            # Of a type that numpy does not know, such as bfloat16.
            from safetensors.torch import load_file as load_tensors

            return load_tensors(file)
    import torch

    state = torch.load(file, map_location="cpu", weights_only=True)
    if not isinstance(state, Mapping):
        raise ValueError(
            f"{file} holds a {type(state).__name__}; save model.state_dict() and give that"
        )
    return state


def _array(value: Any) -> NDArray[Any] | None:
    if hasattr(value, "detach") and hasattr(value, "cpu"):
        # numpy knows no bfloat16.
        value = value.detach().cpu().float().numpy()
    if isinstance(value, np.ndarray) and value.dtype.kind in "iuf":
        return value
    return None


def _called(checkpoint: Checkpoint, number: int) -> str:
    return f"checkpoint {number}" if isinstance(checkpoint, Mapping) else str(checkpoint)
