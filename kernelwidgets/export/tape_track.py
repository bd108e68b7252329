"""What a tape knows of one layer, taken in frame by frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kernelwidgets.export.tape_still import Still
from kernelwidgets.wire.ranges import round_up
from kernelwidgets.wire.schema import LayerInfo
from kernelwidgets.wire.source import Frame, Want
from kernelwidgets.wire.tape import TapeArray, Taped, TapeRange, TapeTrack

__all__ = ["Track"]

BLOCK_LEVELS = 2**20
"""A block holds so many levels, at least eight frames and at most 64."""


class Track:
    """The arrays of a layer and their colors; what is known of a frame does not change later.

    Parameters
    ----------
    maps
        Whether feature maps travel.
    gradients
        Whether to keep a place for gradients: the first frame often has none yet.
    """

    def __init__(self, layer: str, *, maps: bool, gradients: bool) -> None:
        self._layer, self._maps, self._gradients = layer, maps, gradients
        self._shapes: dict[Want, tuple[int, ...]] = {}
        self._ranges: dict[Taped, list[TapeRange]] = {}
        self._largest_bias: float | None = None

    def take(self, first: int, frames: Sequence[Frame]) -> None:
        """Take in frames, of which the first is the tape's frame `first`."""
        for frame in frames:
            for want, values in frame.arrays.items():
                if want.layer == self._layer and (self._maps or not _is_map(want)):
                    self._shapes.setdefault(want, values.shape)
        weight, gradient = (Want(each, self._layer) for each in ("weight", "gradient"))
        if self._gradients and weight in self._shapes:
            self._shapes.setdefault(gradient, self._shapes[weight])
        for index, frame in enumerate(frames, first):
            self._take_colors(index, frame)

    def facts(self, info: LayerInfo, still: Still, stride: int) -> TapeTrack:
        """What the page is told."""
        arrays: list[TapeArray] = []
        start = 0
        for want, shape in self._shapes.items():
            arrays.append(
                TapeArray(
                    quantity=want.quantity,  # type: ignore[arg-type]  # of those that are kept
                    sample=want.sample,
                    shape=[*shape],
                    start=start,
                )
            )
            start += int(np.prod(shape))
        levels = start + start % 2
        most = max(8, min(64, BLOCK_LEVELS // max(levels, 1)))
        ranges = {quantity: [*known] for quantity, known in self._ranges.items()}
        return TapeTrack(
            layer=info.name,
            levels=levels,
            per_block=most,
            stride=stride,
            arrays=arrays,
            ranges={**still.map_ranges.get(info.name, {}), **ranges},
            start=still.starts.get(info.name),
            blocks=[],
            exact=dict(still.exact.get(info.name, {})),
        )

    def _take_colors(self, index: int, frame: Frame) -> None:
        limits = {name[1]: ends for name, ends in frame.limits.items() if name[0] == self._layer}
        bias = frame.arrays.get(Want("bias", self._layer))
        if bias is not None:
            largest = float(abs(bias).max(initial=0))
            known = self._largest_bias or 0.0
            self._largest_bias = max(known, largest) if np.isfinite(largest) else known
        if self._largest_bias is not None:
            # On the scale of the weights, as it is painted, where it fits.
            least = round_up(self._largest_bias) if self._largest_bias else 0.0
            limit = max(least, limits["weight"][1])
            limits["bias"] = (-limit, limit)
        for quantity, (low, high) in limits.items():
            ranges = self._ranges.setdefault(quantity, [])  # type: ignore[arg-type]  # of those kept
            if not ranges or (ranges[-1].low, ranges[-1].high) != (low, high):
                ranges.append(TapeRange(first=index, low=float(low), high=float(high)))


def _is_map(want: Want) -> bool:
    return want.quantity.startswith("map")
