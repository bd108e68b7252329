"""What a demo is made of, before there is a loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, SupportsFloat

from torch import Tensor, nn
from torch.optim import Optimizer

__all__ = ["Recipe"]


@dataclass(frozen=True)
class Recipe:
    """A network, its pictures and how it learns; the fields are those of `Trainer`.

    Attributes
    ----------
    curves
        What to log besides the loss, name → number, asked before each step.
    """

    title: str
    about: str
    model: nn.Module
    data: Iterable[tuple[Tensor, ...]]
    optimizer: Optimizer
    probe: tuple[Tensor, list[str]]
    max_steps_per_s: float
    loss: Callable[[Any, Any], Tensor] | None = None
    step: Callable[[nn.Module, Any], Tensor] | None = None
    validation: Iterable[tuple[Tensor, ...]] | None = None
    classes: tuple[str, ...] | None = None
    curves: Callable[[], Mapping[str, SupportsFloat]] = dict
