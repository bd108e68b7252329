"""A run that another process takes up: `python -m tests.live.recorded_run PATH` records for ever.

For each step that is on disk it says what everything was after it.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
import torch

from kernelwidgets.live import Trainer
from kernelwidgets.wire import schema
from tests.live.trainers import everything, trainer


def one_cycle(optimizer):
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=100_000)


def built() -> Trainer:
    """The trainer, as the same code builds it everywhere."""
    torch.set_num_threads(1)
    return trainer(scheduler=one_cycle)


HELD = schema.Edit(layer="conv", cells=[0, 4], values=[1.0, 2.0], gesture="g", hold=True)

HANDS = {
    3: [
        lambda t: t.edit("conv", 0, 0.5),
        lambda t: t.freeze("conv", np.s_[0, 0, 1]),
    ],
    5: [lambda t: t.mute("conv", 2), lambda t: setattr(t, "learning_rate", 0.05)],
    6: [lambda t: t.submit(HELD)],
    7: [lambda t: t.submit(schema.Release(gesture="g"))],
    8: [lambda t: t.edit("conv", np.s_[1], 0.1, optimizer_state="clear")],
    9: [lambda t: t.undo()],
    10: [lambda t: t.redo(), lambda t: t.undo()],
    11: [lambda t: t.unfreeze("conv", 0), lambda t: t.mute("conv", 2, on=False)],
    12: [lambda t: t.undo(), lambda t: t.revert("conv", 3)],
}


def take_step(t: Trainer) -> str:
    """Take a step, let hands do theirs, and say what everything is then."""
    t.fit(1)
    for action in HANDS.get(t.step_count, ()):
        action(t)
    return digest(t)


def digest(t: Trainer) -> str:
    parts = [value.numpy().tobytes() for value in everything(t)]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def main() -> None:
    t = built()
    recording = t.record(Path(sys.argv[1]), every=1)
    while True:
        print(take_step(t), len(recording), flush=True)


if __name__ == "__main__":
    main()
