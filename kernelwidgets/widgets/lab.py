"""Everything about a network in training, side by side."""

from __future__ import annotations

import threading
import weakref
from typing import Any, ClassVar

import ipywidgets
import traitlets

from kernelwidgets.widgets._controls import EditorControls, LossControls, MapControls
from kernelwidgets.widgets.describing_view import NamedView
from kernelwidgets.wire.schema import Part

__all__ = ["Lab"]


class Lab(NamedView, MapControls, EditorControls, LossControls):
    """Kernels, one of them under the hand, feature maps, curves and the buttons, in one view.

    It has the controls of all of them: see `KernelGrid`, `FeatureMaps`, `KernelEditor` and
    `LossCurve`. What is selected in one is selected in all. After the first picture a histogram of
    the weights comes to stand beside it, in tabs with a `KernelCensus` and a `KernelMap`; a
    rectangle on the map chooses the kernels that are shown.

    Attributes
    ----------
    present
        Large text, for a projector.
    """

    _view = traitlets.Unicode("lab").tag(sync=True)
    present = traitlets.Bool(False).tag(sync=True, control=True)

    parts: ClassVar[frozenset[Part]] = frozenset(
        {"kernels", "selected", "maps", "map", "answers", "curves", "probe"}
    )

    def __init__(self, source: Any, *, layer: Any = None, **controls: Any) -> None:
        self._box: Any = None
        self._charting = False
        super().__init__(source, layer=layer, **controls)

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

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        if self._box is None:
            self._box = ipywidgets.Box(
                [self], layout={"flex_flow": "row wrap", "align_items": "flex-end", "width": "100%"}
            )
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
    kinds = {"Weights": WeightHistogram, "Census": KernelCensus, "Map": KernelMap}
    charts = [kind(alive.source, layer=alive.layer) for kind in kinds.values()]
    tabs = ipywidgets.Tab(charts, titles=list(kinds), selected_index=0)
    # Wider, and on a small laptop the Lab fits no more; a row of their own they fill.
    tabs.layout.flex = "1 1 240px"
    tabs.layout.min_width = "0"

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
