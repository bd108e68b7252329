"""The verbs of a hand: edit, freeze, revert, mute, hold, undo and redo."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Optimizer

from kernelwidgets.models.geometry import Cells
from kernelwidgets.models.grips import Grip, Held
from kernelwidgets.models.history import History, Place, Step
from kernelwidgets.models.layers import Layer
from kernelwidgets.models.moments import OptimizerState
from kernelwidgets.wire.schema import Parameter

__all__ = ["Edits", "as_cells", "as_values"]

LEASE_S = 1.0
"""A cell under a finger goes back to training after so long without word."""


@dataclass
class _Lease:
    expires_s: float
    cells: dict[Place, Cells] = field(default_factory=dict)


class Edits:
    """What hands have done to a network, and what they keep from training.

    Parameters
    ----------
    layers, starts
        Layers by name, and the weights they started with by (layer, parameter).

    Attributes
    ----------
    changes
        How often what is held has changed.
    """

    def __init__(
        self,
        layers: Mapping[str, Layer],
        optimizers: Sequence[Optimizer],
        starts: Mapping[tuple[str, Parameter], Tensor],
        history_bytes: int,
    ) -> None:
        self._layers, self._optimizers, self._starts = layers, optimizers, starts
        self._grips: dict[tuple[str, Parameter], Grip] = {}
        self._holding: list[Grip] = []
        self._leases: dict[str, _Lease] = {}
        self.changes = 0
        self.history = History(history_bytes)

    def copy(self) -> Edits:
        """The same once more: what is done to one is not done to the other."""
        other = Edits(self._layers, self._optimizers, self._starts, 0)
        other._grips = {key: grip.copy() for key, grip in self._grips.items()}
        twins = {grip: other._grips[key] for key, grip in self._grips.items()}
        other._holding = [twins[grip] for grip in self._holding]
        other._leases = {
            gesture: _Lease(
                lease.expires_s,
                {(twins[grip], place): cells for (grip, place), cells in lease.cells.items()},
            )
            for gesture, lease in self._leases.items()
        }
        other.history = self.history.copy(twins)
        return other

    @property
    def grips(self) -> Mapping[tuple[str, Parameter], Grip]:
        """All grips so far."""
        return self._grips

    @property
    def leases(self) -> Mapping[str, list[tuple[Grip, Cells]]]:
        """What fingers are on, by gesture."""
        return {
            gesture: [(grip, cells) for (grip, _), cells in lease.cells.items()]
            for gesture, lease in self._leases.items()
        }

    def lease(self, gesture: str, held: Iterable[tuple[Grip, Cells]]) -> None:
        """Let a finger be on cells that are held for it already; it is not heard of any more."""
        cells = {(grip, cells.tobytes()): cells for grip, cells in held}
        self._leases[gesture] = _Lease(0.0, cells)

    def grip(self, layer: str, parameter: Parameter) -> Grip:
        """The grip on a parameter, made when it is first needed."""
        key = (layer, parameter)
        if key not in self._grips:
            self._grips[key] = Grip(self._layers[layer], parameter, self._optimizers)
        return self._grips[key]

    def held(self, layer: str, parameter: Parameter) -> NDArray[np.uint8]:
        """Why each cell is held (`Held`), in canonical shape; only for reading."""
        return self.grip(layer, parameter).held

    def muted(self, layer: str) -> NDArray[np.bool_]:
        """Which output channels are muted."""
        # Channels are muted as a whole, so one cell of each tells.
        first = self.held(layer, "weight")
        while first.ndim > 1:
            first = first[:, 0]
        return np.asarray(first & np.uint8(Held.MUTED) != 0)

    def leased(self, layer: str) -> bool:
        """Whether a finger is on a cell of this layer."""
        return any(
            grip.layer.name == layer for lease in self._leases.values() for grip, _ in lease.cells
        )

    def edit(
        self,
        grip: Grip,
        cells: Cells,
        values: Tensor,
        gesture: str,
        hold: bool,
        mode: OptimizerState,
    ) -> str:
        """Write values, as one undo step for each gesture; returns what was not kept."""
        if hold and not gesture:
            raise ValueError("cells are held for a gesture: name it, so that it can be released")
        before = grip.save(cells)
        note = grip.write(cells, values, mode)
        # Only the parts of a made weight are compared with what the edit left.
        after = grip.save(cells) if before[3] else None
        self.history.add(Step(gesture, {(grip, cells.tobytes()): (before, after)}))
        if hold:
            lease = self._leases.setdefault(gesture, _Lease(0.0))
            lease.expires_s = time.monotonic() + LEASE_S
            lease.cells[grip, cells.tobytes()] = cells
            self._hold(grip, cells, Held.LEASED, True)
        return note

    def freeze(self, grip: Grip, cells: Cells, on: bool) -> None:
        """Keep cells bitwise constant, or let them learn again."""
        self._hold(grip, cells, Held.FROZEN, on)

    def revert(self, grip: Grip, cells: Cells, mode: OptimizerState) -> str:
        """Put cells back to the start."""
        start = self._starts[grip.layer.name, grip.parameter]
        view = grip.layer.view(grip.parameter)
        return self.edit(grip, cells, start[view.index(cells, start.device)], "", False, mode)

    def mute(self, layer: str, out: int, on: bool) -> None:
        """Hold the weights and the bias of an output channel at zero, or give them back."""
        info = self._layers[layer].info
        per_channel = int(np.prod(info.shape[1:]))
        parts = [(self.grip(layer, "weight"), np.arange(per_channel) + out * per_channel)]
        if info.bias:
            parts.append((self.grip(layer, "bias"), np.array([out])))
        for grip, _ in parts:
            grip.require_single_cells()
        if self.muted(layer)[out] == on:
            return
        for grip, cells in parts:
            self._hold(grip, cells, Held.MUTED, on)
        self.history.add(Step("", mute=(layer, out, on)))

    def undo(self) -> None:
        """Take the last step back."""
        self._turn(self.history.undo_step(), back=True)

    def redo(self) -> None:
        """Bring back the step that was undone last."""
        self._turn(self.history.redo_step(), back=False)

    def release(self, gesture: str) -> None:
        """Give the cells of a gesture back to training."""
        lease = self._leases.pop(gesture, None)
        if lease is None:
            return
        for (grip, _), cells in lease.cells.items():
            self._hold(grip, cells, Held.LEASED, False)
        for other in self._leases.values():
            for (grip, _), cells in other.cells.items():
                self._hold(grip, cells, Held.LEASED, True)

    def expire_holds(self, now_s: float) -> list[str]:
        """Release the gestures that nothing has been heard of for a second; returns them."""
        silent = [name for name, lease in self._leases.items() if lease.expires_s <= now_s]
        for gesture in silent:
            self.release(gesture)
        return silent

    @property
    def holds(self) -> bool:
        """Whether anything is held back."""
        return bool(self._holding)

    def enforce(self) -> None:
        """Put everything that is held back, bitwise."""
        for grip in self._holding:
            grip.enforce()

    def hold_all(self) -> None:
        """From now on `enforce` everything that any grip holds."""
        self._holding = [grip for grip in self._grips.values() if grip.holds]

    def _hold(self, grip: Grip, cells: Cells, reason: Held, on: bool) -> None:
        self.changes += 1
        grip.hold(cells, reason, on)
        self.hold_all()

    def _turn(self, step: Step, *, back: bool) -> None:
        """Undo or redo a step; keeps what it replaces, so that the other way is exact too."""
        if step.mute is not None:
            layer, out, on = step.mute
            with self.history.paused():
                self.mute(layer, out, on != back)
        parts = list(step.parts.items())
        for (grip, cells), (before, after) in reversed(parts) if back else parts:
            now = grip.save(before[0])
            if back:
                grip.restore(before, after)
                step.parts[grip, cells] = (before, now)
            elif after is not None:
                grip.restore(after, before)
                step.parts[grip, cells] = (now, after)


def as_cells(cells: object, size: int, name: str) -> Cells:
    """Check flat cells: integers within `size`.

    Raises
    ------
    ValueError, IndexError
        If they are no whole numbers or beyond the parameter.
    """
    array = np.asarray(cells)
    if array.size and array.dtype.kind not in "iu":
        raise ValueError(f"cells are flat positions (whole numbers), not {array.dtype}")
    flat = array.astype(np.int64).ravel()
    if flat.size and (flat.min() < 0 or flat.max() >= size):
        raise IndexError(f"{name} has cells 0 to {size - 1}, not {flat.min()} to {flat.max()}")
    return flat


def as_values(
    values: object, cells: Cells, like: Tensor, allow_nonfinite: bool
) -> tuple[Cells, Tensor]:
    """Check values for cells; of a cell named twice the last value counts, as in numpy.

    Raises
    ------
    ValueError
        If there is not one value for each cell, or one is not finite in the parameter's dtype.
    """
    if isinstance(values, Tensor):
        values = values.detach().to("cpu", torch.float64)
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"values are numbers, one for each cell: {error}") from error
    flat = array.ravel() if array.size == cells.size else array
    if flat.shape != cells.shape and flat.size != 1:
        raise ValueError(
            f"{cells.size} cells but {array.size} values: give one value for each cell"
        )
    flat = np.broadcast_to(flat.reshape(-1), cells.shape)
    cast = torch.from_numpy(flat.copy()).to(like.dtype)
    if not allow_nonfinite and not bool(cast.isfinite().all()):
        if np.isfinite(flat).all():
            largest = torch.finfo(like.dtype).max
            raise ValueError(f"values must fit {like.dtype} (at most {largest:g} in size)")
        raise ValueError(
            "values must be finite: a NaN or an infinity would spread through the network; "
            "allow_nonfinite=True writes them all the same"
        )
    if (np.diff(cells) > 0).all():
        return cells, cast
    last = np.unique(cells[::-1], return_index=True)[1]
    keep = np.sort(cells.size - 1 - last)
    return cells[keep], cast[torch.from_numpy(keep)]
