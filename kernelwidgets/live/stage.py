"""What a publisher asks of a live model, and what can be told from a request."""

from __future__ import annotations

import functools
from typing import Protocol

from kernelwidgets.models.gradients import QUANTITIES as GRADIENTS
from kernelwidgets.wire.schema import SourceInfo, Status
from kernelwidgets.wire.source import Request

__all__ = ["Stage", "has_maps", "without_maps"]

_PASSES = GRADIENTS | {"map_before", "map_after"}


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

    def serve(self) -> None:
        """Do what waits for a training thread that is gone."""


@functools.lru_cache(8)
def without_maps(request: Request) -> Request:
    """What of a request needs no pass through the network."""
    weights = frozenset(want for want in request.wants if want.quantity not in _PASSES)
    return Request(weights, curves=request.curves)


@functools.lru_cache(8)
def has_maps(request: Request) -> bool:
    """Whether a request needs a pass of the probe through the network."""
    return request.answers or any(want.quantity in _PASSES for want in request.wants)
