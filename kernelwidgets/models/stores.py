"""How a module holds a weight: as a parameter, or as parts that a parametrization turns into it."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from kernelwidgets.models.guard import no_trace, random_states_kept

__all__ = ["Direct", "Store", "store_of"]

Slots = list[tuple[dict[str, Any], str]]


class Store(Protocol):
    """One tensor of a module, whatever it is made of. `law` names what makes it, "" if nothing."""

    law: str

    def read(self) -> Tensor:
        """The tensor as the network would use it now, detached; do not write to it."""

    def write(self, value: Tensor) -> None:
        """Bring the whole tensor as close to `value` as its law allows."""

    def slots(self) -> Slots:
        """Where its parts are kept."""

    def parameters(self) -> list[Tensor]:
        """Parts that an optimizer may hold."""


class Direct:
    """A parameter, or a buffer in its place: the entry `name` of `home`."""

    law = ""

    def __init__(self, home: dict[str, Any], name: str) -> None:
        self.home, self.name = home, name
        self.tensor: Tensor = home[name]

    def read(self) -> Tensor:
        """The tensor itself, detached."""
        return self.tensor.detach()

    def write(self, value: Tensor) -> None:
        """Write the whole tensor."""
        with torch.no_grad():
            self.tensor.copy_(value)

    def slots(self) -> Slots:
        """Nothing else holds it."""
        return []

    def parameters(self) -> list[Tensor]:
        """The tensor itself."""
        return [self.tensor]


class Parametrized:
    """A tensor under `torch.nn.utils.parametrize`."""

    def __init__(self, module: nn.Module, name: str) -> None:
        self._parts: Any = module.parametrizations[name]  # type: ignore[index]  # a ModuleDict
        self.law = " and ".join(_law_name(part) for part in self._parts)

    def read(self) -> Tensor:
        """What the parametrization makes of its parts, without advancing its buffers."""
        draws = not all(type(part).__module__.startswith("torch.") for part in self._parts)
        with no_trace(self._parts.modules(), draws=draws):
            value: Tensor = self._parts()
            return value.detach().clone()

    def write(self, value: Tensor) -> None:
        """Send `value` through the `right_inverse` of each part."""
        inverse: Any = value
        with torch.no_grad(), random_states_kept({value.device}):
            for part in reversed(list(self._parts)):
                if not hasattr(part, "right_inverse"):
                    raise ValueError(
                        f"{_law_name(part)} has no right_inverse, so its weight cannot be written"
                    )
                try:
                    inverse = part.right_inverse(inverse)
                except NotImplementedError as error:
                    raise ValueError(f"{_law_name(part)} cannot be written: {error}") from error
            parts = [inverse] if self._parts.is_tensor else inverse
            for original, part in zip(self.parameters(), parts, strict=True):
                original.copy_(part)

    def slots(self) -> Slots:
        """Originals and the buffers of the parametrization."""
        return [
            (slots, name)
            for module in self._parts.modules()
            for slots in (module._parameters, module._buffers)
            for name, tensor in slots.items()
            if tensor is not None
        ]

    def parameters(self) -> list[Tensor]:
        """The originals."""
        if self._parts.is_tensor:
            return [self._parts.original]
        return [getattr(self._parts, f"original{i}") for i in range(self._parts.ntensors)]


class Hooked:
    """A tensor that one of torch's older forward pre-hooks makes before each call."""

    def __init__(self, module: nn.Module, name: str, hook: Any) -> None:
        self._module, self._name, self._hook = module, name, hook
        self.law = _law_name(hook)

    def read(self) -> Tensor:
        """What the hook would make at the next call, without leaving a trace."""
        with no_trace([self._module]):
            self._hook(self._module, ())
            value: Tensor = getattr(self._module, self._name)
            return value.detach().clone()

    def write(self, value: Tensor) -> None:
        """Choose the parts from which the hook makes `value`."""
        with torch.no_grad():
            if isinstance(self._hook, WeightNorm):
                gain, direction = self.parameters()
                direction.copy_(value)
                gain.copy_(torch.norm_except_dim(value, 2, self._hook.dim))
            else:
                (original,) = self.parameters()
                if isinstance(self._hook, BasePruningMethod):
                    mask = self._module.get_buffer(f"{self._name}_mask")
                    value = torch.where(mask != 0, value, original)
                original.copy_(value)

    def slots(self) -> Slots:
        """The parts and the buffers that belong to them."""
        return [
            (slots, name)
            for slots in (self._module._parameters, self._module._buffers)
            for name, tensor in slots.items()
            if tensor is not None and name.startswith(f"{self._name}_")
        ]

    def parameters(self) -> list[Tensor]:
        """Gain and direction, or the original."""
        names = ("_g", "_v") if isinstance(self._hook, WeightNorm) else ("_orig",)
        return [self._module.get_parameter(self._name + name) for name in names]


class Computed:
    """A tensor that the model itself puts in place of the parameter."""

    law = "code of the model"

    def __init__(self, tensor: Tensor) -> None:
        self._tensor = tensor

    def read(self) -> Tensor:
        """What it was last."""
        return self._tensor.detach()

    def write(self, value: Tensor) -> None:  # noqa: ARG002 - there is no way to write it
        """Refuse: nobody knows from what it is made."""
        raise ValueError("the model computes this weight itself, so it cannot be written")

    def slots(self) -> Slots:
        """Unknown."""
        return []

    def parameters(self) -> list[Tensor]:
        """Unknown."""
        return []


def store_of(module: nn.Module, name: str) -> Store | None:
    """Find out how `module` holds its tensor `name`; None if it has none."""
    for slots in (module._parameters, module._buffers):
        if slots.get(name) is not None:
            return Direct(slots, name)
    if parametrize.is_parametrized(module, name):
        return Parametrized(module, name)
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, (WeightNorm, SpectralNorm)) and hook.name == name:
            return Hooked(module, name, hook)
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            return Hooked(module, name, hook)
    tensor = getattr(module, name, None)
    return Computed(tensor) if isinstance(tensor, Tensor) else None


def _law_name(law: object) -> str:
    words = type(law).__name__.strip("_")
    return {
        "WeightNorm": "weight_norm",
        "SpectralNorm": "spectral_norm",
        "Orthogonal": "orthogonal",
        "PruningContainer": "pruning",
    }.get(words, "pruning" if isinstance(law, BasePruningMethod) else words)
