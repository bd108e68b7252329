"""A grip on the cells of one parameter: read, write and hold them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from enum import IntFlag
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Optimizer

from kernelwidgets.models import moments
from kernelwidgets.models.geometry import Cells
from kernelwidgets.models.layers import Layer
from kernelwidgets.models.moments import Memories, OptimizerState
from kernelwidgets.models.stores import Direct, Store
from kernelwidgets.wire.schema import Parameter

__all__ = ["Grip", "Held", "Saved"]

Saved = tuple[Cells, Tensor, list[Memories], list[Tensor]]
"""Cells, their values, what the optimizers remember about them, and the parts of a made weight."""


class Held(IntFlag):
    """Why a cell is kept from training."""

    FROZEN = 1
    MUTED = 2
    LEASED = 4


class Grip:
    """The cells of a weight or a bias, by flat index of the canonical view.

    A muted cell is zero in the network; reading and writing mean the value that it will have again.
    """

    def __init__(self, layer: Layer, parameter: Parameter, optimizers: Sequence[Optimizer]) -> None:
        self.layer, self.parameter = layer, parameter
        self._view = layer.view(parameter)
        self._optimizers = optimizers
        self._held: NDArray[np.uint8] | None = None
        self._held_cells: Cells = np.zeros(0, dtype=np.int64)
        self._values: Tensor | None = None
        self._pinned: tuple[tuple[Tensor, ...] | Tensor, Tensor] | None = None

    def copy(self) -> Grip:
        """Another grip on the same parameter, that holds the same cells."""
        other = copy.copy(self)
        other._held = None if self._held is None else self._held.copy()
        other._values = None if self._values is None else self._values.clone()
        other._pinned = None
        return other

    def keep(self) -> tuple[Any, ...]:
        """What it holds, for `put_back`."""
        return self._held, self._held_cells, self._values

    def put_back(self, kept: tuple[Any, ...]) -> None:
        """Hold what was kept."""
        self._held, self._held_cells, self._values = kept
        self._pinned = None

    @property
    def name(self) -> str:
        """Words for messages."""
        return f"the {self.parameter} of {self.layer.name}"

    @property
    def holds(self) -> bool:
        """Whether any cell is held."""
        return self._held_cells.size > 0

    @property
    def held(self) -> NDArray[np.uint8]:
        """Why each cell is held (`Held`, 0: it is free), in canonical shape; only for reading."""
        if self._held is None:
            return np.broadcast_to(np.uint8(0), self._view.shape)
        return self._held.reshape(self._view.shape)

    def read(self, cells: Cells) -> Tensor:
        """Values of some cells, in the parameter's dtype and on its device."""
        tensor = self._store.read()
        index = self._view.index(cells, tensor.device)
        values = tensor[index]
        muted = self._muted(cells, tensor.device)
        if muted is not None and self._values is not None:
            values = torch.where(muted, self._values[index], values)
        return values

    def write(self, cells: Cells, values: Tensor, mode: OptimizerState = "keep") -> str:
        """Write absolute values; returns what was not kept of them, or "".

        Raises
        ------
        ValueError
            If the weight is made by a law that cannot be inverted or would turn to NaN.
        """
        store = self._store
        if not isinstance(store, Direct):
            return self._write_through(store, cells, values, mode)
        tensor = store.tensor
        self._follow(tensor)
        index = self._view.index(cells, tensor.device)
        values = values.to(tensor.device, tensor.dtype)
        muted = self._muted(cells, tensor.device)
        shown = values if muted is None else values.masked_fill(muted, 0)
        self._hold_to(index, values)
        with torch.no_grad():
            tensor[index] = shown
            moments.clear(self._optimizers, tensor, index, mode)
        if muted is None:
            return ""
        return f"{self.name} is muted there; what was written shows when it speaks again"

    def require_single_cells(self) -> None:
        """Raise ValueError if the weight is made from parts that move it as a whole."""
        if law := self._store.law:
            raise ValueError(
                f"{self.name} is made by {law} from other parameters, which move it as a whole: "
                "no cell of it can be kept constant. Remove the parametrization first"
            )

    def hold(self, cells: Cells, reason: Held, on: bool = True) -> None:
        """Keep cells from training, or give them back.

        Raises
        ------
        ValueError
            If the weight is made from parts, so that no single cell can be kept constant.
        """
        store = self._store
        if not isinstance(store, Direct):
            if reason is not Held.LEASED:
                self.require_single_cells()
            tensor = store.read()
        else:
            tensor = store.tensor
        if self._held is None or self._values is None:
            self._held = np.zeros(self._view.size, dtype=np.uint8)
            self._values = torch.zeros_like(tensor.detach())
        self._follow(tensor)
        fresh = cells[self._held[cells] == 0]
        index = self._view.index(fresh, tensor.device)
        self._values[index] = tensor.detach()[index]
        silent = cells
        if on:
            self._held[cells] |= np.uint8(reason)
            self._held_cells = np.concatenate((self._held_cells, fresh))
        else:
            silent = silent[self._held[silent] & Held.MUTED != 0]
            self._held[cells] &= np.uint8(~reason & 0xFF)
            self._held_cells = self._held_cells[self._held[self._held_cells] != 0]
        if reason is Held.MUTED:
            index = self._view.index(silent, tensor.device)
            with torch.no_grad():
                tensor[index] = torch.zeros_like(self._values[index]) if on else self._values[index]
        self._pinned = None

    def enforce(self) -> None:
        """Put every held cell back, bitwise."""
        if self._held is None or self._values is None:
            return
        store = self._store
        if isinstance(store, Direct):
            self._follow(store.tensor)
        if self._pinned is None:
            self._pinned = self._pin(self._held_cells)
        place, values = self._pinned
        tensor = store.tensor if isinstance(store, Direct) else store.read()
        with torch.no_grad():
            if isinstance(place, Tensor):
                torch.where(place, values, tensor, out=tensor)
            else:
                tensor[place] = values
        if not isinstance(store, Direct):
            store.write(tensor)

    def save(self, cells: Cells) -> Saved:
        """Everything that undo needs to put cells back bitwise."""
        store = self._store
        remembered = []
        for tensor in self._cellwise(store):
            index = self._view.index(cells, tensor.device)
            remembered.append(moments.memories(self._optimizers, tensor, index))
        parts = [slots[name].clone() for slots, name in store.slots()]
        return cells, self.read(cells), remembered, parts

    def restore(self, saved: Saved, replaced: Saved | None = None) -> None:
        """Put cells and what the optimizers remembered about them back.

        The parts of a made weight go back bitwise if they still are what `replaced` says;
        otherwise training has moved them on, and only the cells are written.
        """
        cells, values, remembered, parts = saved
        store = self._store
        slots = store.slots()
        now = [slot[name] for slot, name in slots]
        if parts and replaced is not None and _equal(now, replaced[3]):
            with torch.no_grad():
                for tensor, part in zip(now, parts, strict=True):
                    tensor.copy_(part)
            self._hold_to(self._view.index(cells, values.device), values)
        else:
            self.write(cells, values)
        for tensor, memory in zip(self._cellwise(store), remembered, strict=False):
            index = self._view.index(cells, tensor.device)
            with torch.no_grad():
                moments.recall(self._optimizers, tensor, index, memory)

    @property
    def _store(self) -> Store:
        return self.layer.store(self.parameter)

    def _pin(self, cells: Cells) -> tuple[tuple[Tensor, ...] | Tensor, Tensor]:
        """Held cells and their values: by index, or where they are many by a mask (10× faster)."""
        assert self._values is not None
        values, device = self._values, self._values.device
        if cells.size * 8 < self._view.size:
            index = self._view.index(cells, device)
            muted = self._muted(cells, device)
            return index, values[index] if muted is None else values[index].masked_fill(muted, 0)
        flags = torch.from_numpy(self._view.raw(self.held)).to(device)
        return flags != 0, values.masked_fill(flags & Held.MUTED != 0, 0)

    def _hold_to(self, index: tuple[Tensor, ...], values: Tensor) -> None:
        """From now on, hold cells to these values, as far as they are held at all."""
        if self._values is not None:
            self._values[index] = values
            self._pinned = None

    def _follow(self, tensor: Tensor) -> None:
        """Keep up with a network that moved to another device or dtype."""
        if self._values is not None and (self._values.device, self._values.dtype) != (
            tensor.device,
            tensor.dtype,
        ):
            self._values = self._values.to(tensor.device, tensor.dtype)
            self._pinned = None

    def _muted(self, cells: Cells, device: torch.device) -> Tensor | None:
        if self._held is None:
            return None
        muted = self._held[cells] & np.uint8(Held.MUTED) != 0
        return torch.from_numpy(muted).to(device) if muted.any() else None

    def _cellwise(self, store: Store) -> list[Tensor]:
        """The optimizer's parameters that have one entry for each cell."""
        shape = getattr(self._view, "raw_shape", self._view.shape)
        return [tensor for tensor in store.parameters() if tensor.shape == shape]

    def _write_through(
        self, store: Store, cells: Cells, values: Tensor, mode: OptimizerState
    ) -> str:
        whole = store.read()
        index = self._view.index(cells, whole.device)
        asked = values.to(whole.device, whole.dtype)
        whole[index] = asked
        slots = store.slots()
        before = [(slot, name, slot[name], slot[name].detach().clone()) for slot, name in slots]
        try:
            store.write(whole)
            kept = store.read()[index]
            if bool(asked.isfinite().all()) and not bool(kept.isfinite().all()):
                raise ValueError(
                    f"{store.law} cannot make {self.name} from these values (it would turn to "
                    "NaN); leave something other than zero in each kernel"
                )
        except (ValueError, RuntimeError) as error:
            with torch.no_grad():
                for slot, name, tensor, copy in before:
                    slot[name] = tensor
                    tensor.copy_(copy)
            raise ValueError(str(error)) from error
        self._hold_to(index, asked)
        for tensor in self._cellwise(store):
            moments.clear(self._optimizers, tensor, index, mode)
        off = (kept - asked).abs()
        worst = int(off.argmax()) if off.numel() else 0
        if not off.numel() or float(off[worst]) <= 1e-6 * max(1.0, float(asked[worst].abs())):
            return ""
        return (
            f"{store.law} kept {float(kept[worst]) + 0.0:.4g} where {float(asked[worst]):.4g} was "
            f"written to {self.name}"
        )


def _equal(tensors: list[Tensor], others: list[Tensor]) -> bool:
    return len(tensors) == len(others) and all(map(torch.equal, tensors, others))
