"""The gradient of a loss, and what makes it: a layer's input, the gradient of its output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from kernelwidgets.models.capture import Capture
from kernelwidgets.models.geometry import channels
from kernelwidgets.models.guard import no_trace
from kernelwidgets.models.layers import Layer, is_waiting
from kernelwidgets.models.stores import Direct
from kernelwidgets.wire.source import Want

__all__ = ["QUANTITIES", "Gradients", "Objective"]

QUANTITIES = frozenset(("loss", "loss_gradient", "layer_input", "output_gradient"))


@dataclass(frozen=True)
class Objective:
    """What a network is measured by: a loss on samples that stay the same.

    Attributes
    ----------
    loss
        Function of the network that returns a tensor of one number.
    samples
        Their labels, in the order of the batch.
    text
        What they are: "the 4 probe pictures".
    """

    loss: Callable[[nn.Module], Tensor]
    samples: tuple[str, ...]
    text: str


@dataclass
class _Tap:
    """What is taken at one layer while the loss is computed: inputs, and room for gradients."""

    layer: Layer
    wants: list[Want]
    inputs: list[dict[Want, Tensor]] = field(default_factory=list)
    zeros: list[Tensor] = field(default_factory=list)
    weight: Tensor | None = None

    def hook(
        self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Tensor
    ) -> Tensor:
        """Add zeros to the output, whose gradient is the output's even if that is overwritten."""
        axes = len(self.layer.info.kernel_size)
        x = (*args, *kwargs.values())[0].detach()
        x = x if x.ndim == axes + 2 else x[None]
        inputs = [want for want in self.wants if want.quantity == "layer_input"]
        self.inputs.append({want: _channels_read(self.layer, want, x).clone() for want in inputs})
        self.zeros.append(torch.zeros_like(output, requires_grad=True))
        return output + self.zeros[-1]

    def differentiate(self, loss: Tensor) -> tuple[list[Tensor], Tensor | None]:
        """Gradients of the outputs, one for each call, and of the weight."""
        learns = [] if self.weight is None else [self.weight]
        found = torch.autograd.grad(
            loss, [*self.zeros, *learns], retain_graph=True, allow_unused=True
        )
        outputs = [
            torch.zeros_like(zero) if grad is None else grad
            for zero, grad in zip(self.zeros, found, strict=False)
        ]
        if self.weight is None:
            return outputs, None
        return outputs, torch.zeros_like(self.weight) if found[-1] is None else found[-1]


class Gradients:
    """Takes gradients of a network's loss and leaves no trace: `.grad` is never touched.

    The network runs on copies of its parameters and buffers, in the modes that its modules are in,
    so that the gradient is the one that training would compute: with batch statistics and dropout
    where it trains.

    Attributes
    ----------
    objective
        Gives what the network is measured by, or raises ValueError with what is missing.
    """

    def __init__(
        self, model: nn.Module, layers: Mapping[str, Layer], objective: Callable[[], Objective]
    ) -> None:
        self.objective = objective
        self._model, self._layers = model, layers

    def add(self, capture: Capture, wants: Iterable[Want]) -> None:
        """Compute the loss and copy what is wanted of its gradient, or note why not."""
        wants = list(wants)
        if not wants:
            return
        taps = {
            name: _Tap(layer, [want for want in wants if want.layer == name])
            for name, layer in self._layers.items()
            if any(want.layer == name and want.quantity != "loss" for want in wants)
        }
        modules = list(self._model.modules())
        try:
            if any(map(is_waiting, modules)):
                raise ValueError("some of the network's layers wait for their first input")
            given = self.objective()
            with no_trace(modules, copy_parameters=True, evaluate=False), torch.enable_grad():
                for tap in taps.values():
                    self._listen(tap)
                loss = _checked(given.loss(self._model))
                for tap in taps.values():
                    _copy(capture, tap, loss)
        except Exception as error:  # noqa: BLE001 - a note, never an exception into training
            told = isinstance(error, ValueError)
            text = str(error) if told else f"no gradient: {type(error).__name__}: {error}"
            for want in wants:
                capture.notes.setdefault(want, text)
            return
        capture.samples = given.samples
        for want in wants:
            if want.quantity == "loss":
                capture.add(want, loss.detach())
                capture.notes[want] = given.text

    @staticmethod
    def _listen(tap: _Tap) -> None:
        module = tap.layer.module
        for each in (module, *tap.layer.twins):
            each.register_forward_hook(tap.hook, with_kwargs=True)
        if isinstance(tap.layer.store("weight"), Direct):
            weight = module._parameters.get("weight")
            # A copy, so that a frozen layer may be asked, too.
            tap.weight = None if weight is None else weight.requires_grad_(True)


def _copy(capture: Capture, tap: _Tap, loss: Tensor) -> None:
    name = tap.layer.name
    if not tap.zeros:
        raise ValueError(
            f"{name} was not called when the loss was computed; a functional convolution with its "
            "weights shows no gradient here"
        )
    outputs, whole = tap.differentiate(loss)
    axes = len(tap.layer.info.kernel_size)
    outputs = [each if each.ndim == axes + 2 else each[None] for each in outputs]
    shapes = {each.shape[1:] for each in outputs}
    for want in tap.wants:
        if want.quantity == "loss_gradient":
            if whole is None:
                law = tap.layer.store("weight").law
                capture.notes[want] = f"the gradient of what {law} makes, not of its parts"
            else:
                capture.add(want, tap.layer.view("weight").part(whole, want.outs, want.ins))
        elif len(shapes) > 1:
            capture.notes[want] = f"{name} is called with inputs of several sizes"
        elif want.quantity == "layer_input":
            capture.add(want, torch.cat([call[want] for call in tap.inputs]))
        elif want.quantity == "output_gradient":
            rows = torch.cat(outputs)
            capture.add(want, rows[:, channels(want.outs, rows.shape[1], rows.device)])


def _channels_read(layer: Layer, want: Want, x: Tensor) -> Tensor:
    """The input channels that the first of the wanted filters reads."""
    outs, depth = layer.info.shape[:2]
    group = (want.outs or (0,))[0] // (outs // layer.info.groups)
    first, last = want.ins or (0, depth)
    return x[:, group * depth + first : group * depth + last]


def _checked(loss: Any) -> Tensor:
    if not isinstance(loss, Tensor) or loss.numel() != 1:
        got = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else type(loss).__name__
        raise ValueError(f"the loss is a tensor of one number, not {got}; take its mean")
    if not loss.requires_grad:
        raise ValueError("the loss does not depend on any parameter that learns")
    return loss.reshape(())
