"""What charts beside the views have in common; bqplot is imported when one is first filled."""

from __future__ import annotations

import threading
import weakref
from typing import Any, ClassVar, NoReturn

import ipywidgets
import traitlets

from kernelwidgets.sources import as_source, layer_of
from kernelwidgets.widgets._controls import LayerName, is_misspelled, lacks
from kernelwidgets.widgets._layers import find_layer
from kernelwidgets.wire.schema import LayerInfo
from kernelwidgets.wire.source import Source

__all__ = ["TEXT", "Chart"]

TEXT = "var(--jp-ui-font-color1, gray)"
"""Color of words, in light and in dark; bqplot's own of axes is orange in the dark."""


class Chart(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Base of the charts of a layer: a caption and a bqplot figure, made on a thread.

    Attributes
    ----------
    layer
        Name of the layer; may be set to its position or its module, too.
    covered
        Whether something hides the chart, such as another tab.
    """

    layer = LayerName("")
    covered = traitlets.Bool(False)

    controls: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        source: Any,
        layer: Any = None,
        *,
        layout: str | None = None,
        **traits: Any,
    ) -> None:
        for name in traits:
            if name not in self.controls:
                raise TypeError(lacks(type(self), name, (*self.controls, "layer")))
        self._source = as_source(source, layout)
        self._displayed = False
        self._figure: Any = None
        self._built = threading.Event()
        self._drawing = threading.RLock()
        layer = layer_of(source, layer)
        if layer is None:
            layer = next((info.name for info in self._source.info.layers), "")
        super().__init__(_view_count=0, layer=layer, **traits)
        self._title = ipywidgets.HTML(layout={"flex": "none"})
        self.observe(self._on_trait, names=["layer", *self.controls])
        self.observe(lambda _: self._source.wake(), names=["_view_count", "covered"])
        self.observe(lambda _: self._hang(), names="covered")
        self._attend()
        threading.Thread(target=_build, args=[weakref.ref(self)], daemon=True).start()

    def __setattr__(self, name: str, value: Any) -> None:
        if is_misspelled(self, name):
            raise AttributeError(lacks(type(self), name, (*self.controls, "layer")))
        super().__setattr__(name, value)

    def _name_of(self, layer: Any) -> str:
        layers = self._source.info.layers
        return find_layer(self._source, layers, layer).name if layers or layer else ""

    def _exhibit_(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} is drawn by bqplot, which needs Python: give the recording, "
            "the trainer or one of the views"
        )

    @property
    def source(self) -> Source:
        """The source whose kernels it shows."""
        return self._source

    @property
    def layer_info(self) -> LayerInfo | None:
        """Facts of the layer; None if the source has none."""
        infos = self._source.info.layers
        return next((info for info in infos if info.name == self.layer), None)

    @property
    def figure(self) -> Any:
        """The bqplot figure (waits until it is there)."""
        self._built.wait()
        return self._figure

    def sees(self) -> bool:
        """Whether anybody could see a change."""
        if not self._built.is_set() or self.covered:
            return False
        resting = self._source.status.state != "running"
        return bool(resting or self._displayed or self._view_count)

    def close(self) -> None:
        """Take the chart off the page and leave the source."""
        if hasattr(self, "_leave"):
            self._leave()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        self._displayed = True
        self._source.wake()
        return super()._repr_mimebundle_(**kwargs)

    def _attend(self) -> None:
        """Ask the source for what the chart shows."""
        raise NotImplementedError

    def _on_trait(self, _change: Any) -> None:
        """Called when the layer or a control has changed."""

    def _build(self) -> None:
        """Make the figure and call `_fill`."""
        raise NotImplementedError

    def _fill(self, figure: Any) -> None:
        # Beside others all charts have one height, whatever their captions take of it.
        figure.layout.flex = "1 1 auto"
        figure.layout.min_height = "120px"
        self._figure = figure
        self._built.set()
        self._hang()
        self._source.wake()

    def _hang(self) -> None:
        # Where there is no room, bqplot draws axes of negative width.
        if self._built.is_set() and not self.covered:
            self.children = [self._title, self._figure]

    def _caption(self, html: str) -> None:
        text = f'<div style="line-height:1.4;color:var(--jp-ui-font-color1,inherit)">{html}</div>'
        if self._title.value != text:
            self._title.value = text


def _build(chart: weakref.ref[Chart]) -> None:
    alive = chart()
    if alive is not None:
        alive._build()
