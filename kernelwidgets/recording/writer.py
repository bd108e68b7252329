"""What a recording on disk consists of: format 1.

A zarr group of plain arrays, time always first, with the name of each layer and metric in the
attributes of its group:

- `steps`, `times` (seconds), one for each frame;
- `layers/…/weight`, `bias`, `gradient`, `map_before/0` (of the probe's first picture) … as far as
  they were recorded, float32, NaN where a frame has none; for each the color limits in
  `weight_limits` … and those of changes, counted from `start`, in `change_limits`;
- `probe`; `answer_places` (among the labels) and `answer_shares`, the guesses for each picture;
- `metrics/…/steps` and `values`;
- `events`, JSON lines in UTF-8;
- `checkpoints/…`, each a file in the safetensors format, with the step, the number of events that
  came before it and the CRC-32 of its bytes in the root's list of arrays.

The attribute `kernelwidgets_recording` of the root lists the arrays with the number of rows that
count: it is written last, so rows beyond it were cut off by a crash.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from kernelwidgets.recording.column import Column
from kernelwidgets.recording.folder import Folder
from kernelwidgets.recording.full_checkpoint import FullCheckpoint
from kernelwidgets.wire.source import Frame, Want

if TYPE_CHECKING:
    from kernelwidgets.recording.recording import Recording

__all__ = ["FORMAT", "MARK", "Writer"]

FORMAT = 1
MARK = "kernelwidgets_recording"

_KERNEL = {1: ("x",), 2: ("y", "x"), 3: ("z", "y", "x")}


class Writer:
    """Writes what was added since the last time, and then how much there is."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._columns: dict[str, Column] = {}
        self._homes: dict[tuple[str, str], str] = {}
        self._labels: dict[str, int] = {}
        self._logged: dict[str, int] = {}
        self._checkpoints: dict[FullCheckpoint, str] = {}
        self._gone: list[str] = []
        self._frames = self._events = self._numbered = 0
        self._root = b""

    def add_frame(self, frame: Frame, at_s: float) -> None:
        """Add a frame."""
        self._row("steps", np.array(frame.step, np.int64))
        self._row("times", np.array(at_s, np.float64))
        for want, values in frame.arrays.items():
            self._add_array(want, values)
        for (layer, quantity), limits in frame.limits.items():
            if ("layers", layer) in self._homes and quantity != "bias":
                path = f"{self._home('layers', layer)}/{quantity}_limits"
                row = np.array(limits, np.float64)
                self._row(path, row, ("end",), limits=quantity, layer=layer)
        if frame.answers is not None:
            shares = [[guess.share for guess in each] for each in frame.answers]
            places = [[self._place(guess.label) for guess in each] for each in frame.answers]
            axes = ("sample", "guess")
            self._row("answer_shares", np.array(shares, np.float64), axes)
            self._row("answer_places", np.array(places, np.int32), axes)
        self._frames += 1
        for column in self._columns.values():
            if column.axes[0] == "time" and len(column) < self._frames:
                column.append(None)

    def _add_array(self, want: Want, values: NDArray[np.float32]) -> None:
        path = f"{self._home('layers', want.layer)}/{want.quantity}"
        facts: dict[str, Any] = {"quantity": want.quantity, "layer": want.layer}
        axes: tuple[str, ...] = ("out", "in")
        if want.quantity.startswith("map"):
            path, facts["sample"] = f"{path}/{want.sample}", want.sample
            axes = ("out",)
        space = values.ndim - len(axes)
        self._row(
            path, values, (*axes, *_KERNEL.get(space, ())) if space >= 0 else ("out",), **facts
        )

    def add_rest(self, recording: Recording) -> None:
        """Add what has come in besides frames: facts, events and metrics."""
        # First, so that the events that came before one are there too.
        self._add_checkpoints(recording)
        for layer in recording.layers:
            home, start = self._home("layers", layer), recording.start(layer)
            if start is not None:
                axes = ("out", "in", *_KERNEL[start.ndim - 2])
                self._whole(f"{home}/start", start, axes, start=layer)
        if recording.probe is not None:
            axes = ("sample", "channel", *_KERNEL.get(recording.probe.ndim - 2, ()))
            self._whole("probe", recording.probe, axes)
        for name, (steps, values) in recording.metrics_after(self._logged).items():
            self._logged[name] = self._logged.get(name, 0) + len(steps)
            home = self._home("metrics", name)
            self._extend(f"{home}/steps", steps, ("logged",), metric=name)
            self._extend(f"{home}/values", values, ("logged",), metric=name)
        events = recording.events[self._events :]
        self._events += len(events)
        lines = "".join(json.dumps(msgspec.to_builtins(event)) + "\n" for event in events)
        if lines:
            self._extend("events", np.frombuffer(lines.encode(), np.uint8), ("byte",))

    def _add_checkpoints(self, recording: Recording) -> None:
        held = recording.checkpoints
        for each in self._checkpoints.keys() - set(held):
            path = self._checkpoints.pop(each)
            del self._columns[path]
            self._gone.append(path)
        for each in held:
            if each not in self._checkpoints and not recording.unrestorable:
                self._add_checkpoint(recording, each)

    def _add_checkpoint(self, recording: Recording, checkpoint: FullCheckpoint) -> None:
        try:
            content = checkpoint.read()
        except (ImportError, TypeError, ValueError) as error:
            # What is seen of the run can be recorded all the same.
            recording.unrestorable = str(error)
            return
        if not self._numbered:
            self._folder.write("checkpoints/zarr.json", _group({}))
        path = f"checkpoints/{self._numbered}-step-{checkpoint.step}"
        self._numbered += 1
        self._checkpoints[checkpoint] = path
        facts = {"checkpoint": checkpoint.step, "events": checkpoint.events}
        column = self._columns[path] = Column(
            self._folder,
            path,
            np.zeros((), np.uint8),
            ("byte",),
            rows=len(content),
            crc32=zlib.crc32(content),
            **facts,
        )
        column.extend(np.frombuffer(content, np.uint8))

    def write(self, attributes: dict[str, Any]) -> None:
        """Write what was added, and last how much there is."""
        for column in self._columns.values():
            column.write()
        arrays = [
            {"path": column.path, "rows": len(column), **column.facts}
            for column in self._columns.values()
        ]
        mine = {"version": FORMAT, **attributes, "labels": list(self._labels), "arrays": arrays}
        root = _group({MARK: mine})
        if root != self._root:
            self._folder.write("zarr.json", root)
            self._root = root
        while self._gone:
            self._folder.remove(self._gone.pop())

    def _row(self, path: str, row: NDArray[Any], axes: Sequence[str] = (), **facts: Any) -> None:
        if path not in self._columns:
            self._columns[path] = Column(
                self._folder, path, row, ("time", *axes), skip=self._frames, **facts
            )
        self._columns[path].append(row)

    def _extend(self, path: str, rows: NDArray[Any], axes: Sequence[str], **facts: Any) -> None:
        if path not in self._columns:
            example = np.zeros(rows.shape[1:], rows.dtype)
            self._columns[path] = Column(self._folder, path, example, axes, **facts)
        self._columns[path].extend(rows)

    def _whole(self, path: str, values: NDArray[Any], axes: Sequence[str], **facts: Any) -> None:
        if path not in self._columns:
            self._extend(path, values, axes, **facts)

    def _place(self, label: str) -> int:
        return self._labels.setdefault(label, len(self._labels))

    def _home(self, kind: str, name: str) -> str:
        """The group of a layer or metric; any text can be a name, but not that of a file."""
        if not self._homes:
            self._folder.write("layers/zarr.json", _group({}))
            self._folder.write("metrics/zarr.json", _group({}))
        if (kind, name) not in self._homes:
            number = sum(each == kind for each, _ in self._homes)
            home = f"{kind}/{number}-{re.sub('[^A-Za-z0-9_.-]', '_', name)[:40]}"
            self._folder.write(f"{home}/zarr.json", _group({"name": name}))
            self._homes[kind, name] = home
        return self._homes[kind, name]


def _group(attributes: dict[str, Any]) -> bytes:
    group = {"zarr_format": 3, "node_type": "group", "attributes": attributes}
    return json.dumps(group).encode()
