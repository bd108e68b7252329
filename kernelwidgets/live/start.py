"""The start of a run, kept so that one can come back to it bit for bit."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.nn.utils import parametrize
from torch.optim import Optimizer

from kernelwidgets.live.random_stream import RandomStream

__all__ = ["Start", "draw_anew", "require_redrawable"]


class Start:
    """Model, optimizer, scheduler and random numbers as they are now.

    Raises
    ------
    ValueError
        By `restore`, if layers of the model came to exist only later.
    """

    def __init__(
        self, model: nn.Module, optimizer: Optimizer, scheduler: Any, stream: RandomStream
    ) -> None:
        self._model, self._optimizer, self._scheduler = model, optimizer, scheduler
        self._tensors = {
            name: tensor.detach().clone()
            for name, tensor in _tensors(model).items()
            if not is_lazy(tensor)
        }
        self._memory = {key: copy.deepcopy(value) for key, value in optimizer.state.items()}
        self._groups = [_settings(group) for group in optimizer.param_groups]
        self._schedule = None if scheduler is None else copy.deepcopy(scheduler.state_dict())
        self._stream = stream.copy()

    def moved_to(self, stream: RandomStream) -> Start:
        """The start of another run: the present weights, and these random numbers."""
        return Start(self._model, self._optimizer, self._scheduler, stream)

    def restore(self) -> RandomStream:
        """Put everything back, and return the random numbers from there on."""
        tensors = _tensors(self._model)
        if tensors.keys() != self._tensors.keys():
            late = ", ".join(sorted(tensors.keys() ^ self._tensors.keys()))
            raise ValueError(
                f"{late}: not there when the Trainer was made; call the model once on a batch "
                "before, then it can be restarted"
            )
        with torch.no_grad():
            for name, tensor in tensors.items():
                tensor.copy_(self._tensors[name])
                tensor.grad = None
        self._optimizer.state.clear()
        self._optimizer.state.update(copy.deepcopy(self._memory))
        for group, settings in zip(self._optimizer.param_groups, self._groups, strict=True):
            group.update(copy.deepcopy(settings))
        if self._scheduler is not None:
            self._scheduler.load_state_dict(copy.deepcopy(self._schedule))
        return self._stream.copy()


def require_redrawable(model: nn.Module) -> None:
    """Refuse a model that cannot draw its parameters again.

    Raises
    ------
    ValueError
        If a module has parameters but no `reset_parameters`.
    """
    stubborn = [
        type(module).__name__
        for module in model.modules()
        if any(True for _ in module.parameters(recurse=False))
        and (not hasattr(module, "reset_parameters") or parametrize.is_parametrized(module))
    ]
    if stubborn:
        raise ValueError(
            f"a new seed needs a method reset_parameters() that draws the parameters anew; "
            f"{', '.join(dict.fromkeys(stubborn))} has none"
        )


def draw_anew(model: nn.Module) -> None:
    """Let every module draw its parameters again, inner ones first."""

    def draw(module: nn.Module) -> None:
        reset: Any = getattr(module, "reset_parameters", None)
        if reset is not None:
            reset()

    model.apply(draw)


def _tensors(model: nn.Module) -> dict[str, Tensor]:
    return dict([*model.named_parameters(), *model.named_buffers()])


def _settings(group: dict[str, Any]) -> dict[str, Any]:
    return {key: copy.deepcopy(value) for key, value in group.items() if key != "params"}
