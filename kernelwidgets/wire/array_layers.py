"""Plain arrays, read as convolution layers in the canonical view (out, in, *kernel)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from kernelwidgets.wire.info import reads_color
from kernelwidgets.wire.schema import LayerInfo, Parameter

__all__ = ["ArrayLayer", "layers_of"]

CANONICAL = {2: "HW", 3: "OHW", 4: "OIHW", 5: "OIDHW"}
# torch keeps its weights so, whatever their shapes look like.
OF_TORCH = {3: "OIW", 4: "OIHW", 5: "OIDHW"}
LARGEST_KERNEL = 11


@dataclass(frozen=True)
class ArrayLayer:
    """Arrays that count as one layer: `now` may be written to, `start` never is."""

    info: LayerInfo
    layout: str
    start: dict[Parameter, NDArray[Any]]
    now: dict[Parameter, NDArray[Any]]

    def values(self) -> NDArray[Any]:
        """A copy of the weight in the layout that it was given in."""
        axes = _axes(self.layout)
        weight = self.now["weight"]
        kept = weight.reshape(
            [size for size, axis in zip(weight.shape, _full(axes), strict=True) if axis in axes]
        )
        return np.array(kept.transpose([axes.index(axis) for axis in self.layout]))


def layers_of(arrays: ArrayLike | Mapping[str, ArrayLike], layout: str | None) -> list[ArrayLayer]:
    """Read one array, or a mapping of names to arrays, as layers.

    Raises
    ------
    ValueError
        If an array has no such axes, holds no numbers, or looks like another layout.
    """
    if not isinstance(arrays, Mapping):
        return [_in_color(_layer("kernels", np.asarray(arrays), layout, None))]
    held = {str(name): np.asarray(values) for name, values in arrays.items()}
    # In a state_dict the rest are biases and running means.
    of_torch = any(name == "weight" or name.endswith(".weight") for name in held)
    layers = []
    for name, values in held.items():
        stem, dot, last = name.rpartition(".")
        if not of_torch:
            layers.append(_in_color(_layer(name, values, layout, None)))
        elif last == "weight" and values.ndim >= 3:
            bias = held.get(f"{stem}{dot}bias")
            shape = layout or OF_TORCH.get(values.ndim)
            layers.append(_layer(stem or "conv", values, shape, bias))
    if of_torch and layers:
        layers[0] = _in_color(layers[0])
    if held and not layers:
        raise ValueError(
            f"no convolution kernels among {', '.join(map(repr, held))}: "
            "a kernel array has 2 to 5 axes, that of a layer in a state_dict at least 3"
        )
    return layers


def _layer(
    name: str, values: NDArray[Any], layout: str | None, bias: NDArray[Any] | None
) -> ArrayLayer:
    if values.dtype.kind == "c":
        raise ValueError(
            f"{name!r} holds complex numbers, which cannot be shown: take its .real, .imag or abs()"
        )
    if values.dtype.kind not in "iufb" or values.size == 0:
        raise ValueError(
            f"{name!r} holds no numbers to draw (dtype {values.dtype}, {values.shape})"
        )
    named = layout or CANONICAL.get(values.ndim)
    if named is None:
        raise ValueError(
            f"{name!r} has {values.ndim} axes; kernels have 2 (one kernel), 3 (n kernels) or "
            "4 (out, in, height, width)"
        )
    axes = _axes(named)
    if len(named) != values.ndim:
        raise ValueError(f"layout {named!r} names {len(named)} axes, {name!r} has {values.ndim}")
    if layout is None and values.ndim == 4 and _looks_like_keras(values.shape):
        raise ValueError(
            f"shape {values.shape} looks like (height, width, in, out), as Keras keeps kernels: "
            "add layout='HWIO' (or layout='OIHW' if it really is (out, in, height, width))"
        )
    ordered = values.transpose([named.index(axis) for axis in axes])
    full = _full(axes)
    sizes = dict(zip(axes, ordered.shape, strict=True))
    weight = ordered.reshape([sizes.get(axis, 1) for axis in full])
    kind = values.dtype if values.dtype.kind == "f" else np.dtype(np.float32)
    start: dict[Parameter, NDArray[Any]] = {"weight": np.array(weight, kind, order="C")}
    if bias is not None and bias.shape == weight.shape[:1]:
        start["bias"] = np.array(bias, kind)
    return ArrayLayer(
        info=_info(name, start),
        layout=named,
        start=start,
        now={parameter: array.copy() for parameter, array in start.items()},
    )


def _in_color(layer: ArrayLayer) -> ArrayLayer:
    """The layer; of three inputs it is taken to read a picture in color."""
    info = msgspec.structs.replace(layer.info, reads_image=reads_color(layer.info))
    return replace(layer, info=info)


def _axes(layout: str) -> list[str]:
    """The axes that a layout names, in the canonical order."""
    axes = [axis for axis in "OIDHW" if axis in layout]
    if sorted(axes) != sorted(layout) or "W" not in axes:
        raise ValueError(
            f"layout {layout!r} is none: O output channels, I input channels, D, H, W the kernel, "
            "each at most once, such as 'OIHW', 'HWIO' (Keras) or 'OIW' (1-D kernels)"
        )
    return axes


def _full(axes: list[str]) -> list[str]:
    return ["O", "I", *(axis for axis in axes if axis not in "OI")]


def _looks_like_keras(shape: tuple[int, ...]) -> bool:
    first, second, third, fourth = shape
    if first != second or first > LARGEST_KERNEL:
        return False
    # Kernels are square and small; channels need not be.
    return third != fourth or third > LARGEST_KERNEL


def _info(name: str, arrays: Mapping[Parameter, NDArray[Any]]) -> LayerInfo:
    outs, ins, *kernel = arrays["weight"].shape
    spatial = len(kernel)
    kernels = "kernel" if outs * ins == 1 else "kernels"
    count = f"{outs}" if ins == 1 else f"{outs} × {ins}"
    size = "×".join(map(str, kernel)) if spatial > 1 else f"length {kernel[0]}"
    return LayerInfo(
        name=name,
        names=[name],
        kind=f"Conv{spatial}d",
        shape=[outs, ins, *kernel],
        in_channels=ins,
        stride=[1] * spatial,
        padding=[(0, 0)] * spatial,
        padding_mode="zeros",
        dilation=[1] * spatial,
        groups=1,
        transposed=False,
        bias="bias" in arrays,
        parametrized=False,
        reads_image=False,
        text=f"{name}: {count} {kernels} {size}",
    )
