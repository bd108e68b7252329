"""Frames and recordings for the tests of recordings."""

from __future__ import annotations

import numpy as np

from kernelwidgets.recording import Recording
from kernelwidgets.wire.array_source import ArraySource
from kernelwidgets.wire.source import Frame, Want


def weights(seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        "conv1.weight": rng.normal(size=(4, 1, 3, 3)).astype(np.float32),
        "conv1.bias": rng.normal(size=4).astype(np.float32),
        "conv2.weight": rng.normal(size=(5, 4, 3, 3)).astype(np.float32),
    }


def frame(step: int, *, seed: int | None = None, **more: np.ndarray) -> Frame:
    """A frame of both layers; `more` are other quantities of conv1."""
    values = weights(step if seed is None else seed)
    arrays = {
        Want("weight", "conv1"): values["conv1.weight"],
        Want("bias", "conv1"): values["conv1.bias"],
        Want("weight", "conv2"): values["conv2.weight"],
        **{Want(quantity, "conv1"): array for quantity, array in more.items()},
    }
    return Frame(step, arrays)


def begin(**options) -> Recording:
    return Recording.begin(ArraySource(weights(0), title="Net").info, **options)


def recorded(steps=range(0, 50, 10), **options) -> Recording:
    recording = begin(**options)
    for number, step in enumerate(steps):
        recording.add(frame(step), number / 10)
        recording.add_metrics(step, {"loss": 1 / (1 + step)})
    return recording
