"""A checkpoint from which a run goes on bit for bit, as bytes that only its trainer reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["FullCheckpoint"]


@dataclass(frozen=True, eq=False)
class FullCheckpoint:
    """Where a recorded run can be taken up again.

    Attributes
    ----------
    step
        Steps taken before it.
    events
        So many of the recording's events came before it.
    nbytes
        Its size.
    read
        Its bytes, a file in the safetensors format; raises ValueError if there are none to be had.
    """

    step: int
    events: int
    nbytes: int
    read: Callable[[], bytes]
