"""Subscribers that want only a few frames a second: they get each of them, and come to rest."""

from __future__ import annotations

import gc
import time

import pytest
import torch
from torch import nn

from kernelwidgets.live import watch
from kernelwidgets.widgets._slow import Pause
from kernelwidgets.widgets.charts import WeightHistogram
from tests.live.nets import until


class Asking:
    """Somebody who was refused a frame, and counts how often the source was asked."""

    def __init__(self, every_s: float) -> None:
        self.asked = 0
        self.pause = Pause(every_s, self.ask)

    def ask(self) -> None:
        self.asked += 1


def test_the_first_frame_comes_at_once_and_the_next_is_asked_for() -> None:
    slow = Asking(0.05)
    assert slow.pause.is_over()
    slow.pause.begin()
    assert not slow.pause.is_over()
    until(lambda: slow.asked == 1)
    assert slow.pause.is_over()


def test_what_has_come_by_itself_is_not_asked_for() -> None:
    slow = Asking(0.02)
    slow.pause.begin()
    assert not slow.pause.is_over()
    slow.pause.begin()
    until(lambda: slow.pause._timer is None)
    assert slow.asked == 0


def test_what_is_refused_once_more_is_asked_for_afterwards() -> None:
    slow = Asking(0.2)
    slow.pause.begin()
    assert not slow.pause.is_over()
    slow.pause.begin()
    assert not slow.pause.is_over()
    until(lambda: slow.asked == 1)


def test_it_keeps_nobody_alive() -> None:
    slow = Asking(0.02)
    slow.pause.begin()
    slow.pause.is_over()
    pause = slow.pause
    del slow
    gc.collect()
    assert pause._ask() is None
    until(lambda: pause._timer is None)


def test_two_charts_of_a_model_at_rest_come_to_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    live = watch(nn.Conv2d(1, 2, 3), probe=torch.rand(1, 1, 8, 8))
    wakes: list[float] = []
    wake = live.wake

    def noted() -> None:
        wakes.append(time.monotonic())
        wake()

    monkeypatch.setattr(live, "wake", noted)
    first = WeightHistogram(live)
    time.sleep(0.1)
    second = WeightHistogram(live)
    live.wake()
    # They woke each other three times a second.
    until(lambda: time.monotonic() - wakes[-1] > 1.5)
    first.close()
    second.close()
    live.close()
