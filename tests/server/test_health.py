"""What the process says about itself."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp

import ivr
from ivr.server.house import House
from tests.server.line import Carrier, Line, carriers, serving


async def health(line: Line) -> tuple[int, dict[str, Any]]:
    async with aiohttp.ClientSession() as http, http.get(line.base + "/health") as reply:
        assert reply.headers["Cache-Control"] == "no-store"
        return reply.status, await reply.json()


def test_it_tells_of_version_flows_and_calls(tmp_path: Path) -> None:
    async def story(line: Line) -> None:
        status, told = await health(line)
        assert status == 200
        assert told["counts"] == {}
        assert (told["status"], told["version"], told["calls"]) == ("ok", ivr.__version__, 0)
        assert told["flows"] == line.app.state.house.switchboard.flows.hash
        async with carriers(line) as carrier:
            call: Carrier = carrier()
            async with call.on_the_line() as stream:
                for _ in range(3):
                    await stream.socket.send("no message")
                await stream.hear()
                assert (await health(line))[1]["calls"] == 1
                await stream.stop()
                await stream.until_closed()
        _, told = await health(line)
        assert told["calls"] == 0
        assert told["counts"] == {"calls": 1, "ended_caller_hung_up": 1, "messages_malformed": 3}

    with serving(tmp_path) as line:
        asyncio.run(story(line))


def test_a_process_that_leaves_asks_for_no_more_calls(tmp_path: Path) -> None:
    async def story(line: Line) -> None:
        house: House = line.app.state.house
        house.leaving = True
        status, told = await health(line)
        assert (status, told["status"]) == (503, "leaving")
        async with carriers(line) as carrier, carrier().on_the_line() as stream:
            await stream.hear()  # and still it answers whoever comes

    with serving(tmp_path) as line:
        asyncio.run(story(line))
