"""Several runs at one step: each of them, the difference of two, and all of their curves."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterable, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from kernelwidgets.export.snapshot import recording_of
from kernelwidgets.recording import Recording
from kernelwidgets.sources import as_source
from kernelwidgets.widgets._rewind import Remembered
from kernelwidgets.wire.commands import CommandError, Handle
from kernelwidgets.wire.ranges import ColorRanges, Ends, extremes
from kernelwidgets.wire.schema import AnyCommand, Mark, SourceInfo, Status, Timeline, Verb
from kernelwidgets.wire.source import Frame, Request, Source, Want, Wanted
from kernelwidgets.wire.still_source import StillSource

__all__ = ["Difference", "Side", "Together"]

_RUN: tuple[Verb, ...] = ("start", "pause", "step", "restart", "speed")
_MOST_LINES = 4


class Side(StillSource):
    """One run of several, at a step that can be chosen.

    Parameters
    ----------
    x
        A recording, a Trainer, whose history it follows, or anything else that a view takes, which
        is shown as it is.
    name
        What it is called.
    """

    def __init__(self, x: Any, name: str) -> None:
        super().__init__()
        self.name = name
        self.live: Source | None = None
        self._known: Recording | None = None
        self._remembers: Remembered | None = None
        if isinstance(x, Remembered) and x.history is not None:
            self._remembers = self.live = x
        elif isinstance(x, Recording):
            self._known = x
        elif isinstance(source := as_source(x), Source) and "pause" in source.info.verbs:
            self.live = source
        else:
            self._known = recording_of(source)
        self._shown: tuple[Recording, int] | None = None
        self._layers: frozenset[str] | None = None
        self._joint: Callable[[tuple[str, Wanted]], Ends | None] = lambda _: None

    @property
    def title(self) -> str:
        """What the run calls itself."""
        source = self._known if self.live is None else self.live.info
        return "" if source is None else source.title

    @property
    def recording(self) -> Recording | None:
        """What there is of the run; None if only its present is known."""
        return self._known if self._remembers is None else self._remembers.history

    @property
    def steps(self) -> tuple[int, int] | None:
        """First and last step; None for what stands still."""
        recording = self.recording
        if recording is None or len(recording) < (1 if self._remembers else 2):
            return None
        return int(recording.steps[0]), int(recording.steps[-1])

    def go(self, step: int) -> None:
        """Show the moment at or before a step, as far as there is one."""
        recording, steps = self.recording, self.steps
        if recording is not None and steps is not None:
            index = recording.index_at(min(max(step, steps[0]), steps[1]))
            shown = (recording, int(recording.steps[index]))
            if shown == self._shown:
                return
            self._shown = shown
        self._changed()

    def show_only(self, layers: Iterable[str]) -> None:
        """Leave out every other layer: what others lack cannot be compared."""
        self._layers = frozenset(layers)

    def share_range(self, joint: Callable[[tuple[str, Wanted]], Ends | None]) -> None:
        """Paint in the range that `joint` says: equal colors are then equal numbers."""
        self._joint = joint

    def range_of(self, name: tuple[str, Wanted]) -> Ends | None:
        """Its own color range of a layer's quantity."""
        return self._read(Request()).limits.get(name)

    @property
    def info(self) -> SourceInfo:
        """Its layers; what can be compared are weights, and nothing can be changed."""
        info = self.live.info if self.live is not None else self._known_recording().source_info
        layers = [
            layer for layer in info.layers if self._layers is None or layer.name in self._layers
        ]
        facts = {"title": self.name, "layers": layers, "verbs": [], "quantities": ["weight"]}
        return msgspec.structs.replace(info, **facts, samples=[], presets={})

    @property
    def status(self) -> Status:
        """The step on show."""
        step = self._step()
        return Status(state="idle", text=f"step {step}", step=step)

    def read(self, request: Request) -> Frame:
        """Read a frame of the step on show, in colors that all sides share."""
        frame = self._read(request)
        limits = {name: self._joint(name) or ends for name, ends in frame.limits.items()}
        return dataclasses.replace(frame, limits=MappingProxyType(limits))

    def submit(self, command: AnyCommand) -> Handle:  # noqa: ARG002  # every command is refused
        """Refuse: here one only looks."""
        handle = Handle()
        handle.settle(error=CommandError("what is compared stands still; edit it in its own view"))
        return handle

    def _read(self, request: Request) -> Frame:
        if self._shown is not None:
            recording, step = self._shown
            return recording.at(step).read(request)
        source = self.live if self.live is not None else self._known_recording().replay
        return source.read(request)

    def _step(self) -> int:
        if self._shown is not None:
            return self._shown[1]
        return 0 if self.live is None else self.live.status.step

    def _known_recording(self) -> Recording:
        assert self._known is not None
        return self._known


class Difference(StillSource):
    """What one side has more than another, cell by cell, in the layers that are alike."""

    def __init__(self, one: Side, other: Side) -> None:
        super().__init__()
        self._sides = one, other
        self._ranges = ColorRanges()

    def refresh(self) -> None:
        """Deliver anew: a side has moved."""
        self._changed()

    @property
    def info(self) -> SourceInfo:
        """The layers that both have in one shape."""
        one, other = (side.info for side in self._sides)
        shapes = {layer.name: layer.shape for layer in one.layers}
        alike = [layer for layer in other.layers if shapes.get(layer.name) == layer.shape]
        title = f"{other.title} − {one.title}"
        return msgspec.structs.replace(other, title=title, layers=alike)

    @property
    def status(self) -> Status:
        """The step on show."""
        return self._sides[1].status

    def read(self, request: Request) -> Frame:
        """Subtract the frames of both sides."""
        wholes = {Want(want.quantity, want.layer) for want in request.wants}
        one, other = (side.read(Request(frozenset(wholes))) for side in self._sides)
        arrays, limits = {}, {}
        for whole in wholes & one.arrays.keys() & other.arrays.keys():
            difference = other.arrays[whole] - one.arrays[whole]
            name, ends = (whole.layer, whole.quantity), extremes(difference)
            limits[name] = self._ranges.update(name, ends, ends)
            for want in request.wants:
                if (want.layer, want.quantity) == name:
                    arrays[want] = want.take(difference)
        missing = dict.fromkeys(request.wants - arrays.keys(), "only one of the two has this")
        return Frame(other.step, arrays, limits, notes=missing)

    def submit(self, command: AnyCommand) -> Handle:
        """Refuse, as its sides do."""
        return self._sides[0].submit(command)


class Together(StillSource):
    """All runs as one: their curves, each with its name, and buttons that mean all that are live.

    Parameters
    ----------
    metrics
        Which logged values to show; None shows as many of those that all have as stay readable.
    """

    def __init__(self, sides: Sequence[Side], metrics: Sequence[str] | None) -> None:
        super().__init__()
        self._sides = sides
        self._metrics = metrics
        self._lives = [side.live for side in sides if side.live is not None]

    def refresh(self) -> None:
        """Deliver anew: a side has moved, or a run has gone on."""
        self._changed()

    @property
    def timeline(self) -> Timeline | None:
        """What all sides together span, with what was done to each."""
        spans = [span for side in self._sides if (span := side.steps) is not None]
        if not spans:
            return None
        marks = [
            Mark(step=event.step, text=f"{side.name}: {event.text}")
            for side in self._sides
            for event in (() if side.recording is None else side.recording.events)
        ]
        first, last = min(first for first, _ in spans), max(last for _, last in spans)
        return Timeline(first=first, last=last, steps=[], marks=sorted(marks, key=_by_step)[-200:])

    @property
    def info(self) -> SourceInfo:
        """No layers; the verbs that all live runs understand."""
        verbs = [verb for verb in _RUN if all(verb in live.info.verbs for live in self._lives)]
        return SourceInfo(
            title=" and ".join(side.name for side in self._sides),
            about="",
            layers=[],
            verbs=verbs if self._lives else [],
            quantities=[],
            samples=[],
            presets={},
        )

    @property
    def status(self) -> Status:
        """How the live runs go, as one."""
        states = [live.status for live in self._lives]
        if not states:
            return Status(state="idle", text="")
        busiest = next((each for each in states if each.state == "running"), states[0])
        latest = min(each.step for each in states)
        failed = next((each.error for each in states if each.error), "")
        return Status(
            state=busiest.state,
            text=f"{'training' if busiest.state == 'running' else busiest.state}, step {latest}",
            error=failed,
            step=latest,
            max_steps_per_s=busiest.max_steps_per_s,
        )

    def read(self, request: Request) -> Frame:
        """The curves of all; there is nothing else."""
        curves = {}
        found = [self._curves(side) for side in self._sides]
        # What is learned from comes first, whenever it was first logged.
        shared = [name for name in sorted(found[0], key=_tests) if all(name in f for f in found)]
        names = self._metrics or shared[: max(1, _MOST_LINES // len(found))]
        for name in names if request.curves else ():
            for side, each in zip(self._sides, found, strict=True):
                if name in each:
                    curves[f"{side.name}: {name}"] = each[name]
        return Frame(self.status.step, {}, curves=MappingProxyType(curves))

    def _curves(self, side: Side) -> Any:
        recording, steps = side.recording, side.steps
        if recording is None or steps is None:
            return {} if side.live is None else side.live.read(Request(curves=True)).curves
        return recording.at(steps[1]).read(Request(curves=True)).curves

    def submit(self, command: AnyCommand) -> Handle:
        """Have all live runs carry a command out."""
        handle, left, lock = Handle(), [len(self._lives)], threading.Lock()

        def settle(each: Handle) -> None:
            with lock:
                left[0] -= 1
                last = left[0] == 0
                if handle.done or not (last or each.error):
                    return
                handle.settle(each.wait(0) if each.error is None else 0, each.error)

        if not self._lives:
            handle.settle(error=CommandError("none of these is live: there is nothing to start"))
        for live in self._lives:
            live.submit(command).on_done(settle)
        return handle


def _tests(name: str) -> bool:
    return name.startswith("test ")


def _by_step(mark: Mark) -> int:
    return mark.step
