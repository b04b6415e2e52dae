"""Tasks with one parent: none is left when it is closed, and goodbyes are not cut off."""

from __future__ import annotations

import asyncio

from ivr.voices.tasks import FINISH_SECONDS_MAX, Tasks
from tests.virtual import pass_time, run


def test_nothing_is_left_when_it_is_closed() -> None:
    async def scenario() -> None:
        tasks = Tasks()
        await tasks.open()
        task = tasks.start(pass_time(1_000))
        await pass_time(1)
        await tasks.aclose()
        assert task.cancelled()
        assert asyncio.get_running_loop().time() == 1

    run(scenario())


def test_what_is_to_be_finished_has_time_for_it_but_not_for_ever() -> None:
    async def scenario() -> None:
        tasks = Tasks()
        await tasks.open()
        goodbye, endless = tasks.finish(pass_time(1)), tasks.finish(pass_time(1_000))
        await tasks.aclose()
        assert not goodbye.cancelled()
        assert endless.cancelled()
        assert asyncio.get_running_loop().time() == FINISH_SECONDS_MAX

    run(scenario())
