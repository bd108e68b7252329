"""How weights are distributed."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from kernelwidgets.kernels.initialization import INITIALIZATIONS, inputs_first
from kernelwidgets.widgets._chart import Chart
from kernelwidgets.widgets._law import Law, law_named, recognize
from kernelwidgets.widgets._slow import Pause
from kernelwidgets.wire.schema import SourceInfo, Status
from kernelwidgets.wire.source import Frame, Request, Want

__all__ = ["WeightHistogram"]

EVERY_S = 0.25
BAR, LINE = "#0b5cad", "#d9730d"


class WeightHistogram(Chart):
    """How the weights of a layer are distributed, with the law that they started from over it.

    Parameters
    ----------
    source
        As for the views.
    layer
        Name or position of the layer, or the module itself; the first by default.
    layout
        Order of the axes of an array, such as "HWIO" for Keras.

    Attributes
    ----------
    bins
        Number of bars.
    law
        Name of the law to draw, "none", or "auto": the one that the first weights were drawn from,
        where that is clear; where it is not, the first weights themselves are drawn.

    Raises
    ------
    TypeError, ValueError
        As for the views.
    """

    bins = traitlets.Int(41, min=1)
    law = traitlets.Enum(["auto", "none", *INITIALIZATIONS], default_value="auto")

    controls = ("bins", "law")

    _start: NDArray[Any] | None = None

    def _attend(self) -> None:
        self._leave = weakref.finalize(self, self._source.subscribe(_Feed(self)))

    def _on_trait(self, change: Any) -> None:
        if change["name"] == "layer":
            self._start = None
        self._source.wake()

    def _request(self) -> Request | None:
        if not (self.layer and self.sees()):
            return None
        wants = {Want("weight", self.layer)}
        if self._start is None:
            wants.add(Want("change", self.layer))
        return Request(frozenset(wants))

    def _build(self) -> None:
        import bqplot

        # The bars fill the range exactly; bqplot's own margin is half a bar of the first drawing.
        x = bqplot.LinearScale(min=-1.0, max=1.0, allow_padding=False)
        y = bqplot.LinearScale(min=0)
        bars = bqplot.Bars(
            x=[0.0], y=[0.0], scales={"x": x, "y": y}, colors=[BAR], padding=0.1, stroke=BAR
        )
        line = bqplot.Lines(x=[0.0], y=[0.0], scales={"x": x, "y": y}, colors=[LINE])
        self._axis = bqplot.Axis(scale=x, grid_lines="none", tick_format=".2~g")
        figure = bqplot.Figure(
            marks=[bars, line],
            axes=[self._axis],
            fig_margin={"top": 8, "bottom": 28, "left": 12, "right": 12},
            background_style={"fill": "none"},
            animation_duration=0,
            layout={"width": "100%", "max_width": "480px", "height": "180px", "min_width": "0"},
        )
        self._marks = bars, line
        self._fill(figure)

    def _show(self, frame: Frame) -> None:
        want = Want("weight", self.layer)
        weights = frame.arrays.get(want)
        if weights is None:
            return
        change = frame.arrays.get(Want("change", self.layer))
        if self._start is None and change is not None:
            start, info = weights - change, self.layer_info
            # As torch keeps it, which is what it counts the fans on.
            self._start = inputs_first(start, info.groups) if info and info.transposed else start
        limit = frame.limits.get((self.layer, "weight"), (-1.0, 1.0))[1]
        if self._start is not None:
            limit = max(limit, float(np.abs(self._start).max()))
        edges = np.linspace(-limit, limit, self.bins + 1)
        counts, _ = np.histogram(np.clip(weights, -limit, limit), edges)
        middles = (edges[1:] + edges[:-1]) / 2
        self._draw(middles, counts, weights.size * (edges[1] - edges[0]), edges)

    def _draw(
        self, x: NDArray[Any], counts: NDArray[Any], area: float, edges: NDArray[Any]
    ) -> None:
        bars, line = self._marks
        law = self._law()
        curve, text = np.zeros(0), ""
        if law is not None:
            fine = np.linspace(edges[0], edges[-1], 401)
            curve, text = law.density(fine) * area, f"start: {law.text}"
        elif self._start is not None and self.law == "auto":
            fine, text = x, "start"
            curve = np.histogram(self._start, edges)[0].astype(float)
        ends = np.array([edges[0], 0.0, edges[-1]])
        if not np.array_equal(self._axis.tick_values, ends):
            with self._axis.scale.hold_sync():
                self._axis.scale.min, self._axis.scale.max = float(ends[0]), float(ends[-1])
            self._axis.tick_values = ends
        with bars.hold_sync():
            bars.x, bars.y = x, counts
        with line.hold_sync():
            line.x, line.y = (fine, curve) if len(curve) else (x[:0], curve)
        legend = f'<span style="color:{LINE}">━</span> {text}' if text else ""
        self._caption(f"<b>Weights</b><br>{legend}")

    def _law(self) -> Law | None:
        if self._start is None or self.law == "none":
            return None
        if self.law == "auto":
            return recognize(self._start)
        return law_named(self.law, self._start.shape)


class _Feed:
    """The subscriber of a chart, which it does not keep alive; a few frames per second."""

    def __init__(self, chart: WeightHistogram) -> None:
        self._chart = weakref.ref(chart)
        self._pause = Pause(EVERY_S, self._ask)

    def request(self) -> Request | None:
        chart = self._chart()
        return None if chart is None else chart._request()

    def ready(self) -> bool:
        return self._pause.is_over()

    def deliver(self, frame: Frame) -> None:
        chart = self._chart()
        if chart is not None:
            self._pause.begin()
            chart._show(frame)

    def deliver_status(self, status: Status) -> None:
        """The chart shows no status."""

    def deliver_info(self, info: SourceInfo) -> None:
        chart = self._chart()
        if chart is not None and chart.layer not in {layer.name for layer in info.layers}:
            chart.layer = info.layers[0].name if info.layers else ""

    def _ask(self) -> None:
        chart = self._chart()
        if chart is not None:
            chart._source.wake()
