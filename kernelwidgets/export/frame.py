"""A page inside the output of a notebook's cell."""

from __future__ import annotations

import html
import warnings
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kernelwidgets.export.exhibit import Exhibit, exhibit_of
from kernelwidgets.export.page import front_end, page_of, plain
from kernelwidgets.export.still import encode_png
from kernelwidgets.export.tape import EncodedTape

__all__ = ["Embedded", "embed"]

MOST_BYTES = 2_900_000
STILL = "A still picture; trust the notebook to play."


@dataclass(frozen=True)
class Embedded:
    """A page for the output of a cell: see `embed`."""

    exhibit: Exhibit
    tape: EncodedTape | None = None
    height: int | None = None

    @cached_property
    def png(self) -> str:
        """The still picture in base64, or ""."""
        picture = self.exhibit.picture
        return "" if picture is None else b64encode(encode_png(picture)).decode("ascii")

    @cached_property
    def html(self) -> str:
        """The frame, a still picture for where it is taken out, and the script between the two."""
        name = plain(self.exhibit.title)
        document = html.escape(page_of(self.exhibit, tape=self.tape, framed=True))
        height = "" if self.height is None else f' data-height-px="{self.height}"'
        picture = ""
        if self.png:
            picture = f'<img alt="{name}" src="data:image/png;base64,{self.png}"><br>'
        # One pixel until the page says that it plays: before, and without scripts, the still shows.
        return (
            f'<div><iframe data-kernelwidgets{height} title="{name}" sandbox="allow-scripts" '
            'allow="clipboard-write" loading="lazy" style="display: block; width: 100%; '
            f'height: 1px; border: 0" srcdoc="{document}"></iframe>'
            f"<p>{picture}{STILL}</p><script>{front_end('embed')}</script></div>"
        )

    def _repr_mimebundle_(self, **_kwargs: Any) -> dict[str, str]:
        bundle = {"text/plain": repr(self), "text/html": self.html}
        if self.png:
            bundle["image/png"] = self.png
        return bundle

    def __repr__(self) -> str:
        return f"{self.exhibit.title} ({len(self.html) / 1e6:.2f} MB)"


def embed(
    x: Any,
    height: int | None = None,
    *,
    layers: Sequence[str | int] | None = None,
    feature_maps: bool = False,
) -> Embedded:
    """Put `x` into the output of a cell so that it plays wherever the notebook is shown.

    It needs no kernel, no widget manager and no network: it plays in a saved notebook, in what
    nbconvert, Sphinx, Jupyter Book and pandoc make of it. It is shown as it stands now.

    Parameters
    ----------
    x, layers, feature_maps
        As for `export_html`.
    height
        Height in pixels; by default as high as its content.

    Raises
    ------
    TypeError
        If `x` cannot be shown without Python.
    ValueError
        If the height is none, or there is no such layer.
    """
    if height is not None and (not isinstance(height, int) or height < 1):
        raise ValueError(f"height is a whole number of pixels or None, not {height!r}")
    exhibit = exhibit_of(x)
    embedded = Embedded(exhibit, exhibit.tape(layers, feature_maps=feature_maps), height)
    if len(embedded.html) > MOST_BYTES:
        warnings.warn(
            f"{embedded!r} is more than a Jupyter server passes on at a time (3 MB in 3 s): take "
            "fewer along with layers=[…], record fewer frames, or use kw.export_html",
            stacklevel=2,
        )
    return embedded
