"""What learns: a model with its optimizer, kept so that one can come back to it bit for bit."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.nn.utils import parametrize
from torch.optim import Optimizer

__all__ = ["Kept", "Learner", "draw_anew", "require_redrawable"]


@dataclass(frozen=True)
class Kept:
    """Parameters and buffers by name; the optimizer's memory, and the settings of its groups.

    The memory is by the number of the parameter, counted through the groups.
    """

    tensors: dict[str, Tensor]
    memory: dict[Any, Any]
    groups: list[dict[str, Any]]

    @property
    def nbytes(self) -> int:
        """Memory that it holds."""
        return _nbytes(self.tensors) + _nbytes(self.memory)


class Learner:
    """A model and the optimizer that trains it."""

    def __init__(self, model: nn.Module, optimizer: Optimizer) -> None:
        self._model, self._optimizer = model, optimizer

    def keep(self) -> Kept:
        """Copy everything, on the devices where it is."""
        return Kept(
            {
                name: tensor.detach().clone()
                for name, tensor in _tensors(self._model).items()
                if not is_lazy(tensor)
            },
            self._memory(),
            [_settings(group) for group in self._optimizer.param_groups],
        )

    def put_back(self, kept: Kept) -> None:
        """Put everything back.

        Raises
        ------
        ValueError
            If layers of the model came to exist only later.
        """
        tensors = _tensors(self._model)
        if tensors.keys() != kept.tensors.keys():
            late = ", ".join(sorted(tensors.keys() ^ kept.tensors.keys()))
            raise ValueError(
                f"{late}: not there when the Trainer was made; call the model once on a batch "
                "before, then it can be restarted"
            )
        with torch.no_grad():
            for name, tensor in tensors.items():
                tensor.copy_(kept.tensors[name])
                tensor.grad = None
        parameters = dict(enumerate(self._parameters()))
        self._optimizer.state.clear()
        for number, state in kept.memory.items():
            self._optimizer.state[parameters.get(number, number)] = copy.deepcopy(state)
        for group, settings in zip(self._optimizer.param_groups, kept.groups, strict=True):
            group.update(copy.deepcopy(settings))

    @property
    def device(self) -> torch.device:
        """Where it learns."""
        first = next(self._model.parameters(), None)
        return torch.device("cpu") if first is None else first.device

    @property
    def plan(self) -> dict[str, str]:
        """What another one must have in common to go on from a checkpoint of this one, in words."""
        names = {id(parameter): name for name, parameter in self._model.named_parameters()}
        groups = {
            f"optimizer group {number}": ", ".join(names.get(id(p), "?") for p in group["params"])
            for number, group in enumerate(self._optimizer.param_groups)
        }
        return {
            **{name: _words(tensor) for name, tensor in _tensors(self._model).items()},
            "optimizer": type(self._optimizer).__name__,
            **groups,
            "device": self.device.type,
        }

    def _parameters(self) -> list[Any]:
        return [each for group in self._optimizer.param_groups for each in group["params"]]

    def _memory(self) -> dict[Any, Any]:
        numbers = {id(parameter): number for number, parameter in enumerate(self._parameters())}
        return {
            numbers.get(id(key), key): copy.deepcopy(state)
            for key, state in self._optimizer.state.items()
        }


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


def _words(tensor: Tensor) -> str:
    if is_lazy(tensor):
        return "not there yet"
    size = " × ".join(map(str, tensor.shape)) or "one number"
    return f"{size} of {str(tensor.dtype).removeprefix('torch.')}"


def _settings(group: dict[str, Any]) -> dict[str, Any]:
    return {key: copy.deepcopy(value) for key, value in group.items() if key != "params"}


def _nbytes(value: Any) -> int:
    if isinstance(value, Tensor):
        return value.nbytes
    parts = value.values() if isinstance(value, dict) else value
    return sum(map(_nbytes, parts)) if isinstance(value, (dict, list, tuple)) else 0
