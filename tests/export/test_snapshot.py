"""The present as a recording of one frame."""

from __future__ import annotations

import numpy as np
import torch

import kernelwidgets as kw
from kernelwidgets.export.snapshot import recording_of
from kernelwidgets.sources import as_source
from tests.recording.frames import recorded


def test_snapshot_holds_what_the_views_show() -> None:
    torch.set_num_threads(1)
    trainer = kw.demo("lines")
    trainer.fit(3)
    snapshot = recording_of(trainer)
    assert snapshot.steps.tolist() == [3]

    weights = next(p for p in trainer.model.parameters() if p.ndim == 4).detach().numpy()

    assert np.array_equal(snapshot.kernels()[0], weights)
    assert np.isfinite(snapshot.gradients()).all()
    assert len(snapshot.probe) == len(snapshot.samples)
    assert snapshot.feature_maps(sample=2, stage="before").shape[:2] == (1, len(weights))
    steps, values = snapshot.metrics["loss"]
    assert steps.tolist() == [1, 2, 3]
    assert np.isfinite(values).all()


def test_changes_are_counted_from_the_start() -> None:
    source = as_source(np.zeros((2, 3, 3), np.float32))
    source.edit(source.info.layers[0].name, (0, 0, 1, 1), 2.0)
    snapshot = recording_of(source)
    assert snapshot.kernels()[0, 0, 0, 1, 1] == 2
    assert not snapshot.start().any()


def test_a_recording_travels_whole_and_a_moment_alone() -> None:
    recording = recorded()
    assert recording_of(as_source(recording)) is recording
    alone = recording_of(recording.at(25))
    assert alone.steps.tolist() == [20]
    assert np.array_equal(alone.kernels("conv2")[0], recording.kernels("conv2")[2])
