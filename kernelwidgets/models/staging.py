"""Copies that the training thread starts and somebody else picks up."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["Staging", "to_array"]


class Staging:
    """Copies of tensors that change soon; `wait` before reading them.

    On the CPU a copy is a clone. From an accelerator it travels to pinned memory while training
    goes on, so that the training thread never waits for the device.
    """

    def __init__(self) -> None:
        self._events: dict[torch.device, Any] = {}

    def copy(self, tensor: Tensor) -> Tensor:
        """Start to copy a tensor (contiguous, on the CPU once `wait` has returned)."""
        tensor = tensor.detach()
        if tensor.device.type == "cpu":
            return tensor.clone(memory_format=torch.contiguous_format)
        pinned = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
        pinned.copy_(tensor, non_blocking=True)
        self._events[tensor.device] = None
        return pinned

    def seal(self) -> None:
        """Mark the end of the copies, on the thread that started them."""
        for device in self._events:
            self._events[device] = torch.Event(device)
            self._events[device].record(torch.accelerator.current_stream(device))

    def wait(self) -> None:
        """Wait until the copies have arrived, on the thread that reads them."""
        for event in self._events.values():
            event.synchronize()


def to_array(tensor: Tensor) -> NDArray[np.float32]:
    """A tensor on the CPU as a float32 array, without a copy where there is no need."""
    if tensor.is_pinned():
        # Pinned memory is scarce; it goes back at once.
        tensor = tensor.clone()
    array: NDArray[np.float32] = tensor.to(torch.float32).numpy()
    return array


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """The same array, read-only."""
    array.flags.writeable = False
    return array
