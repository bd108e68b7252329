"""Everything about a network in training, side by side."""

from __future__ import annotations

import math
import threading
import time
import weakref
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import ipywidgets
import msgspec
import traitlets

from kernelwidgets.export.exhibit import Exhibit
from kernelwidgets.widgets._controls import (
    ControlError,
    EditorControls,
    LossControls,
    MapControls,
    TimeControls,
)
from kernelwidgets.widgets._rewind import Remembered, Rewind
from kernelwidgets.widgets.describing_view import NamedView
from kernelwidgets.wire.schema import Part
from kernelwidgets.wire.source import Source

__all__ = ["Lab"]

TIMELINE_S = 0.25

CHARTS = ("Weights", "Census", "Map")
"""Tabs that stand beside the views; bqplot draws them."""
CHART_PX = 236


class Lab(NamedView, MapControls, EditorControls, LossControls, TimeControls):
    """Kernels, one of them under the hand, feature maps, curves and the buttons, in one view.

    It has the controls of all of them: see `KernelGrid`, `FeatureMaps`, `KernelEditor` and
    `LossCurve`. What is selected in one is selected in all. After the first picture a histogram of
    the weights comes to stand beside it, in tabs with a `KernelCensus` and a `KernelMap`; a
    rectangle on the map chooses the kernels that are shown.

    Attributes
    ----------
    at
        The step of a Trainer's history that is shown; None is now.
    present
        Large text, for a projector.
    """

    _view = traitlets.Unicode("lab").tag(sync=True)
    _timeline = traitlets.Any(None, allow_none=True).tag(sync=True)
    present = traitlets.Bool(False).tag(sync=True, control=True)

    parts: ClassVar[frozenset[Part]] = frozenset(
        {"kernels", "selected", "maps", "map", "answers", "curves", "probe"}
    )

    def __init__(self, source: Any, layer: Any = None, **controls: Any) -> None:
        self._box: Any = None
        self._charting = False
        self._told_at_s = -math.inf
        super().__init__(source, layer, **controls)
        self.apply({})

    def _looked_at(self, source: Source) -> Source:
        if isinstance(source, Remembered) and source.history is not None:
            return Rewind(source)
        return source

    @traitlets.validate("at")
    def _check_at(self, proposal: Any) -> Any:
        if proposal["value"] is not None and not isinstance(self._source, Rewind):
            raise ControlError("only a Trainer's own past can be looked at: it keeps a history")
        return proposal["value"]

    def changed(self) -> None:
        """Show what the controls now say, of the step that they say."""
        if isinstance(self._source, Rewind):
            self._source.look(self.at)
        super().changed()

    def apply(self, state: Mapping[str, Any]) -> None:
        """Set traits together, and the timeline with them."""
        now = time.monotonic()
        resting = self._feed.status.state != "running"
        if isinstance(self._source, Rewind) and (resting or now - self._told_at_s > TIMELINE_S):
            self._told_at_s = now
            gone = self._source.refresh()
            timeline = msgspec.to_builtins(self._source.timeline)
            state = {**state, "_timeline": timeline, **({"at": None} if gone else {})}
        super().apply(state)

    def close(self) -> None:
        """Take the views and the charts off the page and leave the source."""
        box, self._box = getattr(self, "_box", None), None
        if box is not None:
            for tabs in box.children[1:]:
                for chart in tabs.children:
                    chart.close()
                tabs.close()
            box.close()
        super().close()

    def _painted(self) -> None:
        if self._charting or self._box is None or not self._feed.facts.layers:
            return
        self._charting = True
        # Not here: bqplot takes half a second to import, and this is where messages come in.
        threading.Thread(target=_add_charts, args=[weakref.ref(self)], daemon=True).start()

    def _exhibit_(self) -> Exhibit:
        return replace(super()._exhibit_(), left_out=CHARTS)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        if self._box is None:
            self._box = ipywidgets.Box(
                [self],
                layout={"flex_flow": "row wrap", "align_items": "flex-start", "width": "100%"},
            )
            # By these names the Lab's own styles know whether charts stand beside it.
            self._box.add_class("kernelwidgets-lab")
            self.layout.flex = "100 1 560px"
            self.layout.min_width = "0"
        shown = dict(data["application/vnd.jupyter.widget-view+json"])
        data["application/vnd.jupyter.widget-view+json"] = shown | {"model_id": self._box.model_id}
        return data, metadata


def _add_charts(lab: weakref.ref[Lab]) -> None:
    from kernelwidgets.widgets.census import KernelCensus
    from kernelwidgets.widgets.charts import WeightHistogram
    from kernelwidgets.widgets.kernel_map import KernelMap

    alive = lab()
    if alive is None or alive._box is None:
        return
    kinds = dict(zip(CHARTS, (WeightHistogram, KernelCensus, KernelMap), strict=True))
    charts = [kind(alive.source, layer=alive.layer) for kind in kinds.values()]
    for chart in charts:
        chart.layout.height = f"{CHART_PX}px"
    tabs = ipywidgets.Tab(charts, titles=list(kinds), selected_index=0)
    # Wider, and on a small laptop the Lab fits no more; a row of their own they fill. From
    # 960 pixels on the Lab's curves stand above them, as wide, where the margin leaves them room.
    tabs.layout.flex = "1 1 max(240px, 21cqi)"
    tabs.layout.margin = "clamp(2px, (100cqi - 959px) * 999, 256px) 2px 2px"
    tabs.layout.min_width = "0"
    tabs.add_class("kernelwidgets-charts")

    def uncover(_change: object) -> None:
        for index, chart in enumerate(tabs.children):
            chart.covered = index != tabs.selected_index

    uncover(None)
    tabs.observe(uncover, names="selected_index")
    for chart in charts:
        traitlets.dlink((alive, "layer"), (chart, "layer"))
    traitlets.dlink((charts[-1], "only"), (alive, "only"))
    traitlets.link((alive, "selected"), (charts[-1], "selected"))
    alive._box.children = [alive, tabs]
