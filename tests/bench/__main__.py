"""The figures of docs/performance.md, measured here and now.

`python -m tests.bench` runs all benches, `python -m tests.bench browser gesture` these two. It
prints one line for each figure and ends with 1 if a limit was missed.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import traceback
from collections.abc import Iterator

from tests.bench._figures import Effort, Figure

BENCHES = (
    "import",
    "frame_size",
    "publish",
    "live",
    "browser",
    "gesture",
    "filtering",
    "streaming",
    "describe",
    "recording",
    "page",
)


def figures(name: str, effort: Effort) -> Iterator[Figure]:
    """What one bench measures; a bench that breaks has missed its limits."""
    try:
        yield from importlib.import_module(f"tests.bench.bench_{name}").figures(effort)
    except Exception as error:  # noqa: BLE001  # the others go on
        traceback.print_exc()
        yield Figure(name, "runs", f"{type(error).__name__}: {error}".splitlines()[0], held=False)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="bench", help=f"of {', '.join(BENCHES)}")
    parser.add_argument("--seconds", type=float, default=Effort.seconds, help="for each rate")
    parser.add_argument("--minutes", type=float, default=Effort.minutes, help="of streaming")
    given = parser.parse_args()
    unknown = set(given.names) - set(BENCHES)
    if unknown:
        parser.error(f"there is no bench {', '.join(sorted(unknown))}; pass {', '.join(BENCHES)}")
    print("| figure | must reach | measured | held |\n|---|---|---|---|")
    missed = 0
    for name in given.names or BENCHES:
        for figure in figures(name, Effort(given.seconds, given.minutes)):
            held = "yes" if figure.held else "**no**"
            print(f"| {figure.name} | {figure.limit} | {figure.measured} | {held} |", flush=True)
            missed += not figure.held
    sys.exit(f"{missed} missed" if missed else 0)


if __name__ == "__main__":
    main()
