"""One output number taken apart: which input cell met which weight, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .convolution import Array, as_layer, flip
from .geometry import Padding, PerAxis, geometry


@dataclass(frozen=True)
class Term:
    """One product of a sum.

    ``cell`` is the kernel cell as it lies on the input (turned already for a convolution),
    ``source`` the input cell it met, None where it met zero padding.
    """

    channel: int
    cell: tuple[int, ...]
    source: tuple[int, ...] | None
    weight: float
    value: float

    @property
    def product(self) -> float:
        """Weight times value."""
        return self.weight * self.value


@dataclass(frozen=True, eq=False)
class Trace:
    """How one output number came about.

    Attributes
    ----------
    kernel, patch
        The weights as applied and the input numbers under them, (in / groups, *k).
    terms
        All products in reading order, channel after channel.
    channel_sums
        Sum of the products of each input channel.
    total, bias, value
        The sum of all products, the bias, and both together: the output number.
    cosine
        Cosine of the angle between patch and kernel: 1 for a perfect match however bright; 0 when
        either is all zero.
    """

    channel: int
    position: tuple[int, ...]
    kernel: Array
    patch: Array
    terms: tuple[Term, ...]
    channel_sums: Array
    total: float
    bias: float
    value: float
    cosine: float

    @property
    def text(self) -> str:
        """The sum written out: "1·9 + 2·8 + 3·7 = 46"."""
        products = " + ".join(f"{_number(t.weight)}·{_number(t.value)}" for t in self.terms)
        bias = f" + {_number(self.bias)}" if self.bias else ""
        return f"{products}{bias} = {self.value:.6g}"


def trace(
    x: ArrayLike,
    weight: ArrayLike,
    position: tuple[int, ...],
    bias: ArrayLike | None = None,
    *,
    channel: int = 0,
    mode: str = "cross-correlation",
    padding: Padding = "valid",
    padding_mode: str = "zeros",
    stride: PerAxis = 1,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Trace:
    """Take apart the output number at ``position`` of output channel ``channel``.

    Other parameters as in :func:`~kernelwidgets.kernels.convolution.correlate`; ``x`` has no batch.

    Raises
    ------
    ValueError
        If the position or the channel lies outside the output, or the settings are impossible.
    """
    if mode not in ("cross-correlation", "convolution"):
        raise ValueError(f"mode is 'cross-correlation' or 'convolution', not {mode!r}")
    inputs, weights, biases = as_layer(
        x, flip(weight) if mode == "convolution" else weight, bias, groups
    )
    if len(inputs) != 1:
        raise ValueError("a trace is of one input; give x[i] instead of a batch")
    window = geometry(
        weights.shape[2:],
        padding=padding,
        padding_mode=padding_mode,
        stride=stride,
        dilation=dilation,
    )
    spatial = inputs.shape[2:]
    shape = window.output_shape(spatial)
    if len(position) != len(shape) or not all(
        0 <= p < n for p, n in zip(position, shape, strict=True)
    ):
        raise ValueError(f"the output has shape {shape}; position {position} lies outside")
    if not 0 <= channel < len(weights):
        raise ValueError(f"there are {len(weights)} output channels; channel {channel} is none")

    per_group = weights.shape[1]
    first = channel // (len(weights) // groups) * per_group
    under = window.cells_at(position)
    patch = window.pad(inputs[0, first : first + per_group])[under]
    # Padding the cell numbers like the picture tells where each padded cell came from.
    sources = window.pad(np.indices(spatial), outside=-1)[under]
    kernel = weights[channel]
    terms = []
    for index in np.ndindex(*kernel.shape):
        source = tuple(int(axis[index[1:]]) for axis in sources)
        terms.append(
            Term(
                channel=first + index[0],
                cell=index[1:],
                source=None if min(source) < 0 else source,
                weight=float(kernel[index]),
                value=float(patch[index]),
            )
        )
    channel_sums = (kernel * patch).reshape(per_group, -1).sum(axis=1)
    total = float(channel_sums.sum())
    lengths = float(np.linalg.norm(kernel) * np.linalg.norm(patch))
    return Trace(
        channel=channel,
        position=tuple(position),
        kernel=kernel,
        patch=patch,
        terms=tuple(terms),
        channel_sums=channel_sums,
        total=total,
        bias=float(biases[channel]),
        value=total + float(biases[channel]),
        cosine=total / lengths if lengths else 0.0,
    )


def _number(value: float) -> str:
    text = f"{value:.4g}"
    return f"({text})" if value < 0 else text
