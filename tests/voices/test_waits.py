"""Waits that end when a line is given back."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from ivr.voices.waits import Stopped, Waits
from tests.virtual import pass_time, run


async def forever() -> None:
    await asyncio.Event().wait()


async def soon() -> str:
    await pass_time(1)
    return "done"


def now() -> float:
    return asyncio.get_running_loop().time()


def test_a_result_comes_through() -> None:
    assert run(Waits().wait(soon())) == "done"
    assert run(Waits().wait(soon(), 2)) == "done"


def test_a_wait_is_bounded() -> None:
    async def scenario() -> None:
        with pytest.raises(TimeoutError):
            await Waits().wait(forever(), 3)
        assert now() == 3

    run(scenario())


@pytest.mark.parametrize("seconds", [None, 60])
def test_stopping_ends_every_wait_and_those_to_come(seconds: float | None) -> None:
    async def waiting(waits: Waits, coroutine: Coroutine[Any, Any, object]) -> None:
        with pytest.raises(Stopped):
            await waits.wait(coroutine, seconds)

    async def scenario() -> None:
        waits, others = Waits(), Waits()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(3):
                tasks.create_task(waiting(waits, forever()))
            other = tasks.create_task(others.wait(soon()))
            await pass_time(0.5)
            waits.stop()
            waits.stop()
            await waiting(waits, forever())
        assert waits.stopped
        assert other.result() == "done"
        assert now() == 1

    run(scenario())


def test_stopping_a_wait_that_runs_out_in_the_same_turn_is_a_stop() -> None:
    async def scenario() -> None:
        waits = Waits()
        async with asyncio.TaskGroup() as tasks:
            wait = tasks.create_task(waits.wait(forever(), 1))
            asyncio.get_running_loop().call_at(1, waits.stop)
            with pytest.raises(Stopped):
                await wait

    with pytest.raises(BaseExceptionGroup) as caught:
        run(scenario())
    assert caught.group_contains(Stopped)


def test_cancelling_is_not_stopping() -> None:
    async def scenario() -> None:
        waits = Waits()
        async with asyncio.TaskGroup() as tasks:
            wait = tasks.create_task(waits.wait(forever(), 60))
            await pass_time(1)
            wait.cancel()
        assert wait.cancelled()

    run(scenario())


def test_an_error_of_what_is_waited_for_comes_through() -> None:
    async def fails() -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        run(Waits().wait(fails(), 1))
