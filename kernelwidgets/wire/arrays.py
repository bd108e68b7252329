"""Arrays as bytes: C-contiguous, little-endian, exact or in 8 bits with a stated error."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernelwidgets.wire.schema import ArraySpec

__all__ = ["EXACT_BYTES", "Packer", "levels_of", "unpack"]

EXACT_BYTES = 150_000
"""Arrays up to this size travel as float32; larger ones in 8 bits, which the eye cannot tell."""


LEVELS = 255
"""Colors of a palette; level 0 is none of them."""


def levels_of(values: NDArray[np.generic], low: float, high: float) -> NDArray[np.float64]:
    """The colors that a page gives to values: 1 at `low` to 255 at `high`, 0 if not finite.

    A level stands for the value in the middle of its color, so that levels repaint the very same
    picture.
    """
    finite = np.isfinite(values)
    place = (np.where(finite, values, 0).astype(np.float64) - low) / ((high - low) or 1.0)
    levels = np.clip(np.floor(place * (LEVELS - 1) + 1.5), 1, LEVELS)
    return np.where(finite, levels, 0)


class Packer:
    """Collects the arrays of one frame into one block of bytes."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._length = 0

    def add(self, values: NDArray[np.generic], *, exact: bool = False) -> ArraySpec:
        """Append an array and return where it lies.

        Parameters
        ----------
        values
            Any shape. Integers travel as int32, everything else as float32, or as 8-bit steps
            between its smallest and largest finite value where float32 would exceed
            `EXACT_BYTES`. Values that are not finite keep an array exact.
        exact
            Never use 8 bits.
        """
        if values.dtype.kind in "iub":
            return self._append(np.ascontiguousarray(values, dtype="<i4"), "i4")
        floats = np.ascontiguousarray(values, dtype="<f4")
        if exact or floats.nbytes <= EXACT_BYTES or not np.isfinite(floats).all():
            return self._append(floats, "f4")
        low, high = float(floats.min()), float(floats.max())
        scale = (high - low) / 255 or 1.0
        steps = np.rint((floats - low) / scale).astype("u1")
        return self._append(steps, "u1", scale, low, scale / 2)

    def add_levels(self, values: NDArray[np.generic], low: float, high: float) -> ArraySpec:
        """Append an array as the levels of a palette from `low` to `high`: see `levels_of`."""
        scale = (high - low) / (LEVELS - 1) or 1.0
        levels = np.maximum(levels_of(values, low, high), 1).astype("u1")
        return self._append(levels, "u1", scale, low - scale, scale / 2)

    def _append(
        self,
        array: NDArray[np.generic],
        dtype: str,
        scale: float = 1.0,
        offset: float = 0.0,
        error: float = 0.0,
    ) -> ArraySpec:
        start = self._length
        # Typed arrays in the page need aligned starts.
        chunk = array.tobytes()
        chunk += bytes(-len(chunk) % 4)
        self._chunks.append(chunk)
        self._length += len(chunk)
        return ArraySpec(
            dtype=dtype,  # type: ignore[arg-type]  # one of the three literals above
            shape=list(array.shape),
            start=start,
            scale=scale,
            offset=offset,
            error=error,
        )

    def bytes(self) -> bytes:
        """Everything added so far, as one block."""
        return b"".join(self._chunks)


def unpack(spec: ArraySpec, data: bytes | memoryview) -> NDArray[np.generic]:
    """Read one array back from a frame's bytes (the inverse of `Packer.add`)."""
    count = int(np.prod(spec.shape, dtype=np.int64))
    stored = np.frombuffer(data, dtype=f"<{spec.dtype}", count=count, offset=spec.start)
    stored = stored.reshape(spec.shape)
    if spec.dtype == "u1":
        return (stored * np.float32(spec.scale) + np.float32(spec.offset)).astype(np.float32)
    return stored
