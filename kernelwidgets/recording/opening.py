"""Reading a recording from where it was written."""

from __future__ import annotations

import os

from kernelwidgets.recording.recording import Recording
from kernelwidgets.recording.stored import Stored

__all__ = ["open"]


def open(path: str | os.PathLike[str]) -> Recording:  # noqa: A001  # as `kw.open`
    """Open a recording on disk; arrays are read when they are asked for.

    After a crash it holds everything but at most the last second.

    Parameters
    ----------
    path
        The folder, or any URL that fsspec knows.

    Raises
    ------
    FileNotFoundError
        If nothing is there.
    ValueError
        If it is no recording, or one of a later version of this package.
    ImportError
        If the zarr library is missing.
    """
    stored = Stored(path)
    facts = stored.facts
    ends = facts["probe_range"]
    recording = Recording(
        stored.source_info,
        stored,
        path=os.fspath(path),
        classes=facts["classes"],
        starts=stored.starts,
        probe=stored.probe,
        probe_range=None if ends is None else (ends[0], ends[1]),
        metrics=stored.metrics,
        events=stored.events,
        checkpoints=stored.checkpoints,
    )
    recording.cost, recording.stopped = facts["cost"], facts["stopped"]
    # Of recordings from before there were checkpoints nothing is known.
    recording.unrestorable = facts.get("unrestorable", "")
    return recording
