"""What a convolution computes, in plain numpy: the reference for every other implementation.

Deep-learning frameworks compute the *cross-correlation*: the kernel slides as it stands. *True
convolution* turns it by 180° first, B(i, j) = Σₗ Σₘ F(l, m) A(i − l, j − m).

Shapes: an input is (in, *spatial) or (batch, in, *spatial) with a weight (out, in / groups, *k), or
one bare signal or picture with one bare kernel. Everything is computed in float64.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .geometry import Geometry, Padding, PerAxis, geometry

Array = NDArray[np.float64]


def correlate(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    padding: Padding = "valid",
    padding_mode: str = "zeros",
    stride: PerAxis = 1,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Array:
    """Return the cross-correlation of an input with a kernel or a layer's kernels, 1-D or 2-D.

    Parameters
    ----------
    x
        (*spatial), (in, *spatial) or (batch, in, *spatial).
    weight
        (*k) for a bare input, else (out, in / groups, *k).
    bias
        (out,), or one number for a bare kernel.
    padding, padding_mode, stride, dilation
        As in :func:`~kernelwidgets.kernels.geometry.geometry`.
    groups
        Number of groups of channels that do not see each other.

    Returns
    -------
    numpy.ndarray
        Of the rank of ``x``, (out, *output) instead of (in, *spatial).

    Raises
    ------
    ValueError
        If shapes do not fit together or a setting is impossible.
    """
    inputs, weights, biases = as_layer(x, weight, bias, groups)
    window = geometry(
        weights.shape[2:],
        padding=padding,
        padding_mode=padding_mode,
        stride=stride,
        dilation=dilation,
    )
    output = _slide(inputs, weights, window, groups)
    output += biases.reshape(-1, *[1] * (weights.ndim - 2))
    return output.reshape(_shape_like(np.ndim(x), np.ndim(weight), output))


def convolve(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    padding: Padding = "valid",
    padding_mode: str = "zeros",
    stride: PerAxis = 1,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Array:
    """Return the true convolution: :func:`correlate` with every kernel turned by 180°."""
    return correlate(
        x,
        flip(weight),
        bias,
        padding=padding,
        padding_mode=padding_mode,
        stride=stride,
        dilation=dilation,
        groups=groups,
    )


def flip(weight: ArrayLike) -> Array:
    """Turn kernels by 180°: reverse the spatial axes of (*k) or (out, in, *k)."""
    array = np.asarray(weight, dtype=float)
    first = 2 if array.ndim > 2 else 0
    return np.asarray(np.flip(array, axis=tuple(range(first, array.ndim))))


def relu(x: ArrayLike) -> Array:
    """Return the positive part of every number."""
    return np.asarray(np.maximum(np.asarray(x, dtype=float), 0.0))


def pool(
    x: ArrayLike,
    size: PerAxis,
    kind: str = "max",
    *,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    spatial_dims: int = 2,
) -> Array:
    """Return the maximum or the average of each window, over the last ``spatial_dims`` axes.

    ``stride`` is ``size`` unless given. Padding never wins a maximum and counts as zeros in an
    average, as in torch; incomplete windows at the end are left out.

    Raises
    ------
    ValueError
        If ``kind`` is not ``"max"`` or ``"average"``, or the window cannot be placed.
    """
    if kind not in ("max", "average"):
        raise ValueError(f"kind is 'max' or 'average', not {kind!r}")
    array = np.asarray(x, dtype=float)
    if spatial_dims not in (1, 2) or array.ndim < spatial_dims:
        raise ValueError(f"pooling needs 1 or 2 spatial axes, and shape {array.shape} to hold them")
    sides = (size,) * spatial_dims if isinstance(size, int) else tuple(size)
    window = geometry(sides, padding=padding, stride=sides if stride is None else stride)
    if any(2 * before > k for (before, _), k in zip(window.padding, sides, strict=True)):
        raise ValueError(f"pad by at most half the window, {min(sides) // 2}, not {padding!r}")
    shape = window.output_shape(array.shape[-spatial_dims:])
    padded = window.pad(array, outside=-np.inf if kind == "max" else 0.0)
    stack = [padded[window.cells_under(cell, shape)] for cell in np.ndindex(*sides)]
    return np.asarray(np.max(stack, axis=0) if kind == "max" else np.mean(stack, axis=0))


def as_layer(
    x: ArrayLike, weight: ArrayLike, bias: ArrayLike | None, groups: int
) -> tuple[Array, Array, Array]:
    """Return input (batch, in, *spatial), weight (out, in / groups, *k), bias (out,): checked."""
    inputs, weights = np.asarray(x, dtype=float), np.asarray(weight, dtype=float)
    if not 1 <= weights.ndim <= 4 or 0 in weights.shape:
        raise ValueError(f"a weight is (*k) or (out, in, *k), 1-D or 2-D, not {weights.shape}")
    bare = weights.ndim <= 2
    if bare:
        weights = weights[None, None]
    rank = weights.ndim - 2
    ranks = (rank,) if bare else (rank + 1, rank + 2)
    if inputs.ndim not in ranks:
        wanted = "(*spatial)" if bare else "(in, *spatial) or (batch, in, *spatial)"
        raise ValueError(
            f"with a weight of shape {np.shape(weight)} the input is {wanted}, not {inputs.shape}"
        )
    inputs = inputs.reshape((1,) * (rank + 2 - inputs.ndim) + inputs.shape)
    out, per_group = weights.shape[:2]
    if groups < 1 or out % groups or inputs.shape[1] != per_group * groups:
        raise ValueError(
            f"{inputs.shape[1]} input channels, {out} kernels of {per_group} channels and "
            f"groups={groups} do not fit: in = {per_group} · groups, and groups divides {out}"
        )
    biases = np.zeros(out) if bias is None else np.atleast_1d(np.asarray(bias, dtype=float))
    if biases.shape != (out,):
        raise ValueError(f"the bias has one number for each of {out} kernels, not {biases.shape}")
    return inputs, weights, biases


def _slide(inputs: Array, weights: Array, window: Geometry, groups: int) -> Array:
    """Sum over kernel cells rather than windows: few passes over the whole picture, no copies."""
    shape = window.output_shape(inputs.shape[2:])
    batch, (out, per_group) = inputs.shape[0], weights.shape[:2]
    padded = window.pad(inputs)
    padded = padded.reshape(batch, groups, per_group, *padded.shape[2:])
    grouped = weights.reshape(groups, out // groups, per_group, *window.kernel)
    output = np.zeros((batch, groups, out // groups, math.prod(shape)))
    for cell in np.ndindex(*window.kernel):
        seen = padded[window.cells_under(cell, shape)]
        here: Any = (..., *cell)
        output += grouped[here] @ seen.reshape(batch, groups, per_group, -1)
    return output.reshape(batch, out, *shape)


def _shape_like(input_ndim: int, weight_ndim: int, output: Array) -> tuple[int, ...]:
    if weight_ndim <= 2:
        return output.shape[2:]
    return output.shape if input_ndim == output.ndim else output.shape[1:]
