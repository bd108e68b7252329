"""No kernel stands behind the pages of this site: notebooks show what `kw.embed` makes of it."""

from __future__ import annotations

import time

from ipywidgets import Widget

import kernelwidgets as kw
from kernelwidgets.live.demos import Contest
from kernelwidgets.widgets._base import View

MOST_S = 60


def view(shown, *_):
    """A view travels as it stands."""
    return kw.embed(shown)._repr_mimebundle_()


def live(model, *_):
    """A network travels as the recording of what its reader would have watched."""
    training = model.training
    model.max_steps_per_s, pace = None, model.max_steps_per_s
    if training:
        recording = model.record(every=10)
        deadline = time.monotonic() + MOST_S
        while model.training and time.monotonic() < deadline:
            time.sleep(0.1)
        recording.close()
    else:
        recording = model.record(steps=400, every=4)
    model.max_steps_per_s = pace
    return view(recording)


def left_behind(*_):
    """What needs Python says so."""
    return {"text/html": "<p><em>(Shown in Jupyter only: this one needs Python.)</em></p>"}


formatter = get_ipython().display_formatter.mimebundle_formatter  # noqa: F821  # IPython's own
formatter.for_type(Widget, left_behind)
formatter.for_type(Contest, left_behind)
for kind in (View, kw.ConvolutionExplorer, kw.FilterGallery, kw.KernelGradient, kw.Recording):
    formatter.for_type(kind, view)
formatter.for_type(kw.LiveModel, live)
