"""What a hand did to a run: edits, freezes, pauses, a new learning rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from kernelwidgets.wire.schema import AnyCommand

__all__ = ["Event"]


@dataclass(frozen=True)
class Event:
    """Something that was done to a run from outside.

    Attributes
    ----------
    step
        Steps taken before it.
    kind
        What it was: the `op` of the command, such as "edit", "freeze" or "pause".
    text
        The same in words, for people.
    command
        The command as the contract has it, without its id: `op`, layer, cells, values … Numbers,
        text and lists only.
    """

    step: int
    kind: str
    text: str
    command: dict[str, Any] | None = None

    @classmethod
    def of(cls, step: int, command: AnyCommand) -> Event:
        """The event of a command that was carried out after `step`."""
        plain: dict[str, Any] = {"op": str(command.__struct_config__.tag)}
        for name, value in msgspec.structs.asdict(command).items():
            # Commands from Python hold arrays instead of lists.
            plain[name] = value.tolist() if isinstance(value, np.ndarray) else value
        return cls(step, plain["op"], _words(plain), plain)


def _words(command: Mapping[str, Any]) -> str:
    match command:
        case {"op": "edit" | "revert" as op, "layer": layer, "cells": cells}:
            return f"{op} {_cells(cells)} of {layer}"
        case {"op": "freeze", "layer": layer, "cells": cells, "on": on}:
            return f"{'freeze' if on else 'unfreeze'} {_cells(cells)} of {layer}"
        case {"op": "mute", "layer": layer, "out": out, "on": on}:
            return f"{'mute' if on else 'unmute'} channel {out} of {layer}"
        case {"op": "step", "count": count}:
            return "take 1 step" if count == 1 else f"take {count} steps"
        case {"op": "set_speed", "max_steps_per_s": pace}:
            return "full speed" if pace is None else f"at most {pace:g} steps per second"
        case {"op": "set_learning_rate", "learning_rate": rate}:
            return f"learning rate {rate:g}"
        case {"op": "set_probe"}:
            return "another probe"
        case _:
            return str(command["op"])


def _cells(cells: list[int]) -> str:
    return "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
