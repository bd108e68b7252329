"""What the controls of the views are until somebody sets them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

__all__ = ["DEFAULTS"]

DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "selected": (0, 0),
        "sample": 0,
        "palette": "RdBu",
        "show": "weight",
        "scale": "layer",
        "sort": "index",
        "family": "all",
        "only": None,
        "labels": False,
        "columns": None,
        "cell_px": None,
        "rgb": True,
        "numbers": True,
        "stage": "before",
        "map_scale": "shared",
        "tool": "value",
        "logarithmic": False,
        "present": False,
        "at": None,
        "playing": False,
        "speed": 1.0,
        "loop": False,
    }
)
"""By name; `Traits` says what each may hold."""
