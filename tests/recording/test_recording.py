"""The data of a run, in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kernelwidgets.recording import Event
from kernelwidgets.wire.schema import Edit, Freeze, SetLearningRate
from kernelwidgets.wire.source import Frame, Want
from tests.recording.frames import begin, frame, recorded, weights


def test_arrays_come_back_over_time() -> None:
    recording = recorded()
    assert recording.steps.tolist() == [0, 10, 20, 30, 40]
    assert recording.times.tolist() == [0, 0.1, 0.2, 0.3, 0.4]
    for layer in ("conv1", 0, -2):
        kernels = recording.kernels(layer)
        assert kernels.shape == (5, 4, 1, 3, 3)
        assert kernels.dtype == np.float32
        assert np.array_equal(kernels[3], weights(30)["conv1.weight"])
    assert np.array_equal(recording.biases("conv1")[1], weights(10)["conv1.bias"])
    assert recording.title == "Net"
    assert list(recording.layers) == ["conv1", "conv2"]


def test_what_is_missing_is_said_with_the_fix() -> None:
    recording = recorded()
    with pytest.raises(ValueError, match="no layer 'conv9'; there are 'conv1', 'conv2'"):
        recording.kernels("conv9")
    with pytest.raises(ValueError, match="has no bias"):
        recording.biases("conv2")
    with pytest.raises(ValueError, match="record with gradients=True"):
        recording.gradients("conv1")
    with pytest.raises(ValueError, match="record with feature_maps='conv1'"):
        recording.feature_maps("conv1")
    with pytest.raises(ValueError, match="stage is 'before' or 'after'"):
        recording.feature_maps("conv1", stage="both")
    with pytest.raises(ValueError, match="begins at step 0"):
        recording.at(-1)
    with pytest.raises(ValueError, match="is empty"):
        begin().at(0)
    with pytest.raises(ValueError, match="nothing is recorded yet"):
        begin().kernels()
    with pytest.raises(ValueError, match="goes forward: step 39 after 40"):
        recording.add(frame(39), 1.0)


def test_a_frame_may_lack_what_others_have() -> None:
    recording = begin(gradients=True)
    gradient = np.ones((4, 1, 3, 3), np.float32)
    recording.add(frame(0), 0.0)
    recording.add(frame(1, gradient=gradient), 0.1)
    gradients = recording.gradients("conv1")
    assert np.isnan(gradients[0]).all()
    assert np.array_equal(gradients[1], gradient)
    assert recording.source_info.quantities == ["weight", "change", "gradient"]


def test_only_whole_arrays_of_chosen_layers_are_kept() -> None:
    recording = begin(layers=["conv2"])
    part = Want("weight", "conv2", outs=(0,))
    recording.add(Frame(0, {**frame(0).arrays, part: np.zeros((1, 4, 3, 3))}), 0.0)
    assert list(recording.layers) == ["conv2"]
    assert list(recording.frame(0).arrays) == [Want("weight", "conv2")]


def test_thinning_keeps_the_ends_and_spreads_the_rest() -> None:
    recording = recorded(range(1000), max_frames=30)
    steps = recording.steps
    assert len(steps) == 30
    assert (steps[0], steps[-1]) == (0, 999)
    assert np.diff(steps).max() <= 4 * 1000 / 30
    assert np.array_equal(recording.kernels()[7], weights(int(steps[7]))["conv1.weight"])


def test_thinning_by_memory() -> None:
    one = recorded([0]).info().bytes
    recording = recorded(range(100), max_bytes=10 * one)
    assert len(recording) == 10
    assert recording.info().bytes == 10 * one


def test_events_and_metrics() -> None:
    recording = recorded()
    edit = Edit(layer="conv1", cells=[3, 4], values=[0.5, 0.25])
    recording.add_event(Event.of(10, edit))
    cells: Any = np.arange(3)
    recording.add_event(Event.of(10, Freeze(layer="conv1", cells=cells, on=False)))
    recording.add_event(Event.of(20, SetLearningRate(learning_rate=0.01)))
    texts = [event.text for event in recording.events]
    assert texts == ["edit 2 cells of conv1", "unfreeze 3 cells of conv1", "learning rate 0.01"]
    first = recording.events[0]
    assert (first.step, first.kind) == (10, "edit")
    assert first.command is not None
    assert first.command["values"] == [0.5, 0.25]
    assert recording.events[1].command["cells"] == [0, 1, 2]
    steps, values = recording.metrics["loss"]
    assert steps.tolist() == [0, 10, 20, 30, 40]
    assert values.tolist() == [1 / (1 + step) for step in steps]


def test_the_summary_reads_well() -> None:
    text = repr(recorded().info())
    assert text.startswith("Recording of Net: 5 frames of steps 0 to 40, 0.4 s, 4.4 kB in memory")
    assert "kernels of conv1, conv2" in text
    assert "metrics loss; 0 events" in text
    assert repr(begin().info()).startswith("Recording of Net: 0 frames, 0.0 s, 0 bytes")
