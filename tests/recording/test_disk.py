"""Recordings on disk."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import zarr

import kernelwidgets as kw
from kernelwidgets.recording import Event, Recording, disk
from kernelwidgets.wire.array_source import ArraySource
from kernelwidgets.wire.schema import Edit, Guess
from kernelwidgets.wire.source import Frame, Want
from tests.recording.frames import begin, frame, recorded


def rich(path: Path | None = None) -> Recording:
    """A recording that holds something of everything."""
    rng = np.random.default_rng(1)
    recording = begin(
        path=path,
        gradients=True,
        classes=["bar", "</script>"],
        probe=rng.normal(size=(2, 1, 5, 5)).astype(np.float32),
        probe_range=(-1.0, 2.5),
    )
    for number, step in enumerate([0, 1, 1, 5, 9]):
        more = {"gradient": rng.normal(size=(4, 1, 3, 3)).astype(np.float32)} if number else {}
        maps = {
            Want("map_after", "conv1", sample=s): rng.normal(size=(4, 3, 3)).astype(np.float32)
            for s in range(2)
        }
        taken = frame(step, seed=number, **more)
        guesses = tuple(
            tuple(Guess(label=label, share=float(rng.random())) for label in ("</script>", "7"))
            for _ in range(2)
        )
        recording.add(
            Frame(step, {**taken.arrays, **maps}, answers=guesses if number != 2 else None),
            number / 3,
        )
        recording.add_metrics(step, {"loss": rng.random(), "val/accu\u202eracy": np.nan})
    recording.add_event(Event.of(1, Edit(layer="conv1", cells=[0, 3], values=[0.1, -1e-9])))
    recording.add_event(Event(5, "note", 'quotes " and \u2028 breaks'))
    return recording


def assert_same(one: Recording, other: Recording) -> None:
    assert one.steps.tolist() == other.steps.tolist()
    assert one.times.tolist() == other.times.tolist()
    assert one.source_info == other.source_info
    assert one.classes == other.classes
    assert one.events == other.events
    assert one.probe_range == other.probe_range
    assert np.array_equal(one.probe, other.probe)
    assert one.metrics.keys() == other.metrics.keys()
    for name, (steps, values) in one.metrics.items():
        assert np.array_equal(steps, other.metrics[name][0])
        assert np.array_equal(values, other.metrics[name][1], equal_nan=True)
    for layer in one.layers:
        assert np.array_equal(one.kernels(layer), other.kernels(layer))
        assert np.array_equal(one.start(layer), other.start(layer))
    assert np.array_equal(one.biases("conv1"), other.biases("conv1"))
    for mine, theirs in zip(
        map(one.frame, range(len(one))), map(other.frame, range(len(one))), strict=True
    ):
        assert mine.step == theirs.step
        assert mine.answers == theirs.answers
        assert mine.limits == theirs.limits
        assert mine.arrays.keys() == theirs.arrays.keys()
        for want, values in mine.arrays.items():
            assert values.dtype == theirs.arrays[want].dtype == np.float32
            assert np.array_equal(values, theirs.arrays[want])


def test_everything_comes_back_exactly(tmp_path: Path) -> None:
    memory = rich()
    memory.save(tmp_path / "saved.zarr")
    assert_same(memory, kw.open(tmp_path / "saved.zarr"))
    direct = rich(tmp_path / "direct.zarr")
    assert_same(memory, direct)
    direct.close()
    opened = kw.open(str(tmp_path / "direct.zarr"))
    assert_same(memory, opened)
    assert opened.path == str(tmp_path / "direct.zarr")
    assert np.array_equal(opened.feature_maps("conv1", 1), memory.feature_maps("conv1", 1))
    assert np.array_equal(opened.gradients(), memory.gradients(), equal_nan=True)
    opened.save(tmp_path / "again.zarr")
    assert_same(memory, kw.open(tmp_path / "again.zarr"))


def test_any_url_of_fsspec_will_do() -> None:
    recording = rich()
    recording.save("memory://somewhere/run.zarr")
    assert_same(recording, kw.open("memory://somewhere/run.zarr"))


def test_other_tools_read_plain_arrays(tmp_path: Path) -> None:
    recording = rich(tmp_path / "run.zarr")
    recording.close()
    group = zarr.open_group(tmp_path / "run.zarr", mode="r", zarr_format=3)
    assert {"steps", "times", "layers", "metrics", "events", "probe"} <= set(group)
    layers = {layer.attrs["name"]: layer for _, layer in group["layers"].groups()}
    weight = layers["conv2"]["weight"]
    assert weight.shape == (5, 5, 4, 3, 3)
    assert weight.dtype == np.float32
    assert weight.metadata.dimension_names == ("time", "out", "in", "y", "x")
    assert np.array_equal(weight[:], recording.kernels("conv2"))
    assert np.isnan(layers["conv1"]["gradient"][0]).all()
    names = {metric.attrs["name"] for _, metric in group["metrics"].groups()}
    assert names == {"loss", "val/accu\u202eracy"}
    lines = bytes(group["events"][:]).decode().splitlines()
    assert json.loads(lines[0])["command"]["values"] == [0.1, -1e-9]


def test_it_can_be_read_while_it_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_GROUP_S", 0.0)
    recording, memory = begin(path=tmp_path / "run.zarr"), begin()
    want = Want("weight", "conv2")
    for step in range(30):
        for each in (recording, memory):
            each.add(frame(step), step / 10)
            each.add_metrics(step, {"loss": step})
        if step % 7 == 0:
            assert np.array_equal(recording.kernels("conv2"), memory.kernels("conv2"))
            assert np.array_equal(recording.at(step // 2).kernels(), memory.at(step // 2).kernels())
            opened = kw.open(tmp_path / "run.zarr")
            assert len(opened) >= len(recording) - 2
            for index in range(len(opened)):
                assert np.array_equal(
                    opened.frame(index).arrays[want], memory.frame(index).arrays[want]
                )
    assert recording.replay.step == 29


def test_rows_beyond_a_chunk_and_arrays_that_come_late(tmp_path: Path) -> None:
    count = 1100
    recording = begin(path=tmp_path / "run.zarr")
    for step in range(count):
        late = {"map_before": np.full((4, 2, 2), step, np.float32)} if step > 700 else {}
        if step == 1050:
            late = {"map_before": np.zeros((4, 3, 3), np.float32)}
        recording.add(frame(step, seed=0, **late), 0.0)
        if step % 137 == 0:
            recording.flush()
    recording.close()
    opened = kw.open(tmp_path / "run.zarr")
    maps = opened.feature_maps("conv1", stage="before")
    assert np.isnan(maps[[0, 700, 1050]]).all()
    assert maps[[701, 1049, 1099], 0, 1, 1].tolist() == [701, 1049, 1099]
    assert np.array_equal(opened.steps, np.arange(count))
    assert np.array_equal(opened.kernels("conv2")[-1], frame(0).arrays[Want("weight", "conv2")])
    assert Want("map_before", "conv1") not in opened.frame(700).arrays


def test_a_layer_larger_than_a_chunk(tmp_path: Path) -> None:
    weight = np.random.default_rng(0).normal(size=(128, 512, 3, 3)).astype(np.float32)
    recording = Recording.begin(ArraySource({"big": weight}).info, path=tmp_path / "run.zarr")
    for step in range(3):
        recording.add(Frame(step, {Want("weight", "big"): weight * step}), 0.0)
    recording.close()
    assert np.array_equal(kw.open(tmp_path / "run.zarr").kernels()[2], weight * 2)


def test_a_place_that_is_taken_or_empty_is_refused(tmp_path: Path) -> None:
    recorded().save(tmp_path / "run.zarr")
    with pytest.raises(ValueError, match="choose another path"):
        begin(path=tmp_path / "run.zarr")
    with pytest.raises(ValueError, match="choose another path"):
        recorded().save(tmp_path / "run.zarr")
    with pytest.raises(FileNotFoundError, match="there is no recording in"):
        kw.open(tmp_path / "other.zarr")
    zarr.open_group(tmp_path / "group.zarr", mode="w", zarr_format=3)
    with pytest.raises(ValueError, match="is a zarr group, but no recording"):
        kw.open(tmp_path / "group.zarr")
    with pytest.raises(ValueError, match="this recording is closed"):
        kw.open(tmp_path / "run.zarr").add(frame(60), 1.0)


def test_a_later_version_is_refused_with_the_fix(tmp_path: Path) -> None:
    recorded().save(tmp_path / "run.zarr")
    root = tmp_path / "run.zarr" / "zarr.json"
    metadata = json.loads(root.read_text())
    metadata["attributes"]["kernelwidgets_recording"]["version"] = 2
    root.write_text(json.dumps(metadata))
    with pytest.raises(ValueError, match="pip install --upgrade kernelwidgets"):
        kw.open(tmp_path / "run.zarr")


def test_without_zarr_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(ImportError, match=r"pip install 'kernelwidgets\[recording\]'"):
        begin(path=tmp_path / "run.zarr")
    with pytest.raises(ImportError, match=r"pip install 'kernelwidgets\[recording\]'"):
        kw.open(tmp_path / "run.zarr")


def test_a_full_disk_leaves_what_was_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = begin(path=tmp_path / "run.zarr")
    recording.add(frame(0), 0.0)
    recording.flush()

    def full(self: object, key: str, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kernelwidgets.recording.folder.Folder.write", full)
    recording.add(frame(1), 0.1)
    with pytest.raises(OSError, match="No space left"):
        recording.flush()
    with pytest.warns(RuntimeWarning, match="recording stopped: .*No space left"):
        recording.close()
    assert "No space left" in recording.stopped
    assert recording.steps.tolist() == [0, 1]
    assert np.array_equal(recording.kernels()[1], frame(1).arrays[Want("weight", "conv1")])
    assert kw.open(tmp_path / "run.zarr").steps.tolist() == [0]
