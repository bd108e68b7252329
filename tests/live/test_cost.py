from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from kernelwidgets.live import cost
from kernelwidgets.live.cost import Meter


class Clock:
    """Time that passes when it is told to: of the wall and of the publisher's processor."""

    def __init__(self) -> None:
        self.wall = 1.0
        self.cpu = 0.0

    def perf_counter(self) -> float:
        return self.wall

    def thread_time(self) -> float:
        return self.cpu


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr(cost, "time", clock)
    return clock


class Simulation:
    """Steps of `step_s` that frames hold up.

    A frame takes `direct_s` of a step (`maps_s` more with feature maps) and `cpu_s` of the
    publisher, which costs the training thread `contention` times as much. Each step pays
    `always_s` at its safe point, and one in a hundred is held up by other programs for `burst_s`.
    Twice a second the page is told how it goes, which takes `telling_s` of the publisher.
    """

    def __init__(
        self,
        clock: Clock,
        budget: float,
        *,
        rate_hz: float = 30,
        step_s: float = 0.002,
        always_s: float = 0.0,
        direct_s: float = 0.0001,
        cpu_s: float = 0.002,
        contention: float = 1.0,
        maps_s: float = 0.0,
        noise: float = 0.05,
        burst_s: float = 0.0,
        telling_s: float = 0.0,
    ) -> None:
        self.meter = Meter(budget, rate_hz)
        self.clock = clock
        self.step_s, self.always_s, self.direct_s, self.cpu_s = step_s, always_s, direct_s, cpu_s
        self.contention, self.maps_s = contention, maps_s
        self.noise, self.burst_s, self.telling_s = noise, burst_s, telling_s
        self.frames = self.passes = self.steps = 0
        self._random = random.Random(0)
        self._told_at = 0.0

    def train(self, seconds: float) -> float:
        """Train; returns the share of that time which watching took."""
        meter, clock, draw = self.meter, self.clock, self._random
        end, maps_wanted = clock.wall + seconds, self.maps_s > 0
        start, lost, direct, sent, taken_at = clock.wall, 0.0, 0.0, None, 0.0
        while clock.wall < end:
            taken = self.step_s * draw.gauss(1, self.noise)
            taken += self.burst_s * (draw.random() < 0.01)
            arrives = clock.wall + taken
            if sent is not None:
                meter.frame_leaves(taken_at)
                arrives += self.contention * self.cpu_s
                lost += self.contention * self.cpu_s
                clock.wall += self.cpu_s
                clock.cpu += self.cpu_s
                meter.frame_ends(direct, maps=sent)
                meter.round_ends()
                sent = None
            # Somewhere within the step the publisher looks whether it is time.
            clock.wall += draw.random() * (arrives - clock.wall)
            meter.tick(training=True, maps=maps_wanted)
            if self.telling_s and clock.wall > self._told_at + 0.5:
                self._told_at = clock.wall
                clock.cpu += self.telling_s
                meter.round_ends()
            here = self.always_s
            frame = meter.wait_s(maps=maps_wanted) <= 0
            if frame:
                meter.frame_begins()
                sent = maps_wanted and meter.maps_allowed
                direct = self.direct_s + (self.maps_s if sent else 0.0)
                here += direct
                self.frames += 1
                self.passes += sent
            clock.wall = arrives + here
            lost += here
            meter.step(arrives)
            taken_at = arrives
            self.steps += 1
        return lost / (clock.wall - start)


@pytest.mark.parametrize("contention", [0.5, 1.0, 4.0])
@pytest.mark.parametrize("budget", [0.02, 0.1])
def test_the_true_loss_stays_within_the_budget_and_is_known(
    clock: Clock, contention: float, budget: float
) -> None:
    run = Simulation(clock, budget, contention=contention)
    run.train(60)
    before = run.frames
    share = run.train(60)
    assert share < 1.25 * budget
    assert abs(run.meter.cost - share) < 0.01
    assert run.frames - before > 60


def test_what_each_step_pays_is_part_of_the_cost_and_leaves_less_for_frames(clock: Clock) -> None:
    run = Simulation(clock, 0.02, always_s=2e-5)
    run.train(60)
    share = run.train(60)
    assert 0.01 < share < 1.25 * 0.02
    assert abs(run.meter.cost - share) < 0.005


def test_steps_that_cost_more_than_the_budget_leave_frames_a_part_of_it(clock: Clock) -> None:
    run = Simulation(clock, 0.02, always_s=1e-4)
    run.train(60)
    before = run.frames
    share = run.train(60)
    assert run.frames - before > 20
    assert share < 0.05 + 0.3 * 0.02
    assert abs(run.meter.cost - share) < 0.01


def test_other_programs_are_not_taken_for_the_cost_of_watching(clock: Clock) -> None:
    run = Simulation(clock, 0.02, contention=2, burst_s=0.02)
    run.train(60)
    share = run.train(60)
    assert abs(run.meter.cost - share) < 0.01


def test_cheap_frames_come_as_often_as_the_rate_allows(clock: Clock) -> None:
    run = Simulation(clock, 0.25, rate_hz=20, direct_s=1e-5, cpu_s=1e-4)
    run.train(20)
    assert 0.85 * 400 < run.frames <= 401
    assert run.meter.cost < 0.02


def test_long_steps_meet_frames_although_the_page_is_told_how_it_goes(clock: Clock) -> None:
    run = Simulation(clock, 0.02, step_s=0.36, cpu_s=0.003, telling_s=0.001)
    run.train(30)
    before = run.frames
    share = run.train(60)
    assert run.frames - before > 20
    assert share < 1.25 * 0.02


def test_feature_maps_that_cost_much_come_less_often_than_weights(clock: Clock) -> None:
    run = Simulation(clock, 0.1, maps_s=0.2, cpu_s=0.0005)
    share = run.train(60)
    assert share < 1.3 * 0.1
    assert run.passes > 5
    assert run.frames > 20 * run.passes


def test_feature_maps_that_cost_little_come_with_every_frame(clock: Clock) -> None:
    run = Simulation(clock, 0.1, maps_s=0.0001)
    run.train(20)
    assert run.passes > 0.9 * run.frames


def test_an_evaluation_between_steps_is_no_cost_of_watching(clock: Clock) -> None:
    run = Simulation(clock, 0.02)
    for _ in range(20):
        run.train(2)
        clock.wall += 30
    assert 0.3 < run.meter._contention.factor < 3


def test_nothing_runs_nothing_is_counted(clock: Clock) -> None:
    meter = Meter(0.02, 30)
    for _ in range(10):
        clock.wall += 1
        meter.tick(training=False, maps=False)
    assert meter.cost == 0


def test_what_is_shown_between_two_runs_costs_no_training(clock: Clock) -> None:
    meter = Meter(0.02, 30)
    for training in (True, True, False, False, True, True):
        clock.wall += 1
        meter.tick(training=training, maps=False)
        if not training:
            clock.cpu += 0.2
        meter.round_ends()
    assert meter.cost == 0


def test_who_waits_for_a_frame_gets_it_beyond_the_budget(clock: Clock) -> None:
    meter = Meter(0.01, 30)
    meter.tick(training=True, maps=False)
    meter.frame_begins()
    meter.frame_leaves(clock.wall)
    clock.wall += 0.1
    clock.cpu += 0.1
    meter.frame_ends(0.0, maps=False)
    assert meter.wait_s(maps=False) > 5
    clock.wall += 0.25
    assert meter.wait_s(maps=False, urgent=True) <= 0
