"""The controls of the views, as traits: `wire.schema.Traits` says what each may hold."""

from __future__ import annotations

import difflib
import math
import typing
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import traitlets

from kernelwidgets.wire import schema
from kernelwidgets.wire.controls import DEFAULTS

__all__ = [
    "ControlError",
    "EditorControls",
    "GridControls",
    "LayerControls",
    "LayerName",
    "LossControls",
    "MapControls",
    "PictureControls",
    "PlayControls",
    "TimeControls",
    "WholeNumber",
    "is_misspelled",
    "lacks",
]


class ControlError(traitlets.TraitError, ValueError):
    """A control that cannot be set so; the message says what it may be."""


class _Choice(traitlets.Enum[Any]):
    """One word of a few; another one raises ControlError."""

    def validate(self, _obj: Any, value: Any) -> Any:
        """Take one of the words."""
        if value not in (self.values or ()):
            words = ", ".join(map(repr, self.values or ()))
            raise ControlError(f"{self.name} is one of {words}, not {value!r}")
        return value


def lacks(kind: type, name: str, known: Sequence[str]) -> str:
    """What to say where a widget has no such control; holds the one that was perhaps meant."""
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{kind.__name__} has no control {name!r}{hint} (it has {', '.join(known) or 'none'})"


def is_misspelled(widget: object, name: str) -> bool:
    """Whether to set this would change nothing: it is no trait, no property, and not private.

    A user's own class may hold anything.
    """
    if name.startswith("_"):
        return False
    kind = type(widget)
    return kind.__module__.startswith("kernelwidgets.") and not hasattr(kind, name)


class LayerName(traitlets.Unicode[str, Any]):
    """The name of a layer; its position or its module will do, too."""

    def validate(self, obj: Any, value: Any) -> str:
        """Take what names a layer."""
        return cast(str, obj._name_of(value))


class WholeNumber(traitlets.Int[Any, Any]):
    """A whole number; anything else raises ControlError."""

    def validate(self, _obj: Any, value: Any) -> Any:
        """Take a number within the bounds."""
        if value is None and self.allow_none:
            return None
        whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if not whole or value < (self.min or 0):
            no = " or None" if self.allow_none else ""
            raise ControlError(f"{self.name} is a whole number from {self.min}{no}, not {value!r}")
        return int(value)


class _Speed(traitlets.Float[Any, Any]):
    """How many times as fast as it was recorded."""

    def validate(self, obj: Any, value: Any) -> Any:
        """Take a number within the bounds, which NaN would slip through."""
        if isinstance(value, float) and math.isnan(value):
            raise ControlError(f"{self.name} is a number from {self.min} to {self.max}, not NaN")
        return super().validate(obj, value)


class _Place(traitlets.Int[Any, Any]):
    """A channel, counted from 0; the view knows how many there are."""

    def validate(self, obj: Any, value: Any) -> Any:
        """Take a number, numpy's too."""
        return super().validate(obj, int(value) if isinstance(value, np.integer) else value)


def choices(name: str) -> tuple[str, ...]:
    """The words that the contract allows for a control."""
    return typing.get_args(typing.get_type_hints(schema.Traits)[name])


def _choice(name: str) -> _Choice:
    return _Choice(choices(name), default_value=DEFAULTS[name]).tag(sync=True, control=True)


def _flag(name: str) -> traitlets.Bool[Any, Any]:
    return traitlets.Bool(DEFAULTS[name]).tag(sync=True, control=True)


def _size() -> WholeNumber:
    return WholeNumber(None, allow_none=True, min=1).tag(sync=True, control=True)


class PictureControls(traitlets.HasTraits):
    """A layer, and what it looks at."""

    layer = LayerName("").tag(sync=True, control=True)
    sample = WholeNumber(0, min=0).tag(sync=True, control=True)
    palette = _choice("palette")


class LayerControls(PictureControls):
    """What is looked at."""

    selected = traitlets.Tuple(_Place(), _Place(), default_value=DEFAULTS["selected"]).tag(
        sync=True, control=True
    )


class GridControls(LayerControls):
    """How a layer's kernels are shown."""

    show = _choice("show")
    scale = _choice("scale")
    sort = _choice("sort")
    family = _choice("family")
    only = traitlets.List(_Place(), default_value=None, allow_none=True).tag(
        sync=True, control=True
    )
    labels = _flag("labels")
    columns = _size()
    cell_px = _size()
    rgb = _flag("rgb")
    numbers = _flag("numbers")


class MapControls(LayerControls):
    """How a layer's feature maps are shown."""

    stage = _choice("stage")
    map_scale = _choice("map_scale")
    columns = _size()
    cell_px = _size()


class EditorControls(LayerControls):
    """How a hand changes a kernel."""

    tool = _choice("tool")
    stage = _choice("stage")


class LossControls(traitlets.HasTraits):
    """How curves are shown."""

    logarithmic = _flag("logarithmic")


class TimeControls(traitlets.HasTraits):
    """Which moment of a recorded run is shown."""

    at = WholeNumber(None, allow_none=True, min=0).tag(sync=True, control=True)


class PlayControls(TimeControls):
    """How a recording plays."""

    playing = _flag("playing")
    speed = _Speed(DEFAULTS["speed"], min=0.01, max=100).tag(sync=True, control=True)
    loop = _flag("loop")
