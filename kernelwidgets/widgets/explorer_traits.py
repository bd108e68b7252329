"""The settings of the explorer, as traits: what each may be, and what they may be together."""

from __future__ import annotations

import operator
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from kernelwidgets.kernels.convolution import as_layer, convolve, correlate, pool, relu
from kernelwidgets.kernels.geometry import geometry
from kernelwidgets.widgets._controls import ControlError
from kernelwidgets.wire import explorer

__all__ = ["ExplorerControls", "Numbers", "apply_settings", "output_shape"]

Array = NDArray[np.float64]


class Numbers(traitlets.TraitType[Any, Any]):
    """An array of float64 that nobody writes into; it travels as its shape and its bytes."""

    def __init__(self) -> None:
        super().__init__(default_value=np.zeros((1, 1)))
        self.tag(sync=True, control=True, to_json=_to_page, from_json=_from_page)

    def validate(self, _obj: Any, value: Any) -> Array:
        """Copy what numpy takes for an array of numbers."""
        if hasattr(value, "detach"):
            value = value.detach().cpu().double().numpy()
        try:
            array = np.array(value, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ControlError(f"{self.name} is an array of numbers: {error}") from error
        if array.ndim == 0 or array.size == 0:
            raise ControlError(f"{self.name} needs at least one number, not shape {array.shape}")
        array.setflags(write=False)
        return array


def _to_page(array: Array, _widget: Any) -> dict[str, Any]:
    return {"shape": list(array.shape), "data": array.astype("<f8").tobytes()}


def _from_page(state: Mapping[str, Any], _widget: Any) -> Array:
    try:
        return np.frombuffer(state["data"], "<f8").reshape(state["shape"])
    except (KeyError, TypeError, ValueError) as error:
        raise ControlError(f"the page sent an array that cannot be read: {error}") from error


class _Clean(traitlets.TraitType[Any, Any]):
    """A trait whose values a function cleans; what it raises becomes a ControlError."""

    def __init__(self, clean: Callable[[str, Any], Any], default: Any) -> None:
        self._clean = clean
        super().__init__(default_value=default)
        self.tag(sync=True, control=True)

    def validate(self, _obj: Any, value: Any) -> Any:
        """Take the cleaned value."""
        return self._clean(str(self.name), value)


def _word(name: str, value: Any) -> Any:
    words = typing.get_args(typing.get_type_hints(explorer.ExplorerTraits)[name])
    if value not in words:
        raise ControlError(f"{name} is one of {', '.join(map(repr, words))}, not {value!r}")
    return value


def _whole(name: str, value: Any, least: int = 0) -> int:
    if not isinstance(value, bool):
        try:
            number = operator.index(value)
        except TypeError:
            number = least - 1
        if number >= least:
            return number
    raise ControlError(f"{name} is a whole number from {least}, not {value!r}")


def _per_axis(name: str, value: Any, least: int = 1) -> int | tuple[int, ...]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_whole(name, number, least) for number in value)
    return _whole(name, value, least)


def _padding(name: str, value: Any) -> Any:
    if isinstance(value, str):
        words = typing.get_args(explorer.PaddingWord)
        if value not in words:
            raise ControlError(
                f"{name} is {', '.join(map(repr, words))} or cells, as in 1 or (1, 2), "
                f"not {value!r}"
            )
        return value
    return _per_axis(name, value, least=0)


def _bias(name: str, value: Any) -> float | tuple[float, ...]:
    try:
        array = np.asarray(0.0 if value is None else value, dtype=float)
    except (TypeError, ValueError):
        array = np.full((1, 1), np.nan)
    if array.ndim > 1 or not np.isfinite(array).all():
        raise ControlError(f"{name} is a number, or one for each filter, not {value!r}")
    return float(array) if array.ndim == 0 else tuple(array.tolist())


def _pool(name: str, value: Any) -> tuple[str, int] | None:
    if value is None:
        return None
    kind, side = (value, 2) if isinstance(value, str) else tuple(value)
    kinds = typing.get_args(explorer.PoolKind)
    if kind not in kinds:
        raise ControlError(
            f"{name} is None, {', '.join(map(repr, kinds))}, or such a word with the side of its "
            f"window, like ('max', 2), not {value!r}"
        )
    return kind, _whole("the side of a pooling window", side, 1)


class ExplorerControls(traitlets.HasTraits):
    """What is convolved with what, and how."""

    image = Numbers()
    kernel = Numbers()
    mode = _Clean(_word, "cross-correlation")
    padding = _Clean(_padding, "valid")
    padding_mode = _Clean(_word, "zeros")
    stride = _Clean(_per_axis, 1)
    dilation = _Clean(_per_axis, 1)
    groups = _Clean(lambda name, value: _whole(name, value, 1), 1)
    bias = _Clean(_bias, 0.0)
    relu = traitlets.Bool(False).tag(sync=True, control=True)
    pool = _Clean(_pool, None)
    channel = _Clean(_whole, 0)
    position = _Clean(
        lambda name, value: tuple(_whole(name, number) for number in np.atleast_1d(value)), (0, 0)
    )


def output_shape(settings: Mapping[str, Any]) -> tuple[int, ...]:
    """The shape (out, *spatial) of the sums, before pooling, once all settings are checked.

    Raises
    ------
    ControlError
        If the settings are impossible together; the message holds the fix.
    """
    try:
        inputs, weights, _ = _layer(settings)
        window = geometry(weights.shape[2:], **_window(settings))
        shape = window.output_shape(inputs.shape[2:])
        if settings["pool"] and min(shape) < settings["pool"][1]:
            raise ValueError(
                f"a pooling window of {settings['pool'][1]} does not fit into an output of "
                f"{shape}; take a smaller one"
            )
    except ValueError as error:
        raise ControlError(str(error)) from error
    return len(weights), *shape


def apply_settings(settings: Mapping[str, Any]) -> Array:
    """What the settings make of the image: (out, *spatial), or (*spatial) for a bare kernel.

    Raises
    ------
    ControlError
        As `output_shape`.
    """
    output_shape(settings)
    inputs, weights, bias = _layer(settings)
    compute = convolve if settings["mode"] == "convolution" else correlate
    result = compute(inputs[0], weights, bias, groups=settings["groups"], **_window(settings))
    if settings["relu"]:
        result = relu(result)
    if settings["pool"]:
        kind, side = settings["pool"]
        result = pool(result, side, kind, spatial_dims=weights.ndim - 2)
    return result if settings["kernel"].ndim > 2 else result[0]


def _layer(settings: Mapping[str, Any]) -> tuple[Array, Array, Array]:
    kernel, bias = settings["kernel"], settings["bias"]
    outs = len(kernel) if kernel.ndim > 2 else 1
    biases = np.full(outs, bias) if isinstance(bias, float) else bias
    inputs, weights, biases = as_layer(settings["image"], kernel, biases, settings["groups"])
    if len(inputs) > 1 or settings["image"].ndim > weights.ndim - 1:
        raise ValueError(
            f"the image is one input, not a batch of shape {settings['image'].shape}; give image[0]"
        )
    return inputs, weights, biases


def _window(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: settings[name] for name in ("padding", "padding_mode", "stride", "dilation")}
