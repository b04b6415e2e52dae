"""Tasks around the calls and behind them."""

from __future__ import annotations

import asyncio

from ivr.server.lasting import going_on
from tests.virtual import pass_time, run


def test_what_is_around_ends_before_the_calls_and_what_is_behind_after_them() -> None:
    done: list[str] = []

    async def around() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            done.append("around")

    class Records:
        async def run(self) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                done.append("stopped")

        async def aclose(self) -> None:
            done.append("written")

    async def end_calls() -> None:
        await pass_time(1)
        done.append("calls")

    async def story() -> None:
        async with going_on({"sweep": around}, {"records": Records()}, end_calls):
            await pass_time(1)
            assert done == []

    run(story())
    assert done == ["around", "calls", "written", "stopped"]
