"""All kernels of a layer."""

from __future__ import annotations

from typing import ClassVar

import traitlets

from kernelwidgets.widgets.describing_view import NamedView
from kernelwidgets.wire.schema import Part

__all__ = ["KernelGrid"]


class KernelGrid(NamedView):
    """All kernels of a layer, outputs × inputs, as they are or as training moves them.

    Attributes
    ----------
    layer, selected
        The layer, and the selected kernel as (output, input).
    show
        "weight", "gradient", "change" since the start, last "update", "seen_through": each tile
        is the probe picture through that kernel, where the layer reads the image; or "spectrum":
        |FFT|, zero frequency in the center.
    scale
        One color range for the "layer", or one for each "kernel".
    palette
        "RdBu", "PuOr" or "gray".
    sort
        By "index", "norm", "change" or "family"; the order is taken once and held.
    labels
        Whether each kernel bears the name of what it is, such as "│ edge"; see `kw.describe`.
    family
        Only filters of this family, "all" or one such as "edge": a filter of several kernels is of
        the family of its strongest. This follows the kernels as they change.
    only
        Only these output channels; None for all.
    columns, cell_px
        Tiles in a row and pixels of a cell; None fits them to the width.
    rgb
        Kernels that read three color channels as one colored tile.
    numbers
        Values in the cells where they fit.
    sample
        The probe picture that is seen through the kernels.
    """

    _view = traitlets.Unicode("kernel-grid").tag(sync=True)

    parts: ClassVar[frozenset[Part]] = frozenset({"kernels"})
