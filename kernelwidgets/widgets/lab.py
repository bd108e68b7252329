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
    `LossCurve`. What is selected in one is selected in all. A histogram of the weights comes to
    stand beside it after the first picture.

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
            for child in box.children:
                if child is not self:
                    child.close()
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
            self.layout.flex = "1 1 560px"
            self.layout.min_width = "0"
        shown = dict(data["application/vnd.jupyter.widget-view+json"])
        data["application/vnd.jupyter.widget-view+json"] = shown | {"model_id": self._box.model_id}
        return data, metadata


def _add_charts(lab: weakref.ref[Lab]) -> None:
    from kernelwidgets.widgets.charts import WeightHistogram

    alive = lab()
    if alive is None or alive._box is None:
        return
    histogram = WeightHistogram(alive.source, layer=alive.layer)
    histogram.layout.flex = "0 1 240px"
    traitlets.dlink((alive, "layer"), (histogram, "layer"))
    alive._box.children = [alive, histogram]
