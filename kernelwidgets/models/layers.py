"""The convolution layers of a network, by name."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import torch
from torch import nn
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd
from torch.nn.parameter import is_lazy

from kernelwidgets.models.geometry import ChannelView, KernelView, View
from kernelwidgets.models.stores import Store, store_of
from kernelwidgets.wire.info import reads_color
from kernelwidgets.wire.schema import LayerInfo, Parameter

__all__ = ["Layer", "LayerKey", "children", "find_layers", "is_waiting", "resolve", "unwrapped"]

LayerKey = str | int | nn.Module


@dataclass
class Layer:
    """One convolution layer: what it is, and the module that holds it.

    Layers that share their weight are one layer with several names; its bias and its feature maps
    are those of the first.
    """

    info: LayerInfo
    module: _ConvNd
    twins: tuple[_ConvNd, ...] = ()

    @property
    def name(self) -> str:
        """The first of its names."""
        return self.info.name

    def view(self, parameter: Parameter) -> View:
        """How the cells of the canonical view lie in the weight or the bias.

        Raises
        ------
        ValueError
            If there is no such parameter, or the layer has no bias.
        """
        if parameter == "weight":
            outs, ins, *kernel = self.info.shape
            transposed = self.info.transposed
            return KernelView(outs, ins, tuple(kernel), self.info.groups, transposed)
        if parameter != "bias":
            raise ValueError(f"a layer has 'weight' and 'bias', not {parameter!r}")
        if not self.info.bias:
            raise ValueError(f"{self.name} has no bias; edit its weight instead")
        return ChannelView(self.info.shape[0])

    def store(self, parameter: Parameter) -> Store:
        """How the module holds the weight or the bias now."""
        store = store_of(self.module, parameter)
        if store is None:
            raise ValueError(f"{self.name} has no {parameter}")
        return store

    def saw_image(self, reads_image: bool) -> None:
        """Note whether the layer's input is the network's, as seen or, before a probe, supposed."""
        self.info = msgspec.structs.replace(self.info, reads_image=reads_image)


def unwrapped(module: nn.Module) -> nn.Module:
    """The module itself, without what compiles, averages or parallelizes it."""
    wrappers: tuple[type[nn.Module], ...] = (
        nn.DataParallel,
        nn.parallel.DistributedDataParallel,
        torch.optim.swa_utils.AveragedModel,
    )
    while True:
        inner: Any = getattr(module, "_orig_mod", None)
        if inner is None and isinstance(module, wrappers):
            inner = module.module
        if inner is None:
            return module
        module = inner


def children(module: nn.Module, name: str = "") -> Iterator[tuple[str, nn.Module]]:
    """Every module with every name it has, without wrappers; a module in itself is passed over."""
    yield from _children(unwrapped(module), name, ())


def _children(
    module: nn.Module, name: str, above: tuple[nn.Module, ...]
) -> Iterator[tuple[str, nn.Module]]:
    yield name, module
    for key, child in module._modules.items():
        if child is None or any(child is parent for parent in above):
            continue
        inner = unwrapped(child)
        yield from _children(inner, f"{name}.{key}" if name else key, (*above, module))


def is_waiting(module: nn.Module) -> bool:
    """Whether a module is lazy and does not know its shapes yet."""
    return any(tensor is not None and is_lazy(tensor) for tensor in module._parameters.values())


def find_layers(model: nn.Module) -> dict[str, Layer]:
    """List the convolution layers of an unwrapped model in their order, first name → layer."""
    groups: dict[tuple[int, ...], list[tuple[str, _ConvNd]]] = {}
    for name, module in children(model):
        if isinstance(module, _ConvNd) and not is_waiting(module):
            groups.setdefault(_identity(module), []).append((name or _alone(module), module))
    layers = {}
    for members in groups.values():
        (name, module), *others = members
        twins = dict.fromkeys(other for _, other in others if other is not module)
        names = [name, *(other for other, _ in others)]
        layers[name] = Layer(_describe(names, module, bool(twins)), module, tuple(twins))
    for first in list(layers.values())[:1]:
        first.saw_image(reads_color(first.info))
    return layers


def resolve(layers: Mapping[str, Layer], layer: object) -> str:
    """Name of a layer given by any of its names, by its module or by its position."""
    names = list(layers)
    there = (
        f"this model has {', '.join(map(repr, names))}" if names else "it has no convolution layers"
    )
    if isinstance(layer, str):
        for name, known in layers.items():
            if layer in known.info.names:
                return name
        raise ValueError(f"no layer {layer!r}; {there}")
    if isinstance(layer, nn.Module):
        for name, known in layers.items():
            if any(unwrapped(layer) is module for module in (known.module, *known.twins)):
                return name
        raise ValueError(f"this {type(layer).__name__} is no convolution layer here; {there}")
    if isinstance(layer, (int, np.integer)) and not isinstance(layer, bool):
        if -len(names) <= layer < len(names):
            return names[int(layer)]
        raise ValueError(f"no layer at position {layer}; {there}")
    raise TypeError(f"a layer is a name, a module or a position, not {type(layer).__name__}")


def _alone(module: nn.Module) -> str:
    return "conv_transpose" if isinstance(module, _ConvTransposeNd) else "conv"


def _identity(module: _ConvNd) -> tuple[int, ...]:
    store = store_of(module, "weight")
    parts = store.parameters() if store is not None else []
    return tuple(id(part) for part in parts) or (id(module),)


def _describe(names: list[str], module: _ConvNd, tied: bool) -> LayerInfo:
    store = store_of(module, "weight")
    bias = store_of(module, "bias") is not None
    shape = [module.out_channels, module.in_channels // module.groups, *module.kernel_size]
    law = store.law if store is not None else ""
    return LayerInfo(
        name=names[0],
        names=names,
        kind=_kind(module),
        shape=shape,
        in_channels=module.in_channels,
        stride=list(module.stride),
        padding=_padding(module),
        padding_mode=module.padding_mode,
        dilation=list(module.dilation),
        groups=module.groups,
        transposed=module.transposed,
        bias=bias,
        parametrized=bool(law),
        reads_image=False,
        text=_text(names, module, shape, bias, law, tied),
    )


def _kind(module: _ConvNd) -> str:
    """The torch class that a layer is made of; a user's subclass adds nothing to the picture."""
    return next(
        base.__name__
        for base in type(module).__mro__
        if base.__module__ == _ConvNd.__module__ and not base.__name__.startswith("Lazy")
    )


def _padding(module: _ConvNd) -> list[tuple[int, int]]:
    if module.padding == "valid":
        return [(0, 0)] * len(module.kernel_size)
    if module.padding == "same":
        # torch puts the odd one behind.
        totals = [d * (k - 1) for d, k in zip(module.dilation, module.kernel_size, strict=True)]
        return [(total // 2, total - total // 2) for total in totals]
    return [(int(side), int(side)) for side in module.padding]


def _text(
    names: list[str], module: _ConvNd, shape: list[int], bias: bool, law: str, tied: bool
) -> str:
    outs, _, *kernel = shape
    inputs = _count(module.in_channels, "input")
    if module.groups > 1:
        inputs += f" in {module.groups} groups"
    size = "×".join(map(str, kernel)) if len(kernel) > 1 else f"length {kernel[0]}"
    weights = _count(math.prod(shape), "weight")
    text = f"{names[0]}: {_count(outs, 'filter')}, {inputs}, {size} = {weights}"
    if bias:
        text += f" + {_count(outs, 'bias', 'biases')}"
    if law:
        text += f", made by {law}"
    if len(names) > 1:
        text += f", also {', '.join(names[1:])}"
        text += f" (bias and maps are those of {names[0]})" if tied and bias else ""
    return text


def _count(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"
