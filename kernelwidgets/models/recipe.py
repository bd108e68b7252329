"""How a request is met that comes again and again: what to copy, found out once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kernelwidgets.models.staging import to_array
from kernelwidgets.models.stores import Direct
from kernelwidgets.wire.source import Want, Wanted

__all__ = ["Recipe"]

_KINDS = (torch.float16, torch.float32, torch.float64)


class Recipe:
    """What of a request lies there to be copied, what stays, and what has to be read anew.

    Between two frames a training step sweeps the processor's caches, so that Python which takes
    2 µs in a loop takes 20: little may be left to do at the safe point.

    Parameters
    ----------
    changes
        How often what is held has changed (`Edits.changes`).

    Attributes
    ----------
    views
        The memory of weights on the CPU: a copy of each is all that it takes.
    places
        For some wants, which view meets them, and what is taken off later.
    arrays, notes
        What stays the same while the recipe holds.
    still
        Layers that a finger is on.
    looks
        Whole weights to be looked through for a color range.
    maps, gradients, rest
        Wants to be read anew for each frame: from a pass of the network, of its loss, or without.
    """

    def __init__(self, changes: int) -> None:
        self._changes = changes
        self._pictures: Callable[[], object] | None = None
        self._pictured: object = None
        self.views: list[NDArray[Any]] = []
        self.places: dict[Want, tuple[int, Tensor | None]] = {}
        self.arrays: dict[Want, NDArray[Any]] = {}
        self.notes: dict[Want, str] = {}
        self.still: set[str] = set()
        self.probe_range: tuple[float, float] | None = None
        self.looks: dict[tuple[str, Wanted], Tensor] = {}
        self.maps: list[Want] = []
        self.gradients: list[Want] = []
        self.rest: list[Want] = []
        self._copiers: list[Callable[[], bytes | NDArray[Any]]] = []
        self._found: dict[object, int] = {}
        self._owners: dict[int, tuple[dict[str, Any], str, Tensor, int]] = {}

    def copies(self, want: Want, store: Direct, part: Tensor, minus: Tensor | None = None) -> bool:
        """Have a part of a tensor copied; False if numpy cannot see it where it lies.

        Parameters
        ----------
        minus
            On the CPU and constant: taken off when the frame is made.
        """
        whole = store.tensor
        if not _is_plain(whole) or _memory(part) != _memory(whole):
            return False
        lies = part.data_ptr(), part.shape, part.stride()
        if lies not in self._found:
            self._found[lies] = len(self.views)
            view = part.detach().numpy()
            self.views.append(view)
            # Of all ways to copy this one runs through the least code (a third of numpy's time).
            plain = view.flags.c_contiguous
            self._copiers.append(view.data.tobytes if plain else view.copy)
        self.places[want] = (self._found[lies], minus)
        self._owners[id(whole)] = (store.home, store.name, whole, whole.data_ptr())
        return True

    def shows(self, want: Want, picture: Tensor, state: Callable[[], object]) -> None:
        """Show a picture (on the CPU) as long as `state` says the same."""
        self.arrays[want] = np.array(to_array(picture))
        self._pictures, self._pictured = state, state()

    def holds(self, changes: int) -> bool:
        """Whether everything is still as it was found.

        Parameters
        ----------
        changes
            How often what is held has changed.
        """
        if changes != self._changes:
            return False
        if self._pictures is not None and self._pictures() != self._pictured:
            return False
        for home, name, tensor, address in self._owners.values():
            if home.get(name) is not tensor or tensor.data_ptr() != address:
                return False
        return True

    def take(self) -> list[bytes | NDArray[Any]]:
        """Copy what there is to be copied, in a form that `unpacked` reads."""
        return [copy() for copy in self._copiers]

    def unpacked(self, taken: list[bytes | NDArray[Any]]) -> list[NDArray[np.float32]]:
        """Arrays of what was taken, one for each of the views."""
        pairs = zip(self.views, taken, strict=True)
        arrays = (np.ndarray(view.shape, view.dtype, copied) for view, copied in pairs)
        return [array.astype(np.float32, copy=False) for array in arrays]


def _is_plain(tensor: Tensor) -> bool:
    return (
        type(tensor) in (Tensor, nn.Parameter)
        and tensor.device.type == "cpu"
        and tensor.dtype in _KINDS
        and tensor.layout == torch.strided
    )


def _memory(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()
