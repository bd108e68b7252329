"""What charts of descriptions have in common."""

from __future__ import annotations

import html
from typing import Any

from kernelwidgets.naming import is_describable
from kernelwidgets.widgets._chart import Chart
from kernelwidgets.widgets.describing_looks import Look, look_at, sample_of
from kernelwidgets.wire.info import reads_color
from kernelwidgets.wire.schema import LayerInfo

__all__ = ["COLORS", "DescriptionChart", "key"]

COLORS = {
    "delta": "#c13c36",
    "lowpass": "#b8860b",
    "sharpen": "#d3649f",
    "edge": "#0b5cad",
    "line": "#d9730d",
    "blob": "#0f8a6b",
    "gabor": "#8254c4",
    "checkerboard": "#4f9bb5",
    "other": "#6b7580",
    "unstructured": "#b9c0c8",
    "dead": "#dfe3e8",
}


class DescriptionChart(Chart):
    """Base of the charts of what the kernels of a layer are, looked at once a second at most."""

    _look: Look | None = None

    def close(self) -> None:
        """Take the chart off the page and leave the source."""
        self._look = None
        super().close()

    def take(self, look: Look) -> None:
        """Take what was seen; called off the training thread."""
        info = self.layer_info
        if info is None or not self._built.is_set():
            return
        with self._drawing:
            if look is not self._look:
                return
            if look.color != _in_color(info):
                self._attend()  # a probe has shown meanwhile what the layer reads
            else:
                self._show(look)

    def _show(self, look: Look) -> None:
        """Draw what was seen."""
        raise NotImplementedError

    def _attend(self) -> None:
        info = self.layer_info
        if info is None or not is_describable(info):
            self._look = None
            self._caption("Kernels of three axes have no names." if info else "")
            return
        self._look = look_at(self._source, info, sample_of(info), _in_color(info), self)
        if self._look.seen is not None:
            self.take(self._look)

    def _fill(self, figure: Any) -> None:
        super()._fill(figure)
        if self._look is not None and self._look.seen is not None:
            self.take(self._look)

    def _heading(self, title: str, look: Look) -> str:
        """The title, the step, and of how many filters it is if not of all."""
        step = "" if look.seen is None else f", as of step {look.seen.step}"
        info, some = self.layer_info, look.want.outs
        sample = f" ({len(some)} of {info.shape[0]} filters)" if some and info else ""
        return f"<b>{html.escape(title)}</b>{step}{sample}"


def _in_color(info: LayerInfo) -> bool:
    return info.reads_image and reads_color(info)


def key(family: str, text: str, shape: str = "■") -> str:
    """One entry of a legend."""
    mark = f'<span style="color:{COLORS[family]}">{shape}</span>'
    return f'<span style="white-space:nowrap">{mark} {text}</span>'
