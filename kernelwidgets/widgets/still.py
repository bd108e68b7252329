"""Moved to `kernelwidgets.export.still`."""

from __future__ import annotations

from kernelwidgets.export.still import draw_plane, draw_still, encode_png

__all__ = ["draw_plane", "draw_still", "encode_png"]
