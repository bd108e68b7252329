"""Batches of pictures that fit into memory."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

__all__ = ["Batches"]


class Batches:
    """Batches of tensors of one length, in a new order on each pass.

    The order comes from torch's random numbers. What does not fill a batch is left to another pass.

    Parameters
    ----------
    tensors
        The pictures, their labels …, each of shape `(n, …)`.
    size
        Pictures in a batch.
    """

    def __init__(self, *tensors: Tensor, size: int) -> None:
        self._tensors, self._size = tensors, size

    def __len__(self) -> int:
        return len(self._tensors[0]) // self._size

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        order = torch.randperm(len(self._tensors[0]))
        for chosen in order[: len(self) * self._size].split(self._size):
            yield tuple(tensor[chosen] for tensor in self._tensors)
