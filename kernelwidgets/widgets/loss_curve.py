"""Loss and other logged values over the steps."""

from __future__ import annotations

from typing import ClassVar

import traitlets

from kernelwidgets.widgets._base import View
from kernelwidgets.widgets._controls import LossControls
from kernelwidgets.wire.schema import Part

__all__ = ["LossCurve"]


class LossCurve(View, LossControls):
    """Loss and other logged values over the steps, light at a million of them.

    Attributes
    ----------
    logarithmic
        Whether the value axis is logarithmic.
    """

    _view = traitlets.Unicode("loss-curve").tag(sync=True)

    parts: ClassVar[frozenset[Part]] = frozenset({"curves"})
