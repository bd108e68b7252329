"""A checkpoint of a run: in memory, and as bytes for another process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from kernelwidgets.live import curves, learner, schedule, steps
from kernelwidgets.live.packing import pack, unpack
from kernelwidgets.live.reader import Place
from kernelwidgets.models import Network
from kernelwidgets.models.kept import Kept

__all__ = ["Checkpoint", "PlanError"]

_VERSION = 1

_RANDOM_BYTES = 2 * 11_000
"""The random numbers, now and as the data were begun."""


class PlanError(ValueError):
    """A checkpoint is of another kind of run."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Everything that a run goes on from after `step`, bit for bit.

    Attributes
    ----------
    plan
        What a trainer must have in common to go on from it, in words.
    """

    step: int
    plan: Mapping[str, str]
    learner: learner.Kept
    stream: tuple[Any, ...]
    data: steps.Kept
    schedule: schedule.Kept
    hands: Kept
    curves: curves.Kept

    @property
    def nbytes(self) -> int:
        """Memory that it holds, roughly."""
        points = sum(24 * len(curve[1]) for curve in self.curves.values())
        return self.learner.nbytes + self.hands.nbytes + points + _RANDOM_BYTES

    def packed(self) -> bytes:
        """The checkpoint as a safetensors file.

        Raises
        ------
        TypeError
            If the optimizer or the scheduler keeps something else than numbers and tensors.
        ImportError
            If the safetensors library is missing.
        """
        place, first, count, loss = self.data
        try:
            pack(first)
        except TypeError:
            # A batch of the user's own kind; only views of gradients would show it again.
            first = None
        return pack(
            {
                "version": _VERSION,
                "step": self.step,
                "plan": dict(self.plan),
                "learner": (self.learner.tensors, self.learner.memory, self.learner.groups),
                "stream": self.stream,
                "data": ((place.begun, place.own, place.taken, place.ahead), first, count, loss),
                "schedule": self.schedule,
                "hands": self.hands.plain(),
                "curves": self.curves,
            }
        )

    @classmethod
    def of(
        cls, content: bytes, network: Network, plan: Mapping[str, str], device: torch.device
    ) -> Checkpoint:
        """The checkpoint of bytes.

        Parameters
        ----------
        plan, device
            Those of the trainer that is to go on from it.

        Raises
        ------
        PlanError
            If they are those of another kind of run; the message says what differs.
        ValueError
            If they are damaged.
        """
        state = unpack(content, device)
        if state["version"] > _VERSION:
            raise PlanError(
                f"its checkpoints are of version {state['version']}, this reads up to {_VERSION}: "
                "pip install --upgrade kernelwidgets"
            )
        _require_same(state["plan"], plan)
        place, first, count, loss = state["data"]
        return cls(
            state["step"],
            plan,
            learner.Kept(*state["learner"]),
            state["stream"],
            (Place(*place), first, count, loss),
            state["schedule"],
            Kept.of(state["hands"], network.no_edits()),
            state["curves"],
        )


def _require_same(there: Mapping[str, str], here: Mapping[str, str]) -> None:
    differences = [
        f"{name} is {there.get(name, 'missing')} there and {here.get(name, 'missing')} here"
        for name in dict.fromkeys([*there, *here])
        if there.get(name) != here.get(name)
    ]
    if differences:
        more = f"; and {len(differences) - 3} more" if len(differences) > 3 else ""
        raise PlanError("; ".join(differences[:3]) + more)
