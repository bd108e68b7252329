"""A recording on disk is taken up by another trainer, as if nothing had been between."""

from __future__ import annotations

import contextlib
import errno
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
import zarr

import kernelwidgets as kw
from kernelwidgets.live import restorable
from kernelwidgets.recording import Recording
from kernelwidgets.recording.folder import Folder
from tests.live.nets import until
from tests.live.recorded_run import built, digest, take_step
from tests.live.trainers import data, end, trainer

STEPS = 14


@pytest.fixture(autouse=True)
def _checkpoints_whatever_they_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restorable, "_KEEPING", 1e9)


def run(path: Path | None, before: int = 0) -> tuple[Recording, dict[int, str]]:
    """A recorded run, and what everything was after each step."""
    t = built()
    states = {}
    for _ in range(before):
        take_step(t)
    recording = t.record(path, every=1)
    states[before] = digest(t)
    for step in range(before + 1, STEPS + 1):
        states[step] = take_step(t)
    recording.close()
    return recording, states


def assert_restored(recording: Recording, states: dict[int, str], *steps: int) -> None:
    t = built()
    for step in steps or states:
        t.restore(recording, step)
        assert t.step_count == step
        assert digest(t) == states[step], step


def test_a_killed_process_is_taken_up_by_another(tmp_path: Path) -> None:
    path = tmp_path / "run.zarr"
    with subprocess.Popen(
        [sys.executable, "-m", "tests.live.recorded_run", str(path)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            assert child.stdout is not None
            lines = [child.stdout.readline().split() for _ in range(40)]
            until(lambda: _last_step(path) > STEPS)
        finally:
            child.kill()
        lines += [line.split() for line in child.stdout if line.endswith("\n")]
    recording = kw.open(path)
    states = {step: line[0] for step, line in enumerate(lines, 1)}
    last = int(recording.steps[-1])
    assert last > STEPS
    assert_restored(recording, states, min(last, len(lines)), *range(12, 2, -3), 12)
    # And on from there, as it went on there.
    t = built()
    t.restore(recording, 9)
    for step in range(10, STEPS + 1):
        assert take_step(t) == states[step]


def _last_step(path: Path) -> int:
    return max((0, *kw.open(path).steps)) if (path / "zarr.json").exists() else 0


def test_every_step_with_all_that_hands_did(tmp_path: Path) -> None:
    recording, states = run(tmp_path / "run.zarr", before=2)
    opened = kw.open(tmp_path / "run.zarr")
    assert opened.events == recording.events
    steps = [each.step for each in opened.checkpoints]
    assert sorted(set(steps)) == [2, 3, 5, 6, 8, 9, 10, 11, 12]
    assert_restored(opened, states, *reversed(states), 7)
    # Undo reaches back to before.
    t = built()
    t.restore(opened, 8)
    t.undo()
    t.fit(1)
    again = built()
    again.restore(opened, 8, before_edits=True)
    again.fit(1)
    assert torch.equal(t.model.conv.weight[1], again.model.conv.weight[1])


def test_a_recording_in_memory_is_restored_by_another_trainer_and_from_its_copy(
    tmp_path: Path,
) -> None:
    recording, states = run(None)
    assert_restored(recording, states, 4)
    recording.save(tmp_path / "copy.zarr")
    kw.open(tmp_path / "copy.zarr").save(tmp_path / "again.zarr")
    assert_restored(kw.open(tmp_path / "again.zarr"), states, 13)


def test_a_run_that_was_on_its_way_when_recording_began(tmp_path: Path) -> None:
    t = built()
    t.max_steps_per_s = 500
    t.start()
    until(lambda: t.step_count > 5)
    with contextlib.closing(t.record(tmp_path / "run.zarr", every=1)):
        begun = t.step_count
        until(lambda: t.step_count > begun + 10)
        t.edit("conv", 1, 0.5).wait(30)
        t.freeze("conv", 2).wait(30)
        edited = t.step_count
        until(lambda: t.step_count > edited + 10)
        t.pause().wait(30)
    end(t)
    opened = kw.open(tmp_path / "run.zarr")
    other = built()
    for step in (begun + 1, edited + 5, begun + 8):
        other.restore(opened, step)
        assert np.array_equal(other.kernels("conv"), opened.at(step).kernels("conv")), step


def test_its_history_shows_what_the_recording_holds(tmp_path: Path) -> None:
    run(tmp_path / "run.zarr")
    recording = kw.open(tmp_path / "run.zarr")
    t = built()
    t.restore(recording, 6)
    history = t.history
    assert history is not None
    assert history.steps[-1] == 6
    assert np.array_equal(history.at(4).kernels("conv"), recording.at(4).kernels("conv"))
    assert [event.kind for event in history.events] == [
        event.kind for event in recording.events if event.step <= 6
    ]
    assert len(t._curves.points()["loss"].steps) == 6


def test_checkpoints_are_plain_arrays_within_bounds(tmp_path: Path) -> None:
    from safetensors.torch import load

    t = built()
    recording = t.record(tmp_path / "run.zarr", every=20)
    most = t._track._most_bytes = 10 * t._checkpoint().nbytes
    states = {}
    for _ in range(40):
        t.fit(1)
        t.edit("conv", 0, 0.1)
        states[t.step_count] = digest(t)
        if t.step_count % 10 == 0:
            recording.flush()
    recording.close()
    assert f"{len(recording.checkpoints)} checkpoints to restore from" in repr(recording.info())
    opened = kw.open(tmp_path / "run.zarr")
    group = zarr.open_group(tmp_path / "run.zarr", mode="r")["checkpoints"]
    assert len(list(group.arrays())) == len(opened.checkpoints) == len(recording.checkpoints)
    assert 3 < len(opened.checkpoints) <= 11
    assert sum(each.nbytes for each in opened.checkpoints) < 2 * most
    assert opened.checkpoints[0].step == 0
    _, array = next(iter(group.arrays()))
    assert array.dtype == np.uint8
    assert load(bytes(array[:]))
    assert_restored(opened, states, 33, 7)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({}, "scheduler is OneCycleLR there and none here"),
        ({"data": data(48)}, "data is 4 batches there and 3 batches here"),
    ],
)
def test_another_run_is_told_apart(tmp_path: Path, options, what: str) -> None:
    run(tmp_path / "run.zarr")
    t = trainer(**options)
    before = digest(t)
    with pytest.raises(ValueError, match=f"of another run: .*{what}"):
        t.restore(kw.open(tmp_path / "run.zarr"), 5)
    assert digest(t) == before
    assert t.step_count == 0


def test_another_network_and_optimizer_are_told_apart(tmp_path: Path) -> None:
    run(tmp_path / "run.zarr")
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3), torch.nn.Flatten(), torch.nn.LazyLinear(2)
    )
    model(torch.zeros(1, 1, 8, 8))
    t = kw.Trainer(
        model,
        data(),
        torch.nn.functional.cross_entropy,
        torch.optim.SGD(model.parameters(), 0.1),
    )
    with pytest.raises(
        ValueError, match=r"conv\.weight is 4 × 1 × 3 × 3 of float32 there and missing"
    ):
        t.restore(kw.open(tmp_path / "run.zarr"), 5)


def damage(array: Path) -> None:
    (chunk,) = (array / "c").iterdir()
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 0xFF
    chunk.write_bytes(content)


def test_a_damaged_checkpoint_is_done_without(tmp_path: Path) -> None:
    _, states = run(tmp_path / "run.zarr")
    arrays = sorted((tmp_path / "run.zarr/checkpoints").glob("*-step-*"))
    for array in arrays:
        if not array.name.endswith("-step-0"):
            damage(array)
    opened = kw.open(tmp_path / "run.zarr")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert_restored(opened, states, 14, 3)
    assert any("the checkpoint of step 8 is left out" in str(each.message) for each in told)
    damage(next(array for array in arrays if array.name.endswith("-step-0")))
    with (
        pytest.warns(RuntimeWarning),
        pytest.raises(ValueError, match="no checkpoint of this recording can be read"),
    ):
        built().restore(kw.open(tmp_path / "run.zarr"), 3)


def test_a_disk_that_is_full_ends_recording_and_not_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Folder.write

    def full(self: Folder, key: str, content: bytes) -> None:
        if "-step-5" in key:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, key, content)

    monkeypatch.setattr(Folder, "write", full)
    t = built()
    recording = t.record(tmp_path / "run.zarr", every=1)
    states = {}
    for step in range(1, STEPS + 1):
        states[step] = take_step(t)
        if step == 4:
            recording.flush()
    with pytest.warns(RuntimeWarning, match="No space left"):
        recording.close()
    assert "No space left" in recording.stopped
    assert t.step_count == STEPS
    assert_restored(kw.open(tmp_path / "run.zarr"), states, 4, 2)


class CutError(Exception):
    """The process ends here."""


@pytest.mark.filterwarnings("ignore:recording stopped")
def test_cut_off_at_any_write_it_is_restored_as_far_as_it_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, left = Folder.write, 0

    def cut(self: Folder, key: str, content: bytes) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise CutError("cut off")
        write(self, key, content)

    monkeypatch.setattr(Folder, "write", cut)
    _, states = run(None)
    reached = set()
    for writes in range(8, 10**3, 7):
        path, left = tmp_path / f"{writes}.zarr", writes
        t = built()
        recording = t.record(path, every=1)
        for _ in range(6):
            take_step(t)
            with contextlib.suppress(CutError):
                recording.flush()
        recording.close()
        left = 10**9
        if recording.checkpoints and len(opened := kw.open(path)):
            last = int(opened.steps[-1])
            reached.add(last)
            # What hands did after the very last step may have been cut off.
            assert_restored(opened, states, max(0, last - 1))
        if not recording.stopped:
            break
    assert not recording.stopped
    assert len(reached) > 1


def test_what_cannot_be_written_is_said_and_the_rest_recorded(tmp_path: Path) -> None:
    class Odd(torch.optim.lr_scheduler.LRScheduler):
        def __init__(self, optimizer):
            self.secret = object()
            super().__init__(optimizer)

        def get_lr(self):
            return [group["lr"] for group in self.optimizer.param_groups]

    t = trainer(scheduler=Odd)
    recording = t.record(tmp_path / "run.zarr", every=1)
    t.fit(3)
    recording.close()
    assert not recording.stopped
    opened = kw.open(tmp_path / "run.zarr")
    assert opened.steps.tolist() == [0, 1, 2, 3]
    assert "no checkpoints: a object cannot be written" in repr(opened.info())
    with pytest.raises(ValueError, match="no checkpoints: a object cannot be written"):
        trainer(scheduler=Odd).restore(opened, 1)
