"""What it costs to have the package: seconds to import it, bytes of its front end."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import kernelwidgets
from tests.bench._figures import Effort, Figure, at_most, interleaved

STATIC = Path(kernelwidgets.__file__).parent / "static"
TIMED = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"


def figures(effort: Effort) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as cache:
        # As installed: byte code is there, whatever this shell says.
        environment = os.environ | {"PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}

        def seconds(module: str) -> float:
            return float(
                subprocess.run(
                    [sys.executable, "-c", TIMED.format(module)],
                    env=environment,
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout
            )

        for module in ("kernelwidgets", "numpy"):
            seconds(module)
        ours, numpy = interleaved(7, lambda: seconds("kernelwidgets"), lambda: seconds("numpy"))
    about = f"numpy alone {statistics.median(numpy):.2f} s"
    yield at_most("import of the package", statistics.median(ours), 0.3, "s", about)
    live, hand = ((STATIC / f"{name}.js").stat().st_size / 1000 for name in ("live", "hand"))
    about = f"minified; where something can be changed {hand:.1f} kB follow"
    yield at_most("bundle of the live views", live, 60, "kB", about)
