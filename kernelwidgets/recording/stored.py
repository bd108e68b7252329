"""A recording that was written, as far as it was counted."""

from __future__ import annotations

import json
import math
import os
import zlib
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from kernelwidgets.recording.event import Event
from kernelwidgets.recording.full_checkpoint import FullCheckpoint
from kernelwidgets.recording.metrics import Series
from kernelwidgets.recording.writer import FORMAT, MARK
from kernelwidgets.wire.presets import presets_for
from kernelwidgets.wire.schema import Guess, LayerInfo, SourceInfo
from kernelwidgets.wire.source import Frame, Want

if TYPE_CHECKING:
    from kernelwidgets.recording.recording import Recording

__all__ = ["Stored", "require_zarr"]


def require_zarr() -> Any:
    """The zarr library.

    Raises
    ------
    ImportError
        If it is missing, or reads no version 3.
    """
    try:
        import zarr
    except ImportError as error:
        raise ImportError(
            "recordings on disk need the zarr library: pip install 'kernelwidgets[recording]'"
        ) from error
    if int(zarr.__version__.split(".")[0]) < 3:
        raise ImportError(
            f"recordings on disk need zarr 3, and this is {zarr.__version__}: "
            "pip install 'kernelwidgets[recording]'"
        )
    return zarr


class Stored:
    """Frames in a zarr group; `facts`, `events` and `metrics` are what else is there.

    Parameters
    ----------
    path
        A folder or a URL that fsspec knows.

    Raises
    ------
    FileNotFoundError
        If nothing is there.
    ValueError
        If it is no recording, or one of a later version of this package.
    """

    due = False

    def __init__(self, path: str | os.PathLike[str]) -> None:
        zarr = require_zarr()
        self.place = f"in {os.fspath(path)}"
        try:
            self._group = zarr.open_group(os.fspath(path), mode="r", zarr_format=3)
        except FileNotFoundError as error:
            raise FileNotFoundError(f"there is no recording in {path}") from error
        self.facts: dict[str, Any] = self._group.attrs.asdict().get(MARK, {})
        version = self.facts.get("version")
        if not isinstance(version, int):
            raise ValueError(f"{path} is a zarr group, but no recording")
        if version > FORMAT:
            raise ValueError(
                f"{path} has format {version}, written by a later version of this package; this "
                f"one reads up to {FORMAT}: pip install --upgrade kernelwidgets"
            )
        self._arrays = {each["path"]: each for each in self.facts["arrays"]}
        self._paths = {
            Want(each["quantity"], each["layer"], sample=each.get("sample", 0)): path
            for path, each in self._arrays.items()
            if "quantity" in each
        }
        self._opened: dict[str, Any] = {}
        self._blocks: dict[str, tuple[int, NDArray[Any]]] = {}
        empty = "steps" not in self._arrays
        self.steps: NDArray[np.int64] = np.empty(0, np.int64) if empty else self._whole("steps")
        self.times: NDArray[np.float64] = np.empty(0) if empty else self._whole("times")
        self._limits = {
            (each["layer"], each["limits"]): self._whole(path)
            for path, each in self._arrays.items()
            if "limits" in each
        }

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def wants(self) -> set[Want]:
        """What the frames hold."""
        return set(self._paths)

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays, uncompressed."""
        rows: list[int] = [math.prod(self._array(path).shape[1:]) for path in self._paths.values()]
        return 4 * sum(rows) * len(self)

    def frame(self, index: int) -> Frame:
        """One frame."""
        place = range(len(self))[index]
        arrays = {}
        for want, path in self._paths.items():
            row = self._row(path, place)
            if not np.isnan(row).all():
                arrays[want] = row
        limits = {
            name: (float(pairs[place, 0]), float(pairs[place, 1]))
            for name, pairs in self._limits.items()
            if not np.isnan(pairs[place, 0])
        }
        return Frame(int(self.steps[place]), arrays, limits, self._answers(place))

    def stack(self, want: Want) -> NDArray[np.float32]:
        """One array of every frame, `(time, …)`; NaN where a frame has none of the first shape."""
        return self._whole(self._paths[want])

    def append(self, frame: Frame, at_s: float) -> None:  # noqa: ARG002  # nothing is taken
        """Refuse: it is closed."""
        raise ValueError("this recording is closed; save a copy, or record into a new one")

    def commit(self, recording: Recording) -> None:
        """Nothing to write."""

    @property
    def source_info(self) -> SourceInfo:
        """What was recorded."""
        info = self.facts["info"]
        known = LayerInfo.__struct_fields__
        layers = [
            msgspec.convert({key: layer[key] for key in known if key in layer}, LayerInfo)
            for layer in info["layers"]
        ]
        return SourceInfo(
            title=info["title"],
            about=info["about"],
            layers=layers,
            verbs=[],
            quantities=info["quantities"],
            samples=info["samples"],
            presets=presets_for(layers),
        )

    @property
    def starts(self) -> dict[str, NDArray[np.float32]]:
        """Weights that changes are counted from."""
        return {
            each["start"]: self._whole(path)
            for path, each in self._arrays.items()
            if "start" in each
        }

    @property
    def probe(self) -> NDArray[np.float32] | None:
        """The probe's pictures."""
        return self._whole("probe") if "probe" in self._arrays else None

    @property
    def metrics(self) -> dict[str, Series]:
        """Logged values."""
        return {
            each["metric"]: (self._whole(path), self._whole(path.removesuffix("steps") + "values"))
            for path, each in self._arrays.items()
            if "metric" in each and path.endswith("/steps")
        }

    @property
    def events(self) -> list[Event]:
        """What was done to the run."""
        if "events" not in self._arrays:
            return []
        lines = self._whole("events").tobytes().decode().splitlines()
        return [msgspec.convert(json.loads(line), Event) for line in lines]

    @property
    def checkpoints(self) -> list[FullCheckpoint]:
        """Where the run can be taken up again."""
        return [
            FullCheckpoint(
                each["checkpoint"], each["events"], each["rows"], partial(self._bytes, each)
            )
            for each in self._arrays.values()
            if "checkpoint" in each
        ]

    def _bytes(self, fact: dict[str, Any]) -> bytes:
        try:
            content = bytes(self._whole(fact["path"]))
        except Exception as error:
            raise ValueError(f"it cannot be read: {error}") from error
        if zlib.crc32(content) != fact["crc32"]:
            raise ValueError("its bytes are damaged")
        return content

    def _answers(self, place: int) -> tuple[tuple[Guess, ...], ...] | None:
        if "answer_shares" not in self._arrays:
            return None
        shares, places = self._row("answer_shares", place), self._row("answer_places", place)
        if np.isnan(shares).all():
            return None
        labels = self.facts["labels"]
        return tuple(
            tuple(
                Guess(label=labels[number], share=float(share))
                for number, share in zip(*picture, strict=True)
            )
            for picture in zip(places.tolist(), shares.tolist(), strict=True)
        )

    def _whole(self, path: str) -> NDArray[Any]:
        rows = self._arrays[path]["rows"]
        return _frozen(np.asarray(self._array(path)[:rows]))

    def _row(self, path: str, place: int) -> NDArray[Any]:
        array, (first, block) = self._array(path), self._blocks.get(path, (0, np.empty(0)))
        if not first <= place < first + len(block):
            rows = array.chunks[0]
            first = place // rows * rows
            block = _frozen(np.asarray(array[first : first + rows]))
            self._blocks[path] = first, block
        row: NDArray[Any] = block[place - first]
        return row

    def _array(self, path: str) -> Any:
        if path not in self._opened:
            self._opened[path] = self._group[path]
        return self._opened[path]


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
