"""What the commands of the contract do to a network and its optimizers."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.optim import Optimizer

from kernelwidgets.models import Network
from kernelwidgets.wire import schema
from kernelwidgets.wire.commands import CommandError
from kernelwidgets.wire.schema import AnyCommand

__all__ = ["change", "learning_rate", "require_one_process", "set_learning_rate"]


def change(network: Network, command: AnyCommand) -> str | None:
    """Carry out a command that changes a network; returns a note or None.

    Raises
    ------
    ValueError, IndexError
        If it cannot be carried out; nothing is changed then.
    """
    match command:
        case schema.Edit():
            return network.edit(
                command.layer,
                command.parameter,
                command.cells,
                command.values,
                gesture=command.gesture,
                hold=command.hold,
                optimizer_state=command.optimizer_state,
                allow_nonfinite=command.allow_nonfinite,
            )
        case schema.Release():
            network.release(command.gesture)
        case schema.Freeze():
            network.freeze(command.layer, command.parameter, command.cells, command.on)
        case schema.Revert():
            return network.revert(command.layer, command.parameter, command.cells)
        case schema.Mute():
            network.mute(command.layer, command.out, command.on)
        case schema.Undo():
            network.undo()
        case schema.Redo():
            network.redo()
        case schema.SetProbe():
            _set_probe(network, command)
        case _:
            raise CommandError(f"a network cannot {type(command).__name__.lower()}")
    return None


def _set_probe(network: Network, command: schema.SetProbe) -> None:
    if command.size is None:
        raise CommandError("give the picture's pixels and its size")
    pixels = torch.tensor(command.pixels)
    height, width, channels = command.size
    if pixels.numel() != height * width * channels:
        raise CommandError(f"{pixels.numel()} pixels do not fill {height} × {width} × {channels}")
    network.replace_picture(
        command.sample, pixels.reshape(height, width, channels).numpy(), command.sample_name
    )


def learning_rate(optimizers: Sequence[Optimizer]) -> float | None:
    """Learning rate of the first parameter group that has one."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            if "lr" in group:
                return float(group["lr"])
    return None


def set_learning_rate(optimizers: Sequence[Optimizer], rate: float) -> None:
    """Set the learning rate of every parameter group.

    Raises
    ------
    CommandError
        If there is none.
    """
    if learning_rate(optimizers) is None:
        raise CommandError("there is no optimizer with a learning rate; pass it to kw.watch")
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            # Compiled and captured steps keep it in a tensor.
            if isinstance(group.get("lr"), torch.Tensor):
                group["lr"].fill_(rate)
            elif "lr" in group:
                group["lr"] = rate


def require_one_process() -> None:
    """Refuse to change a model that several processes train together.

    Raises
    ------
    CommandError
        If the world is larger than one.
    """
    distributed = torch.distributed
    if distributed.is_available() and distributed.is_initialized():
        count = distributed.get_world_size()
        if count > 1:
            raise CommandError(
                f"{count} processes train this model together; a change in one of them would set "
                "it apart from the others, so it can only be watched"
            )
