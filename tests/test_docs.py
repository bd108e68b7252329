"""The code of the README and the how-tos runs as it stands, in the order of reading."""

from __future__ import annotations

import re
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import kernelwidgets as kw

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "docs/describing.md", *sorted((ROOT / "docs/howto").iterdir())]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def small_network() -> nn.Module:
    layers = OrderedDict(conv1=nn.Conv2d(1, 8, 3), flat=nn.Flatten(), out=nn.Linear(288, 10))
    return nn.Sequential(layers)


class Batches:
    """Three for a loop that a page waits for; one in the background gets as many as it takes."""

    def __init__(self, *batch: torch.Tensor) -> None:
        self.batch, self.over = batch, threading.Event()

    def __iter__(self) -> Iterator[tuple[torch.Tensor, ...]]:
        background = threading.current_thread() is not threading.main_thread()
        given = 0
        while not self.over.is_set() and (background or given < 3):
            given += 1
            yield self.batch


def full_speed() -> kw.Trainer:
    trainer = kw.demo("digits")
    trainer.max_steps_per_s = None
    return trainer


def what_a_reader_has() -> dict[str, Any]:
    """The names that the pages leave to their reader: a model, its data, a run of their own."""
    torch.manual_seed(0)
    pictures, labels = torch.rand(16, 1, 8, 8), torch.arange(16) % 10
    model, seen = small_network(), small_network()
    trainer = full_speed()
    Path("runs").mkdir()
    for step in (0, 1):
        torch.save({"step": step, **model.state_dict()}, f"runs/{step}.pt")
    torch.save(model.state_dict(), "weights.pt")
    return {
        "np": np,
        "kw": kw,
        "Path": Path,
        "model": model,
        "optimizer": torch.optim.Adam(model.parameters()),
        "loss_function": F.cross_entropy,
        "pictures": pictures,
        "names": list("0123456789"),
        "loader": Batches(pictures, labels),
        "build_trainer": full_speed,
        "trainer": trainer,
        "live": kw.watch(seen, probe=pictures),
        "recording": trainer.record(steps=4, every=2),
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_of_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.set_num_threads(1)
    # Weights for it would come from a network that tests do without.
    models = SimpleNamespace(resnet18=lambda weights: small_network())
    monkeypatch.setitem(sys.modules, "torchvision", SimpleNamespace(models=models))
    names = what_a_reader_has()
    try:
        for nth, code in enumerate(BLOCK.findall(page.read_text(encoding="utf-8"))):
            exec(compile(code, f"{page.name}, block {nth}", "exec"), names)
    finally:
        names["loader"].over.set()
        names["live"].close()
