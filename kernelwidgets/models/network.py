"""A torch network as the outside world may see and touch it, at the safe point."""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from kernelwidgets.models.answers import class_names
from kernelwidgets.models.capture import Capture
from kernelwidgets.models.edits import Edits, as_cells, as_values
from kernelwidgets.models.geometry import Cells, cells_at
from kernelwidgets.models.gradients import Gradients
from kernelwidgets.models.grips import Grip
from kernelwidgets.models.kept import Kept
from kernelwidgets.models.layers import (
    Layer,
    LayerKey,
    children,
    find_layers,
    is_waiting,
    resolve,
    unwrapped,
)
from kernelwidgets.models.moments import OptimizerState
from kernelwidgets.models.passes import Passes
from kernelwidgets.models.probe import as_pixels
from kernelwidgets.models.reading import Reading
from kernelwidgets.wire.presets import presets_for
from kernelwidgets.wire.schema import Parameter, Quantity, SourceInfo, Verb
from kernelwidgets.wire.source import Request

__all__ = ["Network"]


class Network:
    """What a network holds: its convolution layers, read and written by one thread at a time.

    Every method belongs to the safe point: no step may be under way meanwhile. What `capture`
    returns may be picked up on another thread.

    Parameters
    ----------
    model
        Any module; wrappers (compiled, DataParallel, averaged) are taken off.
    optimizers
        The optimizers that hold its parameters; their memory of edited cells is looked after.
    probe
        Pictures to show feature maps of: see `probe`.
    classes
        Names of the network's answers; with them frames carry its best guesses.
    loss
        Function of `(model(x), y)` for the gradients of a probe `(x, y)`.
    history_bytes
        Memory for undo; beyond it the oldest steps are forgotten.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizers: Iterable[Optimizer] = (),
        *,
        probe: Any = None,
        classes: Sequence[str] | None = None,
        loss: Callable[[Any, Any], Tensor] | None = None,
        history_bytes: int = 64 << 20,
    ) -> None:
        self.model = unwrapped(model)
        self.optimizers = list(optimizers)
        self.classes = class_names(classes)
        self.layers: dict[str, Layer] = {}
        self.starts: dict[tuple[str, Parameter], Tensor] = {}
        self._passes = Passes(self.model, self.layers, self.classes)
        self.gradients = Gradients(self.model, self.layers, lambda: self._passes.objective(loss))
        self._history_bytes = history_bytes
        self._waiting = True
        self._list_layers()
        self._begin()
        if probe is not None:
            self.probe = probe

    def refresh(self) -> bool:
        """List layers that came to exist and look at a new probe; True if the info changed.

        A new probe is run through the network once, to see which layers read it.
        """
        changed = self._list_layers() if self._waiting else False
        if not self._waiting:
            changed |= self._passes.look()
        return changed

    @property
    def samples(self) -> list[str]:
        """Labels of the probe's pictures."""
        return [] if self._passes.probe is None else list(self._passes.probe.labels)

    @property
    def probe(self) -> Tensor | None:
        """The probe's pictures, a batch as the network takes it.

        May be set to a batch (tensor or array), to `(batch, labels)`, or, once there is a probe,
        to a single sample or a picture (height, width[, 3]) that is fitted to its shape; None
        lets the next training batch be the probe.
        """
        return None if self._passes.probe is None else self._passes.probe.pictures

    @probe.setter
    def probe(self, value: Any) -> None:
        self._passes.give(value)

    def offer_probe(self, inputs: Any, labels: Any = None) -> None:
        """Take the first samples of a training batch (copies, at most 16) if there is no probe.

        Parameters
        ----------
        inputs
            What the network was called with: a tensor, or the tuple of its arguments.
        """
        self._passes.offer(inputs, labels)

    def replace_picture(self, sample: int, pixels: Any, label: str = "") -> None:
        """Replace one of the probe's pictures by a picture of 0 to 1, (height, width[, channels]).

        Raises
        ------
        ValueError
            If there is no probe yet, no such sample, or it is no picture.
        """
        self._passes.replace(sample, as_pixels(pixels), label)

    def restart(self) -> None:
        """Take the present weights as the start; edits, locks and color ranges are forgotten."""
        self.starts.clear()
        self._take_starts()
        self._begin()

    def keep(self) -> Kept:
        """The start, and what hands have done since: for `put_back`."""
        return Kept(dict(self.starts), self._edits.copy())

    def put_back(self, kept: Kept) -> None:
        """Take what was kept for what hands have done; the weights are the caller's to put back."""
        self.starts.clear()
        self.starts.update(kept.starts)
        self._take_starts()
        self._begin(kept.edits.copy())

    def resolve(self, layer: LayerKey) -> str:
        """Name of a layer given by any of its names, by its module or by its position."""
        return resolve(self.layers, layer)

    def info(self, title: str, about: str, verbs: Sequence[Verb] = ()) -> SourceInfo:
        """Facts for the views; `verbs` are those that the caller adds."""
        quantities: list[Quantity] = ["weight", "gradient", "change"]
        return SourceInfo(
            title=title,
            about=about,
            layers=[layer.info for layer in self.layers.values()],
            verbs=["edit", "freeze", "mute", "undo", "maps", "probe", *verbs],
            quantities=[*quantities, "update"] if self.optimizers else quantities,
            samples=self.samples,
            presets=presets_for(layer.info for layer in self.layers.values()),
        )

    def cells_of(self, layer: LayerKey, parameter: Parameter, index: Any) -> Cells:
        """Flat cells of a numpy index of the canonical view, in the shape that it selects.

        Raises
        ------
        IndexError
            If the index goes beyond the shape.
        """
        name = self.resolve(layer)
        shape = self.layers[name].view(parameter).shape
        return cells_at(shape, index, f"the {parameter} of {name}")

    def before_step(self, request: Request) -> None:
        """Keep the weights whose update is wanted; call it right before the optimizer's step."""
        self._reading.before_step(request)

    @property
    def settled(self) -> bool:
        """Whether `enforce` and `refresh` have nothing to do until it is touched again."""
        work = self._waiting or self._edits.holds or self._passes.is_new or self._reading.has_begun
        return not work

    def enforce(self) -> None:
        """Put frozen, muted and held cells back, bitwise; call it right after the step."""
        self._edits.enforce()
        self._reading.after_step()

    def capture(self, request: Request, step: int) -> Capture:
        """Start to copy what is wanted; the rest is done by `Capture.frame` on another thread."""
        return self._reading.capture(request, step)

    def edit(
        self,
        layer: LayerKey,
        parameter: Parameter,
        cells: Any,
        values: Any,
        *,
        gesture: str = "",
        hold: bool = False,
        optimizer_state: OptimizerState = "momentum",
        allow_nonfinite: bool = False,
    ) -> str:
        """Write absolute values into single cells; returns what was not kept of them, or "".

        Parameters
        ----------
        cells
            Flat positions in the canonical view, in C order.
        values
            One for each cell.
        gesture
            Edits of one gesture are one undo step.
        hold
            Keep the cells against training until `release`, or for one second.
        optimizer_state
            What the optimizer forgets of the cells: its first moments ("momentum"), everything
            ("clear") or nothing ("keep").

        Raises
        ------
        ValueError, IndexError
            If anything is wrong with it; the weights are then untouched.
        """
        if optimizer_state not in ("momentum", "clear", "keep"):
            raise ValueError(
                f"optimizer_state is 'momentum', 'clear' or 'keep', not {optimizer_state!r}"
            )
        grip, flat = self._grip(layer, parameter, cells)
        flat, cast = as_values(values, flat, grip.layer.store(parameter).read(), allow_nonfinite)
        if not flat.size:
            return ""
        return self._edits.edit(grip, flat, cast, gesture, hold, optimizer_state)

    def freeze(self, layer: LayerKey, parameter: Parameter, cells: Any, on: bool = True) -> None:
        """Keep cells bitwise constant at every safe point, or let them learn again.

        Raises
        ------
        ValueError
            If the weight is parametrized: it is made from parts that move it as a whole.
        """
        self._edits.freeze(*self._grip(layer, parameter, cells), on)

    def revert(self, layer: LayerKey, parameter: Parameter, cells: Any) -> str:
        """Put cells back to the start; returns what was not kept of it, or ""."""
        return self._edits.revert(*self._grip(layer, parameter, cells), "momentum")

    def mute(self, layer: LayerKey, out: int, on: bool = True) -> None:
        """Hold weights and bias of an output channel at zero, or let it speak as before.

        Raises
        ------
        IndexError
            If there is no such channel.
        ValueError
            If the weight is parametrized.
        """
        name = self.resolve(layer)
        outs = self.layers[name].info.shape[0]
        if not 0 <= operator.index(out) < outs:
            raise IndexError(f"{name} has output channels 0 to {outs - 1}, not {out}")
        self._edits.mute(name, out, on)

    def undo(self) -> None:
        """Take the last step back: its cells and their optimizer state are bitwise as before.

        Raises
        ------
        ValueError
            If there is nothing to undo.
        """
        self._edits.undo()

    def redo(self) -> None:
        """Bring back what was undone; raises as `undo` does."""
        self._edits.redo()

    def release(self, gesture: str) -> None:
        """End a gesture: its held cells go back to training."""
        self._edits.release(gesture)

    def expire_holds(self, now_s: float | None = None) -> list[str]:
        """Release cells of gestures without word for a second; returns the gestures."""
        return self._edits.expire_holds(time.monotonic() if now_s is None else now_s)

    @property
    def undo_count(self) -> int:
        """Steps that can be undone."""
        return self._edits.history.undo_count

    @property
    def redo_count(self) -> int:
        """Steps that can be redone."""
        return self._edits.history.redo_count

    def _grip(self, layer: LayerKey, parameter: Parameter, cells: Any) -> tuple[Grip, Cells]:
        name = self.resolve(layer)
        view = self.layers[name].view(parameter)
        flat = as_cells(cells, view.size, f"the {parameter} of {name}")
        return self._edits.grip(name, parameter), flat

    def _list_layers(self) -> bool:
        self._waiting = any(is_waiting(module) for _, module in children(self.model))
        found = find_layers(self.model)
        fresh = [name for name in found if name not in self.layers]
        known = dict(self.layers)
        self.layers.clear()
        self.layers.update({name: known.get(name, layer) for name, layer in found.items()})
        self._take_starts()
        return bool(fresh)

    def _take_starts(self) -> None:
        for name, layer in self.layers.items():
            for parameter in ("weight", "bias"):
                if (name, parameter) not in self.starts and (
                    parameter == "weight" or layer.info.bias
                ):
                    raw = layer.store(parameter).read()
                    self.starts[name, parameter] = raw.to("cpu", copy=True)

    def no_edits(self) -> Edits:
        """What hands have done when they have done nothing yet."""
        return Edits(self.layers, self.optimizers, self.starts, self._history_bytes)

    def _begin(self, edits: Edits | None = None) -> None:
        self._edits = edits or self.no_edits()
        self._reading = Reading(self.layers, self.starts, self._edits, self._passes, self.gradients)
