from __future__ import annotations

import threading
import time

import msgspec
import numpy as np
import pytest

from kernelwidgets.live import publisher
from kernelwidgets.live.publisher import _turning_point
from kernelwidgets.wire.source import Frame, Request, Want
from tests.live.nets import Loop, Viewer, step, train, until, watched
from tests.live.trainers import trainer


def test_frames_come_while_training_and_not_from_the_training_thread() -> None:
    model, optimizer, live = watched(budget=1)
    viewer = Viewer("weight", "gradient", "update", "change", "map_after")
    live.subscribe(viewer)
    with Loop(model, optimizer) as loop:
        until(lambda: len(viewer.frames) > 10)
    assert loop.error is None
    steps = [frame.step for frame in viewer.frames]
    assert steps == sorted(steps)
    assert {thread.name for thread in viewer.threads} == {"kernelwidgets publisher"}
    quantities = {want.quantity for want in viewer.frames[-1].arrays}
    assert quantities == {"weight", "gradient", "update", "change", "map_after"}
    assert not viewer.frames[-1].arrays[Want("weight", "conv1")].flags.writeable
    live.close()


def test_no_more_frames_than_the_rate() -> None:
    model, optimizer, live = watched(budget=1, rate_hz=5)
    viewer = Viewer("weight")
    live.subscribe(viewer)
    with Loop(model, optimizer):
        began = time.perf_counter()
        until(lambda: len(viewer.frames) > 3)
        # The first comes at once.
        frames = len(viewer.frames)
        assert frames <= 2 + 5 * (time.perf_counter() - began)
    live.close()


def test_nobody_looks_nothing_is_captured(monkeypatch: pytest.MonkeyPatch) -> None:
    model, optimizer, live = watched(budget=1)
    captured: list[int] = []
    capture = live._network.capture
    monkeypatch.setattr(
        live._network, "capture", lambda request, at: captured.append(at) or capture(request, at)
    )
    viewer = Viewer("weight")
    viewer.hidden = True
    live.subscribe(viewer)
    for _ in range(50):
        step(model, optimizer)
    time.sleep(0.1)
    assert captured == []
    viewer.hidden = False
    live.wake()
    with Loop(model, optimizer):
        until(lambda: viewer.frames)
    live.close()


def test_when_nothing_runs_a_frame_follows_each_wake_and_each_edit() -> None:
    _, _, live = watched()
    viewer = Viewer("weight")
    live.subscribe(viewer)
    until(lambda: len(viewer.frames) == 1)
    viewer.request_now = Request(frozenset({Want("weight", "conv2")}))
    live.wake()
    until(lambda: len(viewer.frames) == 2)
    assert set(viewer.frames[1].arrays) == {Want("weight", "conv2")}
    live.edit("conv2", 0, 1.0)
    until(lambda: len(viewer.frames) == 3)
    assert (viewer.frames[2].arrays[Want("weight", "conv2")][0] == 1).all()
    time.sleep(0.1)
    assert len(viewer.frames) == 3
    live.close()


def test_a_viewer_that_is_not_ready_gets_the_latest_once_it_is() -> None:
    _, _, live = watched()
    viewer = Viewer("weight")
    live.subscribe(viewer)
    until(lambda: viewer.frames)
    viewer.busy = True
    for value in range(5):
        live.edit("conv1", 0, float(value))
    time.sleep(0.1)
    assert len(viewer.frames) == 1
    viewer.busy = False
    until(lambda: len(viewer.frames) == 2)
    assert (viewer.frames[1].arrays[Want("weight", "conv1")][0] == 4).all()
    live.close()


@pytest.mark.parametrize("ending", ["pause", "stop", "end", "close"])
def test_everybody_gets_one_last_frame(ending: str) -> None:
    model, optimizer, live = watched()
    viewers = [Viewer("weight"), Viewer("weight", "bias")]
    for viewer in viewers:
        live.subscribe(viewer)
    over = threading.Event()

    def endless() -> None:
        while not over.is_set():
            step(model, optimizer)

    run = live.run(endless)
    until(lambda: all(viewer.frames for viewer in viewers))
    for viewer in viewers:
        viewer.busy = True
    seen = [len(viewer.frames) for viewer in viewers]
    if ending == "pause":
        live.pause().wait(30)
    elif ending == "stop":
        live.stop().wait(30)
        run.join(30)
    elif ending == "end":
        over.set()
        run.join(30)
    else:
        live.close()
    until(lambda: all(len(viewer.frames) > n for viewer, n in zip(viewers, seen, strict=True)))
    if ending != "close":
        # A frame that was under way when the viewers became busy may come before the last one.
        until(lambda: {viewer.frames[-1].step for viewer in viewers} == {live.step_count})
    over.set()
    live.close()
    run.join(30)


def test_a_viewer_that_fails_is_let_go_and_the_others_stay(
    caplog: pytest.LogCaptureFixture,
) -> None:
    model, optimizer, live = watched(budget=1)
    good, bad = Viewer("weight"), Viewer("weight")

    def fail(frame: Frame) -> None:
        raise OSError("the page is gone")

    bad.deliver = fail
    live.subscribe(bad)
    live.subscribe(good)
    with Loop(model, optimizer) as loop:
        until(lambda: len(good.frames) > 5)
    assert loop.error is None
    assert caplog.text.count("gets no more frames") == 1
    live.close()


def test_a_viewer_that_hangs_does_not_hold_training_up() -> None:
    model, optimizer, live = watched(budget=1)
    stuck, free = threading.Event(), threading.Event()

    class Hanging(Viewer):
        def deliver(self, frame: Frame) -> None:
            stuck.set()
            free.wait(20)

    live.subscribe(Hanging("weight"))
    with Loop(model, optimizer):
        assert stuck.wait(30)
        before = live.step_count
        until(lambda: live.step_count > before + 50)
        assert live.edit("conv1", 0, 1.0).wait(30)
    free.set()
    live.close()


def test_a_capture_that_fails_is_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    model, optimizer, live = watched(budget=1)

    def fail(*_: object) -> None:
        raise RuntimeError("no such kernel image")

    monkeypatch.setattr(live._network, "capture", fail)
    live.subscribe(Viewer("weight"))
    with Loop(model, optimizer) as loop:
        until(lambda: "no such kernel image" in caplog.text)
        time.sleep(0.2)
    assert loop.error is None
    assert caplog.text.count("no frame could be made") == 1
    live.close()


def test_the_thread_lives_as_long_as_there_are_subscribers() -> None:
    _, _, live = watched()
    count = threading.active_count()
    first, second = live.subscribe(Viewer("weight")), live.subscribe(Viewer("weight"))
    assert threading.active_count() == count + 1
    first()
    first()
    second()
    until(lambda: threading.active_count() == count)
    third = live.subscribe(viewer := Viewer("weight"))
    until(lambda: viewer.frames)
    third()
    live.close()


def test_status_comes_at_turning_points() -> None:
    model, optimizer, live = watched()
    viewer = Viewer("weight")
    live.subscribe(viewer)
    run = live.run(train, live, model, optimizer, 10**9)
    until(lambda: viewer.frames)
    live.pause().wait(30)
    until(lambda: viewer.statuses[-1].state == "paused")
    live.resume()
    until(lambda: viewer.statuses[-1].state == "running")
    live.edit("conv1", 0, 1.0)
    until(lambda: viewer.statuses[-1].undo == 1)
    live.stop()
    run.join(30)
    until(lambda: viewer.statuses[-1].state == "finished")
    assert live.status.steps_per_s is None
    live.close()


def test_a_step_is_a_turning_point_at_rest_only() -> None:
    _, _, live = watched()
    for state, turns in (("paused", True), ("finished", True), ("running", False)):
        before = msgspec.structs.replace(live.status, state=state, step=7)
        after = msgspec.structs.replace(before, step=0)
        assert (_turning_point(before) != _turning_point(after)) == turns
    live.close()


def test_info_comes_again_when_the_probe_came() -> None:
    model, optimizer, live = watched()
    viewer = Viewer("weight")
    live.subscribe(viewer)
    until(lambda: viewer.infos)
    assert viewer.infos[-1].samples == []
    with Loop(model, optimizer):
        until(lambda: len(viewer.infos[-1].samples) == 4)
    live.close()


def test_frames_stay_whole_when_maps_are_too_dear_for_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, optimizer, live = watched(budget=0.2)
    capture = live._network.capture
    passes = []

    def slow(request: Request, at: int) -> object:
        if any(want.quantity == "map_after" for want in request.wants):
            passes.append(at)
            time.sleep(0.05)
        return capture(request, at)

    monkeypatch.setattr(live._network, "capture", slow)
    viewer = Viewer("weight", "map_after")
    live.subscribe(viewer)
    with Loop(model, optimizer):
        until(lambda: len(viewer.frames) > len(passes) + 10)
    training = viewer.frames[2:-1]
    assert all(Want("map_after", "conv1") in frame.arrays for frame in training)
    weights = [frame.arrays[Want("weight", "conv1")] for frame in training]
    assert not np.array_equal(weights[0], weights[-1])
    live.close()


def test_curves_come_with_the_frames() -> None:
    model, optimizer, live = watched()
    viewer = Viewer(curves=True)
    live.subscribe(viewer)
    live.run(train, live, model, optimizer, 20).join(30)
    assert viewer.frames[-1].curves["loss"].steps.tolist() == list(range(1, 21))
    live.close()


def test_nobody_waits_for_a_recorder_that_has_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "_PATIENCE_S", 600.0)
    t = trainer()
    recording = t.record(every=1)
    fit = threading.Thread(target=lambda: [t.fit(1) for _ in range(5)], daemon=True)
    fit.start()
    fit.join(60)
    assert not fit.is_alive()
    recording.close()
    t.close()
