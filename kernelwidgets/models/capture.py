"""One frame: copied on the training thread, made into numpy elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kernelwidgets.models.recipe import Recipe
from kernelwidgets.models.staging import Staging, to_array
from kernelwidgets.wire.commands import next_moment
from kernelwidgets.wire.ranges import ColorRanges, extremes
from kernelwidgets.wire.schema import Guess
from kernelwidgets.wire.source import CurvePoints, Frame, Want, Wanted

__all__ = ["Capture"]


class Capture:
    """What was wanted, on its way from the network; `frame` picks it up on any other thread.

    Parameters
    ----------
    recipe
        What of it is copied here and now, or known.

    Attributes
    ----------
    notes
        Why a want could not be met.
    samples
        What the rows of gradients belong to, as in `Frame`.
    """

    samples: tuple[str, ...] = ()
    _answers: Callable[[], tuple[tuple[Guess, ...], ...] | None] | None = None
    _probe_range: Tensor | None = None

    def __init__(self, step: int, ranges: ColorRanges, recipe: Recipe) -> None:
        self._copied, self._moment = recipe.take(), next_moment()
        self._step, self._ranges, self._recipe = step, ranges, recipe
        self.notes: dict[Want, str] = {}
        self.staging = Staging()
        self._tensors: dict[Want, tuple[Tensor, Tensor | None]] = {}
        self._extremes: dict[tuple[str, Wanted], Tensor] = {}
        self._copies: dict[object, Tensor] = {}
        self._read: dict[str, Tensor] = {}

    def once(self, layer: str, read: Callable[[], Tensor]) -> Tensor:
        """Read the weight of a layer once for all wants: one that is made from parts takes time."""
        if layer not in self._read:
            self._read[layer] = read()
        return self._read[layer]

    def add(
        self, want: Want, tensor: Tensor, *, minus: Tensor | None = None, key: object = None
    ) -> None:
        """Copy a tensor; `minus` (on the CPU, constant) is taken off later, elsewhere.

        Wants with one `key` share one copy.
        """
        if key is None or key not in self._copies:
            self._copies[key or want] = self.staging.copy(tensor)
        self._tensors[want] = (self._copies[key or want], minus)

    def add_extremes(self, layer: str, quantity: Wanted, tensor: Tensor) -> None:
        """Have the range of a whole tensor count for the colors of its layer."""
        if tensor.numel():
            low, high = torch.aminmax(tensor.detach())
            self._extremes[layer, quantity] = self.staging.copy(torch.stack((low, high)))

    def add_probe_range(self, pair: Tensor) -> None:
        """Have the probe's lowest and highest value with the frame."""
        self._probe_range = self.staging.copy(pair)

    def add_answers(self, answers: Callable[[], tuple[tuple[Guess, ...], ...] | None]) -> None:
        """Have the answers worked out when the frame is made."""
        self._answers = answers

    def seal(self) -> None:
        """End the copies, on the thread that started them."""
        self.staging.seal()
        self._copies.clear()
        self._read.clear()

    def frame(self, curves: Mapping[str, CurvePoints] | None = None) -> Frame:
        """Make the frame; call it once, off the training thread."""
        self.staging.wait()
        arrays = self._arrays()
        limits: dict[tuple[str, Wanted], tuple[float, float]] = {}
        for want, values in arrays.items():
            if values.dtype != np.bool_ and want.quantity != "probe":
                low, high = extremes(values)
                before = limits.get((want.layer, want.quantity), (low, high))
                both = (min(low, before[0]), max(high, before[1]))
                limits[want.layer, want.quantity] = both
        for name, seen in limits.items():
            whole = extremes(to_array(self._extremes[name])) if name in self._extremes else None
            still = name[0] in self._recipe.still
            limits[name] = self._ranges.update(name, seen, whole, still=still)
        if self._probe_range is not None:
            low, high = to_array(self._probe_range).tolist()
            limits["", "probe"] = (low, high)
        elif self._recipe.probe_range is not None:
            limits["", "probe"] = self._recipe.probe_range
        for values in arrays.values():
            values.flags.writeable = False
        return Frame(
            step=self._step,
            arrays=MappingProxyType(arrays),
            limits=MappingProxyType(limits),
            answers=None if self._answers is None else self._answers(),
            curves=MappingProxyType(dict(curves or {})),
            notes=MappingProxyType(self._recipe.notes | self.notes),
            samples=self.samples,
            moment=self._moment,
        )

    def _arrays(self) -> dict[Want, NDArray[Any]]:
        arrays = dict(self._recipe.arrays)
        copied = self._recipe.unpacked(self._copied)
        for want, (place, minus) in self._recipe.places.items():
            arrays[want] = _less(copied[place], minus)
        for want, (tensor, minus) in self._tensors.items():
            arrays[want] = _less(to_array(tensor), minus)
        return arrays


def _less(values: NDArray[np.float32], minus: Tensor | None) -> NDArray[np.float32]:
    return values if minus is None else values - to_array(minus)
