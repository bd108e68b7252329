"""Frames in memory, thinned where they would become too many."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kernelwidgets.recording.frames import nbytes
from kernelwidgets.wire.source import Frame, Want

if TYPE_CHECKING:
    from kernelwidgets.recording.recording import Recording

__all__ = ["Memory"]


class Memory:
    """A growing list of frames; safe to read meanwhile.

    Parameters
    ----------
    max_frames, max_bytes
        Beyond either, the frame goes whose neighbors are closest together in steps; the first and
        the last one stay. None is as many as come.
    """

    def __init__(self, max_frames: int | None = None, max_bytes: int | None = None) -> None:
        self._most = max_frames, max_bytes
        self._lock = threading.Lock()
        self._held: list[tuple[Frame, float]] = []
        self._bytes = 0
        self.place, self.due = "in memory", False

    def append(self, frame: Frame, at_s: float) -> None:
        """Add a frame that was taken `at_s` seconds after the beginning."""
        with self._lock:
            self._held.append((frame, at_s))
            self._bytes += nbytes(frame)
            while len(self._held) > 2 and self._too_many():
                steps = np.array([frame.step for frame, _ in self._held])
                gone, _ = self._held.pop(1 + int(np.argmin(steps[2:] - steps[:-2])))
                self._bytes -= nbytes(gone)

    def _too_many(self) -> bool:
        frames, size = self._most
        return (frames is not None and len(self._held) > frames) or (
            size is not None and self._bytes > size
        )

    def __len__(self) -> int:
        return len(self._held)

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return self._bytes

    @property
    def steps(self) -> NDArray[np.int64]:
        """Step of each frame."""
        return np.array([frame.step for frame in self.frames()], np.int64)

    @property
    def times(self) -> NDArray[np.float64]:
        """Seconds from the beginning to each frame."""
        with self._lock:
            return np.array([at_s for _, at_s in self._held], np.float64)

    @property
    def wants(self) -> set[Want]:
        """What the frames hold."""
        return {want for frame in self.frames() for want in frame.arrays}

    def frame(self, index: int) -> Frame:
        """One frame."""
        return self._held[index][0]

    def frames(self) -> list[Frame]:
        """All frames so far."""
        with self._lock:
            return [frame for frame, _ in self._held]

    def stack(self, want: Want) -> NDArray[np.float32]:
        """One array of every frame, `(time, …)`; NaN where a frame has none of the first shape."""
        found = [frame.arrays.get(want) for frame in self.frames()]
        shape = next(values.shape for values in found if values is not None)
        stacked = np.full((len(found), *shape), np.nan, np.float32)
        for row, values in zip(stacked, found, strict=True):
            if values is not None and values.shape == shape:
                row[...] = values
        return stacked

    def commit(self, recording: Recording) -> None:
        """Nothing to write."""
