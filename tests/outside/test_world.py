"""Everything flows ask of the world: what is done, and what is refused in one sentence."""

from __future__ import annotations

import asyncio

import pytest

from ivr.calls.errands import World
from ivr.flow.messages import (
    Emit,
    ErrandDone,
    Invoke,
    JoinQueue,
    LegOutcome,
    Recording,
    RecordMessage,
    RunTwiml,
    SendText,
)
from ivr.outside.functions import Registry, function
from ivr.outside.http import HttpDesk
from ivr.outside.world import Outside
from tests.outside.service import Service, reply, request, says


@function
async def double(number: int) -> int:
    """Twice the number."""
    return 2 * number


def outside() -> Outside:
    return Outside(HttpDesk(frozenset(), "dev", lambda name: None), Registry([double]))


def test_it_is_a_world_as_calls_know_it() -> None:
    world: World = outside()
    assert world.sound_of(1) == b""


def test_a_service_is_asked_and_a_function_called() -> None:
    async def scene() -> None:
        async with Service(says(reply(body=b'{"name": "Ana"}'))) as service, outside() as world:
            answer = await world.ask(request(service.url("/patients/7")))
            assert (answer.status, answer.body) == (200, {"name": "Ana"})
            done = await world.invoke(Invoke(3, "double", {"number": 21}, 1_000, "main"))
            assert done == ErrandDone(3, "done", 42)

    asyncio.run(scene())


def test_what_this_version_does_not_do_fails_and_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scene() -> list[ErrandDone]:
        world = outside()
        message = RecordMessage(2, "desk", True, 60_000, 5_000, 2_000, "main")
        return [
            await world.send(SendText(1, "+13125550123", "hello", "main")),
            await world.record(message, asyncio.Event()),
        ]

    sent, recorded = asyncio.run(scene())
    assert (sent.id, sent.outcome) == (1, "failed")
    assert "sends no text messages" in sent.problem
    assert (recorded.id, recorded.outcome) == (2, "failed")
    assert "does not record callers" in recorded.problem
    world = outside()
    assert world.away(JoinQueue("agents", None, None, "main")) is LegOutcome.FAILED
    assert world.away(RunTwiml("<Response/>", "main")) is LegOutcome.FAILED
    world.keep("CA1", 1)
    world.record_call("CA1", Recording.START)
    world.tell("CA1", Emit("booked", {"secret": "7391"}, "main"))
    assert "record_call start" in caplog.text
    assert "7391" not in caplog.text
