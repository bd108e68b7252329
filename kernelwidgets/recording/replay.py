"""A recording as a source of frames: one moment that stands still, or one that can be moved."""

from __future__ import annotations

import threading
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kernelwidgets.recording.metrics import curve_of
from kernelwidgets.wire.commands import CommandError, Handle
from kernelwidgets.wire.schema import AnyCommand, SourceInfo, Status
from kernelwidgets.wire.source import Frame, Request, Want
from kernelwidgets.wire.still_source import StillSource

if TYPE_CHECKING:
    from kernelwidgets.recording.readable import LayerKey, ReadableRecording

__all__ = ["Moment", "Replay"]


class Moment(StillSource):
    """One frame of a recording, as a source for every view; see `Recording.at`.

    It cannot be edited.
    """

    def __init__(self, recording: ReadableRecording, frame: Frame) -> None:
        super().__init__()
        self.recording = recording
        self._frame = frame

    @property
    def step(self) -> int:
        """Step of the frame."""
        return self._frame.step

    @property
    def info(self) -> SourceInfo:
        """What was recorded."""
        return self.recording.source_info

    @property
    def status(self) -> Status:
        """Idle, always."""
        return Status(state="idle", text=f"recorded, step {self.step}", step=self.step)

    def kernels(self, layer: LayerKey = 0) -> NDArray[np.float32]:
        """Weights of a layer at this moment, `(out, in/groups, *kernel)`."""
        return self._whole(Want("weight", self.recording.resolve(layer)))

    def biases(self, layer: LayerKey = 0) -> NDArray[np.float32]:
        """Biases of a layer at this moment, `(out,)`."""
        return self._whole(Want("bias", self.recording.resolve(layer)))

    def read(self, request: Request) -> Frame:
        """Read what was recorded."""
        frame, recording = self._frame, self.recording
        arrays: dict[Want, NDArray[Any]] = {}
        notes: dict[Want, str] = {}
        for want in request.wants:
            whole = _find(recording, frame, want)
            if whole is None:
                notes[want] = _missing(want)
            else:
                arrays[want] = np.array(want.take(whole))
        limits = dict(frame.limits)
        if recording.probe_range is not None:
            limits["", "probe"] = recording.probe_range
        metrics = recording.metrics if request.curves else {}
        return Frame(
            frame.step,
            MappingProxyType(arrays),
            MappingProxyType(limits),
            frame.answers if request.answers else None,
            MappingProxyType({name: curve_of(s, frame.step) for name, s in metrics.items()}),
            MappingProxyType(notes),
        )

    def submit(self, command: AnyCommand) -> Handle:  # noqa: ARG002  # every command is refused
        """Refuse: what was cannot be changed."""
        handle = Handle()
        handle.settle(
            error=CommandError("a recording stands still; edit the live model, or its arrays")
        )
        return handle

    def _whole(self, want: Want) -> NDArray[np.float32]:
        whole = _find(self.recording, self._frame, want)
        if whole is None:
            raise ValueError(f"{want.layer!r} has no {want.quantity} at step {self.step}")
        return whole

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.recording.title} at step {self.step}>"


class Replay(Moment):
    """A recording with a playhead that all views of it share; set `step` to move it."""

    def __init__(self, recording: ReadableRecording) -> None:
        super().__init__(recording, recording.frame(-1))
        self._moving = threading.Lock()

    @property
    def step(self) -> int:
        """Step on show; may be set to any step, and then is that of the last frame up to there."""
        return self._frame.step

    @step.setter
    def step(self, step: int) -> None:
        with self._moving:
            self._frame = self.recording.frame(self.recording.index_at(step))
        self._changed()


def _missing(want: Want) -> str:
    if want.quantity in ("loss", "loss_gradient", "layer_input", "output_gradient"):
        return (
            "A recording holds no samples to take a gradient of. To see that of this moment, go "
            "back to it, trainer.restore(recording, step), and show the trainer."
        )
    if want.quantity in ("map_before", "map_after"):
        stage = want.quantity.removeprefix("map_")
        return f"Feature maps {stage} the nonlinearity were not recorded."
    return f"No {want.quantity.replace('_', ' ')} was recorded here."


def _find(recording: ReadableRecording, frame: Frame, want: Want) -> NDArray[np.float32] | None:
    """The whole array that a want is cut from."""
    whole: NDArray[np.float32] | None
    if want.quantity == "probe":
        probe = recording.probe
        return None if probe is None or want.sample >= len(probe) else probe[want.sample]
    if want.quantity == "change":
        now, start = frame.arrays.get(Want("weight", want.layer)), recording.start(want.layer)
        return None if now is None or start is None else now - start
    whole = frame.arrays.get(Want(want.quantity, want.layer, sample=want.sample))
    return whole
