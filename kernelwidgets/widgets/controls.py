"""Start, pause, step, speed, learning rate."""

from __future__ import annotations

from typing import NoReturn

import traitlets

from kernelwidgets.widgets._base import View

__all__ = ["Controls"]


class Controls(View):
    """The buttons and sliders of a run, and words for how it goes."""

    _view = traitlets.Unicode("controls").tag(sync=True)

    def _exhibit_(self) -> NoReturn:
        raise TypeError("buttons of a run need Python: give the recording, or another view")
