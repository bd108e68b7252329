"""Hand-made kernels for the sizes that a source holds, ready for a menu and for sliders."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from kernelwidgets.kernels import filters
from kernelwidgets.kernels.filters.grid import default_sigma
from kernelwidgets.kernels.filters.sets import recipes
from kernelwidgets.wire.schema import LayerInfo, Preset, PresetParameter

__all__ = ["presets_for"]

_MAKERS = {
    "gaussian": ("sigma",),
    "gaussian_derivative": ("angle_deg", "order", "sigma"),
    "laplacian_of_gaussian": ("sigma",),
    "line": ("angle_deg", "width_px"),
    "gabor": ("wavelength_px", "angle_deg", "phase_deg", "sigma", "gamma"),
}
"""The functions that the page knows, too, and their numbers in the order of the sliders."""


def presets_for(layers: Iterable[LayerInfo]) -> dict[str, list[Preset]]:
    """Hand-made kernels for each 1-D and 2-D kernel size of the layers, keyed like "7x7" or "5".

    The largest magnitude of each is 1.
    """
    sizes = {layer.kernel_size for layer in layers if len(layer.kernel_size) in (1, 2)}
    return {"x".join(map(str, size)): _presets(size) for size in sorted(sizes)}


def _presets(shape: tuple[int, ...]) -> list[Preset]:
    size = (shape[0] if len(shape) == 2 else None, shape[-1])
    how = recipes(*size)
    return [
        Preset(
            name=name,
            values=(kernel / np.abs(kernel).max()).ravel().tolist(),
            **_sliders(how[name], shape),
        )
        for name, kernel in filters.presets(*size).items()
    ]


def _sliders(recipe: Any, shape: tuple[int, ...]) -> dict[str, Any]:
    maker: str = getattr(recipe, "func", recipe).__name__
    if maker not in _MAKERS:
        return {"maker": "", "parameters": []}
    side = min(shape)
    stripes_px = max(2.0, side / 2)
    sigma = {
        # That of the binomial kernel.
        "gaussian": math.sqrt(max(side - 1, 1) / 4),
        "gabor": 0.56 * stripes_px,
    }.get(maker, default_sigma(shape))
    known = {
        "angle_deg": ("Angle", "°", 0, 180, 5, 0),
        "phase_deg": ("Phase", "°", -180, 180, 5, 0),
        "order": ("Order", "", 0, 4, 1, 1),
        "wavelength_px": ("Wavelength", " px", 2, 2 * side, 0, stripes_px),
        "width_px": ("Width", " px", 1, max(1.5, side / 2), 0, max(1.0, side / 3)),
        "sigma": ("Sigma", " px", 0.3, max(1, side), 0, sigma),
        "gamma": ("Gamma", "", 0.2, 2, 0, 1),
    }
    given = getattr(recipe, "keywords", {})
    parameters = []
    for name in _MAKERS[maker]:
        label, unit, low, high, step, value = known[name]
        if len(shape) == 2 or name not in ("angle_deg", "gamma"):
            parameters.append(
                PresetParameter(
                    name=name,
                    label=label,
                    unit=unit,
                    low=low,
                    high=high,
                    step=step,
                    value=given.get(name, value),
                )
            )
    return {"maker": maker, "parameters": parameters}
