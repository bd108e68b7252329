"""A recording that was cut off opens, with everything that was committed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import kernelwidgets as kw
from kernelwidgets.recording import Recording, disk
from kernelwidgets.recording.folder import Folder
from tests.recording import crashing
from tests.recording.frames import begin, frame, weights

KILLS = 50


def assert_whole(recording: Recording, at_least: int) -> None:
    count = len(recording)
    assert count >= at_least
    assert recording.steps.tolist() == list(range(count))
    for layer in ("conv1", "conv2"):
        expected = [weights(step)[f"{layer}.weight"] for step in range(count)]
        assert np.array_equal(recording.kernels(layer), np.stack(expected))
    steps, values = recording.metrics["loss"]
    assert steps.tolist() == values.tolist() == list(range(len(steps)))
    assert len(steps) >= at_least


def test_killed_at_fifty_random_moments(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    subprocess.run(
        [sys.executable, "-m", "tests.recording.crashing", str(tmp_path), str(KILLS)],
        check=True,
        cwd=root,
        timeout=100,
    )
    counts = [int(count) for count in (tmp_path / crashing.COUNTS).read_text().split()]
    assert len(counts) == KILLS
    for number, count in enumerate(counts):
        assert_whole(kw.open(tmp_path / f"{number}.zarr"), count)


class CutError(Exception):
    """The process ends here."""


def test_cut_off_at_every_single_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_GROUP_S", 1e9)
    write, left = Folder.write, 0

    def cut(self: Folder, key: str, content: bytes) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            beside = Path(self.path) / key
            beside.parent.mkdir(parents=True, exist_ok=True)
            (beside.parent / f".{beside.name}.new").write_bytes(content[: len(content) // 2])
            raise CutError
        write(self, key, content)

    monkeypatch.setattr(Folder, "write", cut)
    for writes in range(10**3):
        path, committed, left = tmp_path / f"{writes}.zarr", -1, writes
        try:
            recording = begin(path=path)
            committed = 0
            for step in range(3):
                recording.add(frame(step), step)
                recording.add_metrics(step, {"loss": float(step)})
                recording.flush()
                committed = step + 1
        except CutError:
            left = 10**9
        if committed > 0:
            opened = kw.open(path)
            assert_whole(opened, committed)
            assert len(opened) == committed
        if committed == 3:
            break
    assert writes > 40
