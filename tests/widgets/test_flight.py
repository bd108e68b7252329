"""How many frames fly at once, and what happens when no word comes back."""

from __future__ import annotations

import pytest

from kernelwidgets.widgets._flight import Flight


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _send(flight: Flight, first: int = 1) -> int:
    """Send as many as may leave now; how many that were."""
    count = 0
    while flight.wait_s() == 0 and count < 100:
        flight.sent(first + count)
        count += 1
    return count


def test_two_fly_until_one_is_painted(clock: Clock) -> None:
    flight = Flight(clock)
    assert _send(flight) == 2
    clock.now += 0.01
    flight.painted(1)
    assert _send(flight, 3) == 1


def test_one_word_stands_for_all_frames_before_it(clock: Clock) -> None:
    flight = Flight(clock)
    _send(flight)
    flight.painted(2)
    assert _send(flight, 3) == 2


@pytest.mark.parametrize(("trip_s", "window"), [(0.002, 5), (0.016, 5), (0.05, 7), (0.4, 8)])
def test_more_fly_where_the_way_is_long(clock: Clock, trip_s: float, window: int) -> None:
    flight = Flight(clock)
    for seq in range(1, 101):
        flight.sent(seq)
        clock.now += trip_s
        flight.painted(seq)
    assert flight.window == window


def test_frames_painted_in_quick_succession_are_told_together_and_none_was_skipped(
    clock: Clock,
) -> None:
    flight = Flight(clock)
    seq = 0
    for _ in range(40):
        sent = _send(flight, seq + 1)
        seq += sent
        clock.now += 0.05
        flight.painted(seq, sent)
    assert flight.window == 7


@pytest.mark.parametrize(("at_a_time", "window"), [(2, 2), (5, 7)])
def test_fewer_fly_when_the_page_skips_more_than_now_and_then(
    clock: Clock, at_a_time: int, window: int
) -> None:
    flight = Flight(clock)
    for seq in range(1, 101):
        flight.sent(seq)
        clock.now += 0.05
        flight.painted(seq)
    for first in range(101, 101 + 30 * at_a_time, at_a_time):
        last = first + at_a_time - 1
        for seq in range(first, last + 1):
            flight.sent(seq)
        clock.now += 0.05
        flight.painted(last, at_a_time - 1)
    assert flight.window == window


def test_silence_is_paced_by_time_and_ends_with_the_first_word(clock: Clock) -> None:
    flight = Flight(clock)
    _send(flight)
    assert 0 < flight.wait_s() <= 1
    clock.now += 1.01
    assert _send(flight, 3) == 1
    assert flight.wait_s() == pytest.approx(1)
    # A page that is there but cannot speak, because a cell blocks the kernel, gets more.
    assert flight.wait_s(blocked=True) == pytest.approx(0.1)
    clock.now += 0.2
    assert flight.wait_s(blocked=True) == 0
    flight.sent(4)
    flight.painted(4)
    assert _send(flight, 5) == 2


def test_word_of_frames_never_sent_does_no_harm(clock: Clock) -> None:
    flight = Flight(clock)
    flight.painted(-5)
    flight.painted(10**12)
    assert _send(flight) == 2
    flight.painted(-5)
    assert flight.wait_s() > 0
