"""Small networks, loops and viewers for live tests; no test may leave a thread behind."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator

import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    before = _ours()
    yield
    deadline = time.monotonic() + 20
    while (left := _ours() - before) and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.01)
    assert not left


def _ours() -> set[threading.Thread]:
    # The zarr library keeps a pool of threads.
    return {t for t in threading.enumerate() if not t.name.startswith(("zarr", "asyncio"))}
