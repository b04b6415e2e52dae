"""A switchboard on a bench, for the tests of it and of its parts.

The streams are scripts and the machine is one too; state, records, clocks, the studio and the store
are real.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from msgspec import structs

from ivr.calls.archive import Archive
from ivr.calls.booth import Booth
from ivr.calls.call import Call
from ivr.calls.kept import Claim, Connect, Decision, Dial, Limits
from ivr.calls.link import Link
from ivr.calls.machine import Machine
from ivr.calls.record import Entry
from ivr.calls.session import Cut, Ended, Exit, Leaving
from ivr.calls.stage import Talk
from ivr.calls.studio import Studio
from ivr.calls.switchboard import GONE, Switchboard
from ivr.carriers.webhook import Leg, Returned, Ringing
from ivr.flow.machine import Turn
from ivr.flow.messages import (
    CallerHungUp,
    Command,
    Event,
    HangUp,
    Speak,
    Transfer,
    Utterance,
    Words,
)
from ivr.flow.model import Entry as NumberEntry
from ivr.flow.model import FlowSet
from ivr.flow.state import CallFacts, Place, State
from ivr.stores.base import Store
from tests.virtual import pass_time, run

SID = "CA1"
ACCOUNT = "AC1"
LINE = "+15550001111"
STARTED_AT = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
FLOWS = FlowSet(
    flows={},
    numbers={LINE: NumberEntry("main", "es-US")},
    default=None,
    voices={},
    settings={},
    hash="abc",
)
TRANSFER = Transfer("desk", "+15551230000", 25_000, None, None, "main/operator")
HELLO = Speak(Utterance(7, (Words("Hello.", "en-US", "v", True),), True, "main", "hello"))

T = TypeVar("T")


class ScriptedMachine:
    """Answers every event with what the test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: Callable[[Event], tuple[Command, ...]] = lambda event: ()
        self.events: list[Event] = []

    def answer(self, flows: FlowSet, facts: CallFacts) -> State:
        return State(facts, flows.hash, Place("main", "start"), "en-US")

    def handle(self, flows: FlowSet, state: State, event: Event, now: int) -> Turn:
        self.events.append(event)
        commands = self.answers(event)
        ended = next((c.outcome for c in commands if isinstance(c, HangUp)), None)
        if isinstance(event, CallerHungUp):
            ended = GONE
        return Turn(structs.replace(state, now=now, ended=ended), commands)

    def secret_now(self, state: State) -> bool:
        return False


class MemoryLink:
    """A link on which nothing is said, until the stream ends as scripted or the link is closed."""

    def __init__(self, exit: Exit | None = None) -> None:
        self.exit = exit
        self.closed_with: int | None = None
        self._over = asyncio.Event()
        if exit is not None:
            self._over.set()

    def end(self, exit: Exit) -> None:
        self.exit = exit
        self._over.set()

    async def receive(self) -> str | bytes | None:
        await self._over.wait()
        return None

    def say(self, text: str) -> bool:
        raise AssertionError("a scripted stream says nothing")

    async def send(self, text: str) -> None:
        raise AssertionError("a scripted stream says nothing")

    def hear(self, wanted: bool) -> None:
        raise AssertionError("a scripted stream says nothing")

    async def close(self, code: int = 1000, reason: str = "") -> None:
        if self.closed_with is None:
            self.closed_with = code
        self._over.set()


class CountingStudio(Studio):
    """The real studio, without voices; counts what it was given back."""

    def __init__(self) -> None:
        super().__init__({})
        self.returned: list[str] = []

    async def give_back(self, booth: Booth) -> None:
        self.returned.append(booth.call)
        await super().give_back(booth)


def wall_clock() -> datetime:
    """A Sunday morning, and on from there as the loop does."""
    return STARTED_AT + timedelta(seconds=asyncio.get_running_loop().time())


class Bench:
    """A switchboard with one caller, and the streams the test scripts for it."""

    def __init__(
        self,
        *,
        archive: Archive | None = None,
        store: Store | None = None,
        flows: FlowSet = FLOWS,
        machine: Machine | None = None,
        talk: Talk | None = None,
        **limits: Any,
    ) -> None:
        self.archive = archive
        self.machine = ScriptedMachine()
        self.studio = CountingStudio()
        self.entries: list[Entry] = []
        self.openings: list[Event | None] = []
        self.link = MemoryLink()
        self.board = Switchboard(
            flows,
            self.studio,
            archive=archive,
            wall_clock=wall_clock,
            watch=self.entries.append,
            limits=Limits(**limits),
            machine=machine or self.machine,
            talk=talk or self._talk,
            store=store,
        )

    async def _talk(self, call: Call, link: Link, studio: Studio) -> Exit:
        """A stream: it starts, and ends as the test says or when its link is closed."""
        state = call.state
        self.openings.append(call.return_event)
        call.return_event = None
        call.streams += 1
        call.clock.answer()
        call.state = state or self.machine.answer(call.flows, call.facts)
        await link.receive()
        assert isinstance(link, MemoryLink)
        exit = link.exit or Cut("the link was closed")
        if isinstance(exit, Ended):
            call.record.add("end", outcome=exit.outcome)
        return exit

    def ring(self, **changes: Any) -> Decision:
        ringing = Ringing(SID, ACCOUNT, "+15559990000", LINE, False)
        return self.board.ring(replace(ringing, **changes))

    async def rings(self) -> Decision:
        """The same, as the server asks it."""
        return await self.board.rings(Ringing(SID, ACCOUNT, "+15559990000", LINE, False))

    async def after(
        self,
        *,
        leg: str = "",
        queue: str = "",
        over: bool = False,
        token: str | None = None,
        number: int | None = None,
    ) -> Decision:
        status = Leg("CA2", leg) if leg else None
        return await self.board.after(Returned(SID, ACCOUNT, over, status, queue), token, number)

    async def status(self, *, over: bool = True) -> None:
        await self.board.status(Returned(SID, ACCOUNT, over, None))

    def claim(self, decision: Decision) -> Claim:
        assert isinstance(decision, Connect), decision
        claim = self.board.claim(decision.stream_id)
        assert claim is not None, "the id was refused"
        return claim

    async def stream(self, decision: Decision, exit: Exit) -> None:
        """The carrier opens the stream it was told to, and it ends like this."""
        self.link = MemoryLink(exit)
        await self.board.run_stream(self.claim(decision), self.link)

    @contextlib.asynccontextmanager
    async def live(self, decision: Decision) -> AsyncGenerator[asyncio.Task[None], None]:
        """The carrier opens the stream, and for a second nothing happens."""
        self.link = MemoryLink()
        async with asyncio.TaskGroup() as group:
            running = group.create_task(self.board.run_stream(self.claim(decision), self.link))
            await pass_time(1)
            yield running
            running.cancel()

    @contextlib.asynccontextmanager
    async def sweeping(self) -> AsyncGenerator[None, None]:
        """The sweep runs meanwhile."""
        async with asyncio.TaskGroup() as group:
            sweep = group.create_task(self.board.sweep_for_ever())
            yield
            sweep.cancel()

    async def transferred(self) -> None:
        """The caller is with somebody else."""
        await self.stream(self.ring(), Leaving(TRANSFER))
        assert await self.after() == Dial(TRANSFER)

    def told(self, what: str) -> list[dict[str, object]]:
        """The entries of one kind, without their times."""
        return [
            {k: v for k, v in entry.items() if k not in ("t", "what")}
            for entry in self.entries
            if entry["what"] == what
        ]

    def ended_once_with(self, outcome: str) -> None:
        """The call is over, once, and its voices are free."""
        assert self.told("end") == [{"outcome": outcome}]
        assert self.studio.returned == [SID]
        assert self.board.live == 0


def play(story: Callable[[Bench], Awaitable[T]], **limits: Any) -> T:
    """Tell a story on the virtual clock."""

    async def told() -> T:
        return await story(Bench(**limits))

    return run(told())
