"""Which optimizers have stepped: several that take turns make one step together."""

from __future__ import annotations

from collections.abc import Sequence

from torch.optim import Optimizer

__all__ = ["Turns"]


class Turns:
    """The turns of a model's optimizers in the present step."""

    def __init__(self, optimizers: Sequence[Optimizer]) -> None:
        self._optimizers = optimizers
        self._taken: set[int] = set()

    @property
    def whole(self) -> bool:
        """Whether all have stepped."""
        return len(self._taken) == len(self._optimizers)

    def ends_before(self, optimizer: Optimizer) -> bool:
        """Whether the present step ends without being whole, because this one steps again."""
        return id(optimizer) in self._taken and not self.whole

    def take(self, optimizer: Optimizer) -> bool:
        """Note that one has stepped; returns whether that begins a step."""
        begins = not self._taken or id(optimizer) in self._taken
        self._taken = {id(optimizer)} if begins else self._taken | {id(optimizer)}
        return begins
