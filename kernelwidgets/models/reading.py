"""Reading what a frame wants of a network, at the safe point."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from kernelwidgets.models.capture import Capture
from kernelwidgets.models.edits import Edits
from kernelwidgets.models.geometry import Span
from kernelwidgets.models.gradients import QUANTITIES, Gradients
from kernelwidgets.models.grips import Held
from kernelwidgets.models.layers import Layer
from kernelwidgets.models.passes import Passes
from kernelwidgets.models.recipe import Recipe
from kernelwidgets.models.stores import Direct
from kernelwidgets.wire.ranges import ColorRanges
from kernelwidgets.wire.schema import Parameter
from kernelwidgets.wire.source import Request, Want, Wanted

__all__ = ["Reading"]

WHOLE_EVERY = 50
"""A whole layer is looked through for its color range once in so many frames."""

RECIPES = 8
"""So many requests are remembered: those of all views together, with and without maps."""

Part = tuple[str, tuple[int, ...] | None, Span | None]

_HELD: dict[str, Parameter] = {"frozen": "weight", "bias_frozen": "bias"}
_MAPS = ("map_before", "map_after")
_Taker = TypeVar("_Taker", Capture, Recipe)


class Reading:
    """Copies weights, gradients and their differences for frames.

    Parameters
    ----------
    starts
        The weights of the start, by (layer, parameter), on the CPU.
    edits
        Says which cells are held.
    passes, gradients
        Bring pictures, feature maps and answers; what a loss says.
    """

    def __init__(
        self,
        layers: Mapping[str, Layer],
        starts: Mapping[tuple[str, Parameter], Tensor],
        edits: Edits,
        passes: Passes,
        gradients: Gradients,
    ) -> None:
        self._layers, self._starts = layers, starts
        self._edits, self._passes, self._gradients = edits, passes, gradients
        self._ranges = ColorRanges()
        self._recipes: dict[Request, Recipe] = {}
        self._latest: tuple[Request | None, Recipe | None] = (None, None)
        self._before: dict[Part, Tensor] = {}
        self._updates: dict[Part, Tensor] = {}
        self._frames: dict[tuple[str, Wanted], int] = {}

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

    @property
    def has_begun(self) -> bool:
        """Whether weights are kept from before a step."""
        return bool(self._before)

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

    def capture(self, request: Request, step: int) -> Capture:
        """Start to copy what is wanted; the rest is done by `Capture.frame` on another thread."""
        recipe = self._recipe(request)
        capture = Capture(step, self._ranges, recipe)
        for want in recipe.rest:
            _or_note(capture.notes, self._read, capture, want)
        for (layer, quantity), whole in recipe.looks.items():
            self._look_through(capture, layer, quantity, whole)
        if recipe.maps or request.answers:
            self._passes.add(capture, recipe.maps, request.answers)
        if recipe.gradients:
            self._gradients.add(capture, recipe.gradients)
        capture.seal()
        return capture

    def _recipe(self, request: Request) -> Recipe:
        # The same request comes again and again, and comparing costs more than all the rest.
        known, recipe = self._latest
        if known is not request:
            recipe = self._recipes.get(request)
        if recipe is None or not recipe.holds(self._edits.changes):
            if recipe is not None or len(self._recipes) >= RECIPES:
                self._recipes.clear()
            recipe = self._recipes[request] = Recipe(self._edits.changes)
            for want in request.wants:
                _or_note(recipe.notes, self._plan, recipe, want)
        self._latest = request, recipe
        return recipe

    def _plan(self, recipe: Recipe, want: Want) -> None:
        name, quantity = want.layer, want.quantity
        if quantity == "probe":
            if not self._passes.plan_picture(recipe, want):
                recipe.rest.append(want)
            return
        if quantity in QUANTITIES:
            recipe.gradients.append(want)
            return
        layer = self._layers.get(name)
        if layer is None:
            # It may come to exist.
            recipe.rest.append(want)
            return
        if quantity in _MAPS:
            recipe.maps.append(want)
            return
        if self._edits.leased(name):
            recipe.still.add(name)
        if quantity in _HELD:
            flags = want.take(self._edits.held(name, _HELD[quantity]))
            recipe.arrays[want] = flags & np.uint8(Held.FROZEN) != 0
        elif quantity == "muted":
            recipe.arrays[want] = want.take(self._edits.muted(name)).copy()
        elif not self._plan_copy(recipe, want, layer):
            recipe.rest.append(want)

    def _plan_copy(self, recipe: Recipe, want: Want, layer: Layer) -> bool:
        parameter: Parameter = "bias" if want.quantity == "bias" else "weight"
        store = layer.store(parameter)
        if want.quantity not in ("weight", "change", "bias") or not isinstance(store, Direct):
            return False
        raw = store.read()
        part = layer.view(parameter).part(raw, want.outs, want.ins)
        if not recipe.copies(want, store, part, self._start(want)):
            return False
        if want.quantity == "weight":
            recipe.looks[layer.name, "weight"] = raw
        return True

    def _read(self, capture: Capture, want: Want) -> None:
        if want.quantity == "probe":
            self._passes.add_picture(capture, want)
            return
        layer = self._layers.get(want.layer)
        if layer is None:
            raise ValueError(f"no layer {want.layer!r}; there are {', '.join(self._layers)}")
        name, part = layer.name, (layer.name, want.outs, want.ins)
        if want.quantity == "bias":
            raw = layer.store("bias").read()
            capture.add(want, layer.view("bias").part(raw, want.outs, want.ins))
        elif want.quantity in ("weight", "change"):
            raw = capture.once(name, lambda: self._weight(name))
            capture.add(want, self._part(want, raw), minus=self._start(want), key=part)
            if want.quantity == "weight":
                self._look_through(capture, name, "weight", raw)
        elif want.quantity == "update":
            if part not in self._updates:
                raise ValueError("no update yet: it is what the next step changes")
            capture.add(want, self._updates[part])
        elif want.quantity == "gradient":
            raw = _gradient(layer)
            capture.add(want, self._part(want, raw))
            self._look_through(capture, name, "gradient", raw)
        else:
            raise ValueError(f"weights have no {want.quantity!r}")

    def _look_through(self, capture: Capture, layer: str, quantity: Wanted, whole: Tensor) -> None:
        count = self._frames.get((layer, quantity), 0)
        self._frames[layer, quantity] = count + 1
        if count % WHOLE_EVERY == 0:
            capture.add_extremes(layer, quantity, whole)

    def _start(self, want: Want) -> Tensor | None:
        if want.quantity != "change":
            return None
        return self._part(want, self._starts[want.layer, "weight"])

    def _weight(self, layer: str) -> Tensor:
        return self._layers[layer].store("weight").read()

    def _part(self, want: Want, raw: Tensor) -> Tensor:
        with torch.no_grad():
            return self._layers[want.layer].view("weight").part(raw, want.outs, want.ins)


def _gradient(layer: Layer) -> Tensor:
    store = layer.store("weight")
    if not isinstance(store, Direct):
        raise ValueError(
            f"no gradient: this weight is made by {store.law}; gradients belong to its parts"
        )
    if store.tensor.grad is not None:
        return store.tensor.grad
    learns = store.tensor.requires_grad
    why = "no gradient yet, or the loop has cleared it"
    raise ValueError(why if learns else "no gradient: the layer does not learn")


def _or_note(
    notes: dict[Want, str], call: Callable[[_Taker, Want], None], taker: _Taker, want: Want
) -> None:
    """Call; what is wrong with the want becomes a note."""
    try:
        call(taker, want)
    except (IndexError, ValueError) as error:
        notes[want] = str(error)
