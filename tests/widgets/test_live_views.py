"""Views on a network that trains, driven by the fake front end."""

from __future__ import annotations

import copy
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.utils.data import DataLoader, TensorDataset

from kernelwidgets.live import LiveModel, watch
from kernelwidgets.live.live_source import watchers
from kernelwidgets.testing import front_end
from kernelwidgets.widgets._base import View
from kernelwidgets.widgets.charts import WeightHistogram
from kernelwidgets.widgets.controls import Controls
from kernelwidgets.widgets.feature_maps import FeatureMaps
from kernelwidgets.widgets.kernel_editor import KernelEditor
from kernelwidgets.widgets.kernel_grid import KernelGrid
from kernelwidgets.widgets.lab import Lab
from kernelwidgets.widgets.loss_curve import LossCurve
from tests.live.nets import until

STEPS = 200


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def _net() -> nn.Module:
    return nn.Sequential(
        spectral_norm(nn.Conv2d(1, 4, 3, padding=1)),
        nn.BatchNorm2d(4),
        nn.ReLU(inplace=True),
        nn.Conv2d(4, 6, 3),
        nn.Dropout(0.3),
        nn.Flatten(),
        nn.Linear(6 * 36, 10),
    )


def _train(
    model: nn.Module, optimizer: torch.optim.Optimizer, after: Callable[..., Any], pause_s: float
) -> None:
    generator = torch.Generator().manual_seed(1)
    pictures = torch.randn(128, 1, 8, 8, generator=generator)
    labels = torch.randint(0, 10, (128,), generator=generator)
    loader = DataLoader(TensorDataset(pictures, labels), 16, shuffle=True)
    step = 0
    while step < STEPS:
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            after(loss=loss)
            time.sleep(pause_s)
            step += 1
            if step == STEPS:
                return


def _seeded() -> None:
    torch.manual_seed(0)
    np.random.seed(0)  # the global stream is what is under test
    random.seed(0)


def _random_states() -> tuple[Any, ...]:
    _name, keys, *rest = np.random.get_state()  # the global stream is under test
    return torch.get_rng_state().tolist(), keys.tolist(), tuple(rest), random.getstate()


def _run(looks: Callable[[LiveModel], list[View]] | None) -> tuple[Any, ...]:
    _seeded()
    model = _net()
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    frames = 0
    if looks is None:
        _train(model, optimizer, lambda loss: None, 0.0)
    else:
        live = watch(model, optimizer, probe=torch.zeros(2, 1, 8, 8), budget=1.0, rate_hz=200)
        views = looks(live)
        with front_end(*views) as page:
            _train(model, optimizer, live.log, 0.003)
            frames = page.frames
        live.close()
        for view in views:
            view.close()
    return copy.deepcopy(model.state_dict()), _random_states(), frames


def _every_view(live: LiveModel) -> list[View]:
    return [
        Lab(live, layer="3", show="update"),
        KernelGrid(live, show="gradient", sort="change"),
        KernelGrid(live, show="seen_through"),
        FeatureMaps(live, layer="3", stage="after", sample=1),
        KernelEditor(live, kernel=(2, 0)),
        LossCurve(live),
        Controls(live),
    ]


def test_looking_changes_no_bit() -> None:
    plain, plain_random, _ = _run(None)
    seen, seen_random, frames = _run(_every_view)
    assert frames > 50
    for name, values in plain.items():
        assert torch.equal(values, seen[name]), name
    assert plain_random == seen_random


@pytest.fixture
def live() -> Iterator[LiveModel]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 4, 5), nn.ReLU(), nn.Flatten(), nn.Linear(64, 3))
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    live = watch(model, optimizer, probe=torch.rand(2, 1, 8, 8), classes=list("abc"), budget=1.0)
    yield live
    live.close()


def _loop(live: LiveModel, steps: int) -> None:
    model, (optimizer,) = live.model, live._network.optimizers
    x, y = torch.rand(8, 1, 8, 8), torch.randint(0, 3, (8,))
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        live.log(loss=loss)
        time.sleep(0.002)


def test_a_hand_reaches_a_network_that_trains(live: LiveModel) -> None:
    lab = Lab(live)
    with front_end(lab) as page:
        run = live.run(_loop, live, 5000)
        page.wait_frames(5)
        edit = {"op": "edit", "layer": "0", "cells": [7], "values": [3.5], "gesture": "g"}
        answer = page.send(lab, edit)
        assert answer.ok
        page.wait_frames(page.frames + 1)
        assert lab._frame["moment"] > answer.moment > 0
        assert page.send(lab, {"op": "freeze", "layer": "0", "cells": [7]}).ok
        assert page.send(lab, {"op": "pause"}).ok
        frozen = float(live.kernels("0")[0, 0, 1, 2])
        assert frozen == pytest.approx(3.5, abs=0.2)
        page.send(lab, {"op": "step", "count": 3})
        assert live.kernels("0")[0, 0, 1, 2] == frozen
        page.wait_frames(page.frames + 1)
        assert lab._frame["selected"]["frozen"] == [7]
        assert len(lab._frame["answers"][0]) == 3
        assert lab._frame["curves"][0]["name"] == "loss"
        assert not page.send(lab, {"op": "edit", "layer": "9", "cells": [0], "values": [0.0]}).ok
        assert page.send(lab, {"op": "stop"}).ok
        run.join(20)
    assert lab._status["state"] == "finished"


def test_the_last_frame_is_in_the_traits_when_a_run_ends(live: LiveModel) -> None:
    views = [Lab(live), KernelGrid(live), FeatureMaps(live), LossCurve(live)]
    run = live.run(_loop, live, 40)
    run.join(20)
    for view in views:
        assert view._frame["step"] == 40, view
        assert view._status["state"] == "finished"


def test_a_closed_live_model_leaves_its_last_frame(live: LiveModel) -> None:
    grid = KernelGrid(live)
    grid._repr_mimebundle_()
    _loop(live, 5)
    live.close()
    assert grid._frame["step"] == 5


def test_a_live_model_shows_its_lab(live: LiveModel) -> None:
    data, _ = live._repr_mimebundle_()
    assert data["text/plain"].startswith("Lab: 0: 4 filters")
    assert {"image/png", "application/vnd.jupyter.widget-view+json"} <= set(data)


def test_nobody_looks_nothing_is_captured(live: LiveModel) -> None:
    views = [Lab(live), KernelGrid(live)]
    for view in views:
        front_end().event(view, {"event": "visible", "view": "gone", "parts": []})
    before = [view._feed._seq for view in views]
    run = live.run(_loop, live, 50)
    run.join(20)
    # One at the start and one at the end, when nothing runs.
    assert all(view._feed._seq - seq <= 3 for view, seq in zip(views, before, strict=True))


def test_an_open_histogram_follows(live: LiveModel) -> None:
    chart = WeightHistogram(live)
    bars, _ = chart.figure.marks
    chart._repr_mimebundle_()
    live.run(_loop, live, 5).join(20)
    live.edit("0", ..., 0.0).wait(30)
    deadline = time.monotonic() + 10
    while bars.y.max() != 100:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert "torch's default" in chart.children[0].value
    chart.close()


def test_a_network_of_long_steps_is_seen_learning(live: LiveModel) -> None:
    def slow() -> None:
        deadline = time.monotonic() + 60
        while page.frames < 8 and time.monotonic() < deadline:
            time.sleep(0.3)
            _loop(live, 1)

    lab = Lab(live)
    with front_end(lab) as page:
        live.run(slow).join()
        # Four came, and no more.
        assert page.frames >= 8
    lab.close()


def test_no_thread_is_left(live: LiveModel) -> None:
    # What other tests have left running starts a timer now and then.
    for other in watchers():
        if other is not live:
            other.close()
    until(lambda: not any(isinstance(each, threading.Timer) for each in threading.enumerate()))
    before = set(threading.enumerate())
    lab = Lab(live)
    with front_end(lab) as page:
        run = live.run(_loop, live, 50)
        run.join(20)
        assert page.frames > 0
    lab.close()
    live.close()
    until(lambda: not set(threading.enumerate()) - before)
