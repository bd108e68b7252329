"""What recording takes of training, and how many bytes it writes."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch
from sklearn.datasets import load_digits

import kernelwidgets as kw
from kernelwidgets.export.tape import encode
from kernelwidgets.live import watch
from kernelwidgets.recording import Recording
from tests.bench import bench_publish
from tests.bench._figures import Effort, Figure, at_least, at_most, interleaved
from tests.bench.bench_live import HALF, digits_cnn, in_turns
from tests.bench.bench_live import Training as Digits

FRAMES = 500


def kept_throughput(folder: Path, s: float) -> Figure:
    """What recording on a disk, within the budget, leaves of the pace."""
    pictures, numbers = load_digits(return_X_y=True)
    x = torch.tensor(pictures, dtype=torch.float32).reshape(-1, 1, 8, 8) / 16
    training = Digits(digits_cnn(), (x, torch.tensor(numbers)), 64)
    live = watch(training.model, training.optimizer, budget=HALF)
    recording = live.record(folder / "run.zarr")
    sides = in_turns(training, live, lambda: len(recording), s)
    recording.close()
    live.close()
    about = f"± {sides.doubt:.3f}; {sides.frames_per_s:.1f} frames/s"
    name = "throughput while recorded on disk, small CNN on digits"
    return at_least(name, sides.kept, 0.98, "", about)


def exact_frame_s(rounds: int) -> float:
    """Seconds of the training thread that a frame of 64×3×7×7 takes with `every=`."""
    training = bench_publish.Training()
    live = watch(training.model, training.optimizer)
    recording = live.record(every=2)

    def difference() -> float:
        # An even number of steps: every second one is recorded.
        times = [training.step_s() for _ in range(100)]
        return statistics.median(times[1::2]) - statistics.median(times[::2])

    (differences,) = interleaved(rounds, difference)
    recording.close()
    live.close()
    return statistics.median(differences)


def gabors() -> Recording:
    """Five hundred frames of a demo."""
    trainer = kw.demo("gabors_color")
    recording = trainer.record(steps=3 * (FRAMES - 1), every=3)
    trainer.close()
    return recording


def figures(effort: Effort) -> Iterator[Figure]:
    torch.set_num_threads(1)
    frame_s = exact_frame_s(max(3, int(effort.seconds)))
    name = "training-thread time, a frame of 64×3×7×7 recorded with every="
    yield at_most(name, frame_s * 1e3, 0.1, "ms")

    recording = gabors()
    raw = recording.info().bytes / len(recording)
    about = f"raw float32 {raw / 1e3:.1f} kB"
    with tempfile.TemporaryDirectory() as folder:
        recording.save(Path(folder) / "run.zarr")
        files = [file for file in Path(folder).rglob("*") if file.is_file()]
        frames = [file for file in files if "checkpoints" not in file.parts]
        stored = sum(file.stat().st_size for file in frames) / len(recording)
    yield at_most("bytes per frame on disk / raw, gabors_color", stored / raw, 0.9, "", about)
    # In base64.
    played = 4 / 3 * len(encode(recording).data)
    about = f"{played / len(recording) / raw:.2f} of raw"
    name = f"{len(recording)} frames of gabors_color in a page"
    yield at_most(name, played / 1e6, 2, "MB", about)

    with tempfile.TemporaryDirectory() as folder:
        yield kept_throughput(Path(folder), effort.seconds / 20)
