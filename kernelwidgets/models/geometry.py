"""Where the cells of the canonical view lie in the tensors that torch keeps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kernelwidgets.kernels.initialization import inputs_first

__all__ = ["Cells", "ChannelView", "KernelView", "Span", "View", "cells_at", "channels"]

Cells = NDArray[np.int64]
Span = tuple[int, int]


@dataclass(frozen=True)
class KernelView:
    """The canonical view `(out, in/groups, *kernel)` of a convolution weight.

    torch keeps the weight of a transposed convolution as `(in, out/groups, *kernel)`, with the
    inputs of all groups side by side; everything else is kept as it is shown.
    """

    outs: int
    ins: int
    kernel: tuple[int, ...]
    groups: int = 1
    transposed: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Canonical shape."""
        return (self.outs, self.ins, *self.kernel)

    @property
    def size(self) -> int:
        """Number of cells."""
        return math.prod(self.shape)

    @property
    def raw_shape(self) -> tuple[int, ...]:
        """Shape of the tensor that torch keeps."""
        if not self.transposed:
            return self.shape
        return (self.groups * self.ins, self.outs // self.groups, *self.kernel)

    def part(
        self, raw: Tensor, outs: tuple[int, ...] | None = None, ins: Span | None = None
    ) -> Tensor:
        """Cut `(len(outs), ins[1] - ins[0], *kernel)` out of the raw weight; a view where possible.

        Raises
        ------
        IndexError
            If a channel does not exist.
        """
        first, last = (0, self.ins) if ins is None else ins
        if not 0 <= first <= last <= self.ins:
            raise IndexError(f"there are inputs 0 to {self.ins - 1}, not {first} to {last - 1}")
        chosen = channels(outs, self.outs, raw.device)
        if not self.transposed:
            return raw[chosen, first:last]
        if self.groups == 1:
            return raw.transpose(0, 1)[chosen, first:last]
        out = torch.arange(self.outs, device=raw.device)[chosen]
        per_group = self.outs // self.groups
        grouped = raw.view(self.groups, self.ins, *raw.shape[1:])
        return grouped[out // per_group, first:last, out % per_group]

    def raw(self, canonical: NDArray[Any]) -> NDArray[Any]:
        """Lay an array of the canonical shape out as torch keeps the weight."""
        return inputs_first(canonical, self.groups) if self.transposed else canonical

    def index(self, cells: Cells, device: torch.device) -> tuple[Tensor, ...]:
        """Turn flat canonical cells into an index of the raw weight."""
        out, in_, *kernel = np.unravel_index(cells, self.shape)
        if self.transposed:
            per_group = self.outs // self.groups
            out, in_ = out // per_group * self.ins + in_, out % per_group
        return tuple(_sent(axis, device) for axis in (out, in_, *kernel))


@dataclass(frozen=True)
class ChannelView:
    """The view `(out,)` of a bias."""

    outs: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape, canonical and raw."""
        return (self.outs,)

    @property
    def size(self) -> int:
        """Number of cells."""
        return self.outs

    def part(
        self, raw: Tensor, outs: tuple[int, ...] | None = None, ins: Span | None = None
    ) -> Tensor:
        """Cut the biases of some channels out; a bias has no inputs to choose from."""
        if ins is not None:
            raise IndexError("a bias belongs to an output channel: give no inputs")
        return raw[channels(outs, self.outs, raw.device)]

    def raw(self, canonical: NDArray[Any]) -> NDArray[Any]:
        """The array itself: a bias is kept as it is shown."""
        return canonical

    def index(self, cells: Cells, device: torch.device) -> tuple[Tensor, ...]:
        """Turn flat cells into an index of the bias."""
        return (_sent(cells, device),)


View = KernelView | ChannelView


def cells_at(shape: tuple[int, ...], index: Any, what: str) -> Cells:
    """Flat cells of a numpy index of an array of this shape, in the shape that it selects.

    Raises
    ------
    IndexError
        If the index goes beyond the shape; the message begins with `what`.
    """
    cells = np.arange(math.prod(shape), dtype=np.int64).reshape(shape)
    try:
        return np.asarray(cells[index])
    except (IndexError, TypeError) as error:
        raise IndexError(f"{what} has shape {shape}: {error}") from error


def channels(outs: tuple[int, ...] | None, count: int, device: torch.device) -> slice | Tensor:
    """Index of the chosen channels: a slice where they are neighbors, since a slice copies less.

    Raises
    ------
    IndexError
        If a channel does not exist.
    """
    if outs is None:
        return slice(None)
    if any(not 0 <= out < count for out in outs):
        raise IndexError(f"there are output channels 0 to {count - 1}, not {outs}")
    if outs and outs == tuple(range(outs[0], outs[0] + len(outs))):
        return slice(outs[0], outs[0] + len(outs))
    return _sent(np.array(outs, dtype=np.int64), device)


def _sent(array: Cells, device: torch.device) -> Tensor:
    """A tensor on the device, without waiting for what the device is doing."""
    tensor = torch.from_numpy(array)
    if device.type == "cpu":
        return tensor
    return tensor.pin_memory().to(device, non_blocking=True)
