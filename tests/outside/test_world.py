"""What flows ask of others: a service, and a function."""

from __future__ import annotations

import asyncio

from ivr.flow.messages import ErrandDone, Invoke
from ivr.outside.functions import Registry, function
from ivr.outside.http import HttpDesk
from ivr.outside.world import Outside
from tests.outside.service import Service, reply, request, says


@function
async def double(number: int) -> int:
    """Twice the number."""
    return 2 * number


def test_a_service_is_asked_and_a_function_called() -> None:
    async def scene() -> None:
        desk = HttpDesk(frozenset(), "dev", lambda name: None)
        outside = Outside(desk, Registry([double]))
        async with Service(says(reply(body=b'{"name": "Ana"}'))) as service, outside as world:
            answer = await world.ask(request(service.url("/patients/7")))
            assert (answer.status, answer.body) == (200, {"name": "Ana"})
            done = await world.invoke(Invoke(3, "double", {"number": 21}, 1_000, "main"))
            assert done == ErrandDone(3, "done", 42)

    asyncio.run(scene())
