"""The track of a run that was recorded, perhaps in another process."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import msgspec

from kernelwidgets.live.checkpoint import Checkpoint, PlanError
from kernelwidgets.live.track import DEEDS, Track
from kernelwidgets.recording import Recording
from kernelwidgets.wire.schema import AnyCommand

__all__ = ["track_of"]


def track_of(recording: Recording, checkpoint_of: Callable[[bytes], Checkpoint]) -> Track:
    """Checkpoints of a recording, with what hands did from the first of them on.

    A damaged checkpoint is left out: from the one before it the same steps are taken again.

    Raises
    ------
    ValueError
        If there is none, or they are of another kind of run; the message says what differs.
    """
    if not recording.checkpoints:
        why = recording.unrestorable or (
            "a Trainer restores its own history, and what a Trainer's record made"
        )
        raise ValueError(f"this recording has no checkpoints: {why}")
    track, told, damage = None, 0, ""
    for each in recording.checkpoints:
        try:
            checkpoint = checkpoint_of(each.read())
        except PlanError as error:
            raise ValueError(f"this recording is of another run: {error}") from None
        except ValueError as error:
            damage = f"the checkpoint of step {each.step} is left out: {error}"
            warnings.warn(damage, RuntimeWarning, stacklevel=2)
            continue
        if track is None:
            track = Track(checkpoint)
        else:
            _note(track, recording, told, each.events)
            track.append(checkpoint)
        told = each.events
    if track is None:
        raise ValueError(f"no checkpoint of this recording can be read: {damage}")
    _note(track, recording, told, None)
    return track


def _note(track: Track, recording: Recording, begin: int, end: int | None) -> None:
    deeds = {each.__struct_config__.tag for each in DEEDS}
    for event in recording.events[begin:end]:
        if event.kind in deeds:
            track.note(event.step, msgspec.convert(event.command, AnyCommand))
