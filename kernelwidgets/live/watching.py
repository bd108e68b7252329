"""How watching begins, and how a model finds who watches it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from kernelwidgets.live.live_model import LiveModel
from kernelwidgets.live.live_source import watcher_of

__all__ = ["existing_live_model", "watch"]


def watch(
    model: nn.Module,
    optimizer: Optimizer | Iterable[Optimizer] | None = None,
    *,
    probe: Any = None,
    classes: Sequence[str] | None = None,
    loss: Callable[[Any, Any], Tensor] | None = None,
    budget: float = 0.02,
    rate_hz: float = 30,
) -> LiveModel:
    """Watch a model while any loop trains it; the parameters are those of `LiveModel`.

    Watching a model again closes its earlier live model.
    """
    return LiveModel(
        model,
        optimizer,
        probe=probe,
        classes=classes,
        loss=loss,
        budget=budget,
        rate_hz=rate_hz,
    )


def existing_live_model(model: nn.Module) -> LiveModel | None:
    """The live model that watches a module already, wrapped or not."""
    watcher = watcher_of(model)
    return watcher if isinstance(watcher, LiveModel) else None
