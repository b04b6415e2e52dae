"""The world of a process in a storm: it answers anything, and counts what was done in it.

What is asked once and how that is made sure of is the real thing (``ivr.server.world``, with its
ledger in the store); only who is asked is ours. An effect happens at some moment of the time it
takes, and is counted then, whether or not anybody lives to hear the answer.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any, Final, cast

from ivr.audio import tones
from ivr.calls.call import Call
from ivr.calls.errands import Nobody
from ivr.calls.mic import Mic
from ivr.flow.messages import (
    Emit,
    ErrandDone,
    Invoke,
    Recording,
    RecordMessage,
    Request,
    RequestAnswered,
    SendText,
)
from ivr.flow.state import CallFacts
from ivr.outside.streams import TextStream
from ivr.outside.world import Outside
from ivr.server.ledger import Ledger
from ivr.server.world import SAFE, LiveWorld
from tests.virtual import pass_time

EFFECT_SECONDS: Final = (0.0, 0.05, 0.3, 1.0, 3.0)
SAYS_SECONDS: Final = 3.0
"""How long a caller speaks after the tone."""

Effects = Counter[tuple[str, str]]
"""How often something was done for a call: CallSid, and what."""


class StormWorld(Nobody):
    """Whom the flows of one process ask."""

    def __init__(
        self, ledger: Ledger, effects: Effects, dice: random.Random, alive: Callable[[], bool]
    ) -> None:
        self._ledger = ledger
        self._effects = effects
        self._dice = dice
        self._alive = alive

    async def ask(self, call: str, request: Request) -> RequestAnswered:
        """A service; what changes something there is asked by way of the ledger."""
        return await self._live(call).ask(call, request)

    async def invoke(self, call: str, invoke: Invoke) -> ErrandDone | TextStream:
        """A function, by way of the ledger."""
        return await self._live(call).invoke(call, invoke)

    async def send(self, call: str, text: SendText) -> ErrandDone:
        """Taken or not."""
        await pass_time(self._dice.choice(EFFECT_SECONDS))
        return ErrandDone(text.id, self._dice.choice(["done", "done", "failed"]))

    async def record(self, facts: CallFacts, message: RecordMessage, mic: Mic) -> ErrandDone:
        """The caller speaks for a while, or not at all."""
        if not await mic.opened():
            return ErrandDone(message.id, "empty")
        await mic.take(min(SAYS_SECONDS, message.max_ms / 1000))
        if self._dice.random() < 0.3:
            return ErrandDone(message.id, "empty")
        return ErrandDone(message.id, "done", {"id": "r", "seconds": SAYS_SECONDS})

    def sound_of(self, call: str, recording: int) -> bytes:
        """What they said."""
        return tones.hold(1_000)

    def record_call(self, call: Call, what: Recording) -> None:
        """Nothing is recorded."""

    def tell(self, call: str, event: Emit, number: int) -> None:
        """Nobody listens."""

    def _live(self, call: str) -> LiveWorld:
        desk = cast(Outside, _Desk(call, self._effects, self._dice, self._alive))
        others: Any = None
        return LiveWorld(desk, others, others, others, self._ledger)


class _Desk:
    """In the place of :class:`~ivr.outside.world.Outside`, for one call."""

    def __init__(
        self, call: str, effects: Effects, dice: random.Random, alive: Callable[[], bool]
    ) -> None:
        self._call = call
        self._effects = effects
        self._dice = dice
        self._alive = alive

    async def ask(self, request: Request) -> RequestAnswered:
        changes = request.method.upper() not in SAFE
        await self._do(f"http {request.step} {request.id}" if changes else None)
        status = self._dice.choice([200, 200, 200, 200, 404, 500, None])
        if status is None:
            return RequestAnswered(request.id, None, None, "nobody answered")
        return RequestAnswered(request.id, status, request.example if status == 200 else None)

    async def invoke(self, invoke: Invoke) -> ErrandDone:
        await self._do(f"do {invoke.step} {invoke.id}")
        outcome = self._dice.choice(["done", "done", "failed"])
        return ErrandDone(invoke.id, outcome, invoke.example if outcome == "done" else None)

    async def _do(self, what: str | None) -> None:
        """It takes its time, and somewhere in it what is asked for is done."""
        seconds, share = self._dice.choice(EFFECT_SECONDS), self._dice.random()
        await pass_time(seconds * share)
        if what is not None and self._alive():
            self._effects[self._call, what] += 1
        await pass_time(seconds * (1 - share))
