"""A view that says what the kernels are that it shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import traitlets

from kernelwidgets.kernels.measures import FAMILIES
from kernelwidgets.naming import (
    channel_families,
    is_describable,
    pack_names,
    place_in,
    sentence_of,
)
from kernelwidgets.widgets._base import View
from kernelwidgets.widgets._controls import GridControls
from kernelwidgets.widgets._plan import Choice
from kernelwidgets.widgets.describing_looks import MOST_CELLS, Look, Seen, look_at
from kernelwidgets.wire.info import reads_color
from kernelwidgets.wire.schema import LayerInfo, Names, SourceInfo
from kernelwidgets.wire.source import Want

__all__ = ["NamedView"]


class NamedView(View, GridControls):
    """Base of the views of a layer's kernels: names, and sorting and choosing by them."""

    _names = traitlets.Any(None, allow_none=True).tag(sync=True)

    _look: Look | None = None
    _families: tuple[str, list[str]] | None = None

    def __init__(self, source: Any, layer: Any = None, **controls: Any) -> None:
        super().__init__(source, layer, **controls)
        self._aim()

    def choice(self) -> Choice:
        """The controls that decide what travels, and what is chosen by name."""
        return replace(super().choice(), only=self._chosen())

    def adopt(self, info: SourceInfo) -> None:
        """Fit the controls to a source that has changed."""
        super().adopt(info)
        self._aim()

    def changed(self) -> None:
        """Look at what the controls now say."""
        self._aim()
        super().changed()

    def close(self) -> None:
        """Take the view off the page and leave the source."""
        self._look = None
        super().close()

    def sees(self) -> bool:
        """Whether anybody sees the kernels."""
        return self._feed.visible is not None

    def take(self, look: Look) -> None:
        """Show the names that kernels bear now."""
        info = self.layer_info
        if look is not self._look or info is None or info.name != look.want.layer:
            return
        if look.seen is None:
            self._say_why(info, "No names while the weights are not finite.")
            return
        if look.want.outs is None and look.want.ins is None:
            self._choose(info, look.seen)
        else:
            self._aim_at_what_is_visible(info)
        self.apply({"_names": self._packed(info, look, look.seen) if self.labels else None})

    def _on_control(self, change: Any) -> None:
        if change["name"] == "layer":
            self.set_trait("only", None)  # they were channels of another layer
        super()._on_control(change)

    def _aim(self) -> None:
        info, sorts = self.layer_info, self.sort == "family" or self.family != "all"
        if info is None or not (self.labels or sorts):
            self._look = None
            self.apply({"_names": None})
        elif not is_describable(info):
            self._look = None
            self._say_why(info, "Kernels of three axes have no names.")
        else:
            small = int(np.prod(info.shape)) <= MOST_CELLS
            self._point(info, Want("weight", info.name) if small or sorts else self._visible(info))
            if self._look is not None and self._look.too_large:
                self._say_why(info, "Too many kernels to be named while training runs: pause it.")

    def _point(self, info: LayerInfo, want: Want) -> None:
        look, color = self._look, self.rgb and info.reads_image and reads_color(info)
        if look is None or (look.want, look.color) != (want, color):
            self._look = look = look_at(self._source, info, want, color, self)
        if look.seen is not None:
            self.take(look)

    def _aim_at_what_is_visible(self, info: LayerInfo) -> None:
        want = self._visible(info)
        if self._look is not None and self._look.want != want:
            self._point(info, want)

    def _visible(self, info: LayerInfo) -> Want:
        """The visible kernels of a layer that has too many."""
        outs, ins = self._feed.visible or ((0,), (0, 1))
        return Want("weight", info.name, outs, ins)

    def _choose(self, info: LayerInfo, seen: Seen) -> None:
        """Sort once, and choose anew, by family."""
        before = self._chosen()
        families = channel_families(seen.bank, seen.codes)
        self._families = (info.name, families)
        sorts = self.sort == "family" and not self._feed.arranged
        if sorts:
            norms = seen.bank.norm.reshape(len(families), -1).max(axis=1)
            ranks = [FAMILIES.index(family) for family in families]
            self._feed.arrange(tuple(np.lexsort((-norms, ranks)).tolist()))
        if sorts or self._chosen() != before:
            self._source.wake()

    def _chosen(self) -> frozenset[int] | None:
        chosen = None if self.only is None else frozenset(self.only)
        if self.family != "all" and self._families is not None and self._families[0] == self.layer:
            of_family = frozenset(
                out for out, family in enumerate(self._families[1]) if family == self.family
            )
            chosen = of_family if chosen is None else chosen & of_family
        return chosen

    def _packed(self, info: LayerInfo, look: Look, seen: Seen) -> Any:
        at = place_in(look.want, look.color, self.selected)
        sentence = "" if at is None else seen.bank[at].text
        if sentence and not look.color:
            probed = bool(self._feed.facts.samples)
            sentence = sentence_of(sentence, info, self.selected, probed=probed)
        packed = pack_names(
            info,
            look.want,
            seen.bank,
            seen.codes,
            seen.step,
            color=look.color,
            kernel=self.selected,
            sentence=sentence,
        )
        return msgspec.to_builtins(packed)

    def _say_why(self, info: LayerInfo, text: str) -> None:
        empty = Names(
            layer=info.name,
            step=self._feed.status.step,
            outs=[],
            ins=(0, 0),
            color=False,
            words=[],
            names=[],
            stale=[],
            text=text,
            kernel=self.selected,
            sentence="",
        )
        self.apply({"_names": msgspec.to_builtins(empty)})
