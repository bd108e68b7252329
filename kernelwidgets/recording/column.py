"""One growing array of a recording on disk: zarr version 3, written chunk by chunk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernelwidgets.recording.folder import Folder

__all__ = ["Column"]

_CHUNK_BYTES = 1 << 20
_MOST_ROWS = 1024
_ZARR = {"f4": "float32", "f8": "float64", "i8": "int64", "i4": "int32", "u1": "uint8"}


class Column:
    """Writes rows of one shape to a zarr array that grows along its first axis.

    The files are written here and not by the zarr library, whose `append` takes ten times as long,
    with the interpreter's lock held: a network has many arrays, and trains meanwhile. What is
    within a chunk changes little from row to row, so that it lies side by side for compression.

    Parameters
    ----------
    row
        An example: its shape and its dtype count.
    axes
        Names of the axes, time first.
    skip
        So many rows that hold nothing (NaN, or 0) come first.
    rows
        Rows of a chunk, which is a file; by default so many that it takes a megabyte at most.
    facts
        What it holds, for the recording's own account of its arrays.
    """

    def __init__(
        self,
        folder: Folder,
        path: str,
        row: NDArray[Any],
        axes: Sequence[str],
        *,
        skip: int = 0,
        rows: int | None = None,
        **facts: Any,
    ) -> None:
        from numcodecs import Blosc

        self.path, self.shape, self.facts = path, row.shape, facts
        self._folder, self.axes = folder, list(axes)
        self._dtype = row.dtype.newbyteorder("<")
        self._nothing = np.nan if row.dtype.kind == "f" else 0
        size = max(1, row.nbytes)
        self._rows = rows or max(1, min(_MOST_ROWS if row.ndim else 65536, _CHUNK_BYTES // size))
        self._order = [*range(1, row.ndim + 1), 0]
        self._codec = Blosc("zstd", clevel=3, shuffle=Blosc.SHUFFLE)
        self._first, spare = divmod(skip, self._rows)
        # Rows since the last whole chunk, in blocks of some.
        self._open = [np.full((spare, *self.shape), self._nothing, self._dtype)]
        self._length = skip
        self._written = -1

    def __len__(self) -> int:
        return self._length

    def append(self, row: NDArray[Any] | None) -> None:
        """Add a row; None, or one of another shape, is one that holds nothing."""
        if row is None or row.shape != self.shape:
            row = np.full(self.shape, self._nothing, self._dtype)
        self.extend(row[None])

    def extend(self, rows: NDArray[Any]) -> None:
        """Add several rows."""
        self._open.append(rows)
        self._length += len(rows)

    def write(self) -> None:
        """Write what was added; the array's length comes last."""
        if self._written == self._length:
            return
        rows = np.concatenate(self._open, dtype=self._dtype)
        while len(rows) >= self._rows:
            self._write_chunk(rows[: self._rows])
            self._first, rows = self._first + 1, rows[self._rows :]
        if len(rows):
            self._write_chunk(rows)
        self._open = [rows.copy()]
        self._folder.write(f"{self.path}/zarr.json", self._metadata())
        self._written = self._length

    def _write_chunk(self, rows: NDArray[Any]) -> None:
        chunk = np.full((self._rows, *self.shape), self._nothing, self._dtype)
        chunk[: len(rows)] = rows
        side_by_side = np.ascontiguousarray(chunk.transpose(self._order))
        place = "/".join(["c", str(self._first), *("0" for _ in self.shape)])
        self._folder.write(f"{self.path}/{place}", self._codec.encode(side_by_side))

    def _metadata(self) -> bytes:
        shape = [len(self), *self.shape]
        return json.dumps(
            {
                "zarr_format": 3,
                "node_type": "array",
                "shape": shape,
                "data_type": _ZARR[self._dtype.str[1:]],
                "chunk_grid": _named("regular", chunk_shape=[self._rows, *self.shape]),
                "chunk_key_encoding": _named("default", separator="/"),
                "fill_value": "NaN" if self._dtype.kind == "f" else 0,
                "codecs": [
                    _named("transpose", order=self._order),
                    _named("bytes", endian="little")
                    if self._dtype.itemsize > 1
                    else {"name": "bytes"},
                    _named(
                        "blosc",
                        cname="zstd",
                        clevel=3,
                        shuffle="shuffle",
                        typesize=self._dtype.itemsize,
                        blocksize=0,
                    ),
                ],
                "dimension_names": self.axes,
                "attributes": {},
            }
        ).encode()


def _named(name: str, **configuration: Any) -> dict[str, Any]:
    return {"name": name, "configuration": configuration}
