"""A call's time."""

from __future__ import annotations

import asyncio

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from ivr.calls.clock import Clock, precise


class Hand:
    """A clock that is moved by hand."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def test_a_call_counts_from_the_moment_it_was_answered() -> None:
    hand = Hand(1_000.0)
    clock = Clock(hand)
    hand.now = 1_002.5
    assert (clock.answered, clock.now_ms()) == (False, 0)
    clock.answer()
    hand.now = 1_004.0
    assert (clock.answered, clock.now_ms()) == (True, 1_500)
    assert clock.since_webhook_ms() == 4_000.0


def test_a_second_stream_goes_on_counting() -> None:
    hand = Hand()
    clock = Clock(hand)
    clock.answer()
    hand.now = 60.0
    clock.answer()
    assert clock.now_ms() == 60_000


def test_time_never_runs_backwards() -> None:
    hand = Hand(10.0)
    clock = Clock(hand)
    clock.answer()
    hand.now = 12.0
    assert clock.now_ms() == 2_000
    hand.now = 11.0
    assert clock.now_ms() == 2_000


def test_a_call_that_another_process_answered_has_its_age() -> None:
    hand = Hand(500.0)
    clock = Clock(hand, answered_ms=90_000)
    assert clock.answered
    assert clock.now_ms() == 90_000
    hand.now = 501.0
    assert clock.now_ms() == 91_000


def test_a_call_that_was_not_answered_has_no_time_to_wait_for() -> None:
    with pytest.raises(AssertionError, match="before it is answered"):
        Clock(Hand()).loop_time(20)


@given(
    answered=st.floats(min_value=0, max_value=1e7),
    ms=st.integers(min_value=0, max_value=4 * 60 * 60 * 1000),
)
def test_whoever_waits_for_a_moment_finds_that_it_has_come(answered: float, ms: int) -> None:
    # Without the rounding allowance the session would spin: woken, and a hair too early.
    hand = Hand(answered)
    clock = Clock(hand)
    clock.answer()
    hand.now = clock.loop_time(ms)
    assert clock.now_ms() == ms


def test_records_are_timed_finer_than_a_loop_of_whole_milliseconds() -> None:
    coarse, fine = Hand(10.0), Hand(10.0004)
    clock = Clock(coarse, precise=fine)
    fine.now = 10.0013
    assert clock.since_webhook_ms() == pytest.approx(0.9)
    clock.answer()
    coarse.now = 10.5
    assert clock.now_ms() == 500


def test_only_uvloop_needs_another_time_than_its_own() -> None:
    async def same_time() -> bool:
        loop = asyncio.get_running_loop()
        return precise(loop) == loop.time

    async def distance() -> float:
        loop = asyncio.get_running_loop()
        return abs(precise(loop)() - loop.time())

    assert asyncio.run(same_time())
    assert not uvloop.run(same_time())
    # One clock, read in two ways: moments of the one can be taken from those of the other.
    assert uvloop.run(distance()) < 60


def test_a_call_of_another_process_goes_on_counting_from_its_webhook_and_its_answer() -> None:
    hand = Hand(100.0)
    clock = Clock(hand, webhook_ms=5_000, answered_ms=3_500)
    assert clock.since_webhook_ms() == 5_000
    assert (clock.now_ms(), clock.answered_after_ms) == (3_500, 1_500)
    assert Clock(hand, webhook_ms=5_000).answered_after_ms is None
