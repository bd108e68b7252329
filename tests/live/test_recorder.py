"""Recording a model while it trains."""

from __future__ import annotations

import gc
import time
import weakref
from pathlib import Path

import numpy as np
import pytest
import torch

import kernelwidgets as kw
from kernelwidgets.live import recorder
from kernelwidgets.recording import Recording
from kernelwidgets.wire.schema import Edit, Undo
from kernelwidgets.wire.source import Request, Want
from tests.live.nets import Loop, Viewer, step, train, until, watched
from tests.live.trainers import everything, same, trainer


def test_every_takes_exactly_these_steps_with_their_values() -> None:
    model, optimizer, live = watched()
    expected = [model.conv1.weight.detach().numpy().copy()]
    recording = live.record(every=3)
    # There is something to show at once.
    assert recording.steps.tolist() == [0]
    for count in range(1, 31):
        live.log(loss=step(model, optimizer))
        if count % 3 == 0:
            expected.append(model.conv1.weight.detach().numpy().copy())
    recording.close()
    assert recording.steps.tolist() == list(range(0, 31, 3))
    assert np.array_equal(recording.kernels("conv1"), np.stack(expected))
    assert np.array_equal(recording.biases("conv2")[-1], model.conv2.bias.detach().numpy())
    assert recording.metrics["loss"][0].tolist() == list(range(1, 31))
    assert np.isfinite(recording.metrics["loss"][1]).all()
    assert np.diff(recording.times).min() >= 0
    live.close()


def test_what_every_costs_is_measured_and_shown() -> None:
    model, optimizer, live = watched()
    recording = live.record(every=1)
    for _ in range(20):
        step(model, optimizer)
    until(lambda: recording.cost)
    assert f"recording costs {100 * recording.cost:.1f} %" in live.status.cost_text
    assert f"{100 * recording.cost:.1f} % of the time" in repr(recording.info())
    recording.close()
    assert "recording" not in live.status.cost_text
    live.close()


def test_a_rate_is_kept_and_the_last_state_is_there() -> None:
    model, optimizer, live = watched(budget=1)
    start = time.perf_counter()
    recording = live.record(rate_hz=20)
    with Loop(model, optimizer) as loop:
        until(lambda: len(recording) > 5)
    most = 20 * (time.perf_counter() - start) + 3
    assert loop.error is None
    recording.close()
    assert len(recording) <= most
    assert recording.steps[0] == 0
    assert recording.steps[-1] == live.step_count
    assert np.array_equal(recording.kernels()[-1], live.kernels("conv1"))
    assert recording.cost is None
    live.close()


def test_a_recorded_frame_is_the_frame_that_a_view_got() -> None:
    model, optimizer, live = watched(budget=1)
    viewer = Viewer("weight", "change")
    live.subscribe(viewer)
    recording = live.record(rate_hz=1000)
    live.run(train, live, model, optimizer, 50).join(30)
    recording.close()
    seen = {frame.step: frame for frame in viewer.frames}
    both = [frame for frame in map(recording.frame, range(len(recording))) if frame.step in seen]
    assert both
    for frame in both:
        want, shown = Want("weight", "conv1"), seen[frame.step]
        assert np.array_equal(frame.arrays[want], shown.arrays[want])
        for quantity in ("weight", "change"):
            assert frame.limits["conv1", quantity] == shown.limits["conv1", quantity]
    live.close()


def test_every_command_is_recorded_with_its_step() -> None:
    model, optimizer, live = watched()
    recording = live.record(every=1)
    step(model, optimizer)
    live.edit("conv1", np.s_[0, 0, 0, :2], [0.5, 0.25])
    live.freeze("conv2", 0)
    step(model, optimizer)
    live.mute("conv1", 2)
    live.submit(Edit(layer="conv1", cells=[3], values=[1.0])).wait(30)
    live.submit(Undo()).wait(30)
    live.learning_rate = 0.5
    live.max_steps_per_s = 1000
    live.probe = torch.ones(2, 1, 8, 8)
    refused = live.submit(Edit(layer="conv9", cells=[3], values=[1.0]))
    with pytest.raises(ValueError, match="conv9"):
        refused.wait(30)
    recording.close()
    live.undo()
    events = [(event.step, event.kind) for event in recording.events]
    assert events == [
        (1, "edit"),
        (1, "freeze"),
        (2, "mute"),
        (2, "edit"),
        (2, "undo"),
        (2, "set_learning_rate"),
        (2, "set_speed"),
        (2, "set_probe"),
    ]
    assert recording.events[-2].text == "at most 1000 steps per second"
    assert recording.events[0].command["values"] == [0.5, 0.25]
    live.close()


def test_an_edit_at_rest_adds_a_frame_of_the_same_step() -> None:
    _, _, live = watched()
    recording = live.record(every=10)
    live.wake()
    live.edit("conv1", 0, 2.0)
    until(lambda: len(recording) == 2)
    live.edit("conv1", 0, 3.0)
    until(lambda: len(recording) == 3)
    recording.close()
    assert recording.steps.tolist() == [0, 0, 0]
    assert (recording.at(0).kernels("conv1")[0] == 3).all()
    live.close()


def test_gradients_maps_answers_and_the_probe() -> None:
    probe = torch.randn(3, 1, 8, 8)
    model, optimizer, live = watched(probe=probe, classes=["a", "b"])
    recording = live.record(every=2, layers=["conv2"], feature_maps="conv1", gradients=True)
    for _ in range(4):
        step(model, optimizer)
    maps = live.feature_maps("conv1", sample=2)
    answers = live.read(Request(answers=True)).answers
    recording.close()
    assert list(recording.layers) == ["conv1", "conv2"]
    gradients = recording.gradients("conv2")
    assert np.isnan(gradients[0]).all()
    assert np.array_equal(gradients[2], live.gradients("conv2"))
    assert recording.feature_maps("conv1", 2).shape == (3, 4, 6, 6)
    assert np.array_equal(recording.feature_maps("conv1", 2)[2], maps)
    assert recording.answers[2] == answers
    assert np.array_equal(recording.probe, probe.numpy())
    assert recording.probe_range == (float(probe.min()), float(probe.max()))
    assert recording.classes == ("a", "b")
    live.close()


def test_a_probe_that_comes_later_is_recorded() -> None:
    model, optimizer, live = watched()
    recording = live.record(every=1)
    assert recording.samples == []
    step(model, optimizer)
    step(model, optimizer)
    recording.close()
    assert np.array_equal(recording.probe, live.probe.numpy())
    assert len(recording.samples) == 4
    assert recording.layers["conv1"].reads_image
    live.close()


@pytest.mark.parametrize("options", [{}, {"every": 1}, {"every": 3, "gradients": True}])
def test_a_recorded_run_ends_in_the_same_bits(options: dict) -> None:
    probe = torch.zeros(2, 1, 8, 8)
    alone, recorded = trainer(probe=probe), trainer(probe=probe)
    alone.fit(30)
    recording = recorded.record(steps=30, feature_maps="conv", **options)
    assert recording.steps[-1] == 30
    assert same(everything(alone), everything(recorded))
    alone.close()
    recorded.close()


def test_trainer_record_runs_and_returns_the_recording() -> None:
    t = trainer()
    recording = t.record(steps=20, every=5)
    assert isinstance(recording, Recording)
    assert recording.steps.tolist() == [0, 5, 10, 15, 20]
    assert recording.metrics["loss"][0].tolist() == list(range(1, 21))
    t.fit(10)
    assert recording.steps[-1] == 20
    t.close()


def test_the_last_steps_are_recorded_though_every_does_not_divide_them() -> None:
    t = trainer()
    recording = t.record(steps=12, every=5)
    assert recording.steps.tolist() == [0, 5, 10, 12]
    t.close()


def test_a_recording_that_fails_stops_and_training_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    model, optimizer, live = watched()
    recording = live.record(every=1)
    step(model, optimizer)
    until(lambda: len(recording) == 2)
    monkeypatch.setattr(recording, "add", full)
    for _ in range(30):
        step(model, optimizer)
    until(lambda: recording.stopped)
    assert "No space left on device" in recording.stopped
    assert "recording stopped: [Errno 28] No space left" in caplog.text
    assert "recording stopped" in live.status.cost_text
    assert "stopped: [Errno 28]" in repr(recording.info())
    assert live.step_count == 31
    recording.close()
    assert recording.steps.tolist() == [0, 1]
    live.close()


def test_a_recording_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "_MOST_BYTES", 10_000)
    model, optimizer, live = watched()
    recording = live.record(every=1)
    for _ in range(100):
        step(model, optimizer)
    until(lambda: recording.stopped)
    assert "in memory; record to a path" in recording.stopped
    assert 10_000 < recording.nbytes < 20_000
    live.close()


def test_a_restart_ends_the_recording() -> None:
    for seed in (None, 5):
        t = trainer()
        recording = t.record(every=1)
        t.fit(3)
        t.restart(seed)
        t.fit(2)
        recording.close()
        assert "training began again" in recording.stopped
        assert recording.steps.tolist() == [0, 1, 2, 3]
        t.close()


def test_a_recording_that_nobody_has_is_not_kept() -> None:
    model, optimizer, live = watched()
    recording = live.record(every=1)
    filler = live._recorders[0]
    gone = weakref.ref(recording)
    step(model, optimizer)
    del recording
    until(lambda: gc.collect() >= 0 and gone() is None)
    until(lambda: not filler.on and not filler._thread.is_alive())
    step(model, optimizer)
    assert live._witnesses == []
    live.close()


def test_closing_the_live_model_ends_the_recording() -> None:
    model, optimizer, live = watched()
    recording = live.record(every=10)
    for _ in range(5):
        step(model, optimizer)
    live.close()
    step(model, optimizer)
    recording.close()
    recording.close()
    assert recording.steps.tolist() == [0, 5]


def test_what_cannot_be_recorded_says_why() -> None:
    _, _, live = watched()
    with pytest.raises(ValueError, match="not both"):
        live.record(every=1, rate_hz=10)
    with pytest.raises(ValueError, match="every is a whole number"):
        live.record(every=0)
    with pytest.raises(ValueError, match="rate_hz is a positive number"):
        live.record(rate_hz=-1)
    with pytest.raises(ValueError, match="no layer 'conv7'"):
        live.record(layers="conv7")
    with pytest.raises(ValueError, match="there is no probe"):
        live.record(feature_maps="conv1")
    with pytest.raises(ValueError, match="no convolution layer"):
        live.record(layers=[])
    live.close()


def test_a_run_on_disk_is_opened_again(tmp_path: Path) -> None:
    t = trainer(probe=torch.zeros(2, 1, 8, 8), classes=["a", "b"])
    recording = t.record(tmp_path / "run.zarr", steps=20, every=4, feature_maps="conv")
    opened = kw.open(tmp_path / "run.zarr")
    assert opened.steps.tolist() == [0, 4, 8, 12, 16, 20]
    assert np.array_equal(opened.kernels(), recording.kernels())
    assert np.array_equal(opened.feature_maps(), recording.feature_maps())
    assert opened.answers == recording.answers
    assert opened.cost == recording.cost
    assert len(opened.metrics["loss"][0]) == 20
    with pytest.raises(ValueError, match="choose another path"):
        t.record(tmp_path / "run.zarr", steps=20)
    t.close()


def test_a_run_on_disk_goes_on_though_nobody_has_it(tmp_path: Path) -> None:
    model, optimizer, live = watched()
    live.record(tmp_path / "run.zarr", every=1)
    gc.collect()
    for _ in range(5):
        step(model, optimizer)
    # It is written within a second, without being closed.
    until(lambda: len(kw.open(tmp_path / "run.zarr")) == 6)
    live.close()


def test_a_full_disk_ends_the_recording_and_not_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    model, optimizer, live = watched()
    recording = live.record(tmp_path / "run.zarr", every=1)
    step(model, optimizer)
    until(lambda: len(kw.open(tmp_path / "run.zarr")) == 2)
    monkeypatch.setattr("kernelwidgets.recording.folder.Folder.write", full)
    for _ in range(30):
        step(model, optimizer)
    until(lambda: recording.stopped)
    step(model, optimizer)
    assert "recording stopped: [Errno 28] No space left" in live.status.cost_text
    with pytest.warns(RuntimeWarning, match="No space left"):
        recording.close()
    assert kw.open(tmp_path / "run.zarr").steps.tolist() == [0, 1]
    live.close()
