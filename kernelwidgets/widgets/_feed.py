"""From a source to one widget: what it wants, when it takes a frame, and what it makes of it."""

from __future__ import annotations

import threading
import time
import weakref
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from kernelwidgets.widgets._flight import Flight
from kernelwidgets.widgets._plan import Choice, Plan, first_sight
from kernelwidgets.widgets._shown import Mounted, Shown
from kernelwidgets.wire.arrays import Packer
from kernelwidgets.wire.schema import LayerInfo, Part, SourceInfo, Status, Visible
from kernelwidgets.wire.source import Frame, Request, Source

__all__ = ["Feed"]

STATUS_S = 0.25


class Screen(Protocol):
    """What a feed fills: the widget."""

    @property
    def parts(self) -> frozenset[Part]:
        """What it can show."""

    @property
    def layer_info(self) -> LayerInfo | None:
        """The layer on show."""

    def choice(self) -> Choice:
        """Its controls."""

    def apply(self, state: dict[str, Any]) -> None:
        """Set traits as one message."""

    def adopt(self, info: SourceInfo) -> None:
        """Fit the controls to new facts."""


class Feed:
    """The subscriber of one widget, which it does not keep alive.

    Attributes
    ----------
    facts
        What the source is.
    status
        How it goes.
    displayed
        Whether some page was given the widget.
    """

    def __init__(self, source: Source, screen: Screen) -> None:
        self.facts: SourceInfo = source.info
        self.status: Status = source.status
        self.displayed = False
        self._source = source
        self._screen = weakref.ref(screen)
        self._flight = Flight()
        self._mounted = Mounted()
        self._last_shown: Shown | None = None
        self._plans: tuple[Plan, ...] = ()
        self._order: tuple[object, tuple[int, ...]] | None = None
        self._seq = 0
        self._picture: tuple[int, NDArray[Any]] | None = None
        self._told_at = -np.inf
        self._owed = False
        self._timer: threading.Timer | None = None

    # As the source's subscriber

    def request(self) -> Request | None:
        """What the widget wants now; None while nothing can be seen."""
        screen = self._screen()
        shown = None if screen is None else self._shown(screen)
        if screen is None or shown is None:
            return None
        request = self._plan(screen, shown).request
        return None if request == Request() else request

    def ready(self) -> bool:
        """Whether a frame may leave; if not, the source is woken when one may."""
        wait_s = self._flight.wait_s(blocked=bool(self.status.hint))
        if wait_s <= 0:
            return True
        self._owed = True
        if self._timer is None:
            self._timer = threading.Timer(wait_s, _wake, [weakref.ref(self)])
            self._timer.daemon = True
            self._timer.start()
        return False

    def deliver(self, frame: Frame) -> None:
        """Pack a frame and send it."""
        screen = self._screen()
        if screen is None or not self._plans:
            return
        # While a frame was on its way somebody may have scrolled: it answers the plan before.
        plan = min(self._plans, key=lambda plan: plan.missing(frame))
        if plan.sorter is not None and plan.sorter in frame.arrays:
            self._order = plan.subject, plan.ordered(frame)
            self._source.wake()
            return
        packer = Packer()
        self._seq += 1
        header = plan.pack(frame, self._seq, packer)
        state = {
            "_frame": msgspec.to_builtins(header),
            "_data": packer.bytes(),
            "_status": msgspec.to_builtins(self.status),
            **self._probe(plan, frame),
        }
        if header.kernels is not None:
            state["_order"] = list(plan.whole_order)
        self._flight.sent(self._seq)
        self._told_at = time.monotonic()
        screen.apply(state)

    def deliver_status(self, status: Status) -> None:
        """Send a status, unless one has just gone and only counters moved on."""
        before, self.status = self.status, status
        screen = self._screen()
        ticked = _without_counters(before) == _without_counters(status)
        if screen is None or (ticked and time.monotonic() - self._told_at < STATUS_S):
            return
        self._told_at = time.monotonic()
        screen.apply({"_status": msgspec.to_builtins(status)})

    def deliver_info(self, info: SourceInfo) -> None:
        """Send new facts."""
        if _shapes(info) != _shapes(self.facts):
            self.resort()
        self.facts = info
        screen = self._screen()
        if screen is not None:
            screen.adopt(info)

    # As the widget's own

    def look(self) -> None:
        """Show the present, if nothing runs, before any page asks."""
        before = self._seq
        # A sorted view needs the whole layer before it can show a part.
        while self._seq == before and self.status.state != "running":
            request = self.request()
            if request is None:
                return
            self.deliver(self._source.read(request))
            self._flight.recall()

    def resort(self) -> None:
        """Take the order of the kernels anew with the next frame."""
        self._order = None

    def arrange(self, order: tuple[int, ...]) -> None:
        """Show the kernels in an order that no array of the source tells."""
        screen = self._screen()
        if screen is not None:
            plan = Plan(screen.layer_info, screen.choice(), Shown(frozenset()), None, False)
            self._order = plan.subject, order

    @property
    def arranged(self) -> bool:
        """Whether the order of the kernels is taken."""
        return self._order is not None

    @property
    def visible(self) -> tuple[tuple[int, ...], tuple[int, int]] | None:
        """The output and input channels that can be seen; None while nothing can."""
        screen = self._screen()
        shown = None if screen is None else self._shown(screen)
        if screen is None or shown is None or screen.layer_info is None:
            return None
        plan = self._plan(screen, shown)
        return plan.outs, plan.ins

    def painted(self, seq: int, count: int) -> None:
        """A page has painted a frame, and `count` since its last word."""
        self._flight.painted(seq, count)
        self._pay()

    def mount(self, event: Visible) -> None:
        """A mounted view says what it shows."""
        before = self._mounted.shown()
        self._mounted.note(event)
        if self._mounted.shown() != before:
            self._source.wake()

    def time_is_up(self) -> None:
        """No word came: ask for the frame that was refused all the same."""
        self._timer = None
        self._pay()

    def _pay(self) -> None:
        # The timer, if there is one, goes on: it is as good for the next frame that is refused.
        if self._owed:
            self._owed = False
            self._source.wake()

    def close(self) -> None:
        """Leave no timer behind."""
        if self._timer is not None:
            self._timer.cancel()

    def _shown(self, screen: Screen) -> Shown | None:
        shown = self._mounted.shown()
        resting = self.status.state != "running"
        # A page may not have spoken yet (a cell may hold its messages up), and where nothing runs
        # the last frame is what a saved notebook shows.
        if shown is None and (resting or (self.displayed and not self._mounted.heard)):
            return self._last_shown or first_sight(screen.parts, screen.layer_info)
        self._last_shown = shown or self._last_shown
        return shown

    def _plan(self, screen: Screen, shown: Shown) -> Plan:
        touchable = "freeze" in self.facts.verbs
        plan = Plan(screen.layer_info, screen.choice(), shown, None, touchable)
        order = self._order
        if order is not None and order[0] == plan.subject:
            plan = plan.sorted_by(order[1])
        if self._plans and plan == self._plans[0]:
            return self._plans[0]
        self._plans = (plan, *self._plans[:1])
        return plan

    def _probe(self, plan: Plan, frame: Frame) -> dict[str, Any]:
        packer = Packer()
        found = plan.probe(frame, packer)
        if found is None:
            return {}
        header, picture = found
        old, self._picture = self._picture, (header.sample, picture)
        if old is not None and old[0] == header.sample and np.array_equal(old[1], picture):
            return {}
        return {"_probe": msgspec.to_builtins(header), "_probe_data": packer.bytes()}


def _wake(feed: weakref.ref[Feed]) -> None:
    alive = feed()
    if alive is not None:
        alive.time_is_up()


def _shapes(info: SourceInfo) -> dict[str, list[int]]:
    return {layer.name: layer.shape for layer in info.layers}


def _without_counters(status: Status) -> Status:
    return msgspec.structs.replace(
        status, text="", step=0, steps_per_s=None, cost_text="", score_text=""
    )
