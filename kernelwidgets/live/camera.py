"""Frames taken of a network in training: captured at the safe point, developed elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from torch.optim import Optimizer

from kernelwidgets.live.cost import Meter
from kernelwidgets.live.curves import Curves
from kernelwidgets.live.safe_point import SafePoint
from kernelwidgets.models import Network
from kernelwidgets.wire.source import Frame, Request

__all__ = ["Camera", "Shot"]

_GLANCE_S = 0.0005
"""Time after which a capture is looked for again; twice that the next time, and so on."""

_PATIENCE_S = 0.05
"""Time after which it is looked for at the latest."""


@dataclass
class Shot:
    """A capture that becomes a frame; when it was taken, and the seconds that it took."""

    request: Request
    capture: Any = None
    at: float = 0.0
    seconds: float = 0.0


class Camera:
    """Takes frames of a network.

    Attributes
    ----------
    update_from
        The optimizer whose next step is waited for to take an update.
    """

    def __init__(
        self, network: Network, safe_point: SafePoint, meter: Meter, curves: Curves
    ) -> None:
        self.update_from: Optimizer | None = None
        self._network, self._safe_point = network, safe_point
        self._meter, self._curves = meter, curves
        self._developing = threading.Lock()

    def shoot(self, request: Request, given_up: Callable[[], bool]) -> Shot | None:
        """Capture at the safe point; None if it was given up before that came."""
        shot = Shot(request)

        def prepare() -> None:
            start = time.perf_counter()
            self._network.before_step(request)
            shot.seconds = time.perf_counter() - start
            self._meter.overhead(shot.seconds)

        def take() -> None:
            shot.at = time.perf_counter()
            shot.capture = self._network.capture(request, self._safe_point.step)
            shot.seconds += time.perf_counter() - shot.at

        updated = [want.layer for want in request.wants if want.quantity == "update"]
        owner = self._optimizer_of(updated)
        self.update_from = owner or self.update_from
        handle = self._safe_point.do(take, prepare=prepare if owner else None)
        # Woken up by the training thread, this one would cost it more than the copies do: so it
        # looks by itself, first when the step is likely to be over.
        glance_s = _GLANCE_S
        while not (handle.done or given_up()):
            ahead_s = self._meter.step_in_s
            pause_s = min(max(ahead_s, 0.0) + glance_s, _PATIENCE_S)
            time.sleep(pause_s)
            if ahead_s <= 0:
                glance_s *= 2
            if pause_s == _PATIENCE_S:
                # The training thread may be gone.
                self._safe_point.serve()
        if not handle.done or (handle.error is not None and self._safe_point.closed):
            return None
        handle.wait()
        return shot

    def develop(self, shot: Shot) -> Frame:
        """Make a frame of a capture, off the training thread."""
        curves = self._curves.points() if shot.request.curves else None
        # Color ranges remember what they were.
        with self._developing:
            frame: Frame = shot.capture.frame(curves)
        return frame

    def _optimizer_of(self, layers: Iterable[str]) -> Optimizer | None:
        """The optimizer whose step changes these layers (the first of them, if they differ)."""
        optimizers = self._network.optimizers
        for name in layers:
            layer = self._network.layers.get(name)
            for parameter in layer.store("weight").parameters() if layer else ():
                for optimizer in optimizers:
                    groups = optimizer.param_groups
                    if any(parameter is p for group in groups for p in group["params"]):
                        return optimizer
        return None
