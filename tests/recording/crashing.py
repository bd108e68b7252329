"""Writes recordings in processes that are killed: `python crashing.py FOLDER COUNT`.

Each process says on a pipe how many frames it knows to be committed.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from kernelwidgets.recording import disk
from tests.recording.frames import begin, frame

COUNTS = "counts.txt"


def write(path: Path, pipe: int) -> None:
    disk._GROUP_S = 0.0
    recording = begin(path=path)
    for step in range(10**6):
        recording.add(frame(step), step)
        recording.add_metrics(step, {"loss": float(step)})
        recording.flush()
        os.write(pipe, f"{step + 1}\n".encode())


def killed(path: Path, after_s: float) -> int:
    """Number of frames that the process said it had committed."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        write(path, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        first = pipe.readline()
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        lines = (first + pipe.read()).split(b"\n")[:-1]
    return int(lines[-1])


def main() -> None:
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    # What is imported once is there in every process.
    begin(path=folder / "warm.zarr").add(frame(0), 0.0)
    moments = random.Random(0)
    counts = [killed(folder / f"{number}.zarr", 0.05 * moments.random()) for number in range(count)]
    (folder / COUNTS).write_text(" ".join(map(str, counts)))


if __name__ == "__main__":
    main()
