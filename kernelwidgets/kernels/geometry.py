"""Where a sliding window goes: padding, stride, dilation, and the output shape they lead to."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Padding: TypeAlias = "str | int | Sequence[int]"
PerAxis: TypeAlias = "int | Sequence[int]"
Index: TypeAlias = "tuple[Any, ...]"

PADDING_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""Names of the padding modes, and what numpy calls them."""


@dataclass(frozen=True)
class Geometry:
    """How a window slides over the spatial axes; one entry per axis.

    ``padding`` holds the number of cells added before and after the input on each axis.
    """

    kernel: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    padding_mode: str
    stride: tuple[int, ...]
    dilation: tuple[int, ...]

    def output_shape(self, spatial: tuple[int, ...]) -> tuple[int, ...]:
        """Return the spatial output shape for a spatial input shape.

        ⌊(n + before + after − dilation · (k − 1) − 1) / stride⌋ + 1 on each axis.

        Raises
        ------
        ValueError
            If the window does not fit, or the padding mode cannot reach that far.
        """
        if len(spatial) != len(self.kernel):
            raise ValueError(
                f"a {len(self.kernel)}-D kernel slides over a {len(self.kernel)}-D input, "
                f"not over one of shape {spatial}"
            )
        shape = []
        for n, k, pads, stride, dilation in self._axes(spatial):
            limit = {"reflect": n - 1, "circular": n}.get(self.padding_mode, max(pads))
            if max(pads) > limit:
                raise ValueError(
                    f"{self.padding_mode} padding of {max(pads)} needs a longer side than {n}; "
                    f"pad by at most {limit} or use padding_mode='replicate'"
                )
            extent = dilation * (k - 1) + 1
            if n + sum(pads) < extent:
                raise ValueError(
                    f"a window {extent} long does not fit into {n + sum(pads)} cells; "
                    "use a smaller kernel or dilation, or more padding"
                )
            shape.append((n + sum(pads) - extent) // stride + 1)
        return tuple(shape)

    def formula(self, spatial: tuple[int, ...]) -> tuple[str, ...]:
        """Return the output-shape formula of each axis with the numbers filled in."""
        lines = []
        for axis, length in zip(self._axes(spatial), self.output_shape(spatial), strict=True):
            n, k, (before, after), stride, dilation = axis
            pads = f"2·{before}" if before == after else f"{before} + {after}"
            lines.append(f"⌊({n} + {pads} − {dilation}·({k} − 1) − 1) / {stride}⌋ + 1 = {length}")
        return tuple(lines)

    def pad(self, x: NDArray[Any], outside: float = 0.0) -> NDArray[Any]:
        """Pad the last axes of ``x``; ``outside`` is what zero padding writes."""
        widths = [(0, 0)] * (x.ndim - len(self.padding)) + list(self.padding)
        if self.padding_mode == "zeros":
            return np.pad(x, widths, constant_values=outside)
        mode: Any = PADDING_MODES[self.padding_mode]
        return np.asarray(np.pad(x, widths, mode))

    def cells_under(self, cell: tuple[int, ...], output_shape: tuple[int, ...]) -> Index:
        """Return the padded input cells that one kernel cell meets at all output positions."""
        return ..., *(
            slice(i * d, i * d + s * (n - 1) + 1, s)
            for i, d, s, n in zip(cell, self.dilation, self.stride, output_shape, strict=True)
        )

    def cells_at(self, position: tuple[int, ...]) -> Index:
        """Return the padded input cells that the window covers at one output position."""
        return ..., *(
            slice(p * s, p * s + d * (k - 1) + 1, d)
            for p, s, d, k in zip(position, self.stride, self.dilation, self.kernel, strict=True)
        )

    def _axes(self, spatial: tuple[int, ...]) -> list[tuple[int, int, tuple[int, int], int, int]]:
        return list(
            zip(spatial, self.kernel, self.padding, self.stride, self.dilation, strict=True)
        )


def geometry(
    kernel: tuple[int, ...],
    *,
    padding: Padding = "valid",
    padding_mode: str = "zeros",
    stride: PerAxis = 1,
    dilation: PerAxis = 1,
) -> Geometry:
    """Return the checked geometry of a kernel of that shape.

    Parameters
    ----------
    padding
        ``"valid"`` (none), ``"same"`` (output as large as the input; with an even window the odd
        cell is added after it, as torch does), ``"full"`` (every position with any overlap), or
        cells per axis, added on both sides.
    padding_mode
        ``"zeros"``, ``"reflect"``, ``"replicate"`` or ``"circular"``.

    Raises
    ------
    ValueError
        If a setting is impossible.
    """
    if padding_mode not in PADDING_MODES:
        raise ValueError(f"padding_mode is one of {', '.join(PADDING_MODES)}, not {padding_mode!r}")
    strides = _per_axis("stride", stride, len(kernel), least=1)
    dilations = _per_axis("dilation", dilation, len(kernel), least=1)
    reach = tuple(d * (k - 1) for d, k in zip(dilations, kernel, strict=True))
    if padding == "valid":
        pads = [(0, 0) for _ in kernel]
    elif padding == "full":
        pads = [(r, r) for r in reach]
    elif padding == "same":
        if max(strides) > 1:
            raise ValueError(
                f"padding='same' keeps the size, a stride of {max(strides)} does not; "
                f"give the padding in cells, such as padding={max(reach) // 2}"
            )
        pads = [(r // 2, r - r // 2) for r in reach]
    elif isinstance(padding, str):
        raise ValueError(f"padding is 'valid', 'same', 'full' or cells, not {padding!r}")
    else:
        pads = [(p, p) for p in _per_axis("padding", padding, len(kernel), least=0)]
    return Geometry(tuple(kernel), tuple(pads), padding_mode, strides, dilations)


def _per_axis(name: str, value: PerAxis, axes: int, least: int) -> tuple[int, ...]:
    given = tuple(value) if isinstance(value, Sequence) else (value,) * axes
    numbers = tuple(operator.index(number) for number in given)
    if len(numbers) != axes or min(numbers) < least:
        raise ValueError(
            f"{name} is one whole number of at least {least}, or {axes} of them, not {value!r}"
        )
    return numbers
