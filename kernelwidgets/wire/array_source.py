"""A source of plain numpy arrays: nothing trains, but kernels can be seen, edited and undone."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kernelwidgets.wire.array_layers import ArrayLayer, layers_of
from kernelwidgets.wire.commands import CommandError, Handle, next_moment
from kernelwidgets.wire.fitting import fitted
from kernelwidgets.wire.presets import presets_for
from kernelwidgets.wire.ranges import ColorRanges, extremes
from kernelwidgets.wire.schema import (
    AnyCommand,
    Edit,
    Parameter,
    Quantity,
    Redo,
    Release,
    Revert,
    SourceInfo,
    Status,
    Undo,
)
from kernelwidgets.wire.source import Frame, Request, Want, Wanted
from kernelwidgets.wire.still_source import StillSource

__all__ = ["ArraySource"]

HISTORY_BYTES = 64 * 2**20
"""Undo remembers edits up to this much memory."""


@dataclass(frozen=True)
class _Edited:
    """Cells of one parameter, before and after."""

    layer: str
    parameter: Parameter
    cells: NDArray[np.int64]
    before: NDArray[Any]
    after: NDArray[Any]
    gesture: str

    @property
    def nbytes(self) -> int:
        return self.cells.nbytes + self.before.nbytes + self.after.nbytes


class ArraySource(StillSource):
    """Kernels in plain arrays, as a source for every view. The user's arrays are never written to.

    Parameters
    ----------
    arrays
        2-D is one kernel, 3-D are n kernels, 4-D is (out, in, height, width); or a mapping of
        names to such arrays. In a mapping with the keys of a state_dict ("conv1.weight",
        "conv1.bias", or of one layer "weight", "bias") 3-D is (out, in, taps), 4-D never Keras's,
        and what is no convolution is left out. Values may be NaN or infinite: they have a color.
    layout
        Order of the axes as letters: O output channels, I input channels, D, H, W the kernel.
        "HWIO" is Keras, "OIW" are 1-D kernels. None takes what is said above.
    title
        What the views call it.

    Raises
    ------
    ValueError
        If an array has no such axes, or looks like another layout.
    """

    def __init__(
        self,
        arrays: ArrayLike | Mapping[str, ArrayLike],
        layout: str | None = None,
        *,
        title: str = "Kernels",
    ) -> None:
        super().__init__()
        self._single = not isinstance(arrays, Mapping)
        self._layers = {layer.info.name: layer for layer in layers_of(arrays, layout)}
        infos = [layer.info for layer in self._layers.values()]
        self._info = SourceInfo(
            title=title,
            about="",
            layers=infos,
            verbs=["edit", "undo"],
            quantities=["weight", "change"],
            samples=[],
            presets=presets_for(infos),
        )
        self._lock = threading.RLock()
        self._done: list[_Edited] = []
        self._undone: list[_Edited] = []
        self._limits: dict[tuple[str, Wanted], tuple[float, float]] = {}
        self._ranges = ColorRanges()
        starts = [layer.start["weight"] for layer in self._layers.values()]
        lost = sum(start.size - int(np.isfinite(start).sum()) for start in starts)
        self._text = "arrays, nothing trains"
        self._text += f"; {lost:,} of their values came as NaN or infinity" if lost else ""
        self._range(self._layers)

    @property
    def info(self) -> SourceInfo:
        """What it holds; it understands edit and undo."""
        return self._info

    @property
    def status(self) -> Status:
        """Idle, always."""
        with self._lock:
            return Status(
                state="idle",
                text=self._text,
                undo=len(self._done),
                redo=len(self._undone),
            )

    @property
    def values(self) -> Any:
        """A copy of what it holds now, in the layout that was given (a dict for a mapping)."""
        with self._lock:
            arrays = {name: layer.values() for name, layer in self._layers.items()}
        return next(iter(arrays.values())) if self._single else arrays

    def read(self, request: Request) -> Frame:
        """Read the present values."""
        arrays: dict[Want, NDArray[Any]] = {}
        notes: dict[Want, str] = {}
        with self._lock:
            for want in request.wants:
                whole = self._quantity(want)
                if whole is None:
                    notes[want] = f"Plain arrays have no {_words(want)}: show the network itself."
                else:
                    arrays[want] = np.array(want.take(whole))
            limits, moment = dict(self._limits), next_moment()
        held, ranges = MappingProxyType(arrays), MappingProxyType(limits)
        return Frame(0, held, ranges, notes=notes, moment=moment)

    def _quantity(self, want: Want) -> NDArray[Any] | None:
        layer = self._layers.get(want.layer)
        if layer is None:
            return None
        if want.quantity == "weight":
            return layer.now["weight"]
        if want.quantity == "change":
            with np.errstate(invalid="ignore"):
                change: NDArray[Any] = layer.now["weight"] - layer.start["weight"]
            return change
        return layer.now.get("bias") if want.quantity == "bias" else None

    def submit(self, command: AnyCommand) -> Handle:
        """Carry out an edit, revert, undo or redo, at once."""
        handle = Handle()
        try:
            handle.settle(moment=self._apply(command))
        except CommandError as error:
            handle.settle(error=error)
        return handle

    def edit(
        self,
        layer: str,
        index: Any = ...,
        values: ArrayLike = 0.0,
        *,
        parameter: Parameter = "weight",
    ) -> None:
        """Write values into cells: `index` as for a numpy array (out, in, *kernel)."""
        held = self._layer(layer, parameter).now[parameter]
        cells = np.arange(held.size).reshape(held.shape)[index]
        spread = fitted(values, np.shape(cells))
        self._apply(
            Edit(
                layer=layer,
                cells=np.ravel(cells).tolist(),
                values=spread.ravel().tolist(),
                parameter=parameter,
            )
        )

    def revert(self, layer: str, index: Any = ..., *, parameter: Parameter = "weight") -> None:
        """Put cells back to what they were at the start."""
        held = self._layer(layer, parameter).now[parameter]
        cells = np.arange(held.size).reshape(held.shape)[index]
        self._apply(Revert(layer=layer, cells=np.ravel(cells).tolist(), parameter=parameter))

    def undo(self) -> None:
        """Take the last edit back."""
        self._apply(Undo())

    def redo(self) -> None:
        """Bring back what was undone."""
        self._apply(Redo())

    def _apply(self, command: AnyCommand) -> int:
        with self._lock:
            if isinstance(command, Edit):
                self._write(command, np.asarray(command.values, float), command.gesture)
            elif isinstance(command, Revert):
                start = self._layer(command.layer, command.parameter).start[command.parameter]
                self._write(command, start.ravel()[self._cells(command)])
            elif isinstance(command, (Undo, Redo)):
                self._step_back(command)
            elif not isinstance(command, Release):
                word = type(command).__name__.lower()
                raise CommandError(
                    f"plain arrays cannot {word}: give the view a model that kw.watch watches"
                )
            # The color range stands still under a finger.
            if not (isinstance(command, Edit) and command.hold):
                self._range(self._layers)
            moment = next_moment()
        self._changed()
        return moment

    def _layer(self, name: str, parameter: Parameter) -> ArrayLayer:
        if name not in self._layers:
            raise CommandError(f"no layer {name!r}; there are {', '.join(map(repr, self._layers))}")
        layer = self._layers[name]
        if parameter not in layer.now:
            raise CommandError(f"layer {name!r} has no bias; edit parameter='weight'")
        return layer

    def _cells(self, command: Edit | Revert) -> NDArray[np.int64]:
        size = self._layer(command.layer, command.parameter).now[command.parameter].size
        if command.cells and max(command.cells) >= size:
            raise CommandError(
                f"cell {max(command.cells)} is outside the {command.parameter} of "
                f"{command.layer!r}, whose cells are 0 to {size - 1}"
            )
        return np.asarray(command.cells, np.int64)

    def _write(self, command: Edit | Revert, values: NDArray[Any], gesture: str = "") -> None:
        cells = self._cells(command)
        flat = self._layer(command.layer, command.parameter).now[command.parameter].reshape(-1)
        with np.errstate(over="ignore"):
            after = values.astype(flat.dtype)
        if isinstance(command, Edit) and not np.isfinite(after).all():
            raise CommandError(f"these values do not fit into {flat.dtype}; give smaller ones")
        before = flat[cells]
        flat[cells] = after
        last = self._done[-1] if self._done else None
        if (
            last
            and gesture
            and (last.gesture, last.layer, last.parameter)
            == (
                gesture,
                command.layer,
                command.parameter,
            )
        ):
            # Undo goes back to what a cell held first, redo to what it got last.
            cells, first = np.unique(np.concatenate([last.cells, cells]), return_index=True)
            before = np.concatenate([last.before, before])[first]
            after = flat[cells]
            self._done.pop()
        self._done.append(_Edited(command.layer, command.parameter, cells, before, after, gesture))
        self._undone.clear()
        while len(self._done) > 1 and sum(edit.nbytes for edit in self._done) > HISTORY_BYTES:
            self._done.pop(0)

    def _step_back(self, command: Undo | Redo) -> None:
        undo = isinstance(command, Undo)
        taken, given = (self._done, self._undone) if undo else (self._undone, self._done)
        if not taken:
            raise CommandError(f"nothing to {'undo' if undo else 'redo'}")
        edit = taken.pop()
        flat = self._layers[edit.layer].now[edit.parameter].reshape(-1)
        flat[edit.cells] = edit.before if undo else edit.after
        # A gesture that was undone does not go on.
        given.append(replace(edit, gesture=""))

    def _range(self, names: Iterable[str]) -> None:
        quantities: tuple[Quantity, ...] = ("weight", "change")
        for want in (Want(quantity, name) for name in names for quantity in quantities):
            whole = self._quantity(want)
            if whole is not None:
                key, ends = (want.layer, want.quantity), extremes(whole)
                self._limits[key] = self._ranges.update(key, ends, ends)


def _words(want: Want) -> str:
    return "feature maps" if want.quantity.startswith("map") else want.quantity.replace("_", " ")
