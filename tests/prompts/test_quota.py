"""Who goes first at the vendor, and what may be spent on what perhaps nobody hears."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ivr.prompts.quota import CALLS_MAX, Priority, Quota
from tests.virtual import pass_time, run

LIVE, LOOKAHEAD, BUILD = Priority


class Queue:
    """Requests with names, each holding its turn until it is let go."""

    def __init__(self, quota: Quota, group: asyncio.TaskGroup) -> None:
        self.quota = quota
        self.running: list[str] = []
        self._group = group
        self._ends: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def ask(self, name: str, priority: Priority) -> None:
        """Ask for a turn; returns when it was given or is waited for."""
        self._ends[name] = asyncio.Event()
        self.tasks[name] = self._group.create_task(self._request(name, priority))
        await pass_time(0)

    async def end(self, name: str) -> None:
        self._ends[name].set()
        await pass_time(0.001)

    async def end_all(self) -> None:
        for name in list(self._ends):
            await self.end(name)
        assert self.quota.running == 0

    async def _request(self, name: str, priority: Priority) -> None:
        async with self.quota.turn(priority):
            self.running.append(name)
            try:
                await self._ends[name].wait()
            finally:
                self.running.remove(name)


def queueing(quota: Quota, scene: Callable[[Queue], Awaitable[None]]) -> None:
    async def play() -> None:
        async with asyncio.TaskGroup() as group:
            queue = Queue(quota, group)
            await scene(queue)
            await queue.end_all()

    run(play())


def test_no_more_run_at_once_than_the_limit_and_they_take_turns_in_order() -> None:
    async def scene(queue: Queue) -> None:
        for name in "abcd":
            await queue.ask(name, BUILD)
        assert queue.running == ["a", "b"]
        await queue.end("a")
        assert queue.running == ["b", "c"]

    queueing(Quota(2, reserved=0), scene)


def test_a_caller_goes_before_everybody_that_waits() -> None:
    async def scene(queue: Queue) -> None:
        await queue.ask("live", LIVE)
        await queue.ask("build", BUILD)
        await queue.ask("ahead", LOOKAHEAD)
        await queue.ask("caller", LIVE)
        assert queue.running == ["live"]
        await queue.end("live")
        assert queue.running == ["caller"]
        await queue.end("caller")
        assert queue.running == ["ahead"]
        await queue.end("ahead")
        assert queue.running == ["build"]

    queueing(Quota(1), scene)


def test_a_caller_never_waits_for_a_build_or_a_lookahead() -> None:
    async def scene(queue: Queue) -> None:
        await queue.ask("build", BUILD)
        await queue.ask("ahead", LOOKAHEAD)
        for name in ("one", "two"):
            await queue.ask(name, LIVE)
        assert queue.running == ["build", "ahead", "one", "two"]
        await queue.ask("three", LIVE)
        assert "three" not in queue.running

    queueing(Quota(2, reserved=0), scene)


def test_some_turns_stay_free_for_callers() -> None:
    async def scene(queue: Queue) -> None:
        for name in "abc":
            await queue.ask(name, LOOKAHEAD)
        assert queue.running == ["a", "b"]

    queueing(Quota(3, reserved=1), scene)


def test_the_others_have_one_turn_at_least() -> None:
    async def scene(queue: Queue) -> None:
        for name in "ab":
            await queue.ask(name, BUILD)
        assert queue.running == ["a"]

    queueing(Quota(1, reserved=5), scene)


def test_while_callers_take_all_turns_nobody_else_begins() -> None:
    async def scene(queue: Queue) -> None:
        await queue.ask("one", LIVE)
        await queue.ask("two", LIVE)
        await queue.ask("ahead", LOOKAHEAD)
        await queue.end("one")
        assert queue.running == ["two"]
        await queue.end("two")
        assert queue.running == ["ahead"]

    queueing(Quota(2, reserved=1), scene)


def test_a_higher_limit_lets_those_that_wait_begin_and_a_lower_one_ends_nobody() -> None:
    async def scene(queue: Queue) -> None:
        for name in "abcd":
            await queue.ask(name, BUILD)
        queue.quota.limit = 3
        await pass_time(0)
        assert queue.running == ["a", "b", "c"]
        queue.quota.limit = 0
        assert queue.quota.limit == 1
        await queue.end("a")
        await queue.end("b")
        assert queue.running == ["c"]
        await queue.end("c")
        assert queue.running == ["d"]

    queueing(Quota(1, reserved=0), scene)


def test_while_the_vendor_rests_only_callers_begin() -> None:
    async def scene(queue: Queue) -> None:
        queue.quota.rest(2)
        queue.quota.rest(1)
        await queue.ask("build", BUILD)
        await queue.ask("caller", LIVE)
        assert queue.running == ["caller"]
        await pass_time(1.9)
        assert queue.running == ["caller"]
        await pass_time(0.2)
        assert queue.running == ["caller", "build"]

    queueing(Quota(3), scene)


@pytest.mark.parametrize("after", ["while it waits", "when it was just given"])
def test_who_stops_waiting_leaves_its_turn_to_the_next(after: str) -> None:
    async def scene(queue: Queue) -> None:
        for name in "abc":
            await queue.ask(name, BUILD)
        if after == "while it waits":
            queue.tasks["b"].cancel()
            await pass_time(0)
            await queue.end("a")
        else:
            queue.tasks["a"].cancel()
            await pass_time(0)
            assert queue.running == [], "b has its turn, and does not know it yet"
            queue.tasks["b"].cancel()
            await pass_time(0.001)
        assert queue.running == ["c"]
        assert queue.quota.running == 1

    queueing(Quota(1), scene)


# --------------------------------------------------------------------------- budget


def spending(scene: Callable[[Quota], Awaitable[None]], call: int = 100, hour: int = 250) -> None:
    async def play() -> None:
        await scene(Quota(call_chars_max=call, hour_chars_max=hour))

    run(play())


def test_a_call_may_spend_so_much_and_no_more() -> None:
    async def scene(quota: Quota) -> None:
        assert quota.spend("CA1", 60)
        assert not quota.spend("CA1", 41)
        assert quota.spend("CA1", 40)
        assert not quota.spend("CA1", 1)
        assert quota.spend("CA2", 100)

    spending(scene)


def test_all_calls_may_spend_so_much_in_an_hour() -> None:
    async def scene(quota: Quota) -> None:
        for call in ("CA1", "CA2"):
            assert quota.spend(call, 100)
        assert not quota.spend("CA3", 51)
        assert quota.spend("CA3", 50)
        await pass_time(3_500)
        assert not quota.spend("CA4", 1)
        await pass_time(160)
        assert quota.spend("CA4", 100)

    spending(scene)


def test_what_was_refused_is_not_spent() -> None:
    async def scene(quota: Quota) -> None:
        assert not quota.spend("CA1", 101)
        assert quota.spend("CA1", 100)

    spending(scene)


def test_a_call_that_is_over_is_forgotten_and_its_hour_is_not() -> None:
    async def scene(quota: Quota) -> None:
        assert quota.spend("CA1", 100)
        quota.forget("CA1")
        quota.forget("never seen")
        assert quota.spend("CA1", 100)
        quota.forget("CA1")
        assert not quota.spend("CA1", 100)

    spending(scene)


def test_calls_that_were_never_forgotten_are_bounded() -> None:
    async def scene(quota: Quota) -> None:
        for number in range(CALLS_MAX + 5):
            assert quota.spend(f"CA{number}", 1)
        assert len(quota._spent_by) == CALLS_MAX
        assert len(quota._spent) == 1

    spending(scene, hour=10**9)


def test_requests_that_callers_wait_for_leave_less_room_for_others() -> None:
    async def scene(queue: Queue) -> None:
        with queue.quota.going(), queue.quota.going():
            await queue.ask("ahead", LOOKAHEAD)
            assert queue.running == []
        await pass_time(0)
        assert queue.running == ["ahead"]

    queueing(Quota(3), scene)
