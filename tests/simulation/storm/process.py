"""One process of ``ivr serve``, put together as ``server/app`` does it, which can be killed.

To kill it is to cut off its hands first (no store, no line, no world reaches it any more) and to
cancel its tasks then: what they still do while they go is seen by nobody.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

from ivr.calls.archive import Archive
from ivr.calls.call import Call
from ivr.calls.kept import Claim
from ivr.calls.link import Link
from ivr.calls.session import Exit, converse
from ivr.calls.studio import Studio
from ivr.calls.switchboard import Switchboard
from ivr.errors import VoiceError
from ivr.flow.ahead import next_steps
from ivr.flow.model import FlowSet
from ivr.server.ledger import Ledger
from ivr.stores.sqlite import SqliteStore
from ivr.voices.base import Voice
from ivr.voices.tone import Tone, ToneLine
from tests.simulation.storm.store import Unsteady
from tests.simulation.storm.weather import Weather
from tests.simulation.storm.world import Effects, StormWorld
from tests.virtual import pass_time

LOCAL = "local"
"""The last voice of every ladder, which never fails."""

T = TypeVar("T")

log = logging.getLogger(__name__)


class Down(Exception):
    """Nobody answers: the process is gone, or went while it was asked."""


class Talks(Protocol):
    """Told when a stream of a call begins to be talked on, and when that is over."""

    def begins(self, process: Process, call: Call, link: Link) -> None:
        """It begins."""
        ...

    def ends(self, process: Process, call: Call, link: Link) -> None:
        """It is over, in whatever way."""
        ...


class FailingTone(Tone):
    """A voice of beeps that breaks off now and then."""

    def __init__(self, dice: random.Random, weather: Weather) -> None:
        super().__init__(delay_ms=weather.voice_delay_ms, chunk_ms=weather.chunk_ms)
        self.dice = dice
        self.how_often = weather.voices_fail

    def lease(self, call: str, *, language: str | None = None) -> ToneLine:
        """A line with the same faults."""
        return _FailingLine(self)


class _FailingLine(ToneLine):
    def __init__(self, voice: FailingTone) -> None:
        super().__init__(voice)
        self._failing = voice

    async def speak(
        self, text: str, *, language: str, before: str = "", after: str = ""
    ) -> AsyncGenerator[bytes, None]:
        async for chunk in super().speak(text, language=language):
            if self._failing.dice.random() < self._failing.how_often:
                raise VoiceError("bad day", retryable=self._failing.dice.random() < 0.5)
            yield chunk


class Process:
    """A process from its start to its end."""

    def __init__(
        self,
        name: str,
        flows: FlowSet,
        store: SqliteStore,
        weather: Weather,
        *,
        wall_clock: Callable[[], datetime],
        skew: float,
        effects: Effects,
        talks: Talks,
    ) -> None:
        dice = weather.dice(name)
        self.name = name
        self.alive = True
        self.answers = False
        """Whether whoever asks is let in."""
        self.skew = skew
        """Seconds its wall clock is off."""
        self.links: list[Link] = []
        self.store = Unsteady(store, weather.spells, dice, lambda: self.alive)
        self.faults: list[str] = []
        """Errors that reached the server: answered 500, or a stream that broke."""
        voices: dict[str, Voice] = {
            name: FailingTone(dice, weather) for name in sorted(flows.voices_used())
        }
        fallbacks = dict.fromkeys(voices, (LOCAL,))
        self.studio = Studio({**voices, LOCAL: Tone()}, local=[LOCAL], fallbacks=fallbacks)
        self.ledger = Ledger(self.store.outbox)
        world = StormWorld(self.ledger, effects, dice, lambda: self.alive)
        self._wall_clock = wall_clock
        self.archive = Archive(self.store, keep_days=90, wall_clock=self.now)
        self._talk = partial(converse, ahead=next_steps, world=world)
        self._talks = talks
        self.board = Switchboard(
            flows,
            self.studio,
            archive=self.archive,
            wall_clock=self.now,
            talk=self._talk_watched,
            world=world,
            store=self.store,
        )
        self._leaves = asyncio.Event()
        self._drain = dice.choice([0, 2, 10])
        """Seconds it waits for its calls when it is asked to leave."""
        self._group: asyncio.TaskGroup | None = None
        self._life: asyncio.Task[None] | None = None

    def now(self) -> datetime:
        """What its wall clock says."""
        return self._wall_clock() + timedelta(seconds=self.skew)

    # ----------------------------------------------------------------------- its life

    async def run(self) -> None:
        """From the start to the end."""
        self._life = asyncio.current_task()
        await self.studio.open()
        try:
            async with asyncio.TaskGroup() as self._group:
                sweep = self._group.create_task(self.board.sweep_for_ever())
                behind = [self._group.create_task(self.archive.run())]
                behind.append(self._group.create_task(self.ledger.run()))
                self.answers = True
                await self._leaves.wait()
                self.board.move()
                await self._drained()
                self.answers = False
                sweep.cancel()
                await self.board.aclose()
                await self.archive.aclose()
                await self.ledger.aclose()
                for task in behind:
                    task.cancel()
        finally:
            self.answers = self.alive = False
            await self.studio.aclose()

    def leave(self) -> None:
        """Ask it to end, as a deploy does: its calls go on elsewhere, at once or in a while."""
        self._leaves.set()

    async def _drained(self) -> None:
        """Until its calls have gone elsewhere, but not for ever."""
        for _ in range(self._drain):
            if not self.board.staying:
                return
            await pass_time(1)

    async def kill(self) -> None:
        """From one moment to the next; returns when nothing of it is left."""
        self.answers = self.alive = False
        for link in list(self.links):
            await link.close()
        assert self._life is not None, "it lives"
        self._life.cancel()
        await asyncio.wait({self._life})

    # ----------------------------------------------------------------------- asked by the carrier

    async def ask(self, question: Callable[[Switchboard], Awaitable[T]]) -> T:
        """A webhook; raises :class:`Down` where nobody is there to answer it, or not any more."""
        if not self.answers or self._group is None:
            raise Down
        answers: list[T] = []
        task = self._group.create_task(self._answer(question, answers))
        await asyncio.wait({task})
        if not answers or not self.alive:
            raise Down
        return answers[0]

    def serve(self, claim: Claim, link: Link) -> None:
        """A stream that was let in."""
        assert self._group is not None, "it lives"
        self.links.append(link)
        self._group.create_task(self._serve(claim, link))

    async def _answer(
        self, question: Callable[[Switchboard], Awaitable[T]], answers: list[T]
    ) -> None:
        try:
            answers.append(await question(self.board))
        except Exception as fault:
            log.exception("a webhook is answered 500")
            self.faults.append(f"a webhook: {fault!r}")

    async def _serve(self, claim: Claim, link: Link) -> None:
        try:
            await self.board.run_stream(claim, link)
        except Exception as fault:
            log.exception("a stream broke")
            self.faults.append(f"a stream: {fault!r}")
        finally:
            self.links.remove(link)

    async def _talk_watched(self, call: Call, link: Link, studio: Studio) -> Exit:
        self._talks.begins(self, call, link)
        try:
            return await self._talk(call, link, studio)
        finally:
            self._talks.ends(self, call, link)
