"""How watching begins, and how a model finds who watches it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from kernelwidgets.live.live_model import LiveModel
from kernelwidgets.live.live_source import watcher_of, watchers
from kernelwidgets.models.layers import unwrapped

__all__ = ["existing_live_model", "live_model_around", "watch"]


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


def live_model_around(part: nn.Module) -> tuple[LiveModel, list[str]] | None:
    """The live model that watches a module, or a network that it is part of.

    Returns
    -------
    tuple or None
        The live model, one that trains before one that does not, and the names of those of its
        layers that lie in the part.
    """
    inner = unwrapped(part)
    found = [
        live
        for live in watchers()
        if isinstance(live, LiveModel) and any(inner is each for each in live.model.modules())
    ]
    if not found:
        return None
    live = max(found, key=lambda live: (bool(live._network.optimizers), live.model is inner))
    inside = set(inner.modules())
    layers = live._network.layers.values()
    names = [each.name for each in layers if not inside.isdisjoint((each.module, *each.twins))]
    return live, names
