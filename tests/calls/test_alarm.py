"""A bell that rings by itself."""

from __future__ import annotations

import asyncio

from ivr.calls.alarm import Alarm
from ivr.calls.clock import Clock
from tests.virtual import pass_time, run


def test_it_rings_at_the_last_moment_it_was_set_to_and_at_no_other() -> None:
    async def scene() -> None:
        bell = asyncio.Event()
        clock = Clock(asyncio.get_running_loop().time)
        clock.answer()
        alarm = Alarm(clock, bell)
        alarm.set(1_000)
        alarm.set(3_000)
        assert alarm.at == 3_000
        await pass_time(2)
        assert not bell.is_set()
        await pass_time(1.001)
        assert bell.is_set()

    run(scene())


def test_it_can_be_stopped_and_set_to_nothing() -> None:
    async def scene() -> None:
        bell = asyncio.Event()
        clock = Clock(asyncio.get_running_loop().time)
        clock.answer()
        alarm = Alarm(clock, bell)
        alarm.set(1_000)
        alarm.stop()
        alarm.set(1_500)
        alarm.set(None)
        assert alarm.at is None
        await pass_time(5)
        assert not bell.is_set()

    run(scene())
