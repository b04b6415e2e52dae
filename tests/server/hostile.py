"""A line under attack, over real sockets, on which somebody else is listening all the while.

Used by ``test_hostile`` and ``test_overload``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

from ivr.server.link import LinkLimits
from tests.server.line import BOUND_S, Carrier, Line, Stream, carriers, serving

NewCarrier = Callable[[], Carrier]
Attack = Callable[[Line, NewCarrier, "Other"], Awaitable[None]]


class Other:
    """A caller who listens to a long text, and has nothing to do with any of this."""

    def __init__(self) -> None:
        self.frames = 0
        self._more = asyncio.Event()

    async def hears_more(self, messages: int = 3) -> None:
        """Wait until so many further messages of audio have come."""
        target = self.frames + messages
        async with asyncio.timeout(BOUND_S):
            while self.frames < target:
                await self._more.wait()
                self._more.clear()

    async def listen(self, stream: Stream) -> None:
        async for text in stream.socket:
            assert json.loads(text)["streamSid"] == stream.sid
            self.frames += 1
            self._more.set()


def play(store: Path, attack: Attack, *, link_limits: LinkLimits | None = None) -> None:
    """Attack a line on which somebody else is listening, before, during and after."""

    async def told(line: Line) -> None:
        async with carriers(line) as carrier, somebody_else(carrier()) as other:
            await attack(line, carrier, other)
            await other.hears_more()

    with serving(store, link_limits=link_limits) as line:
        asyncio.run(told(line))


@contextlib.asynccontextmanager
async def somebody_else(carrier: Carrier) -> AsyncGenerator[Other, None]:
    other = Other()
    async with carrier.on_the_line() as stream, asyncio.TaskGroup() as group:
        listening = group.create_task(other.listen(stream))
        await other.hears_more()
        yield other
        assert not listening.done(), "the other call was disturbed"
        listening.cancel()
