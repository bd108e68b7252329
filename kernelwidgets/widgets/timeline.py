"""The scrubber of what was recorded."""

from __future__ import annotations

import traitlets

from kernelwidgets.widgets._base import View
from kernelwidgets.widgets._controls import TimeControls

__all__ = ["TimelineView"]


class TimelineView(View, TimeControls):
    """Steps to drag over.

    Attributes
    ----------
    at
        The step on show; None is now.
    """

    _view = traitlets.Unicode("timeline").tag(sync=True)
    _timeline = traitlets.Any(None, allow_none=True).tag(sync=True)
