"""A run as it was: its frames, metrics and events, to look at, to scrub and to keep."""

from __future__ import annotations

from kernelwidgets.recording.event import Event
from kernelwidgets.recording.recording import Recording
from kernelwidgets.recording.replay import Moment, Replay

__all__ = ["Event", "Moment", "Recording", "Replay"]
