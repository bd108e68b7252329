"""What can be read of a recording."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kernelwidgets.recording.event import Event
from kernelwidgets.recording.frames import Frames
from kernelwidgets.recording.full_checkpoint import FullCheckpoint
from kernelwidgets.recording.metrics import Metrics, Series
from kernelwidgets.recording.replay import Moment, Replay
from kernelwidgets.recording.summary import Summary
from kernelwidgets.wire.schema import Guess, LayerInfo, SourceInfo
from kernelwidgets.wire.source import Frame, Want, Wanted

__all__ = ["Ends", "LayerKey", "ReadableRecording", "resolve"]

LayerKey = str | int
Ends = tuple[float, float]


class ReadableRecording:
    """The reading half of a `Recording`: from any thread, also while it grows.

    Attributes
    ----------
    title, about
        What the model is called.
    source_info
        What the views are told about it.
    classes
        Names of the model's answers, or None.
    probe
        The pictures that feature maps are of, `(n, channels, *size)`, or None.
    probe_range
        Values of the probe that are painted black and white.
    cost
        Share of training time that recording took; None where it was not measured.
    stopped
        Why it ended early, or "".
    checkpoints
        Where a Trainer can take the run up again; its `restore` reads them.
    unrestorable
        Why there are no checkpoints, or "".
    path
        Where it is stored; None in memory.
    """

    def __init__(
        self,
        source_info: SourceInfo,
        frames: Frames,
        *,
        path: str | None = None,
        classes: Iterable[str] | None = None,
        starts: Mapping[str, NDArray[Any]] | None = None,
        probe: NDArray[np.float32] | None = None,
        probe_range: Ends | None = None,
        metrics: Mapping[str, Series] | None = None,
        events: Iterable[Event] = (),
        checkpoints: Iterable[FullCheckpoint] = (),
    ) -> None:
        self.source_info, self.path = source_info, path
        self.classes = None if classes is None else tuple(classes)
        self.probe, self.probe_range = probe, probe_range
        self.cost: float | None = None
        self.stopped = ""
        self.checkpoints = tuple(checkpoints)
        self.unrestorable = ""
        self._frames = frames
        self._starts = dict(starts or {})
        self._metrics = Metrics(metrics)
        self._events = list(events)

    @property
    def title(self) -> str:
        """What the model is called."""
        return self.source_info.title

    @property
    def about(self) -> str:
        """What the model is, in a sentence."""
        return self.source_info.about

    @property
    def layers(self) -> Mapping[str, LayerInfo]:
        """The recorded layers, by name."""
        return MappingProxyType({layer.name: layer for layer in self.source_info.layers})

    @property
    def last(self) -> Frame | None:
        """The last frame; None while there is none."""
        return self._frames.frame(-1) if len(self) else None

    @property
    def samples(self) -> list[str]:
        """Labels of the probe's pictures."""
        return self.source_info.samples

    @property
    def steps(self) -> NDArray[np.int64]:
        """Step of each frame, `(time,)`; never falling."""
        return self._frames.steps

    @property
    def times(self) -> NDArray[np.float64]:
        """Seconds from the beginning to each frame, `(time,)`."""
        return self._frames.times

    def kernels(self, layer: LayerKey = 0) -> NDArray[np.float32]:
        """Weights of a layer over time, `(time, out, in/groups, *kernel)`.

        Parameters
        ----------
        layer
            Name or position.

        Raises
        ------
        ValueError
            If that layer was not recorded.
        """
        return self._over_time("weight", layer)

    def biases(self, layer: LayerKey = 0) -> NDArray[np.float32]:
        """Biases of a layer over time, `(time, out)`.

        Raises
        ------
        ValueError
            If that layer was not recorded, or has no bias.
        """
        return self._over_time("bias", layer)

    def gradients(self, layer: LayerKey = 0) -> NDArray[np.float32]:
        """Gradients over time, `(time, out, in/groups, *kernel)`; NaN where there was none.

        Raises
        ------
        ValueError
            If none were recorded.
        """
        return self._over_time("gradient", layer)

    def feature_maps(
        self,
        layer: LayerKey = 0,
        sample: int = 0,
        stage: Literal["before", "after"] = "after",
    ) -> NDArray[np.float32]:
        """What a layer made of a probe picture over time, `(time, out, *map)`.

        Raises
        ------
        ValueError
            If it was not recorded.
        """
        if stage not in ("before", "after"):
            raise ValueError(f"stage is 'before' or 'after', not {stage!r}")
        return self._over_time("map_before" if stage == "before" else "map_after", layer, sample)

    @property
    def metrics(self) -> Mapping[str, Series]:
        """Logged values, name → (steps, values)."""
        return self._metrics.series()

    def metrics_after(self, counts: Mapping[str, int]) -> Mapping[str, Series]:
        """Logged values without the first so many of each name."""
        return self._metrics.series(counts)

    @property
    def events(self) -> tuple[Event, ...]:
        """What was done to the run, in order."""
        return tuple(self._events)

    @property
    def answers(self) -> tuple[tuple[tuple[Guess, ...], ...] | None, ...]:
        """The model's best guesses for each probe picture, frame by frame."""
        return tuple(self.frame(index).answers for index in range(len(self)))

    def start(self, layer: LayerKey = 0) -> NDArray[np.float32] | None:
        """Weights of a layer that its changes are counted from."""
        return self._starts.get(self.resolve(layer))

    def frame(self, index: int) -> Frame:
        """One frame by its position in time, as the source gave it.

        Raises
        ------
        ValueError
            If nothing is recorded yet.
        """
        if not len(self):
            raise ValueError("nothing is recorded yet; train a step first")
        return self._frames.frame(index)

    def index_at(self, step: int) -> int:
        """Position of the last frame at or before a step.

        Raises
        ------
        ValueError
            If there is none.
        """
        steps = self.steps
        index = int(np.searchsorted(steps, step, "right")) - 1
        if index < 0:
            since = f"begins at step {steps[0]}" if len(steps) else "is empty"
            raise ValueError(f"nothing was recorded up to step {step}: the recording {since}")
        return index

    def at(self, step: int) -> Moment:
        """The last frame at or before a step, as a source for every view.

        Raises
        ------
        ValueError
            If there is none.
        """
        return Moment(self, self.frame(self.index_at(step)))

    @cached_property
    def replay(self) -> Replay:
        """The source that all views of this recording share; set its `step` to move them."""
        return Replay(self)

    def resolve(self, layer: LayerKey) -> str:
        """Name of a layer given by any of its names or by its position.

        Raises
        ------
        ValueError
            If it was not recorded.
        """
        return resolve(self.source_info.layers, layer)

    def info(self) -> Summary:
        """What it holds, in words."""
        steps, times = self.steps, self.times
        wants = self._frames.wants
        return Summary(
            title=self.title,
            frames=len(steps),
            steps=(int(steps[0]), int(steps[-1])) if len(steps) else None,
            seconds=float(times[-1]) if len(times) else 0.0,
            layers=tuple(self.layers),
            feature_maps=tuple(
                name
                for name in self.layers
                if any(w.layer == name and w.quantity.startswith("map") for w in wants)
            ),
            gradients=any(want.quantity == "gradient" for want in wants),
            metrics=tuple(self.metrics),
            events=len(self._events),
            checkpoints=tuple(each.step for each in self.checkpoints),
            checkpoint_bytes=sum(each.nbytes for each in self.checkpoints),
            unrestorable=self.unrestorable,
            bytes=self.nbytes,
            place=self._frames.place,
            cost=self.cost,
            stopped=self.stopped,
        )

    def _over_time(self, quantity: Wanted, layer: LayerKey, sample: int = 0) -> NDArray[np.float32]:
        want = Want(quantity, self.resolve(layer), sample=sample)
        if want not in self._frames.wants:
            raise ValueError(_missing(self.layers[want.layer], want))
        return self._frames.stack(want)

    @property
    def nbytes(self) -> int:
        """Bytes of all recorded arrays, uncompressed."""
        return self._frames.nbytes

    def __len__(self) -> int:
        """Number of frames."""
        return len(self._frames)

    def __repr__(self) -> str:
        return f"<{repr(self.info()).splitlines()[0]}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        # Widgets stand above and may not even be installed: they are looked up when shown.
        if not len(self):
            return {"text/plain": repr(self.info())}, {}
        return importlib.import_module("kernelwidgets").Player(self)._repr_mimebundle_(**kwargs)


def resolve(layers: list[LayerInfo], layer: LayerKey) -> str:
    """Name of a layer given by any of its names or by its position."""
    if isinstance(layer, str):
        for info in layers:
            if layer in info.names or layer == info.name:
                return info.name
    elif -len(layers) <= layer < len(layers):
        return layers[layer].name
    names = ", ".join(repr(info.name) for info in layers) or "no layers"
    raise ValueError(f"no layer {layer!r}; there are {names}")


def _missing(layer: LayerInfo, want: Want) -> str:
    match want.quantity:
        case "bias" if not layer.bias:
            return f"{layer.name!r} has no bias"
        case "gradient":
            return "gradients were not recorded; record with gradients=True"
        case "map_before" | "map_after":
            return (
                f"feature maps of {layer.name!r} for picture {want.sample} were not recorded; "
                f"record with feature_maps={layer.name!r}"
            )
        case _:
            return "nothing is recorded yet; train a step first"
