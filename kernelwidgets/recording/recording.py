"""The data of a run."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from kernelwidgets.recording.checkpoints import Checkpoint, recorded
from kernelwidgets.recording.disk import Disk
from kernelwidgets.recording.event import Event
from kernelwidgets.recording.frames import Frames
from kernelwidgets.recording.memory import Memory
from kernelwidgets.recording.readable import Ends, LayerKey, ReadableRecording, resolve
from kernelwidgets.wire.ranges import ColorRanges, extremes
from kernelwidgets.wire.schema import Quantity, SourceInfo
from kernelwidgets.wire.source import Frame, Want, Wanted

__all__ = ["Recording"]

_KEPT = ("weight", "bias", "gradient", "map_before", "map_after")


class Recording(ReadableRecording):
    """Kernels, metrics and events of a run; may be read from any thread while it grows.

    `live.record`, `trainer.record`, `Recording.from_checkpoints` and `kw.open` make one. Every
    view takes it, and `at(step)` of it.
    """

    def __init__(self, source_info: SourceInfo, frames: Frames, **facts: Any) -> None:
        super().__init__(source_info, frames, **facts)
        self._ranges = ColorRanges()
        self._writing = threading.RLock()
        self._closers: list[Callable[[], None]] = []
        self._listeners: tuple[Callable[[], None], ...] = ()

    @classmethod
    def begin(
        cls,
        info: SourceInfo,
        *,
        path: str | os.PathLike[str] | None = None,
        layers: Iterable[LayerKey] | None = None,
        gradients: bool = False,
        classes: Iterable[str] | None = None,
        starts: Mapping[str, NDArray[Any]] | None = None,
        probe: NDArray[np.float32] | None = None,
        probe_range: Ends | None = None,
        max_frames: int | None = None,
        max_bytes: int | None = None,
    ) -> Recording:
        """Begin an empty recording, to be filled by `add`, `add_event` and `add_metrics`.

        Parameters
        ----------
        info
            What is recorded: of any source.
        path
            Where to write it: a folder that is not there yet or any fsspec URL; None is memory.
        layers
            Names or positions of the layers to record; all by default.
        gradients
            Whether frames will hold gradients.
        starts
            Weights that changes are counted from, by layer; those of the first frame by default.
        max_frames, max_bytes
            Keep no more than this in memory, by thinning evenly over the steps.

        Raises
        ------
        ValueError
            If there is no such layer, or something at the path already.
        ImportError
            If there is a path and the zarr library is missing.
        """
        chosen = info.layers
        if layers is not None:
            names = {resolve(info.layers, layer) for layer in layers}
            chosen = [layer for layer in info.layers if layer.name in names]
        learned: list[Quantity] = ["gradient"] if gradients else []
        about = msgspec.structs.replace(
            info, layers=chosen, verbs=[], quantities=["weight", "change", *learned]
        )
        frames = Memory(max_frames, max_bytes) if path is None else Disk(path)
        recording = cls(
            about,
            frames,
            path=None if path is None else os.fspath(path),
            classes=classes,
            starts=starts,
            probe=probe,
            probe_range=probe_range,
        )
        # A place that cannot be written to is better known now.
        recording.flush()
        return recording

    def add(self, frame: Frame, at_s: float) -> None:
        """Add a frame: its whole weights, biases, gradients and feature maps.

        Parameters
        ----------
        frame
            Of a step not before the last one's. Color limits that it lacks are found.
        at_s
            Seconds since the recording began.
        """
        with self._writing:
            if self.last is not None and frame.step < self.last.step:
                raise ValueError(
                    f"a recording goes forward: step {frame.step} after {self.last.step}"
                )
            arrays = {
                want: np.asarray(values, np.float32)
                for want, values in frame.arrays.items()
                if want.quantity in _KEPT and want.layer in self.layers
                if want.outs is None and want.ins is None
            }
            for want, values in arrays.items():
                if want.quantity == "weight":
                    self._starts.setdefault(want.layer, values)
            frame = Frame(
                frame.step,
                MappingProxyType(arrays),
                MappingProxyType(dict(frame.limits) | self._missing_limits(arrays, frame.limits)),
                frame.answers,
            )
            self._frames.append(frame, at_s)
            if self._frames.due:
                self.flush()
        for call in self._listeners:
            call()

    def on_add(self, call: Callable[[], None]) -> Callable[[], None]:
        """Call after every added frame, where it was added; returns the call that ends it."""
        self._listeners = (*self._listeners, call)

        def leave() -> None:
            self._listeners = tuple(each for each in self._listeners if each != call)

        return leave

    def _missing_limits(
        self, arrays: Mapping[Want, NDArray[Any]], known: Mapping[tuple[str, Wanted], Ends]
    ) -> dict[tuple[str, Wanted], Ends]:
        found: dict[tuple[str, Wanted], Ends] = {}
        for want, values in arrays.items():
            shown: list[tuple[Wanted, NDArray[Any]]] = [(want.quantity, values)]
            if want.quantity == "weight":
                shown.append(("change", values - self._starts[want.layer]))
            for quantity, seen in shown:
                name, ends = (want.layer, quantity), extremes(seen)
                if name not in known and quantity != "bias":
                    found[name] = self._ranges.update(name, ends, ends)
        return found

    def add_event(self, event: Event) -> None:
        """Add what was done to the run."""
        # Without the lock: whoever writes to a slow disk holds it.
        self._events.append(event)

    def add_metrics(self, step: int, values: Mapping[str, float]) -> None:
        """Add one logged value to each name."""
        self._metrics.add(step, values)

    def set_probe(self, info: SourceInfo, probe: NDArray[np.float32], probe_range: Ends) -> None:
        """Add the probe's pictures, and what is known of the layers now that there is one."""
        known = {layer.name: layer for layer in info.layers}
        self.source_info = msgspec.structs.replace(
            self.source_info,
            layers=[known[name] for name in self.layers],
            samples=list(info.samples),
        )
        self.probe_range, self.probe = probe_range, probe

    def flush(self) -> None:
        """Write what is not on disk yet; of what was added, that is less than a second's."""
        with self._writing:
            self._frames.commit(self)

    def on_close(self, call: Callable[[], None]) -> None:
        """Call when the recording is closed."""
        self._closers.append(call)

    def close(self) -> None:
        """End the recording; it can still be read."""
        closers, self._closers = self._closers, []
        for call in closers:
            call()
        try:
            self.flush()
        except Exception as error:  # noqa: BLE001  # what was committed is there
            self.stopped = self.stopped or str(error)
            warnings.warn(f"recording stopped: {self.stopped}", RuntimeWarning, stacklevel=2)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a copy, to be opened by `kw.open`.

        Parameters
        ----------
        path
            A folder that is not there yet, or any fsspec URL.

        Raises
        ------
        ValueError
            If something is there already.
        ImportError
            If the zarr library is missing.
        """
        copy = Disk(path)
        for index, at_s in enumerate(self.times):
            copy.append(self.frame(index), float(at_s))
            if copy.due:
                copy.commit(self)
        copy.commit(self)

    @classmethod
    def from_checkpoints(
        cls,
        checkpoints: Iterable[Checkpoint],
        *,
        steps: Iterable[int] | None = None,
        layers: Iterable[LayerKey] | None = None,
    ) -> Recording:
        """A recording of checkpoints that are there already, one frame for each.

        Parameters
        ----------
        checkpoints
            In their order: state_dicts, or files of them (`.safetensors`, else what torch saved).
        steps
            Step of each; 0, 1, 2 … by default.
        layers
            Names or positions of the layers to take; all by default.

        Raises
        ------
        ValueError
            If there is none, they do not fit together, or they hold no convolution.
        """
        return recorded(cls, checkpoints, steps, layers)
