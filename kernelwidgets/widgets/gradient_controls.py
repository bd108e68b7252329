"""The controls of the view of a gradient: which kernel, whose products, what step."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from numbers import Real
from typing import Any, Literal

import numpy as np
import traitlets

from kernelwidgets.widgets._controls import ControlError
from kernelwidgets.widgets._layers import find_layer, require_flat
from kernelwidgets.wire.schema import LayerInfo
from kernelwidgets.wire.source import Source

__all__ = ["GradientControls"]


class _Given(traitlets.TraitType[Any, Any]):
    """A control that its widget checks: `_checked_NAME(value)` returns it, cleaned, or raises."""

    def __init__(self, default: Any) -> None:
        super().__init__(default_value=default)
        self.tag(sync=True, control=True)

    def validate(self, obj: Any, value: Any) -> Any:
        """Take the cleaned value."""
        return getattr(obj, f"_checked_{self.name}")(value)


class GradientControls(traitlets.HasTraits):
    """What is looked at; a subclass keeps the facts of the layer in `_info`."""

    layer = _Given("")
    kernel = _Given((0, 0))
    sample = _Given("all")
    cell = _Given((0, 0))
    learning_rate = _Given(None)

    _source: Source
    _info: LayerInfo

    def _sample_count(self) -> int:
        raise NotImplementedError

    def _find(self, layer: Any) -> LayerInfo:
        found = find_layer(self._source, self._source.info.layers, layer)
        return require_flat(found, "KernelGradient")

    def _checked_layer(self, layer: Any) -> str:
        return self._find(layer).name

    def _checked_kernel(self, kernel: Any) -> tuple[int, ...]:
        return _place("kernel", "(filter, input)", kernel, self._info.shape[:2], self._info)

    def _checked_cell(self, cell: Any) -> tuple[int, ...]:
        return _place("cell", "a cell of the kernel", cell, self._info.kernel_size, self._info)

    def _checked_sample(self, sample: Any) -> int | Literal["all"]:
        count = self._sample_count()
        if isinstance(sample, str) and sample == "all":
            return "all"
        if isinstance(sample, int) and not isinstance(sample, bool) and 0 <= sample < count:
            return sample
        raise ControlError(f"sample is 'all' or one of {count}, counted from 0, not {sample!r}")

    @staticmethod
    def _checked_learning_rate(rate: Any) -> float | None:
        if rate is None:
            return None
        if isinstance(rate, Real) and 0 < float(rate) < float("inf"):
            return float(rate)
        raise ControlError(f"learning_rate is a positive number or None, not {rate!r}")


def _place(
    name: str, what: str, value: Any, sizes: Sequence[int], info: LayerInfo
) -> tuple[int, ...]:
    try:
        place = tuple(operator.index(each) for each in np.atleast_1d(np.asarray(value)))
    except (TypeError, ValueError):
        place = ()
    inside = len(place) == len(sizes) and all(
        0 <= each < size for each, size in zip(place, sizes, strict=True)
    )
    if not inside:
        size = " × ".join(map(str, sizes))
        raise ControlError(
            f"{name} is {what}, counted from 0; {info.name!r} has {size}, so not {value!r}"
        )
    return place
