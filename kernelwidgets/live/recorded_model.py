"""Recording a model while it trains."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from torch import nn
from torch.optim import Optimizer

from kernelwidgets.live.readable_model import LayerKey, ReadableModel
from kernelwidgets.live.recorder import Recorder
from kernelwidgets.models.staging import to_array
from kernelwidgets.recording import Recording
from kernelwidgets.wire.schema import Status
from kernelwidgets.wire.source import Frame, Request, Want, Wanted

__all__ = ["RecordedModel"]

_RATE_HZ = 10.0
_PATIENCE_S = 2.0


class RecordedModel(ReadableModel):
    """The recording half of a `LiveModel`."""

    _recorders: tuple[Recorder, ...] = ()

    def record(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        every: int | None = None,
        rate_hz: float | None = None,
        layers: LayerKey | Sequence[LayerKey] | None = None,
        feature_maps: LayerKey | Sequence[LayerKey] | None = None,
        gradients: bool = False,
    ) -> Recording:
        """Record from now on, until the recording is closed: kernels, metrics, every command.

        Parameters
        ----------
        path
            Where to write it, a folder or any fsspec URL; None keeps it in memory, for as long
            as somebody has the recording.
        every
            Take a frame after each step that this divides, whatever it costs; the cost is
            measured and shown.
        rate_hz
            Take at most so many frames per second, fewer where they would exceed the budget of
            watching; 10 if neither is given.
        layers
            Layers whose weights and biases are recorded; all by default.
        feature_maps
            Layers whose feature maps of every probe picture are recorded too, before and after
            the nonlinearity, with the model's answers and these layers' weights.
        gradients
            Whether to record gradients.

        Returns
        -------
        Recording
            It grows while the model trains; a model at rest adds a frame after each change.

        Raises
        ------
        ValueError, TypeError
            If there is no such layer, nothing to make feature maps of, or both paces are given.
        """
        if every is not None and rate_hz is not None:
            raise ValueError("give every= (exact) or rate_hz= (within the budget), not both")
        if every is not None and (not isinstance(every, int) or every < 1):
            raise ValueError(f"every is a whole number of steps from 1, not {every!r}")
        if rate_hz is not None and not rate_hz > 0:
            raise ValueError(f"rate_hz is a positive number of frames per second, not {rate_hz}")
        mapped = [] if feature_maps is None else self._names(feature_maps)
        chosen = self.layers if layers is None else {*self._names(layers), *mapped}
        names = [name for name in self.layers if name in chosen]
        if not names:
            raise ValueError("there is no convolution layer to record; lazy ones come with a batch")
        samples = range(len(self.info.samples))
        if mapped and not samples:
            raise ValueError(
                "there is no probe to make feature maps of yet: pass probe= when watching, or "
                "train a step first"
            )
        recording = Recording.begin(
            self.info,
            path=path,
            layers=names,
            gradients=gradients,
            classes=self._network.classes,
            starts={name: self._start_of(name) for name in names},
        )
        maps: tuple[Wanted, ...] = ("map_before", "map_after")
        wants = {Want(quantity, name) for name in names for quantity in _quantities(gradients)}
        wants |= {Want(stage, name, sample=s) for stage in maps for name in mapped for s in samples}
        recorder = Recorder(
            recording,
            Request(frozenset(wants), answers=bool(mapped)),
            every=every,
            rate_hz=rate_hz or _RATE_HZ,
            stage=self,
            network=self._network,
            meter=self._meter,
            curves=self._curves,
        )
        recorder.begin(self.read)
        recorder.leaves_by(
            self.on_command(recorder.note),
            self._curves.listen(recorder.log),
            self.subscribe(recorder),
        )
        recording.on_close(lambda: self._end(recorder))
        self._recorders = (*(each for each in self._recorders if each.on), recorder)
        self._safe_point.disturb()
        return recording

    @property
    def status(self) -> Status:
        """How the run goes, in words and numbers."""
        status = super().status
        texts = [each.text for each in self._recorders if each.text]
        if not texts:
            return status
        costs = [status.cost_text, *texts] if status.cost_text else texts
        return msgspec.structs.replace(status, cost_text=", ".join(costs))

    def close(self) -> None:
        """Take every hook off, show one last frame, and let a waiting loop go on.

        May be called from anywhere, also while training runs; closing twice does nothing.
        """
        for recorder in self._recorders:
            self._end(recorder)
        super().close()

    def _start_of(self, layer: str) -> NDArray[np.float32]:
        start = self._network.starts[layer, "weight"]
        return to_array(self._network.layers[layer].view("weight").part(start))

    def _depart(self, optimizer: Optimizer) -> None:
        if self._turns.ends_before(optimizer):
            # Another sat this step out, which nobody could know before.
            self._record_step()
        super()._depart(optimizer)

    @property
    def _settled(self) -> bool:
        return super()._settled and not any(each.exact for each in self._recorders)

    def _state_changed(self) -> None:
        if self._safe_point.state != "running" and self._turns.whole:
            for recorder in self._recorders:
                recorder.rest(self._safe_point.step)
        super()._state_changed()

    def _step_taken(self) -> None:
        if self._turns.whole:
            self._record_step()

    def _record_step(self) -> None:
        for recorder in self._recorders:
            recorder.pass_step(self._safe_point.step)

    def _end(self, recorder: Recorder) -> None:
        deadline = time.monotonic() + _PATIENCE_S

        def last(wants: Request) -> Frame | None:
            shot = self._camera.shoot(wants, lambda: time.monotonic() > deadline)
            return None if shot is None else self._camera.develop(shot)

        recorder.finish(last)

    def _names(self, layers: LayerKey | Sequence[LayerKey]) -> list[str]:
        several = [layers] if isinstance(layers, (str, int, nn.Module)) else layers
        return [self.resolve(layer) for layer in several]


def _quantities(gradients: bool) -> tuple[Wanted, ...]:
    # Of changes only the color range is kept.
    return ("weight", "bias", "change", *(("gradient",) if gradients else ()))
