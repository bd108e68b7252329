"""Frames that are written while they come in."""

from __future__ import annotations

import os
import threading
import time
from array import array
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from kernelwidgets.recording.folder import Folder
from kernelwidgets.recording.frames import nbytes
from kernelwidgets.recording.stored import Stored, require_zarr
from kernelwidgets.recording.writer import Writer
from kernelwidgets.wire.source import Frame, Want

if TYPE_CHECKING:
    from kernelwidgets.recording.recording import Recording

__all__ = ["Disk"]

_GROUP_S = 0.5
_GROUP_BYTES = 32 << 20


class Disk:
    """Writes frames in groups of half a second, and after each how many there are.

    What is not written yet is in memory, so that everything can be read at any time.

    Parameters
    ----------
    path
        A folder that is not there yet, or a URL that fsspec knows.

    Attributes
    ----------
    due
        Whether it is time to commit.

    Raises
    ------
    ValueError
        If something is there already.
    ImportError
        If the zarr library is missing.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        require_zarr()
        folder = Folder(path)
        if "zarr.json" in folder:
            raise ValueError(f"there is something in {path} already; choose another path")
        self.place, self.due = f"in {folder.path}", False
        self.nbytes = 0
        self.wants: set[Want] = set()
        self._path, self._writer = folder.path, Writer(folder)
        self._steps, self._times = array("q"), array("d")
        self._pending: list[tuple[Frame, float]] = []
        self._pending_bytes, self._pending_since = 0, 0.0
        self._lock = threading.RLock()
        self._last: Frame | None = None
        self._read: Stored | None = None
        self._failure: Exception | None = None

    def __len__(self) -> int:
        return len(self._times)

    @property
    def steps(self) -> NDArray[np.int64]:
        """Step of each frame."""
        with self._lock:
            return np.array(self._steps, np.int64)

    @property
    def times(self) -> NDArray[np.float64]:
        """Seconds from the beginning to each frame."""
        with self._lock:
            return np.array(self._times, np.float64)

    def frame(self, index: int) -> Frame:
        """One frame."""
        with self._lock:
            place = range(len(self))[index]
            if self._last is not None and place == len(self) - 1:
                return self._last
            written = len(self) - len(self._pending)
            if place >= written:
                return self._pending[place - written][0]
            return self._written().frame(place)

    def stack(self, want: Want) -> NDArray[np.float32]:
        """One array of every frame, `(time, …)`; NaN where a frame has none of the first shape."""
        with self._lock:
            new = [frame.arrays.get(want) for frame, _ in self._pending]
            written = len(self) - len(self._pending)
            if written and want in self._written().wants:
                old = self._written().stack(want)
            else:
                first = next(values for values in new if values is not None)
                old = np.full((written, *first.shape), np.nan, np.float32)
            nothing = np.full(old.shape[1:], np.nan, np.float32)
            rows = [x if x is not None and x.shape == nothing.shape else nothing for x in new]
            return np.concatenate([old, rows]) if rows else old

    def _written(self) -> Stored:
        if self._read is None:
            self._read = Stored(self._path)
        return self._read

    def append(self, frame: Frame, at_s: float) -> None:
        """Add a frame; `due` says when it is time to commit."""
        with self._lock:
            now = time.monotonic()
            if not self._pending:
                self._pending_since, self._pending_bytes = now, 0
            self._last = frame
            self._pending.append((frame, at_s))
            self._steps.append(frame.step)
            self._times.append(at_s)
            self.wants |= frame.arrays.keys()
            self.nbytes += nbytes(frame)
            self._pending_bytes += nbytes(frame)
            late = now - self._pending_since > _GROUP_S
            self.due = late or self._pending_bytes > _GROUP_BYTES

    def commit(self, recording: Recording) -> None:
        """Write what is not on disk yet, then how much is.

        Raises
        ------
        Exception
            What the disk or the network says; then nothing more is written, and what was
            committed before can be opened.
        """
        with self._lock:
            if self._failure is not None:
                raise self._failure
            try:
                self._writer.add_rest(recording)
                for frame, at_s in self._pending:
                    self._writer.add_frame(frame, at_s)
                self._writer.write(_facts(recording))
            except Exception as error:
                self._failure = error
                raise
            self._pending, self._read, self.due = [], None, False


def _facts(recording: Recording) -> dict[str, object]:
    info = msgspec.to_builtins(recording.source_info)
    kept = ("title", "about", "layers", "quantities", "samples")
    return {
        "info": {name: info[name] for name in kept},
        "classes": recording.classes,
        "probe_range": recording.probe_range,
        "cost": recording.cost,
        "stopped": recording.stopped,
        "unrestorable": recording.unrestorable,
    }
