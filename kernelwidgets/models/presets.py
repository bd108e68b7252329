"""Hand-made kernels that fit the layers of a network."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from kernelwidgets.kernels import filters
from kernelwidgets.models.layers import Layer
from kernelwidgets.wire.schema import Preset

__all__ = ["presets_of"]


def presets_of(layers: Iterable[Layer]) -> dict[str, list[Preset]]:
    """Hand-made kernels for every kernel size among the layers, largest magnitude 1."""
    found = {}
    for size in {layer.info.kernel_size for layer in layers}:
        if len(size) <= 2:
            height, width = size if len(size) == 2 else (None, size[0])
            found["x".join(map(str, size))] = [
                Preset(name=name, values=(kernel / np.abs(kernel).max()).ravel().tolist())
                for name, kernel in filters.presets(height, width).items()
            ]
    return found
