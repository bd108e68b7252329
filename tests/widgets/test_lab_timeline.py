"""Looking back in the Lab, driven by the fake front end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from kernelwidgets.live import Trainer
from kernelwidgets.testing import front_end
from kernelwidgets.widgets.lab import Lab
from kernelwidgets.wire.schema import Restart
from tests.live.nets import until
from tests.live.trainers import end, trainer


@pytest.fixture
def trained() -> Iterator[Trainer]:
    t = trainer()
    for step in range(8):
        t.fit(1)
        if step == 4:
            t.edit("conv", 0, 0.5)
    yield t
    end(t)
    t.close()


def kernels(lab: Lab) -> Any:
    """What is painted, in the order of the channels."""
    part = lab._frame["kernels"]
    spec = part["values"]
    count = int(np.prod(spec["shape"]))
    values = np.frombuffer(lab._data, np.float32, count, spec["start"]).reshape(spec["shape"])
    return values[np.argsort(part["outs"])]


def test_a_lab_shows_any_step_of_the_past_and_returns(trained):
    lab = Lab(trained, layer="conv")
    with front_end(lab) as page:
        page.wait_frames(1)
        assert lab._timeline["first"] == 0
        assert lab._timeline["last"] == 8
        assert [mark["step"] for mark in lab._timeline["marks"]] == [5]
        now = kernels(lab)
        np.testing.assert_array_equal(now, trained.kernels("conv"))
        page.set(lab, at=3)
        until(lambda: lab._frame["step"] == 3)
        np.testing.assert_array_equal(kernels(lab), trained.history.at(3).kernels("conv"))
        assert lab._frame["curves"][0]["steps"]["shape"] == [8]
        lab.at = 5
        until(lambda: lab._frame["step"] == 5)
        assert (kernels(lab)[0] == 0.5).all()
        lab.at = None
        until(lambda: lab._frame["step"] == 8)
        np.testing.assert_array_equal(kernels(lab), now)
    lab.close()


def test_the_past_stands_still_while_training_goes_on_and_cannot_be_edited(trained):
    lab = Lab(trained, layer="conv")
    with front_end(lab) as page:
        page.set(lab, at=2)
        until(lambda: lab._frame["step"] == 2)
        trained.start()
        until(lambda: trained.step_count > 60)
        until(lambda: lab._timeline["last"] > 40)
        assert lab._frame["step"] == 2
        edit = {"op": "edit", "layer": "conv", "cells": [0], "values": [1.0]}
        answer = page.send(lab, edit)
        assert not answer.ok
        assert "this is the past, step 2: go back to Now" in answer.error
        assert page.send(lab, {"op": "pause"}).ok
        page.set(lab, at=None)
        until(lambda: lab._frame["step"] == trained.step_count)
        assert page.send(lab, edit).ok
    lab.close()


def test_a_restart_ends_the_look_back(trained):
    lab = Lab(trained, layer="conv")
    with front_end(lab) as page:
        page.set(lab, at=4)
        until(lambda: lab._frame["step"] == 4)
        trained.submit(Restart()).wait(30)
        until(lambda: lab.at is None and lab._frame["step"] == 0)
        until(lambda: lab._timeline["last"] == 0)
    lab.close()


@pytest.mark.parametrize("running", [False, True])
def test_a_branch_waits_where_the_past_was_looked_at(trained, running):
    past = trained.history.at(4).kernels("conv")
    lab = Lab(trained, layer="conv")
    with front_end(lab) as page:
        if running:
            trained.max_steps_per_s = 200
            trained.start()
        page.set(lab, at=4)
        until(lambda: lab._frame["step"] == 4)
        assert "branch" in lab._info["verbs"]
        assert page.send(lab, {"op": "branch", "step": 4}).ok
        until(lambda: trained.step_count == 4 and not trained.training)
        until(lambda: lab.at is None and lab._timeline["last"] == 4)
        np.testing.assert_array_equal(trained.kernels("conv"), past)
        until(lambda: np.array_equal(kernels(lab), past))
        assert page.send(lab, {"op": "step", "count": 3}).ok
        until(lambda: trained.step_count == 7 and not trained.training)
    lab.close()


def test_only_what_remembers_can_be_looked_back_at():
    lab = Lab(np.zeros((2, 1, 3, 3)))
    assert lab._timeline is None
    with pytest.raises(ValueError, match="keeps a history"):
        lab.at = 3
    without = Lab(trainer(history=False))
    assert "branch" not in without._info["verbs"]
    assert without._timeline is None
    lab.close()
    without.close()
