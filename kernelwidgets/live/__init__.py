"""A network as it trains: watched, paused and edited between two steps."""

from __future__ import annotations

from kernelwidgets.live.errors import StopTraining
from kernelwidgets.live.live_model import LiveModel
from kernelwidgets.live.run import Run
from kernelwidgets.live.trainer import Trainer
from kernelwidgets.live.watching import existing_live_model, live_model_around, watch

__all__ = [
    "LiveModel",
    "Run",
    "StopTraining",
    "Trainer",
    "existing_live_model",
    "live_model_around",
    "watch",
]
