from __future__ import annotations

import pytest

from kernelwidgets.live import Trainer
from tests.live.nets import Viewer, until
from tests.live.trainers import data, end, everything, same, trainer


@pytest.fixture(autouse=True)
def _however_slow_the_machine(monkeypatch):
    monkeypatch.setattr("kernelwidgets.live.score._LONGEST_S", 60.0)


def scored(**options) -> Trainer:
    options.setdefault("classes", ["below", "above"])
    return trainer(data=data(shuffle=False), validation=data(128, shuffle=False), **options)


def test_the_score_is_measured_while_it_trains_and_at_its_end():
    t = scored(budget=1.0)
    t.fit(40)
    measured = t._curves.points()["test accuracy"]
    model = t.model.eval()
    batches = list(data(128, shuffle=False))
    right = sum(float((model(x).argmax(1) == y).sum()) for x, y in batches)
    assert measured.last == pytest.approx(right / 128)
    assert t.status.score_text == f"test accuracy {right / 1.28:.1f} %"


def test_measuring_does_not_change_training():
    plain = trainer(data=data(shuffle=False))
    plain.fit(60)
    t = scored(budget=1.0)
    t._score.__class__ = type("Always", (type(t._score),), {"due": True})
    t.fit(60)
    assert len(t._curves.points()["test accuracy"].steps) > 50
    assert same(everything(t), everything(plain))


def test_a_gesture_is_told_with_before_and_after():
    t = scored()
    t.fit(60)
    before = t.status.score_text
    t.edit("out" if "out" in t.layers else "conv", ..., 0.0)
    now = t.status.score_text
    assert " → " in now
    assert now.startswith(before.removesuffix(" %") + " → ")
    t.undo()
    assert t.status.score_text.endswith(before.removeprefix("test accuracy "))


def test_a_gesture_is_told_while_it_trains():
    t = scored(max_steps_per_s=200)
    t.start()
    until(lambda: t.status.score_text)
    t.edit("conv", ..., 3.0).wait(30)
    until(lambda: " → " in t.status.score_text)
    end(t)


def test_a_pause_shows_the_present_score():
    t = scored()
    viewer = Viewer("weight", layer="conv")
    leave = t.subscribe(viewer)
    t.step(20)
    t.join(30)
    until(lambda: viewer.statuses[-1].score_text)
    score = t._score
    until(lambda: not score.stale)
    leave()
    end(t)


def test_without_classes_the_loss_is_the_score():
    t = scored(classes=None)
    t.fit(3)
    assert t.status.score_text.startswith("test loss 0.")


def test_a_metric_that_fails_does_not_end_training():
    def broken(output, y):
        raise ZeroDivisionError("no")

    t = scored(metrics={"odd": broken})
    t.fit(3)
    assert t.status.state == "finished"
    assert t.status.score_text == "no test score: ZeroDivisionError: no"


def test_of_a_large_test_set_the_first_batches_count(monkeypatch):
    monkeypatch.setattr("kernelwidgets.live.score._LONGEST_S", 0.0)
    t = scored()
    t.fit(2)
    assert t.status.score_text.endswith("% (first 16 pictures)")
