"""Kernels by the direction in which they vary and the wavelength of their stripes."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from kernelwidgets.kernels.measures import FAMILIES
from kernelwidgets.kernels.templates import NAMED
from kernelwidgets.widgets._chart import TEXT
from kernelwidgets.widgets.describing_chart import COLORS, DescriptionChart, key
from kernelwidgets.widgets.describing_looks import Look

__all__ = ["KernelMap"]

ORIENTED = ("edge", "line", "gabor")
MARKERS = {"edge": "square", "line": "cross", "gabor": "circle"}
SHAPES = {"edge": "■", "line": "✚", "gabor": "●"}
SHORTEST_PX = 1.9
TICKS_PX = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48)


class KernelMap(DescriptionChart):
    """Kernels by the direction in which they vary and the wavelength of their stripes.

    Those with a name have the color and the marker of their family; small gray points are kernels
    without one that still vary in some direction. A rectangle drawn with the mouse chooses kernels:
    link `only` and `selected` to a view, and it shows these, as in `Lab`.

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
    brushed
        The chosen kernels as (output, input); empty without a rectangle.
    only
        Their output channels, None without a rectangle.
    selected
        The selected kernel: of the chosen ones the strongest. It has a ring.

    Raises
    ------
    TypeError, ValueError
        As for the views.
    """

    brushed = traitlets.List(traitlets.Tuple(traitlets.Int(), traitlets.Int()))
    only: Any = traitlets.List(traitlets.Int(), default_value=None, allow_none=True)
    selected = traitlets.Tuple(traitlets.Int(), traitlets.Int(), default_value=(0, 0))

    _kernels: NDArray[np.intp] = np.zeros((0, 2), np.intp)
    _points: NDArray[np.float64] = np.zeros((0, 2))
    _norms: NDArray[np.float64] = np.zeros(0)

    def _build(self) -> None:
        import bqplot
        from bqplot.interacts import BrushSelector

        x = bqplot.LinearScale(min=-5.0, max=185.0, allow_padding=False)
        y = bqplot.LogScale(min=SHORTEST_PX, max=20.0, allow_padding=False)
        scales = {"x": x, "y": y}

        def points(marker: str, color: str, size: int, **more: Any) -> Any:
            return bqplot.Scatter(
                x=[], y=[], scales=scales, marker=marker, colors=[color], default_size=size, **more
            )

        self._marks = {
            "unstructured": points("circle", COLORS["unstructured"], 12),
            **{family: points(MARKERS[family], COLORS[family], 48) for family in ORIENTED},
        }
        self._ring = points("circle", "#0969da", 200, fill=False, stroke_width=2)
        self._wavelengths = bqplot.Axis(
            scale=y,
            side="left",
            tick_format="d",
            grid_lines="none",
            label="wavelength, px",
            label_color=TEXT,
        )
        self._brush = BrushSelector(x_scale=x, y_scale=y, color=COLORS["edge"])
        self._brush.observe(self._on_brush, names=["selected_x", "selected_y", "brushing"])
        self.observe(lambda _: self._encircle(), names="selected")
        self._fill(
            bqplot.Figure(
                marks=[*self._marks.values(), self._ring],
                axes=[
                    bqplot.Axis(
                        scale=x,
                        tick_values=[0, 45, 90, 135, 180],
                        grid_lines="none",
                        label="varies along, degrees",
                        label_offset="2.4em",
                        label_color=TEXT,
                    ),
                    self._wavelengths,
                ],
                interaction=self._brush,
                fig_margin={"top": 8, "bottom": 40, "left": 44, "right": 12},
                background_style={"fill": "none"},
                animation_duration=0,
                layout={"width": "100%", "max_width": "480px", "height": "260px", "min_width": "0"},
            )
        )

    def choose(self, degrees: tuple[float, float], wavelengths_px: tuple[float, float]) -> None:
        """Choose the kernels inside a rectangle, as the mouse does."""
        low = np.array([min(degrees), min(wavelengths_px)])
        high = np.array([max(degrees), max(wavelengths_px)])
        inside = ((self._points >= low) & (self._points <= high)).all(axis=1)
        chosen = self._kernels[inside]
        self.brushed = [(int(out), int(into)) for out, into in chosen]
        self.only = sorted({out for out, _ in self.brushed})
        if len(chosen):
            self.selected = self.brushed[int(self._norms[inside].argmax())]

    def clear(self) -> None:
        """Choose none, so that other views show all."""
        self.brushed, self.only = [], None

    def _on_brush(self, _change: Any) -> None:
        brush = self._brush
        if brush.brushing:
            return
        if any(ends is None or len(ends) < 2 for ends in (brush.selected_x, brush.selected_y)):
            self.clear()
        else:
            self.choose(tuple(brush.selected_x), tuple(brush.selected_y))

    def _on_trait(self, _change: Any) -> None:
        self.clear()
        self._attend()

    def _show(self, look: Look) -> None:
        if look.seen is None:
            self._caption(f"{self._heading('Directions', look)}<br>The weights are not finite.")
            return
        bank = look.seen.bank
        placed = ~(np.isnan(bank.normal_deg) | np.isnan(bank.wavelength_px))
        kernels = np.argwhere(placed)
        if kernels.shape[1] == 1:
            kernels = np.column_stack([kernels, np.zeros_like(kernels)])
        if look.want.outs is not None:
            kernels[:, 0] = np.asarray(look.want.outs)[kernels[:, 0]]
        points = np.column_stack([bank.normal_deg[placed], bank.wavelength_px[placed]])
        self._kernels, self._points = kernels, points.astype(float)
        self._norms = bank.norm[placed].astype(float)
        longest = 2.0 * max(bank.kernels.shape[-2:])
        if self._wavelengths.scale.max != longest:
            self._wavelengths.scale.max = longest
            self._wavelengths.tick_values = [px for px in TICKS_PX if px <= longest]
        code = bank.code[placed]
        for family, mark in self._marks.items():
            unnamed = family == "unstructured"
            these = code >= len(NAMED) if unnamed else code == FAMILIES.index(family)
            with mark.hold_sync():
                mark.x, mark.y = self._points[these, 0], self._points[these, 1]
        self._encircle()
        counts = {family: int((code == FAMILIES.index(family)).sum()) for family in ORIENTED}
        keys = [key(family, f"{counts[family]} {family}", SHAPES[family]) for family in ORIENTED]
        rest = bank.code.size - len(kernels)
        self._caption(
            f"{self._heading('Directions', look)}<br>{' '.join(keys)}"
            + (f"<br>{rest} without a direction or stripes are not here" if rest else "")
        )

    def _encircle(self) -> None:
        at = (self._kernels == np.asarray(self.selected)).all(axis=1)
        with self._ring.hold_sync():
            self._ring.x, self._ring.y = self._points[at, 0], self._points[at, 1]
