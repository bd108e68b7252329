"""The learning rate over time: what the scheduler says, times what a hand has set."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau

from kernelwidgets.live.commands import set_learning_rate
from kernelwidgets.wire.commands import CommandError

__all__ = ["Kept", "Schedule"]

Kept = tuple[Any, float, list[float]]


class Schedule:
    """Steps a scheduler, and lets a hand multiply what it says.

    Parameters
    ----------
    optimizer
        Whose learning rates are meant.
    scheduler
        A learning-rate scheduler of torch, or None.
    """

    def __init__(self, optimizer: Optimizer, scheduler: Any = None) -> None:
        if isinstance(scheduler, type) or not (
            scheduler is None or hasattr(scheduler, "state_dict")
        ):
            name = scheduler.__name__ if isinstance(scheduler, type) else "CosineAnnealingLR"
            given = "its class" if isinstance(scheduler, type) else type(scheduler).__name__
            raise TypeError(
                "scheduler is a learning-rate scheduler, such as "
                f"torch.optim.lr_scheduler.{name}(optimizer, …), not {given}"
            )
        if scheduler is not None and getattr(scheduler, "optimizer", optimizer) is not optimizer:
            raise ValueError("the scheduler belongs to another optimizer; make it with this one")
        self._optimizer, self._scheduler = optimizer, scheduler
        self._factor = 1.0
        self._scheduled = self._rates()

    @property
    def name(self) -> str:
        """Which scheduler it is."""
        return "none" if self._scheduler is None else type(self._scheduler).__name__

    def keep(self) -> Kept:
        """Where the schedule is; the learning rates themselves are the optimizer's."""
        state = None if self._scheduler is None else copy.deepcopy(self._scheduler.state_dict())
        return state, self._factor, self._scheduled

    def put_back(self, kept: Kept) -> None:
        """Go on from where it was."""
        state, self._factor, self._scheduled = kept
        if self._scheduler is not None:
            self._scheduler.load_state_dict(copy.deepcopy(state))

    def advance(self, loss: float) -> None:
        """Let the scheduler take a step; one that reduces on a plateau is given the loss."""
        if self._scheduler is None:
            return
        # Some schedulers go on from the learning rate that they find.
        self._write(self._scheduled)
        if isinstance(self._scheduler, ReduceLROnPlateau):
            self._scheduler.step(loss)
        else:
            self._scheduler.step()
        self._scheduled = self._rates()
        self._write([rate * self._factor for rate in self._scheduled])

    def set_rate(self, rate: float) -> None:
        """Set the learning rate: of every group, or of the first where a schedule has its say.

        Raises
        ------
        CommandError
            If the schedule is at zero, which nothing multiplies.
        """
        if self._scheduler is None:
            set_learning_rate([self._optimizer], rate)
            return
        if self._scheduled[0] == 0:
            raise CommandError("the schedule is at zero; let it end at a floor above zero")
        self._factor = rate / self._scheduled[0]
        self._write([scheduled * self._factor for scheduled in self._scheduled])

    def _rates(self) -> list[float]:
        return [float(group["lr"]) for group in self._optimizer.param_groups]

    def _write(self, rates: list[float]) -> None:
        for group, rate in zip(self._optimizer.param_groups, rates, strict=True):
            if isinstance(group["lr"], torch.Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate
