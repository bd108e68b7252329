from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch

from kernelwidgets.live.history import _ALL_METRICS, History
from kernelwidgets.recording import Recording
from kernelwidgets.wire.schema import Edit
from kernelwidgets.wire.source import Frame, Want
from tests.live.nets import until
from tests.live.trainers import end, everything, same, trainer


def test_a_trainer_keeps_a_history_of_its_run():
    t = trainer(max_steps_per_s=400)
    t.start()
    until(lambda: len(t.history) > 3 and t.step_count > 40)
    t.edit("conv", 0, 0.5).wait(30)
    t.pause().wait(30)
    t.join(30)
    history = t.history
    assert history.steps[0] == 0
    assert history.steps[-1] == t.step_count
    np.testing.assert_array_equal(history.kernels("conv")[-1], t.kernels("conv"))
    np.testing.assert_array_equal(history.biases("conv")[-1], t.biases("conv"))
    assert [event.kind for event in history.events] == ["edit"]
    steps, values = history.metrics["loss"]
    np.testing.assert_array_equal(steps, np.arange(1, t.step_count + 1))
    np.testing.assert_allclose(values[-1], t._curves.points()["loss"].last)
    np.testing.assert_array_equal(history.probe, t.probe.numpy())
    end(t)


def test_training_is_the_same_without_one():
    one, other = trainer(), trainer(history=False)
    one.fit(30)
    other.fit(30)
    assert same(everything(one), everything(other))
    assert torch.equal(one._stream._inside[0], other._stream._inside[0])
    assert other.history is None


def test_an_edit_before_the_first_step_is_seen_too():
    t = trainer()
    before = t.kernels("conv")
    t.edit("conv", 0, 0.5)
    history = t.history
    assert history.steps.tolist() == [0, 0]
    np.testing.assert_array_equal(history.kernels("conv")[0], before)
    np.testing.assert_array_equal(history.kernels("conv")[1], t.kernels("conv"))


def test_a_restart_empties_it_and_the_one_before_can_still_be_restored():
    t = trainer()
    t.fit(9)
    before, state = t.history, everything(t)
    t.restart()
    assert t.history is not before
    assert t.history.steps.tolist() == [0]
    t.fit(2)
    assert before.steps[-1] == 9
    t.restore(before, 9)
    assert same(everything(t), state)
    assert t.history.steps[-1] == 9


def test_a_return_begins_a_branch_with_the_past_in_it():
    t = trainer()
    for _ in range(8):
        t.fit(1)
    t.edit("conv", 0, 0.5)
    t.fit(4)
    before = t.history
    t.restore(before, 6)
    history = t.history
    assert history.steps.tolist() == list(range(7))
    np.testing.assert_array_equal(history.kernels("conv"), before.kernels("conv")[:7])
    assert history.events == ()
    steps, values = history.metrics["loss"]
    np.testing.assert_array_equal(steps, np.arange(1, 7))
    np.testing.assert_array_equal(values, before.metrics["loss"][1][:6])
    t.fit(6)
    assert t.history is history
    assert not np.array_equal(history.kernels("conv")[-1], before.kernels("conv")[-1])
    assert [event.step for event in before.events] == [8]


def test_a_return_that_is_stopped_leaves_a_history_of_where_it_is():
    t = trainer()
    t.fit(12)
    before = t.history
    taken = t._step_taken

    def stop_at_four():
        if t._return is not None and t.step_count == 4:
            t.stop()
        taken()

    t._step_taken = stop_at_four
    with pytest.raises(RuntimeError, match="stopped at step 4 of 12"):
        t.restore(before, 12)
    assert t.step_count == 4
    t.fit(3)
    assert t.history.steps[-1] == 7
    assert t.history.metrics["loss"][0].tolist() == [1, 2, 3, 4, 5, 6, 7]


def facts(shape=(4, 1, 3, 3), layers=1):
    info = trainer(history=False).info
    (layer,) = info.layers
    more = [
        type(layer)(**{f: getattr(layer, f) for f in layer.__struct_fields__} | changes)
        for changes in ({"name": f"conv{i}", "shape": list(shape)} for i in range(layers))
    ]
    return type(info)(**{f: getattr(info, f) for f in info.__struct_fields__} | {"layers": more})


def test_it_is_bounded_in_frames_and_spans_the_run():
    history = History(facts(), lambda name: np.zeros((4, 1, 3, 3), np.float32), None)
    for step in range(2000):
        kernels = np.full((4, 1, 3, 3), step, np.float32)
        history.deliver(Frame(step, {Want("weight", "conv0"): kernels}))
    steps = history.recording.steps
    assert len(steps) <= 300
    assert (steps[0], steps[-1]) == (0, 1999)
    assert max(np.diff(steps)) < 40


def test_of_large_layers_only_those_are_kept_of_which_many_frames_fit():
    info = facts((256, 128, 3, 3), layers=3)
    history = History(info, lambda name: np.zeros((256, 128, 3, 3), np.float32), None)
    assert list(history.recording.layers) == []
    info = facts((64, 64, 3, 3), layers=10)
    history = History(info, lambda name: np.zeros((64, 64, 3, 3), np.float32), None)
    assert 1 < len(history.recording.layers) < 10


def test_metrics_of_a_long_run_are_thinned_and_gestures_told_once():
    history = History(facts(), lambda name: np.zeros((4, 1, 3, 3), np.float32), None)
    for step in range(4 * _ALL_METRICS):
        history.log(step, "loss", float(step))
    steps, _ = history.recording.metrics["loss"]
    assert len(steps) == _ALL_METRICS * (1 + 1 / 2 + 2 / 4)
    for gesture in ("a", "a", "b", "", ""):
        history.note(3, Edit(layer="conv0", cells=[0], values=[1.0], gesture=gesture))
    assert len(history.recording.events) == 4


def test_it_keeps_no_trainer_alive():
    t = trainer()
    t.fit(5)
    assert isinstance(t.history, Recording)
    dead = weakref.ref(t)
    t.close()
    del t
    gc.collect()
    assert dead() is None
