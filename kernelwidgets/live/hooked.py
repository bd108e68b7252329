"""What a live model does on the training thread, between steps and when the model is called."""

from __future__ import annotations

import time
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from kernelwidgets.live.camera import Camera
from kernelwidgets.live.cost import Meter
from kernelwidgets.live.hooks import Hooks
from kernelwidgets.live.safe_point import SafePoint
from kernelwidgets.live.turns import Turns
from kernelwidgets.models import Network
from kernelwidgets.wire import schema

__all__ = ["Hooked"]


class Hooked:
    """The part of a `LiveSource` that its hooks call.

    What follows a training step finds no cache warm, and Python costs ten times as much there as
    elsewhere. So a step passes with a glance, unless something has to be looked after.
    """

    _rests = True
    """Whether there can be safe points with nothing to do."""

    _camera: Camera
    _hooks: Hooks
    _leased_until: float
    _meter: Meter
    _network: Network
    _safe_point: SafePoint
    _turns: Turns

    def before_step(self, optimizer: Optimizer) -> None:
        """An optimizer is about to step."""
        if not self._safe_point.quiet:
            self._depart(optimizer)

    def _depart(self, optimizer: Optimizer) -> None:
        if not self._safe_point.mine:
            self._safe_point.enter()
        if optimizer is self._camera.update_from:
            self._safe_point.depart()

    def after_step(self, optimizer: Optimizer) -> None:
        """An optimizer has stepped: the safe point."""
        start = time.perf_counter()
        if self._safe_point.quiet:
            self._safe_point.step += 1
            self._meter.step(start, self._safe_point.arrive())
            return
        if self._turns.take(optimizer):
            self._safe_point.step += 1
        self._pass_safe_point()

    def before_forward(self, called: nn.Module, inputs: tuple[Any, ...]) -> None:
        """The model is about to be called, perhaps on a training batch."""
        known = self._safe_point.mine or self._safe_point.running
        if not known:
            # Perhaps the first step of a loop that we know nothing of yet.
            self._safe_point.hold()
        if not called.training:
            self._safe_point.let_go()
            return
        if self._network.probe is None and inputs:
            self._network.offer_probe(inputs)
            self._refresh()
        if known and self._network.probe is not None:
            self._hooks.stop_listening()

    def after_forward(self) -> None:
        """It was called."""
        self._safe_point.let_go(step_follows=torch.is_grad_enabled())

    def _pass_safe_point(self) -> None:
        start = time.perf_counter()
        self._safe_point.hush()
        if not self._safe_point.mine:
            self._safe_point.enter()
        if self._leased_until:
            self._expire_leases()
        self._network.enforce()
        self._refresh()
        looked = time.perf_counter()
        self._step_taken()
        kept_s = time.perf_counter() - looked
        waited_s = self._safe_point.arrive()
        if not self._settled:
            self._safe_point.disturb()
        self._meter.step(start, kept_s + waited_s)

    @property
    def _settled(self) -> bool:
        """Whether safe points need nothing but what waits there, until something is changed."""
        one = len(self._network.optimizers) == 1
        settled = self._safe_point.settled and self._network.settled
        return self._rests and one and settled and not self._leased_until

    def _expire_leases(self) -> None:
        for gesture in self._network.expire_holds():
            self._tell(schema.Release(gesture=gesture), self._safe_point.step - 1)
        if time.monotonic() > self._leased_until:
            self._leased_until = 0.0

    def _step_taken(self) -> None:
        """Called at the safe point, before anything that waits there is done."""

    def _refresh(self) -> None:
        """Take notice of layers that came to exist, and of a new probe."""
        raise NotImplementedError

    def _tell(self, command: schema.AnyCommand, step: int) -> None:
        """Tell of a command that was carried out."""
        raise NotImplementedError
