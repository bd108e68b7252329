"""What hands have done to a network, kept to come back to, also in another process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from kernelwidgets.models.edits import Edits
from kernelwidgets.models.history import Step
from kernelwidgets.wire.schema import Parameter

__all__ = ["Kept"]


@dataclass(frozen=True)
class Kept:
    """The start by (layer, parameter), and what hands have done since."""

    starts: dict[tuple[str, Parameter], Tensor]
    edits: Edits

    @property
    def nbytes(self) -> int:
        """Memory that it holds, as far as hands did much."""
        return self.edits.history.nbytes

    def plain(self) -> Any:
        """The same as tuples, dicts, arrays and tensors."""
        edits = self.edits
        done, undone = edits.history.steps
        return {
            "starts": self.starts,
            "grips": {key: grip.keep() for key, grip in edits.grips.items()},
            "leases": {
                gesture: [(grip.layer.name, grip.parameter, cells) for grip, cells in held]
                for gesture, held in edits.leases.items()
            },
            "done": [_plain(step) for step in done],
            "undone": [_plain(step) for step in undone],
        }

    @classmethod
    def of(cls, plain: Any, edits: Edits) -> Kept:
        """What was kept, done to `edits`, which are new."""
        for (layer, parameter), kept in plain["grips"].items():
            edits.grip(layer, parameter).put_back(kept)
        for gesture, held in plain["leases"].items():
            edits.lease(gesture, [(edits.grip(layer, p), cells) for layer, p, cells in held])
        edits.history.put_back(
            [_step(each, edits) for each in plain["done"]],
            [_step(each, edits) for each in plain["undone"]],
        )
        edits.hold_all()
        return cls(plain["starts"], edits)


def _plain(step: Step) -> dict[str, Any]:
    parts = [
        (grip.layer.name, grip.parameter, before, after)
        for (grip, _), (before, after) in step.parts.items()
    ]
    return {"gesture": step.gesture, "parts": parts, "mute": step.mute}


def _step(plain: dict[str, Any], edits: Edits) -> Step:
    parts = {
        (edits.grip(layer, parameter), before[0].tobytes()): (before, after)
        for layer, parameter, before, after in plain["parts"]
    }
    return Step(plain["gesture"], parts, plain["mute"])
