"""What a torch network holds, read and written at the safe point."""

from __future__ import annotations

from kernelwidgets.models.capture import Capture
from kernelwidgets.models.layers import Layer
from kernelwidgets.models.network import Network

__all__ = ["Capture", "Layer", "Network"]
