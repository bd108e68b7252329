"""What the kernels of a layer are, looked at again now and then while they change."""

from __future__ import annotations

import threading
import time
import weakref
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kernelwidgets.kernels.description import BankDescription, describe_bank
from kernelwidgets.naming import name_codes
from kernelwidgets.wire.schema import LayerInfo, SourceInfo, Status
from kernelwidgets.wire.source import Frame, Request, Source, Want

__all__ = ["MOST_CELLS", "Listener", "Look", "Seen", "look_at", "sample_of"]

EVERY_S = 1.0
"""The least time between two looks at a layer."""

SHARE = 0.01
"""The share of the time that looks may take while training runs: half of the usual budget."""

MOST_CELLS = 1 << 16
"""Layers of more cells are looked at as a whole only while nothing runs."""

# One look for all who ask for the same; it lasts as long as one of them.
_looks: weakref.WeakValueDictionary[tuple[int, Want, bool], Look] = weakref.WeakValueDictionary()
_lock = threading.Lock()


@dataclass(frozen=True, eq=False)
class Seen:
    """What was seen at one look.

    Attributes
    ----------
    bank
        What the kernels are after `step`.
    codes
        The names that they bear, as codes; a name changes when it has held for two looks.
    resting
        Whether nothing ran, so that there is time to look closely.
    """

    step: int
    bank: BankDescription
    codes: NDArray[np.intp]
    resting: bool


def sample_of(layer: LayerInfo) -> Want:
    """The weights of a layer, or of so many of its filters that they can be looked at any time."""
    outs = layer.shape[0]
    most = max(1, MOST_CELLS // int(np.prod(layer.shape[1:])))
    some = tuple(range(0, outs, -(-outs // most)))
    return Want("weight", layer.name, None if len(some) == outs else some)


class Listener(Protocol):
    """Somebody who wants to know what kernels are."""

    def sees(self) -> bool:
        """Whether anybody could read it now."""

    def take(self, look: Look) -> None:
        """Take what was seen; called off the training thread."""


def look_at(source: Source, layer: LayerInfo, want: Want, color: bool, listener: Listener) -> Look:
    """Join the look at some kernels; keep what is returned for as long as it is of interest.

    Parameters
    ----------
    layer
        The layer that the want is about.
    want
        Which of its weights.
    color
        Whether three input channels are one color kernel.
    """
    key = (id(source), want, color)
    with _lock:
        look = _looks.get(key)
        if look is None:
            look = _looks[key] = Look(source, layer, want, color)
    look.join(listener)
    return look


class Look:
    """Describes kernels at most once a second, for everybody who wants to know.

    While training runs this happens where frames are delivered, so that it counts as a cost of
    watching; while nothing runs, on a thread of its own, so that nobody waits for it.

    Attributes
    ----------
    seen
        What was seen last; None before the first look, and while weights are not finite.
    resting
        Whether nothing runs.
    """

    def __init__(self, source: Source, layer: LayerInfo, want: Want, color: bool) -> None:
        self.source, self.want, self.color = source, want, color
        self.seen: Seen | None = None
        self.resting = source.status.state != "running"
        outs = layer.shape[0] if want.outs is None else len(want.outs)
        ins = layer.shape[1] if want.ins is None else want.ins[1] - want.ins[0]
        self._kernel = tuple(layer.shape[2:])
        self._small = outs * ins * int(np.prod(self._kernel)) <= MOST_CELLS
        self._request = Request(frozenset({want}))
        self._listeners: weakref.WeakSet[Any] = weakref.WeakSet()
        self._news = threading.Lock()
        self._describing = threading.Lock()
        self._waiting: tuple[NDArray[Any], int] | None = None
        self._codes: NDArray[np.intp] | None = None
        self._at = -np.inf
        self._cost_s = 0.0
        self._prepared = False
        self._leave = weakref.finalize(self, source.subscribe(_Eye(self)))
        threading.Thread(target=_prepare, args=[weakref.ref(self)], daemon=True).start()

    @property
    def too_large(self) -> bool:
        """Whether there are too many kernels to look at while training runs."""
        return not (self._small or self.resting)

    def join(self, listener: Listener) -> None:
        """Tell somebody, too, of what is seen from now on."""
        with self._news:
            self._listeners.add(listener)
        self.source.wake()

    def request(self) -> Request | None:
        """The weights, if somebody wants to know and there is time for them."""
        wanted = any(listener.sees() for listener in self._audience())
        return self._request if wanted and self._prepared and not self.too_large else None

    def ready(self) -> bool:
        """Whether it is time to look again."""
        pause_s = max(EVERY_S, self._cost_s / SHARE)
        return self.resting or time.monotonic() >= self._at + pause_s

    def deliver(self, frame: Frame) -> None:
        """Look at a frame, or have it looked at."""
        weights = frame.arrays.get(self.want)
        if weights is None:
            return
        if self.resting:
            with self._news:
                idle, self._waiting = self._waiting is None, (weights, frame.step)
            if idle:
                threading.Thread(target=self._look_closely, daemon=True).start()
            return
        start = time.thread_time()
        self._at = time.monotonic()
        self._describe(weights, frame.step, resting=False)
        self._cost_s = time.thread_time() - start

    def prepare(self) -> None:
        """Have the templates of this kernel size made, which takes longer than many looks."""
        describe_bank(np.ones((1, 1, *self._kernel), np.float32))
        self._prepared = True
        self.source.wake()

    def _audience(self) -> list[Any]:
        with self._news:
            return list(self._listeners)

    def _look_closely(self) -> None:
        """Look at what waits, the latest if more comes meanwhile."""
        time.sleep(max(0.0, min(EVERY_S, self._at + EVERY_S - time.monotonic())))
        self._at = time.monotonic()
        with self._news:
            waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._describe(*waiting, resting=True)

    def _describe(self, weights: NDArray[Any], step: int, *, resting: bool) -> None:
        with self._describing:
            if not np.isfinite(weights).all():
                self.seen = self._codes = None
            else:
                bank = describe_bank(weights, self.color)
                codes = self._hold(name_codes(bank), step, resting)
                self.seen = Seen(step, bank, codes, resting)
            for listener in self._audience():
                listener.take(self)

    def _hold(self, codes: NDArray[np.intp], step: int, resting: bool) -> NDArray[np.intp]:
        """The names to bear: new ones once they were seen twice, at once where nothing moves."""
        before, self._codes = self._codes, codes
        if resting or before is None or self.seen is None or step < self.seen.step:
            return codes
        return np.where(codes == before, codes, self.seen.codes)


class _Eye:
    """The subscriber of a look, which it does not keep alive."""

    def __init__(self, look: Look) -> None:
        self._look = weakref.ref(look)

    def request(self) -> Request | None:
        look = self._look()
        return None if look is None else look.request()

    def ready(self) -> bool:
        look = self._look()
        return look is not None and look.ready()

    def deliver(self, frame: Frame) -> None:
        look = self._look()
        if look is not None:
            look.deliver(frame)

    def deliver_status(self, status: Status) -> None:
        look = self._look()
        if look is not None:
            look.resting = status.state != "running"

    def deliver_info(self, info: SourceInfo) -> None:
        """Whoever asked for a layer asks for another."""


def _prepare(look: weakref.ref[Look]) -> None:
    alive = look()
    if alive is not None:
        alive.prepare()
