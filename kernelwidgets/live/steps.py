"""One training step after another: a batch, its loss, the optimizer's step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from kernelwidgets.live.arguments import require_function
from kernelwidgets.live.random_stream import RandomStream
from kernelwidgets.live.reader import Place, Reader
from kernelwidgets.models.gradients import Objective
from kernelwidgets.models.probe import first_samples, sample_count, sample_names

__all__ = ["Kept", "Steps", "pair"]

_CHECK_EVERY = 50

Loss = Callable[[Any, Any], Tensor]
Step = Callable[[nn.Module, Any], Tensor]
Kept = tuple[Place, Any, int, float]


class Steps:
    """Takes steps on data that are begun again whenever they end.

    Parameters
    ----------
    model, data, optimizer, loss, step
        As for `Trainer`.
    log
        Called with each loss, before the optimizer steps.
    """

    def __init__(
        self,
        model: nn.Module,
        data: Iterable[Any],
        optimizer: Optimizer,
        loss: Loss | None,
        step: Step | None,
        log: Callable[[Tensor], None],
    ) -> None:
        self._reader = Reader(data)
        for name, function in (("loss", loss), ("step", step)):
            if function is not None:
                require_function(name, function)
        if (loss is None) == (step is None):
            raise TypeError(
                "Trainer needs either loss, a function of (model(x), y) such as "
                "torch.nn.functional.cross_entropy, or step, a function of (model, batch) that "
                "returns the loss"
            )
        self._model, self._optimizer = model, optimizer
        self._loss, self._step, self._log = loss, step, log
        self._first: Any = None
        self._count = 0
        self.last_loss = math.nan

    @property
    def amount(self) -> str:
        """How many batches the data hold, as far as they tell."""
        return self._reader.amount

    def keep(self) -> Kept:
        """The place in the data, and the loss, which some schedulers go by."""
        return self._reader.place, self._first, self._count, self.last_loss

    def put_back(self, kept: Kept) -> None:
        """Go on from there."""
        place, self._first, self._count, self.last_loss = kept
        self._reader.go_to(place)

    def take(self, stream: RandomStream) -> None:
        """Take one step, with `stream` entered.

        Raises
        ------
        FloatingPointError
            If the loss is not finite; the weights are then as they were before the step.
        ValueError, TypeError
            If the data are empty, or the loss is none.
        """
        batch = self._reader.next_batch(stream)
        if self._first is None:
            self._first = first_samples(batch)
        batch = self.placed(batch)

        def closure() -> Tensor:
            self._optimizer.zero_grad()
            loss: Tensor = self.loss_of(self._model, batch)
            self._check(loss)
            loss.backward()
            self._log(loss)
            return loss

        self._count += 1
        # With a closure this is a step for every optimizer, L-BFGS included.
        self._optimizer.step(closure)  # type: ignore[arg-type]  # any torch optimizer takes tensors

    def loss_of(self, model: nn.Module, batch: Any) -> Any:
        """The loss of a batch, as the functions given say."""
        if self._step is not None:
            return self._step(model, batch)
        assert self._loss is not None
        inputs, targets = pair(batch, "data")
        return self._loss(model(inputs), targets)

    def objective(self, classes: Sequence[str] | None, stream: RandomStream) -> Objective:
        """The loss on the first samples of the first training batch, with `stream` entered.

        Before the first step the batch is read ahead: that reads, and draws, what the step would.
        """
        if self._first is None:
            self._first = first_samples(self._reader.peek(stream))
        batch = self.placed(self._first)
        count = sample_count(batch)
        labels = batch[1] if self._loss is not None else None
        flat = isinstance(labels, Tensor) and labels.ndim == 1 and not labels.is_floating_point()
        return Objective(
            lambda model: self.loss_of(model, batch),
            tuple(sample_names(labels if flat else None, count, classes)),
            f"the first {count} samples of the first training batch",
        )

    def placed(self, batch: Any) -> Any:
        """A batch on the device of the model's first parameter."""
        parameter = next(self._model.parameters(), None)
        return batch if parameter is None else _moved(batch, parameter.device)

    def _check(self, loss: Any) -> None:
        if not isinstance(loss, Tensor) or loss.numel() != 1:
            got = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else type(loss).__name__
            raise TypeError(f"the loss is a tensor of one number, not {got}; is it returned?")
        if not loss.requires_grad:
            raise ValueError("the loss does not depend on any parameter that learns")
        # Reading it waits for an accelerator, so that is done now and then only.
        if loss.is_cpu or self._count % _CHECK_EVERY == 0:
            self.last_loss = float(loss.detach())
            if not math.isfinite(self.last_loss):
                raise FloatingPointError(
                    f"the loss is {self.last_loss}; lower the learning rate and restart"
                )


def pair(batch: Any, name: str) -> tuple[Any, Any]:
    """Inputs and targets of a batch.

    Raises
    ------
    ValueError, TypeError
        If it is no pair, or one of arrays of numpy.
    """
    if not isinstance(batch, (tuple, list)) or len(batch) != 2:
        raise ValueError(
            f"{name} yields {type(batch).__name__}s that are no pairs (x, y); "
            "with step= any batches will do"
        )
    inputs, targets = batch
    if isinstance(inputs, np.ndarray) or isinstance(targets, np.ndarray):
        raise TypeError(
            f"{name} yields numpy arrays; make tensors of them: torch.from_numpy(x).float() of "
            "pictures, torch.from_numpy(y) of labels"
        )
    return inputs, targets


def _moved(batch: Any, device: torch.device) -> Any:
    if isinstance(batch, Tensor):
        return batch if batch.device == device else batch.to(device, non_blocking=True)
    if isinstance(batch, (tuple, list)) and not hasattr(batch, "_fields"):
        return type(batch)(_moved(part, device) for part in batch)
    if isinstance(batch, dict):
        return {key: _moved(part, device) for key, part in batch.items()}
    return batch
