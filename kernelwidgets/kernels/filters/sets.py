"""Sets of hand-made kernels: a layer's worth of them, and presets for a kernel of a given size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import derivative, pattern, smoothing
from .grid import Array, Size, shape_of

MAKERS: dict[str, Callable[..., Array]] = {
    maker.__name__: maker
    for maker in (
        smoothing.identity, smoothing.box, smoothing.gaussian, smoothing.motion_blur,
        smoothing.sharpen, derivative.sobel, derivative.prewitt, derivative.scharr,
        derivative.roberts, derivative.kirsch, derivative.laplacian,
        derivative.laplacian_of_gaussian, derivative.difference_of_gaussians,
        derivative.gaussian_derivative, derivative.emboss, pattern.gabor, pattern.line,
        pattern.checkerboard, pattern.random, pattern.peak, derivative.step, smoothing.smooth,
    )
}  # fmt: skip
"""Every hand-made kernel by name."""

_ORIENTED = ("gaussian_derivative", "gabor", "line", "motion_blur", "emboss")
_TURNED = ("sobel", "prewitt", "scharr")


def make(name: str, **parameters: Any) -> Array:
    """Make a hand-made kernel by name; parameters are those of the function of that name.

    Raises
    ------
    ValueError
        If there is no such name or a parameter has an impossible value.
    TypeError
        If the kernel has no such parameter.
    """
    if name not in MAKERS:
        raise ValueError(f"no hand-made kernel {name!r}; there are {', '.join(MAKERS)}")
    return MAKERS[name](**parameters)


def bank(
    n: int,
    size: Size = 3,
    kinds: Sequence[str] | None = None,
    in_channels: int = 1,
    norm: float = 1.0,
) -> NDArray[np.float32]:
    """Return a layer-shaped set of hand-made kernels, shape (n, in_channels, *k), float32.

    The kinds take turns; the kernels of one kind spread evenly over the orientations, and Gabors
    alternate between line (phase 0) and edge (phase 90). Each output channel has the L2 norm
    ``norm``, shared equally by its input channels.

    Parameters
    ----------
    kinds
        Names of hand-made kernels; by default those that a first layer tends to learn.
    """
    shape = shape_of(size)
    if kinds is None:
        kinds = ("gaussian_derivative", "gabor", "line", "laplacian_of_gaussian", "gaussian")
        if len(shape) == 1:
            kinds = ("step", "peak", "gabor", "laplacian_of_gaussian", "smooth")
    if n < 1 or in_channels < 1 or not kinds:
        raise ValueError("a bank needs n and in_channels of at least 1 and some kinds")
    kernels = []
    for index in range(n):
        kind, turn = kinds[index % len(kinds)], index // len(kinds)
        turns = -(-(n - index % len(kinds)) // len(kinds))
        parameters: dict[str, Any] = {"size": shape}
        if kind in _ORIENTED and len(shape) == 2:
            parameters["angle_deg"] = 180 * turn / turns
        elif kind in _TURNED:
            parameters["direction"] = "xy"[turn % 2]
        elif kind == "random":
            parameters["seed"] = turn
        if kind == "gabor":
            parameters["phase_deg"] = 90 * (turn % 2)
        kernels.append(make(kind, **parameters))
    stack = np.repeat(np.stack(kernels)[:, None], in_channels, axis=1)
    norms = np.sqrt((stack**2).sum(axis=tuple(range(1, stack.ndim)), keepdims=True))
    return np.asarray(norm * stack / norms, np.float32)


def presets(height: int | None, width: int) -> dict[str, NDArray[np.float32]]:
    """Return about a dozen hand-made kernels that exist at this size, each with L2 norm 1.

    Keys are words for a menu. ``height=None`` gives 1-D kernels of ``width`` taps. Kernels that
    have no meaning at the size are left out.
    """
    found = {}
    for name, recipe in recipes(height, width).items():
        try:
            kernel = recipe(size=(width,) if height is None else (height, width))
        except ValueError:  # the kernel does not exist at this size
            continue
        scale = np.linalg.norm(kernel)
        if scale > 0:
            found[name] = (kernel / scale).astype(np.float32)
    return found


def recipes(height: int | None, width: int) -> dict[str, Callable[..., Array]]:
    """Return how presets are made: functions of `size`, with other arguments in ``keywords``."""
    return _recipes_1d(width) if height is None else _recipes_2d((height, width))


def _recipes_1d(width: int) -> dict[str, Callable[..., Array]]:
    recipes: dict[str, Callable[..., Array]] = {"identity": smoothing.identity}
    if width >= 2:
        recipes["smooth"] = smoothing.smooth
        recipes["mean"] = smoothing.box
        recipes["step"] = derivative.step
        recipes["alternating"] = pattern.checkerboard
    if width >= 3:
        recipes["peak"] = pattern.peak
        recipes["second derivative"] = partial(derivative.gaussian_derivative, order=2)
    if width >= 5:
        recipes["Gabor"] = pattern.gabor
    return recipes


def _recipes_2d(shape: tuple[int, ...]) -> dict[str, Callable[..., Array]]:
    if max(shape) == 1:
        return {"identity": smoothing.identity}
    small = shape == (3, 3)
    blob = derivative.laplacian if small else derivative.laplacian_of_gaussian
    recipes: dict[str, Callable[..., Array]] = {
        "identity": smoothing.identity,
        "mean": smoothing.box,
        "Gaussian": smoothing.gaussian,
        "sharpen": smoothing.sharpen,
        "Sobel x": partial(derivative.sobel, direction="x"),
        "Sobel y": partial(derivative.sobel, direction="y"),
        "diagonal edge": partial(derivative.gaussian_derivative, angle_deg=45),
        "Laplacian": blob,
        "vertical line": partial(pattern.line, angle_deg=0),
        "horizontal line": partial(pattern.line, angle_deg=90),
        "emboss": derivative.emboss,
        "checkerboard": pattern.checkerboard,
    }
    if min(shape) >= 5:
        recipes["vertical Gabor"] = partial(pattern.gabor, angle_deg=0)
        recipes["diagonal Gabor"] = partial(pattern.gabor, angle_deg=45)
    return recipes
