"""Moments and replays are sources for every view."""

from __future__ import annotations

import numpy as np
import pytest

from kernelwidgets.recording import Moment, Recording
from kernelwidgets.recording.metrics import curve_of
from kernelwidgets.sources import as_source
from kernelwidgets.widgets.kernel_grid import KernelGrid
from kernelwidgets.widgets.lab import Lab
from kernelwidgets.wire.schema import Undo
from kernelwidgets.wire.source import Request, Source, Want
from tests.recording.frames import frame, recorded, weights


def test_a_moment_is_the_last_frame_up_to_a_step() -> None:
    moment = recorded().at(39)
    assert isinstance(moment, Source)
    assert moment.step == 30
    assert np.array_equal(moment.kernels("conv1"), weights(30)["conv1.weight"])
    assert np.array_equal(moment.biases(), weights(30)["conv1.bias"])
    with pytest.raises(ValueError, match="has no bias at step 30"):
        moment.biases("conv2")


def test_a_moment_reads_parts_changes_and_curves() -> None:
    part = Want("weight", "conv2", outs=(2, 0), ins=(1, 3))
    change, update = Want("change", "conv1"), Want("update", "conv1")
    maps = Want("map_before", "conv1")
    read = recorded().at(30).read(Request(frozenset({part, change, update, maps}), curves=True))
    assert np.array_equal(read.arrays[part], weights(30)["conv2.weight"][[2, 0], 1:3])
    moved = weights(30)["conv1.weight"] - weights(0)["conv1.weight"]
    assert np.array_equal(read.arrays[change], moved)
    assert read.notes == {
        update: "No update was recorded here.",
        maps: "Feature maps before the nonlinearity were not recorded.",
    }
    assert read.limits["conv1", "change"][1] >= abs(moved).max()
    assert read.curves["loss"].steps.tolist() == [0, 10, 20, 30]
    assert read.curves["loss"].last == 1 / 31


def test_the_probe_is_read_from_the_recording() -> None:
    probe = np.arange(32, dtype=np.float32).reshape(2, 1, 4, 4)
    recording = recorded(probe=probe, probe_range=(0.0, 31.0))
    want = Want("probe", sample=1)
    read = recording.at(0).read(Request(frozenset({want, Want("probe", sample=2)})))
    assert np.array_equal(read.arrays[want], probe[1])
    assert read.limits["", "probe"] == (0.0, 31.0)
    assert list(read.notes) == [Want("probe", sample=2)]


def test_a_recording_cannot_be_edited() -> None:
    handle = recorded().replay.submit(Undo())
    with pytest.raises(ValueError, match="stands still"):
        handle.wait(0)


def test_views_of_a_recording_share_its_playhead() -> None:
    recording = recorded()
    grid, lab = KernelGrid(recording, layer="conv2"), Lab(recording)
    assert as_source(recording) is recording.replay
    assert grid._frame["step"] == lab._frame["step"] == 40
    recording.replay.step = 25
    assert recording.replay.step == 20
    assert grid._frame["step"] == lab._frame["step"] == 20
    assert grid._status["step"] == 20


def test_a_view_of_a_moment_stands_still() -> None:
    recording = recorded()
    grid = KernelGrid(recording.at(10), layer="conv1")
    recording.replay.step = 30
    recording.add(frame(60), 1.0)
    assert grid._frame["step"] == 10
    assert isinstance(grid.source, Moment)


def test_curves_are_thinned_as_those_of_a_live_model() -> None:
    from kernelwidgets.live.curves import Curves

    rng = np.random.default_rng(0)
    steps = np.sort(rng.integers(0, 9000, 5000))
    values = rng.normal(size=5000)
    values[[17, 4000]] = np.nan
    live, recording = Curves(), recorded([0])
    for step, value in zip(steps.tolist(), values.tolist(), strict=True):
        live.log(step, {"noise": value})
        recording.add_metrics(step, {"noise": value})
    expected = live.points()["noise"]
    found = curve_of(recording.metrics["noise"], 10_000)
    assert np.array_equal(found.steps, expected.steps)
    assert np.array_equal(found.low, expected.low)
    assert np.array_equal(found.high, expected.high)
    assert (found.last, found.nonfinite) == (expected.last, expected.nonfinite)
    nothing = curve_of(recording.metrics["noise"], -1)
    assert len(nothing.steps) == 0
    assert nothing.last is None


def test_recording_is_a_public_name() -> None:
    import kernelwidgets as kw

    assert kw.Recording is Recording
