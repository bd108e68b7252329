"""What an optimizer remembers about single cells of a parameter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.optim import Optimizer

from kernelwidgets.wire.schema import OptimizerState

__all__ = ["OptimizerState", "clear", "memories", "recall"]

_FIRST_MOMENTS = {"exp_avg", "momentum_buffer", "prev"}
"""Where the optimizers of torch keep which way a cell was moving."""

Index = tuple[Tensor, ...]
Memories = dict[tuple[int, str], Tensor]


def clear(
    optimizers: Sequence[Optimizer], tensor: Tensor, index: Index, mode: OptimizerState
) -> None:
    """Zero what the optimizers remember about some cells.

    Parameters
    ----------
    mode
        "momentum" zeros first moments only: with the second moments gone too, an adaptive
        optimizer would make its largest steps there. "clear" zeros everything of the parameter's
        shape, "keep" nothing.
    """
    if mode == "keep":
        return
    for (_, name), state in _states(optimizers, tensor):
        if mode == "clear" or name in _FIRST_MOMENTS:
            state[index] = torch.zeros((), dtype=state.dtype, device=state.device)


def memories(optimizers: Sequence[Optimizer], tensor: Tensor, index: Index) -> Memories:
    """Copy everything that the optimizers remember about some cells."""
    return {key: state[index].clone() for key, state in _states(optimizers, tensor)}


def recall(optimizers: Sequence[Optimizer], tensor: Tensor, index: Index, stored: Memories) -> None:
    """Put memories back, bitwise, where the optimizer still has a place for them."""
    for key, state in _states(optimizers, tensor):
        if key in stored:
            state[index] = stored[key].to(state.device)


def _states(
    optimizers: Sequence[Optimizer], tensor: Tensor
) -> Iterator[tuple[tuple[int, str], Tensor]]:
    for number, optimizer in enumerate(optimizers):
        # Not `state[tensor]`: a defaultdict would make an entry, and optimizers look for entries.
        for name, state in optimizer.state.get(tensor, {}).items():
            if isinstance(state, Tensor) and state.shape == tensor.shape:
                yield (number, name), state
