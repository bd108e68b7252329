"""From what is shown to what is asked of the source, and from its frame to what the page gets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kernelwidgets.widgets._shown import Shown
from kernelwidgets.wire.arrays import EXACT_BYTES, Packer
from kernelwidgets.wire.schema import (
    Curve,
    FrameHeader,
    Guess,
    KernelsPart,
    LayerInfo,
    MapsPart,
    ProbeHeader,
    Quantity,
    SelectedPart,
    Show,
    Stage,
)
from kernelwidgets.wire.source import Frame, Request, Want, Wanted

__all__ = ["Choice", "Plan", "first_sight"]

Sort = Literal["index", "norm", "change", "family"]


@dataclass(frozen=True)
class Choice:
    """The controls that decide what travels; `only` are output channels, None all of them."""

    selected: tuple[int, int] = (0, 0)
    show: Show = "weight"
    sort: Sort = "index"
    stage: Stage = "before"
    sample: int = 0
    only: frozenset[int] | None = None

    @property
    def quantity(self) -> Quantity:
        """The quantity whose values are sent: maps and spectra the page itself computes of it."""
        match self.show:
            case "seen_through" | "spectrum":
                return "weight"
            case quantity:
                return quantity


@dataclass(frozen=True)
class Plan:
    """One request and how its frame is packed.

    Attributes
    ----------
    order
        The output channels as they are sorted; None while they still have to be, which needs the
        whole layer once.
    touchable
        Whether cells of this source can be frozen and channels muted.
    """

    layer: LayerInfo | None
    choice: Choice
    shown: Shown
    order: tuple[int, ...] | None
    touchable: bool

    @cached_property
    def request(self) -> Request:
        """What is asked of the source."""
        wants = [*self._wants(), *([] if self.sorter is None else [self.sorter])]
        parts = self.shown.parts
        return Request(frozenset(wants), answers="answers" in parts, curves="curves" in parts)

    @property
    def sorter(self) -> Want | None:
        """What the order is taken from; None where it is known, or comes from elsewhere."""
        if self.layer is None or self.order is not None or self.choice.sort in ("index", "family"):
            return None
        quantity = "change" if self.choice.sort == "change" else self.choice.quantity
        return Want(quantity, self.layer.name)

    def missing(self, frame: Frame) -> int:
        """How many of the wants a frame says nothing about."""
        return sum(
            want not in frame.arrays and want not in frame.notes for want in self.request.wants
        )

    @property
    def subject(self) -> tuple[str, str, str]:
        """What an order belongs to."""
        return (self._name, self.choice.sort, self.choice.quantity)

    @cached_property
    def whole_order(self) -> tuple[int, ...]:
        """The chosen output channels in their order, by index until another one is known."""
        order = self.order or tuple(range(self.layer.shape[0] if self.layer else 0))
        only = self.choice.only
        return order if only is None else tuple(out for out in order if out in only)

    def ordered(self, frame: Frame) -> tuple[int, ...]:
        """The output channels by falling norm of what the `sorter` asked for."""
        assert self.sorter is not None
        whole = frame.arrays[self.sorter]
        norms = np.linalg.norm(whole.reshape(len(whole), -1).astype(np.float64), axis=1)
        return tuple(np.argsort(-norms, kind="stable").tolist())

    def sorted_by(self, order: tuple[int, ...]) -> Plan:
        """The same plan with its order known."""
        return replace(self, order=order)

    def pack(self, frame: Frame, seq: int, packer: Packer) -> FrameHeader:
        """Put what is shown of a frame into bytes, and say where it lies."""
        parts, layer = self.shown.parts, self.layer
        return FrameHeader(
            seq=seq,
            step=frame.step,
            moment=frame.moment,
            kernels=self._kernels(frame, packer) if layer and "kernels" in parts else None,
            selected=self._selected(frame, packer) if layer and "selected" in parts else None,
            maps=self._maps(frame, packer, self._maps_want) if layer and "maps" in parts else None,
            map=self._maps(frame, packer, self._map_want) if layer and "map" in parts else None,
            answers=_answers(frame) if "answers" in parts else None,
            curves=_curves(frame, packer) if "curves" in parts else None,
        )

    def probe(self, frame: Frame, packer: Packer) -> tuple[ProbeHeader, NDArray[Any]] | None:
        """The probe picture of a frame, packed alone; None if it holds none."""
        picture = frame.arrays.get(self._probe_want) if "probe" in self.shown.parts else None
        if picture is None:
            return None
        span = (float(picture.min(initial=np.inf)), float(picture.max(initial=-np.inf)))
        low, high = frame.limits.get(("", "probe"), span)
        values = packer.add(picture, exact=True)
        return ProbeHeader(sample=self.choice.sample, values=values, low=low, high=high), picture

    def _wants(self) -> Iterator[Want]:
        parts = self.shown.parts
        if "probe" in parts:
            yield self._probe_want
        if self.layer is None:
            return
        if "kernels" in parts:
            yield self._kernels_want
            if self.layer.bias:
                yield Want("bias", self.layer.name, self._kernels_want.outs)
        if "selected" in parts:
            yield from self._selected_wants.values()
        if "maps" in parts:
            yield self._maps_want
        if "map" in parts:
            yield self._map_want

    @property
    def _name(self) -> str:
        return "" if self.layer is None else self.layer.name

    @cached_property
    def outs(self) -> tuple[int, ...]:
        """The visible output channels, as sorted."""
        order = self.whole_order
        count = len(order)
        places = {place for row in self.shown.rows for place in range(*slice(*row).indices(count))}
        return tuple(order[place] for place in sorted(places)) if self.shown.rows else order

    @cached_property
    def ins(self) -> tuple[int, int]:
        """The visible input channels, first and last (exclusive)."""
        assert self.layer is not None
        count = self.layer.shape[1]
        first, last = self.shown.ins or (0, count)
        return min(first, count), max(min(last, count), min(first, count))

    @cached_property
    def _kernels_want(self) -> Want:
        assert self.layer is not None
        # A frame without a kernel has to come, too.
        outs = None if self.outs == tuple(range(self.layer.shape[0])) else self.outs or (0,)
        ins = None if self.ins == (0, self.layer.shape[1]) else self.ins
        return Want(self.choice.quantity, self._name, outs, ins)

    @cached_property
    def _selected_wants(self) -> dict[Wanted, Want]:
        assert self.layer is not None
        out, into = self.choice.selected
        kernel: list[Wanted] = ["weight"]
        channel: list[Wanted] = ["bias"] if self.layer.bias else []
        if self.touchable:
            kernel.append("frozen")
            channel += ["muted", "bias_frozen"] if self.layer.bias else ["muted"]
        wants = {name: Want(name, self._name, (out,), (into, into + 1)) for name in kernel}
        return wants | {name: Want(name, self._name, (out,)) for name in channel}

    @cached_property
    def _maps_want(self) -> Want:
        assert self.layer is not None
        outs = tuple(range(*slice(*(self.shown.maps or (None,))).indices(self.layer.shape[0])))
        return self._map_of(outs)

    @cached_property
    def _map_want(self) -> Want:
        return self._map_of((self.choice.selected[0],))

    def _map_of(self, outs: tuple[int, ...]) -> Want:
        quantity: Wanted = "map_before" if self.choice.stage == "before" else "map_after"
        return Want(quantity, self._name, outs, sample=self.choice.sample)

    @property
    def _probe_want(self) -> Want:
        return Want("probe", sample=self.choice.sample)

    def _kernels(self, frame: Frame, packer: Packer) -> KernelsPart:
        want = self._kernels_want
        values = frame.arrays.get(want) if self.outs else None
        biases = frame.arrays.get(Want("bias", self._name, want.outs)) if self.outs else None
        return KernelsPart(
            layer=self._name,
            show=self.choice.quantity,
            outs=list(self.outs),
            ins=self.ins,
            values=None if values is None else packer.add(values),
            limit=_limit(frame, self._name, self.choice.quantity),
            biases=None if biases is None else packer.add(biases),
            note=frame.notes.get(want, "") if self.outs else "No filter is of that kind now.",
        )

    def _selected(self, frame: Frame, packer: Packer) -> SelectedPart | None:
        found = {name: frame.arrays.get(want) for name, want in self._selected_wants.items()}
        values = found["weight"]
        if values is None:
            return None
        bias, frozen = found.get("bias"), found.get("frozen")
        return SelectedPart(
            layer=self._name,
            kernel=self.choice.selected,
            values=packer.add(values[0, 0], exact=True),
            limit=_limit(frame, self._name, "weight"),
            bias=None if bias is None else float(bias[0]),
            frozen=[] if frozen is None else np.flatnonzero(frozen).tolist(),
            bias_frozen=_true(found.get("bias_frozen")),
            muted=_true(found.get("muted")),
        )

    def _maps(self, frame: Frame, packer: Packer, want: Want) -> MapsPart:
        values = frame.arrays.get(want)
        outs = want.outs or (0,)
        low, high = frame.limits.get((self._name, want.quantity), (0.0, 1.0))
        return MapsPart(
            layer=self._name,
            stage=self.choice.stage,
            sample=self.choice.sample,
            outs=(outs[0], outs[-1] + 1),
            values=None if values is None else packer.add(values),
            low=low,
            high=high,
            note=frame.notes.get(want, ""),
        )


def first_sight(parts: frozenset[Any], layer: LayerInfo | None) -> Shown:
    """What to send before a page has said what it shows: a screenful."""
    if layer is None:
        return Shown(parts)
    outs, ins, *kernel = layer.shape
    cells = int(np.prod(kernel))
    # Half of what travels exactly: more than fits on a screen, and room for all else.
    most = EXACT_BYTES // 8
    columns = max(1, min(ins, 64, most // cells))
    rows = max(1, min(outs, most // (columns * cells)))
    return Shown(parts, ((0, rows),), (0, columns), (0, min(outs, 64)))


def _limit(frame: Frame, layer: str, quantity: Wanted) -> float:
    return frame.limits.get((layer, quantity), (-1.0, 1.0))[1]


def _answers(frame: Frame) -> list[list[Guess]] | None:
    return None if frame.answers is None else [list(each) for each in frame.answers]


def _true(flags: NDArray[Any] | None) -> bool:
    return flags is not None and bool(flags.any())


def _curves(frame: Frame, packer: Packer) -> list[Curve]:
    return [
        Curve(
            name=name,
            steps=packer.add(points.steps, exact=True),
            low=packer.add(points.low, exact=True),
            high=packer.add(points.high, exact=True),
            last=points.last,
            nonfinite=points.nonfinite,
        )
        for name, points in frame.curves.items()
    ]
