"""The present as a recording of one frame."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import kernelwidgets as kw
from kernelwidgets.export.exhibit import exhibit_of
from kernelwidgets.export.snapshot import maps_of, snapshot
from kernelwidgets.sources import as_source
from kernelwidgets.wire.source import Want
from tests.recording.frames import recorded


@pytest.fixture(scope="module")
def trainer() -> kw.Trainer:
    torch.set_num_threads(1)
    trainer = kw.demo("digits")
    trainer.fit(3)
    return trainer


def test_snapshot_holds_what_the_views_show(trainer: kw.Trainer) -> None:
    maps = maps_of(trainer, "conv2", 2, 10**6)
    taken = snapshot(trainer, maps=maps)
    assert taken.steps.tolist() == [3]
    kernels = [p.detach().numpy() for p in trainer.model.parameters() if p.ndim == 4]
    for layer, kernel in enumerate(kernels):
        assert np.array_equal(taken.kernels(layer)[0], kernel)
        assert np.isfinite(taken.gradients(layer)).all()
    assert len(taken.probe) == len(taken.samples)
    assert taken.feature_maps("conv2", sample=4, stage="before").shape[:2] == (1, 32)
    with pytest.raises(ValueError, match="feature maps of 'conv1'"):
        taken.feature_maps("conv1")
    steps, values = taken.metrics["loss"]
    assert steps.tolist() == [1, 2, 3]
    assert np.isfinite(values).all()


def test_maps_of_the_picture_on_show_go_first(trainer: kw.Trainer) -> None:
    both = [Want(stage, "conv2", sample=2) for stage in ("map_before", "map_after")]
    every = maps_of(trainer, "conv2", 2, 10**9)
    assert every[:2] == both
    assert len(every) == 2 * len(trainer.info.samples)
    size = 2 * 32 * 4 * 4
    assert maps_of(trainer, "conv2", 2, 2 * size - 1) == both
    assert maps_of(trainer, "conv2", 2, size - 1) == []
    assert maps_of(as_source(np.eye(3)), "kernels", 0, 10**9) == []


def test_changes_are_counted_from_the_start() -> None:
    source = as_source(np.zeros((2, 3, 3), np.float32))
    source.edit(source.info.layers[0].name, (0, 0, 1, 1), 2.0)
    taken = snapshot(source)
    assert taken.kernels()[0, 0, 0, 1, 1] == 2
    assert not taken.start().any()


def test_a_recording_travels_whole_and_a_moment_alone() -> None:
    recording = recorded()
    whole = exhibit_of(recording)
    assert whole.recording is recording
    assert whole.tape().header.steps == [0, 10, 20, 30, 40]
    alone = exhibit_of(recording.at(25))
    assert alone.recording is None
    assert alone.tape().header.steps == [20]


def test_only_chosen_layers_travel() -> None:
    exhibit = exhibit_of(recorded())
    assert [track.layer for track in exhibit.tape().header.tracks] == ["conv1", "conv2"]
    assert [track.layer for track in exhibit.tape(["conv2"]).header.tracks] == ["conv2"]
    assert [track.layer for track in exhibit.tape([-1]).header.tracks] == ["conv2"]
    with pytest.raises(ValueError, match="no layer 'conv7'; there are 'conv1', 'conv2'"):
        exhibit.tape(["conv7"])
