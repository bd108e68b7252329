"""The state that the filter gallery shares with its page, beside that of every view."""

from __future__ import annotations

from typing import Literal

from kernelwidgets.wire.schema import Count, Positive, Struct


class PictureHeader(Struct):
    """A picture of shape (rows, columns) or (rows, columns, 3).

    Beside it travel its numbers as `data`: float32, C order, little-endian.
    """

    shape: list[int]


class HandMade(Struct):
    """A kernel that somebody made by hand: its `values` in C order."""

    name: str
    shape: tuple[Positive, Positive]
    values: list[float]


class GalleryTraits(Struct):
    """The synced traits of the gallery that no other view has.

    `image` is missing while the source's probe picture is shown, or, without one, a sample.
    """

    _view: Literal["filter-gallery"]
    _hand_made: list[HandMade]
    image: PictureHeader | None
    enlarged: Count
    resolution: Positive
