"""What every view draws from: a source of frames, and what a view may want of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from kernelwidgets.wire.commands import Handle
from kernelwidgets.wire.schema import AnyCommand, Guess, SourceInfo, Status

__all__ = ["CurvePoints", "Frame", "Request", "Source", "Subscriber", "Want", "Wanted"]

Wanted = Literal[
    "weight",
    "gradient",
    "change",
    "update",
    "bias",
    "frozen",
    "bias_frozen",
    "muted",
    "map_before",
    "map_after",
    "probe",
    "layer_input",
    "output_gradient",
    "loss_gradient",
    "loss",
]


@dataclass(frozen=True)
class Want:
    """One array that somebody wants to see.

    Attributes
    ----------
    quantity
        `weight`, `gradient`, `change`, `update` and `frozen` (bool) have the canonical shape
        `(out, in/groups, *kernel)`; `bias`, `bias_frozen` and `muted` have `(out,)`; `map_before`
        and `map_after` (the nonlinearity) have `(out, *map)`; `probe` has `(channels, *size)`.
        Of a loss on samples that stay the same: `loss` has `()`; `loss_gradient` is the gradient of
        the canonical weight; `layer_input` has `(rows, channels, *size)`, the channels that the
        first of `outs` reads; `output_gradient` has `(rows, out, *map)`.
    layer
        Name of the layer; "" for `probe`.
    outs
        Output channels, in the order wanted; None is all of them.
    ins
        First and last (exclusive) input channel; None is all of them.
    sample
        Which probe picture, for maps and `probe`.
    """

    quantity: Wanted
    layer: str = ""
    outs: tuple[int, ...] | None = None
    ins: tuple[int, int] | None = None
    sample: int = 0

    def take(self, whole: NDArray[Any]) -> NDArray[Any]:
        """Cut the wanted part out of the whole array (a view where numpy can give one)."""
        part = whole if self.outs is None else whole[list(self.outs)]
        return part if self.ins is None else part[:, self.ins[0] : self.ins[1]]


@dataclass(frozen=True)
class Request:
    """Everything that somebody wants in the next frame."""

    wants: frozenset[Want] = frozenset()
    answers: bool = False
    curves: bool = False

    def __or__(self, other: Request) -> Request:
        return Request(
            self.wants | other.wants, self.answers or other.answers, self.curves or other.curves
        )


@dataclass(frozen=True)
class CurvePoints:
    """A logged value over steps, thinned to buckets: three arrays of one length (float64)."""

    steps: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    last: float | None = None
    nonfinite: int = 0


@dataclass(frozen=True)
class Frame:
    """What a network held after `step`: immutable numpy, the same for live and recorded runs.

    Attributes
    ----------
    moment
        When it was taken, on the clock of `next_moment`: it holds what earlier commands did.
    arrays
        What was wanted, as far as it exists (a gradient does not before the first step).
    limits
        Color range `(low, high)` of a layer's quantity, held over time; symmetric about zero for
        everything but maps.
    answers
        For each probe picture, the network's best guesses; None without classes.
    notes
        Why a want could not be met.
    samples
        Labels of the samples whose loss was taken, if one was wanted.
    """

    step: int
    arrays: Mapping[Want, NDArray[Any]]
    limits: Mapping[tuple[str, Wanted], tuple[float, float]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    answers: tuple[tuple[Guess, ...], ...] | None = None
    curves: Mapping[str, CurvePoints] = field(default_factory=lambda: MappingProxyType({}))
    notes: Mapping[Want, str] = field(default_factory=lambda: MappingProxyType({}))
    samples: tuple[str, ...] = ()
    moment: int = 0


class Subscriber(Protocol):
    """Somebody who wants frames as they come.

    All methods are called off the training thread, except `request`, which must be quick and may
    come from any thread.
    """

    def request(self) -> Request | None:
        """What is wanted now; None while nothing can be seen."""

    def ready(self) -> bool:
        """Whether another frame may be delivered (too many are still in flight otherwise)."""

    def deliver(self, frame: Frame) -> None:
        """Take a frame."""

    def deliver_status(self, status: Status) -> None:
        """Take a new status."""

    def deliver_info(self, info: SourceInfo) -> None:
        """Take new facts: layers came, a probe changed."""


@runtime_checkable
class Source(Protocol):
    """Anything that frames can be drawn from: a live model, a recording, a plain array."""

    @property
    def info(self) -> SourceInfo:
        """What it is and which verbs it understands."""

    @property
    def status(self) -> Status:
        """How it goes."""

    def read(self, request: Request) -> Frame:
        """Read a frame of the present moment; waits for the safe point while training runs."""

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Deliver frames to `subscriber` from now on; returns the call that ends it."""

    def wake(self) -> None:
        """Say that a subscriber's request has changed; a frame follows even when nothing runs."""

    def submit(self, command: AnyCommand) -> Handle:
        """Queue a command for the next safe point (at once when nothing runs)."""
