"""Hand-made kernels by name, parametric, as cross-correlation kernels (what frameworks compute).

``size`` is one number for a square kernel, ``(height, width)`` for a rectangular one and
``(taps,)`` for a 1-D one. ``angle_deg`` counts counter-clockwise on the screen from the x axis.
"""

from __future__ import annotations

from .derivative import (
    difference_of_gaussians,
    emboss,
    gaussian_derivative,
    kirsch,
    laplacian,
    laplacian_of_gaussian,
    prewitt,
    roberts,
    scharr,
    sobel,
    step,
)
from .pattern import checkerboard, gabor, line, peak, random
from .sets import MAKERS, bank, make, presets
from .smoothing import box, gaussian, identity, motion_blur, sharpen, smooth

__all__ = [
    "bank",
    "box",
    "checkerboard",
    "difference_of_gaussians",
    "emboss",
    "gabor",
    "gaussian",
    "gaussian_derivative",
    "identity",
    "kirsch",
    "laplacian",
    "laplacian_of_gaussian",
    "line",
    "make",
    "motion_blur",
    "names",
    "peak",
    "presets",
    "prewitt",
    "random",
    "roberts",
    "scharr",
    "sharpen",
    "smooth",
    "sobel",
    "step",
]


def names() -> list[str]:
    """Return the names of all hand-made kernels, for :func:`make`."""
    return list(MAKERS)


def __dir__() -> list[str]:
    return __all__
