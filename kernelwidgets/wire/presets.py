"""Hand-made kernels for the sizes that a source holds, ready for a menu."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from kernelwidgets.kernels import filters
from kernelwidgets.wire.schema import LayerInfo, Preset

__all__ = ["presets_for"]


def presets_for(layers: Iterable[LayerInfo]) -> dict[str, list[Preset]]:
    """Hand-made kernels for each 1-D and 2-D kernel size of the layers, keyed like "7x7" or "5".

    The largest magnitude of each is 1.
    """
    sizes = {layer.kernel_size for layer in layers if len(layer.kernel_size) in (1, 2)}
    return {
        "x".join(map(str, size)): [
            Preset(name=name, values=(kernel / np.abs(kernel).max()).ravel().tolist())
            for name, kernel in filters.presets(
                size[0] if len(size) == 2 else None, size[-1]
            ).items()
        ]
        for size in sorted(sizes)
    }
