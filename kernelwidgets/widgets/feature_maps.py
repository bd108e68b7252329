"""What a layer makes of the probe pictures."""

from __future__ import annotations

from typing import ClassVar

import traitlets

from kernelwidgets.widgets._base import View
from kernelwidgets.widgets._controls import MapControls
from kernelwidgets.wire.schema import Part

__all__ = ["FeatureMaps"]


class FeatureMaps(View, MapControls):
    """The feature maps of a layer for one of the probe pictures.

    Attributes
    ----------
    layer, selected
        The layer, and the selected kernel as (output, input): its map is marked.
    sample
        Which probe picture, counted from 0.
    stage
        "before" or "after" the nonlinearity.
    map_scale
        One "shared" range for all maps, or one for each "map".
    palette
        "RdBu", "PuOr" or "gray".
    columns, cell_px
        Maps in a row and pixels of a cell; None fits them to the width.
    """

    _view = traitlets.Unicode("feature-maps").tag(sync=True)

    parts: ClassVar[frozenset[Part]] = frozenset({"maps", "probe", "answers"})
