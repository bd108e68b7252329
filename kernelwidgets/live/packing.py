"""Tensors and plain values as bytes: a safetensors file, which cannot run code when it is read."""

from __future__ import annotations

import collections
import json
from typing import Any

import numpy as np
import torch
from torch import Tensor

__all__ = ["pack", "unpack"]

_FRAME = "values"
"""The tensor that holds everything but tensors: JSON in UTF-8."""


def pack(value: Any) -> bytes:
    """Numbers, text, tensors and arrays, in lists, tuples and dicts, as bytes.

    Raises
    ------
    TypeError
        If there is anything else among them.
    ImportError
        If the safetensors library is missing.
    """
    save = _library().save
    tensors: dict[str, Tensor] = {}

    def keep(tensor: Tensor) -> str:
        name = str(len(tensors))
        # The library refuses parts of one memory.
        tensors[name] = tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        return name

    def plain(part: Any) -> Any:
        if part is None or type(part) in (bool, int, float, str):
            return part
        if isinstance(part, Tensor):
            return {"tensor": keep(part), "cpu": part.is_cpu}
        if isinstance(part, np.generic):
            return plain(part.item())
        if isinstance(part, np.ndarray) and part.dtype.kind in "biuf":
            raw = torch.from_numpy(np.frombuffer(part.tobytes(), np.uint8).copy())
            return {"array": keep(raw), "dtype": part.dtype.str, "shape": part.shape}
        if type(part) in (tuple, list):
            return {type(part).__name__: [plain(each) for each in part]}
        # Some schedulers of torch keep a Counter.
        if type(part) in (dict, collections.OrderedDict, collections.Counter):
            kind = "counter" if type(part) is collections.Counter else "dict"
            return {kind: [[plain(key), plain(each)] for key, each in part.items()]}
        raise TypeError(f"a {type(part).__name__} cannot be written to a checkpoint")

    text = json.dumps(plain(value)).encode()
    tensors[_FRAME] = torch.from_numpy(np.frombuffer(text, np.uint8).copy())
    content: bytes = save(tensors)
    return content


def unpack(content: bytes, device: torch.device) -> Any:
    """What was packed; tensors that were on an accelerator go to `device`.

    Raises
    ------
    ValueError
        If these are not the bytes that `pack` made.
    ImportError
        If the safetensors library is missing.
    """
    load = _library().load
    try:
        tensors = load(content)
        return _whole(json.loads(tensors[_FRAME].numpy().tobytes()), tensors, device)
    except Exception as error:
        raise ValueError(f"this is no checkpoint: {error}") from error


def _whole(part: Any, tensors: dict[str, Tensor], device: torch.device) -> Any:
    match part:
        case {"tensor": name, "cpu": cpu}:
            return tensors[name] if cpu else tensors[name].to(device)
        case {"array": name, "dtype": dtype, "shape": shape}:
            return np.frombuffer(tensors[name].numpy().tobytes(), dtype).reshape(shape).copy()
        case {"dict": pairs} | {"counter": pairs}:
            whole = {
                _whole(key, tensors, device): _whole(each, tensors, device) for key, each in pairs
            }
            return collections.Counter(whole) if "counter" in part else whole
        case {"tuple": parts} | {"list": parts}:
            wholes = [_whole(each, tensors, device) for each in parts]
            return tuple(wholes) if "tuple" in part else wholes
        case _:
            return part


def _library() -> Any:
    try:
        import safetensors.torch
    except ImportError as error:
        raise ImportError(
            "checkpoints on disk need the safetensors library: "
            "pip install 'kernelwidgets[recording]'"
        ) from error
    return safetensors.torch
