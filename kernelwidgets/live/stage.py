"""What a publisher shows: a live model, seen from behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from kernelwidgets.wire.schema import SourceInfo, Status
from kernelwidgets.wire.source import Frame, Request

__all__ = ["Shot", "Stage", "has_maps", "without_maps"]

_MAPS = ("map_before", "map_after")


@dataclass
class Shot:
    """A capture that becomes a frame, and the seconds that it took of training."""

    request: Request
    capture: Any = None
    seconds: float = 0.0


class Stage(Protocol):
    """What a publisher shows: a live model."""

    @property
    def info(self) -> SourceInfo:
        """As in `Source`."""

    @property
    def status(self) -> Status:
        """As in `Source`."""

    @property
    def training(self) -> bool:
        """Whether steps are being taken just now."""

    def shoot(self, request: Request, given_up: Callable[[], bool]) -> Shot | None:
        """Capture at the safe point; None if it was given up before it came, or refused."""

    def develop(self, shot: Shot) -> Frame:
        """Make the frame."""

    def serve(self) -> None:
        """Do what waits for a training thread that is gone."""


def without_maps(request: Request) -> Request:
    """What of a request needs no pass through the network."""
    weights = frozenset(want for want in request.wants if want.quantity not in _MAPS)
    return Request(weights, curves=request.curves)


def has_maps(request: Request) -> bool:
    """Whether a request needs a pass of the probe through the network."""
    return request.answers or any(want.quantity in _MAPS for want in request.wants)
