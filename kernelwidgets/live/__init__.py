"""A network as it trains: watched, paused and edited between two steps."""

from __future__ import annotations

from kernelwidgets.live.errors import StopTraining
from kernelwidgets.live.live_model import LiveModel, existing_live_model, watch
from kernelwidgets.live.run import Run

__all__ = ["LiveModel", "Run", "StopTraining", "existing_live_model", "watch"]
