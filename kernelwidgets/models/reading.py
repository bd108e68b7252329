"""Reading what a frame wants of the weights, at the safe point."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from kernelwidgets.models.capture import Capture
from kernelwidgets.models.edits import Edits
from kernelwidgets.models.geometry import Span
from kernelwidgets.models.grips import Held
from kernelwidgets.models.layers import Layer
from kernelwidgets.models.stores import Direct
from kernelwidgets.wire.schema import Parameter
from kernelwidgets.wire.source import Request, Want

__all__ = ["Reading"]

WHOLE_EVERY = 50
"""A whole layer is looked through for its color range once in so many frames."""

Part = tuple[str, tuple[int, ...] | None, Span | None]

_HELD: dict[str, Parameter] = {"frozen": "weight", "bias_frozen": "bias"}


class Reading:
    """Copies weights, gradients and their differences for frames.

    Parameters
    ----------
    starts
        The weights of the start, by (layer, parameter), on the CPU.
    """

    def __init__(
        self, layers: Mapping[str, Layer], starts: Mapping[tuple[str, Parameter], Tensor]
    ) -> None:
        self._layers, self._starts = layers, starts
        self._before: dict[Part, Tensor] = {}
        self._updates: dict[Part, Tensor] = {}
        self._frames: dict[tuple[str, str], int] = {}

    def before_step(self, request: Request) -> None:
        """Keep the weights whose update is wanted."""
        self._before.clear()
        for want in request.wants:
            if want.quantity == "update" and want.layer in self._layers:
                try:
                    part = self._part(want, self._weight(want.layer)).clone()
                except IndexError:
                    continue
                self._before[want.layer, want.outs, want.ins] = part

    def after_step(self) -> None:
        """Work the updates out, before any hand writes to the weights."""
        if not self._before:
            return
        self._updates = {}
        for (layer, outs, ins), before in self._before.items():
            want = Want("update", layer, outs, ins)
            after = self._part(want, self._weight(layer))
            if before.shape == after.shape:
                self._updates[layer, outs, ins] = after.float() - before.float()
        self._before.clear()

    def add(self, capture: Capture, want: Want, edits: Edits) -> None:
        """Copy what is wanted, or note why not."""
        layer = self._layers.get(want.layer)
        if layer is None:
            capture.notes[want] = f"no layer {want.layer!r}; there are {', '.join(self._layers)}"
            return
        if edits.leased(want.layer):
            capture.hold_still(want.layer)
        try:
            self._add(capture, want, layer, edits)
        except (IndexError, ValueError) as error:
            capture.notes[want] = str(error)

    def _add(self, capture: Capture, want: Want, layer: Layer, edits: Edits) -> None:
        name, part = layer.name, (layer.name, want.outs, want.ins)
        if want.quantity in _HELD:
            flags = want.take(edits.held(name, _HELD[want.quantity]))
            capture.arrays[want] = flags & np.uint8(Held.FROZEN) != 0
        elif want.quantity == "muted":
            capture.arrays[want] = want.take(edits.muted(name)).copy()
        elif want.quantity == "bias":
            raw = layer.store("bias").read()
            capture.add(want, layer.view("bias").part(raw, want.outs, want.ins))
        elif want.quantity == "weight":
            raw = capture.once(name, lambda: self._weight(name))
            capture.add(want, self._part(want, raw), key=part)
            self._look_through(capture, want, raw)
        elif want.quantity == "change":
            start = self._part(want, self._starts[name, "weight"])
            raw = capture.once(name, lambda: self._weight(name))
            capture.add(want, self._part(want, raw), minus=start, key=part)
        elif want.quantity == "update":
            if part in self._updates:
                capture.add(want, self._updates[part])
            else:
                capture.notes[want] = "no update yet: it is what the next step changes"
        elif want.quantity == "gradient":
            self._add_gradient(capture, want, layer)
        else:
            raise ValueError(f"weights have no {want.quantity!r}")

    def _add_gradient(self, capture: Capture, want: Want, layer: Layer) -> None:
        store = layer.store("weight")
        if not isinstance(store, Direct):
            capture.notes[want] = (
                f"no gradient: this weight is made by {store.law}; gradients belong to its parts"
            )
        elif store.tensor.grad is None:
            capture.notes[want] = (
                "no gradient: the layer does not learn"
                if not store.tensor.requires_grad
                else "no gradient yet, or the loop has cleared it"
            )
        else:
            raw = store.tensor.grad
            capture.add(want, self._part(want, raw))
            self._look_through(capture, want, raw)

    def _look_through(self, capture: Capture, want: Want, raw: Tensor) -> None:
        count = self._frames.get((want.layer, want.quantity), 0)
        self._frames[want.layer, want.quantity] = count + 1
        if count % WHOLE_EVERY == 0:
            capture.add_extremes(want.layer, want.quantity, raw)

    def _weight(self, layer: str) -> Tensor:
        return self._layers[layer].store("weight").read()

    def _part(self, want: Want, raw: Tensor) -> Tensor:
        with torch.no_grad():
            return self._layers[want.layer].view("weight").part(raw, want.outs, want.ins)
