"""How far a run is, for those who have no widget to look at."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

from tqdm import tqdm

__all__ = ["progress_bar"]


class _Bar(tqdm):  # type: ignore[type-arg]  # not generic when it runs
    # No thread that looks after bars of slow loops.
    monitor_interval = 0


@contextlib.contextmanager
def progress_bar(steps: int, wanted: bool | None) -> Iterator[Callable[[float], None]]:
    """A bar that is advanced by one step with the loss; None shows it in a terminal only."""
    if not (sys.stderr.isatty() if wanted is None else wanted):
        yield lambda _: None
        return
    with _Bar(total=steps, unit="step") as bar:

        def advance(loss: float) -> None:
            bar.set_postfix_str(f"loss {loss:.4g}", refresh=False)
            bar.update()

        yield advance
