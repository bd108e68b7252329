"""Moved to `kernelwidgets.sources`."""

from __future__ import annotations

from kernelwidgets.sources import as_source

__all__ = ["as_source"]
