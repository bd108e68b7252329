"""Where the frames of a recording are kept."""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from kernelwidgets.wire.source import Frame, Want

if TYPE_CHECKING:
    from kernelwidgets.recording.recording import Recording

__all__ = ["Frames", "nbytes"]


class Frames(Protocol):
    """Frames in the order of their steps; may be read from any thread while they grow."""

    def __len__(self) -> int: ...

    @property
    def due(self) -> bool:
        """Whether it is time to commit."""

    @property
    def place(self) -> str:
        """Where they are, in words."""

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays, uncompressed."""

    @property
    def steps(self) -> NDArray[np.int64]:
        """Step of each frame."""

    @property
    def times(self) -> NDArray[np.float64]:
        """Seconds from the beginning to each frame."""

    @property
    def wants(self) -> Set[Want]:
        """What the frames hold."""

    def frame(self, index: int) -> Frame:
        """One frame."""

    def stack(self, want: Want) -> NDArray[np.float32]:
        """One array of every frame, `(time, …)`; NaN where a frame has none of the first shape."""

    def append(self, frame: Frame, at_s: float) -> None:
        """Add a frame that was taken `at_s` seconds after the beginning."""

    def commit(self, recording: Recording) -> None:
        """Write what is not on disk yet, with the events and metrics of the recording."""


def nbytes(frame: Frame) -> int:
    """Bytes of the arrays of a frame."""
    return sum(values.nbytes for values in frame.arrays.values())
