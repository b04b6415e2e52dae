"""All calls of a process: rung, connected, resumed, transferred, ended, each exactly once.

The streams are scripts and the machine is one too; state, records, clocks and the studio are real.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from ivr.calls.booth import Booth
from ivr.calls.call import Call
from ivr.calls.kept import Apologise, Busy, Claim, Connect, Decision, Dial, Kept, Limits, Over
from ivr.calls.link import Link
from ivr.calls.record import Entry
from ivr.calls.session import Cut, Ended, Exit, Leaving
from ivr.calls.studio import Studio
from ivr.calls.switchboard import GONE, LOST, Switchboard
from ivr.carriers.webhook import Leg, Returned, Ringing
from ivr.flow.machine import Turn
from ivr.flow.messages import (
    CallerHungUp,
    CallResumed,
    Command,
    Event,
    HangUp,
    LegFinished,
    LegOutcome,
    Note,
    Noted,
    Speak,
    Transfer,
    Utterance,
    Words,
)
from ivr.flow.model import Entry as NumberEntry
from ivr.flow.model import FlowSet
from ivr.flow.state import CallFacts, Place, State
from ivr.flow.world import NO_EMERGENCY, Emergency
from tests.virtual import pass_time, run

SID = "CA1"
ACCOUNT = "AC1"
LINE = "+15550001111"
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
        return Turn(replace(state, now=now, ended=ended), commands)

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


class Bench:
    """A switchboard with one caller, and the streams the test scripts for it."""

    def __init__(self, *, records: Path | None = None, **limits: Any) -> None:
        self.machine = ScriptedMachine()
        self.studio = CountingStudio()
        self.entries: list[Entry] = []
        self.openings: list[Event | None] = []
        self.link = MemoryLink()
        self.board = Switchboard(
            FLOWS,
            self.studio,
            records=records,
            wall_clock=lambda: datetime(2026, 11, 22, 10, 15, tzinfo=UTC),
            watch=self.entries.append,
            limits=Limits(**limits),
            machine=self.machine,
            talk=self._talk,
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

    async def after(
        self, *, leg: str = "", over: bool = False, token: str | None = None
    ) -> Decision:
        status = Leg("CA2", leg) if leg else None
        return await self.board.after(Returned(SID, ACCOUNT, over, status), token)

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


# --------------------------------------------------------------------------- ringing


def test_a_ringing_call_is_connected_and_written_down() -> None:
    async def story(bench: Bench) -> None:
        assert isinstance(bench.ring(), Connect)
        assert bench.told("webhook") == [
            {
                "call": SID,
                "flow": "main",
                "from": "+15559990000",
                "to": LINE,
                "started_at": "2026-11-22T10:15:00+00:00",
            }
        ]
        assert bench.board.live == 1

    play(story)


def test_the_called_number_picks_the_flow_and_its_language() -> None:
    async def story(bench: Bench) -> None:
        facts = bench.claim(bench.ring()).kept.call.facts
        assert (facts.flow, facts.language, facts.called) == ("main", "es-US", LINE)

    play(story)


def test_a_number_nobody_knows_gets_an_apology_and_no_call(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story(bench: Bench) -> None:
        assert bench.ring(called="+15550002222") == Apologise(None)
        assert bench.board.live == 0
        assert bench.entries == []

    play(story)
    assert "+15550002222" in caplog.text
    assert "+15559990000" not in caplog.text


def test_a_webhook_that_comes_twice_is_answered_the_same_and_makes_no_second_call() -> None:
    async def story(bench: Bench) -> None:
        first = bench.ring()
        assert bench.ring() == first
        assert bench.board.live == 1
        async with bench.live(first):
            assert bench.ring() == first
            assert bench.board.live == 1

    play(story)


def test_the_same_call_from_another_account_is_refused() -> None:
    async def story(bench: Bench) -> None:
        bench.ring()
        assert bench.ring(account_sid="AC2") == Over()
        assert await bench.board.after(Returned(SID, "AC2", False, None)) == Over()
        await bench.board.status(Returned(SID, "AC2", True, None))
        assert bench.board.live == 1

    play(story)


def test_a_call_that_has_ended_is_refused_for_ever_after() -> None:
    async def story(bench: Bench) -> None:
        await bench.stream(bench.ring(), Ended("hangup"))
        assert bench.ring() == Over()
        assert await bench.after() == Over()
        assert await bench.after(leg="completed") == Over()
        bench.ended_once_with("hangup")

    play(story)


EMERGENCY = Emergency({"en": "We are sorry."}, "+13125550123")


@pytest.mark.parametrize(
    ("outcome", "emergency", "told"),
    [
        ("speechless", NO_EMERGENCY, Apologise("en-US")),
        ("speechless", EMERGENCY, Apologise("en-US", "We are sorry.", "+13125550123")),
        ("trouble", EMERGENCY, Apologise("en-US", "We are sorry.", "+13125550123", heard=True)),
        ("trouble", NO_EMERGENCY, Over()),
        ("hangup", EMERGENCY, Over()),
    ],
)
def test_a_call_in_trouble_is_left_to_the_carriers_voice_and_to_a_person(
    outcome: str, emergency: Emergency, told: Decision
) -> None:
    async def story(bench: Bench) -> None:
        bench.board.flows = replace(FLOWS, emergency=emergency)
        await bench.stream(bench.ring(), Ended(outcome))
        assert await bench.after(token="a") == told
        assert await bench.after(token="a") == told, "a retry is answered the same"
        assert bench.ring() == Over()
        bench.ended_once_with(outcome)

    play(story)


def test_ended_calls_are_remembered_for_a_stated_time_and_number() -> None:
    async def story(bench: Bench) -> None:
        for sid in ("CA1", "CA2", "CA3"):
            answer = bench.ring(call_sid=sid)
            await bench.stream(answer, Ended("hangup"))
        await bench.board.sweep()
        assert isinstance(bench.ring(call_sid="CA1"), Connect), "the oldest is forgotten by number"
        assert bench.ring(call_sid="CA2") == Over()
        await pass_time(10.5)
        await bench.board.sweep()
        assert isinstance(bench.ring(call_sid="CA2"), Connect), "and all of them by time"

    play(story, ended_max=2, ended_s=10)


def test_a_call_that_is_over_when_it_rings_is_no_call() -> None:
    async def story(bench: Bench) -> None:
        assert bench.ring(over=True) == Over()
        assert bench.board.live == 0

    play(story)


def test_a_full_switchboard_is_busy() -> None:
    async def story(bench: Bench) -> None:
        bench.ring()
        assert bench.ring(call_sid="CA2") == Busy()
        assert isinstance(bench.ring(), Connect), "whoever is in stays in"

    play(story, calls_max=1)


# --------------------------------------------------------------------------- connecting


def test_a_stream_id_works_once() -> None:
    async def story(bench: Bench) -> None:
        answer = bench.ring()
        bench.claim(answer)
        assert isinstance(answer, Connect)
        assert bench.board.claim(answer.stream_id) is None

    play(story)


def test_a_stream_id_works_for_a_minute() -> None:
    async def story(bench: Bench) -> None:
        late, soon = bench.ring(), bench.ring(call_sid="CA2")
        await pass_time(59)
        bench.claim(soon)
        await pass_time(2)
        assert isinstance(late, Connect)
        assert bench.board.claim(late.stream_id) is None

    play(story)


@pytest.mark.parametrize("wrong", ["", "x", "A" * 32, "é", "\udcff", "x" * 9000])
def test_no_other_id_works(wrong: str) -> None:
    async def story(bench: Bench) -> None:
        bench.ring()
        assert bench.board.claim(wrong) is None

    play(story)


def test_every_stream_has_another_id_and_nobody_can_guess_it() -> None:
    async def story(bench: Bench) -> None:
        ids = {bench.claim(bench.ring(call_sid=f"CA{n}")).stream_id for n in range(100)}
        assert len(ids) == 100
        assert all(len(stream_id) >= 32 for stream_id in ids)

    play(story)


def test_the_stream_id_of_a_call_that_has_ended_does_not_work() -> None:
    async def story(bench: Bench) -> None:
        answer = bench.ring()
        await bench.status()
        assert isinstance(answer, Connect)
        assert bench.board.claim(answer.stream_id) is None

    play(story)


def test_a_call_that_ends_while_its_socket_is_accepted_gets_no_stream() -> None:
    async def story(bench: Bench) -> None:
        claim = bench.claim(bench.ring())
        await bench.status()
        await bench.board.run_stream(claim, bench.link)
        assert bench.link.closed_with == 1008
        assert bench.openings == []
        bench.ended_once_with(GONE)

    play(story)


def test_a_call_is_never_in_two_streams_at_once() -> None:
    async def story(bench: Bench) -> None:
        slow = bench.claim(bench.ring())  # its socket is still being accepted
        async with bench.live(await bench.after()):
            late = MemoryLink()
            await bench.board.run_stream(slow, late)
            assert late.closed_with == 1008
            assert len(bench.openings) == 1

    play(story)


def test_a_stream_id_belongs_to_its_call() -> None:
    async def story(bench: Bench) -> None:
        one, two = bench.ring(), bench.ring(call_sid="CA2")
        assert bench.claim(two).kept.call.sid == "CA2"
        assert bench.claim(one).kept.call.sid == SID

    play(story)


def test_a_link_that_was_never_the_carriers_is_closed_with_1008() -> None:
    async def story(bench: Bench) -> None:
        claim = bench.claim(bench.ring())

        async def mismatch(call: Call, link: Link, studio: Studio) -> Exit:
            return Cut("start names another call")

        bench.board._talk = mismatch
        link = MemoryLink()
        await bench.board.run_stream(claim, link)
        assert link.closed_with == 1008

    play(story)


@pytest.mark.parametrize(
    ("exit", "code"), [(Ended("hangup"), 1000), (Leaving(TRANSFER), 1000), (Cut("fault"), 1011)]
)
def test_a_designed_end_closes_the_link_with_1000(exit: Exit, code: int) -> None:
    async def story(bench: Bench) -> None:
        await bench.stream(bench.ring(), exit)
        assert bench.link.closed_with == code

    play(story)


def test_the_exit_is_known_before_the_link_is_closed() -> None:
    """The carrier asks what comes next as soon as it is closed."""

    async def story(bench: Bench) -> None:
        answers: list[Decision] = []

        class Asking(MemoryLink):
            async def close(self, code: int = 1000, reason: str = "") -> None:
                answers.append(await bench.after())

        claim = bench.claim(bench.ring())
        await bench.board.run_stream(claim, Asking(Leaving(TRANSFER)))
        assert answers == [Dial(TRANSFER)]

    play(story)


# --------------------------------------------------------------------------- lost streams


def test_a_cut_stream_is_followed_by_another_that_says_what_was_not_heard() -> None:
    async def story(bench: Bench) -> None:
        first = bench.ring()
        await bench.stream(first, Cut("the link was closed"))
        second = await bench.after()
        assert second != first
        await bench.stream(second, Ended("hangup"))
        assert bench.openings == [None, CallResumed()]
        bench.ended_once_with("hangup")

    play(story)


def test_between_two_streams_a_call_is_nothing_but_bytes() -> None:
    async def story(bench: Bench) -> None:
        claim = bench.claim(bench.ring())
        kept = claim.kept
        await bench.board.run_stream(claim, MemoryLink(Cut("x")))
        assert (kept.call.state, type(kept.checkpoint)) == (None, bytes)
        await bench.after()
        state = State(kept.call.facts, "abc", Place("main", "start"), "en-US")
        assert (kept.call.state, kept.checkpoint) == (state, None)

    play(story)


def test_the_question_and_the_redirect_behind_it_are_answered_the_same() -> None:
    # <Connect action> and the trailing <Redirect> may both ask.
    async def story(bench: Bench) -> None:
        await bench.stream(bench.ring(), Cut("x"))
        assert await bench.after() == await bench.after()

    play(story)


def test_a_retry_of_a_webhook_is_answered_the_same_even_when_the_call_went_on() -> None:
    async def story(bench: Bench) -> None:
        await bench.stream(bench.ring(), Cut("x"))
        answer = await bench.after(token="t1")
        async with bench.live(answer) as running:
            assert await bench.after(token="t1") == answer
            assert not running.done(), "the retry did no harm to the stream"

    play(story)


def test_a_stream_that_never_came_about_is_tried_again() -> None:
    async def story(bench: Bench) -> None:
        first = bench.ring()
        assert await bench.after() == first, "its id was not used, so it still works"
        bench.claim(first)  # the handshake broke off behind this
        second = await bench.after()
        assert second != first
        await bench.stream(second, Ended("hangup"))
        assert bench.openings == [None], "it is still the call's first stream"

    play(story)


def test_lost_streams_are_replaced_only_so_often_without_a_key_from_the_caller() -> None:
    async def story(bench: Bench) -> None:
        answer = bench.ring()
        for _ in range(3):
            await bench.stream(answer, Cut("x"))
            answer = await bench.after()
        await bench.stream(answer, Cut("x"))
        assert await bench.after() == Apologise("es-US")
        bench.ended_once_with(LOST)
        assert await bench.after() == Over()

    play(story)


def test_a_stream_that_can_never_be_opened_does_not_go_round_for_ever() -> None:
    # A wrong public address: each handshake is refused, and Twilio asks again at once.
    async def story(bench: Bench) -> None:
        bench.ring()
        answers = [await bench.after() for _ in range(4)]
        assert answers[-1] == Apologise("es-US")
        bench.ended_once_with(LOST)

    play(story)


def test_a_caller_who_presses_keys_gets_more_streams() -> None:
    async def story(bench: Bench) -> None:
        answer = bench.ring()
        for _ in range(9):
            claim = bench.claim(answer)
            claim.kept.call.record.add("key", key="1")
            await bench.board.run_stream(claim, MemoryLink(Cut("x")))
            answer = await bench.after()
        assert isinstance(answer, Connect)

    play(story)


def test_a_half_open_stream_is_closed_when_the_carrier_says_that_it_is_over() -> None:
    async def story(bench: Bench) -> None:
        first = bench.ring()
        async with bench.live(first) as running:
            second = await bench.after()
            assert isinstance(second, Connect)
            assert second != first
            await running
        assert bench.link.closed_with == 1001

    play(story)


def test_a_stream_that_ends_while_the_carrier_asks_is_waited_for() -> None:
    async def story(bench: Bench) -> None:
        async with bench.live(bench.ring()) as running:
            asyncio.get_running_loop().call_later(1, bench.link.end, Leaving(TRANSFER))
            assert await bench.after() == Dial(TRANSFER)
            await running
        assert bench.link.closed_with == 1000

    play(story)


@pytest.mark.parametrize("at_last", [Cut("at last"), Ended("hangup"), Leaving(TRANSFER)])
def test_a_stream_that_is_stuck_costs_the_call_and_not_the_webhook(at_last: Exit) -> None:
    async def story(bench: Bench) -> None:
        release = asyncio.Event()

        async def stuck(call: Call, link: Link, studio: Studio) -> Exit:
            await release.wait()
            return at_last

        bench.board._talk = stuck
        async with bench.live(bench.ring()) as running:
            before = asyncio.get_running_loop().time()
            assert await bench.after() == Over()
            assert asyncio.get_running_loop().time() - before < 15, "Twilio waits no longer"
            release.set()
            await running
        bench.ended_once_with("trouble")

    play(story)


# --------------------------------------------------------------------------- transfers


def test_leaving_is_dialling() -> None:
    async def story(bench: Bench) -> None:
        await bench.stream(bench.ring(), Leaving(TRANSFER))
        assert await bench.after() == Dial(TRANSFER)
        assert await bench.after() == Dial(TRANSFER), "asked twice, dialled once"

    play(story)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("completed", LegOutcome.DONE),
        ("answered", LegOutcome.DONE),
        ("busy", LegOutcome.BUSY),
        ("no-answer", LegOutcome.NO_ANSWER),
        ("canceled", LegOutcome.NO_ANSWER),
        ("failed", LegOutcome.FAILED),
        ("something-new", LegOutcome.FAILED),
    ],
)
def test_a_finished_dial_brings_the_caller_back_with_its_outcome(
    status: str, outcome: LegOutcome
) -> None:
    async def story(bench: Bench) -> None:
        bench.machine.answers = lambda event: (HELLO,)
        await bench.transferred()
        await bench.stream(await bench.after(leg=status), Ended("hangup"))
        assert bench.openings[-1] == LegFinished(outcome)

    play(story)


def test_a_caller_who_comes_back_to_silence_hears_it_in_a_stream() -> None:
    """Nothing is said, but keys are waited for."""

    async def story(bench: Bench) -> None:
        await bench.transferred()
        assert isinstance(await bench.after(leg="busy"), Connect)

    play(story)


def test_a_call_that_ends_with_its_transfer_needs_no_stream_for_it() -> None:
    async def story(bench: Bench) -> None:
        bench.machine.answers = lambda event: (
            Note(Noted.STEP, "bye", "main/bye"),
            Note(Noted.TROUBLE, "bye", "why"),
            HangUp("hangup"),
        )
        await bench.transferred()
        assert await bench.after(leg="completed") == Over()
        assert bench.told("return") == [{"outcome": "done"}]
        assert bench.told("step") == [{"step": "main/bye"}]
        assert bench.told("note") == [{"kind": "trouble", "step": "bye", "detail": "why"}]
        bench.ended_once_with("hangup")

    play(story)


def test_the_next_number_is_dialled_without_a_stream_between() -> None:
    async def story(bench: Bench) -> None:
        second = replace(TRANSFER, name="night", number="+15557654321")
        bench.machine.answers = lambda event: (second,)
        await bench.transferred()
        assert await bench.after(leg="busy") == Dial(second)
        assert bench.told("leave") == [
            {"target": "transfer", "number": "+15557654321", "name": "night"}
        ]
        bench.machine.answers = lambda event: (HELLO,)
        assert isinstance(await bench.after(leg="no-answer"), Connect)

    play(story)


def test_a_dial_that_is_told_twice_counts_once() -> None:
    async def story(bench: Bench) -> None:
        bench.machine.answers = lambda event: (HELLO,)
        await bench.transferred()
        answer = await bench.after(leg="busy")
        assert await bench.after(leg="busy") == answer
        async with bench.live(answer) as running:
            assert await bench.after(leg="busy") == answer
            assert not running.done()

    play(story)


def test_how_a_transfer_ended_is_not_forgotten_when_its_stream_never_comes_about() -> None:
    async def story(bench: Bench) -> None:
        bench.machine.answers = lambda event: (HELLO,)
        await bench.transferred()
        bench.claim(await bench.after(leg="busy"))  # the handshake breaks off
        await bench.stream(await bench.after(), Ended("hangup"))
        assert bench.openings[-1] == LegFinished(LegOutcome.BUSY)

    play(story)


def test_a_caller_who_hangs_up_while_it_rings_elsewhere_is_gone() -> None:
    async def story(bench: Bench) -> None:
        await bench.transferred()
        assert await bench.after(leg="canceled", over=True) == Over()
        assert bench.machine.events[-1] == CallerHungUp()
        bench.ended_once_with(GONE)

    play(story)


def test_a_fault_of_ours_between_two_streams_is_met_again_in_the_stream() -> None:
    async def story(bench: Bench) -> None:
        def broken(event: Event) -> tuple[Command, ...]:
            raise ValueError("a bug")

        await bench.transferred()
        bench.machine.answers = broken
        assert isinstance(await bench.after(leg="busy"), Connect)

    play(story)


def test_time_with_somebody_else_counts_on_the_calls_clock() -> None:
    async def story(bench: Bench) -> None:
        await bench.transferred()
        await pass_time(600)
        kept = bench.claim(await bench.after(leg="completed")).kept
        assert kept.call.clock.now_ms() == 600_000

    play(story)


# --------------------------------------------------------------------------- ending


def test_a_call_that_is_over_and_never_came_back_ends_by_its_status() -> None:
    async def story(bench: Bench) -> None:
        bench.ring()
        await bench.status(over=False)
        assert bench.board.live == 1
        await bench.status()
        await bench.status()
        bench.ended_once_with(GONE)

    play(story)


def test_a_status_ends_a_live_stream_that_has_not_noticed() -> None:
    async def story(bench: Bench) -> None:
        async with bench.live(bench.ring()):
            await bench.status()
        bench.ended_once_with(GONE)

    play(story)


def test_a_status_behind_the_end_of_a_stream_changes_nothing() -> None:
    async def story(bench: Bench) -> None:
        await bench.stream(bench.ring(), Ended("gave_up"))
        await bench.status()
        bench.ended_once_with("gave_up")

    play(story)


def test_a_call_nobody_knows_is_apologised_to() -> None:
    # The process that had it is gone, and its state with it.
    async def story(bench: Bench) -> None:
        assert await bench.after() == Apologise(None)
        assert await bench.after(over=True) == Over()
        await bench.status()
        assert bench.board.counts["unknown_call"] == 2

    play(story)


@pytest.mark.parametrize("where", ["ringing", "away", "dialled"])
def test_a_call_that_never_comes_back_is_swept_away(where: str) -> None:
    async def story(bench: Bench) -> None:
        answer = bench.ring()
        if where != "ringing":
            await bench.stream(answer, Leaving(TRANSFER))
        if where == "dialled":
            await bench.after()
        async with bench.sweeping():
            await pass_time({"ringing": 55, "away": 25, "dialled": 640}[where])
            assert bench.board.live == 1
            await pass_time(30)
            bench.ended_once_with(LOST)

    play(story, leg_s=600)


def test_a_live_stream_is_never_swept_away() -> None:
    async def story(bench: Bench) -> None:
        async with bench.live(bench.ring()), bench.sweeping():
            await pass_time(50_000)
            assert bench.board.live == 1

    play(story)


def test_a_fault_in_the_sweep_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    async def story(bench: Bench) -> None:
        class Broken(dict[str, Kept]):
            def values(self) -> Any:
                raise RuntimeError("a bug")

        calls = bench.board._calls
        bench.board._calls = Broken()
        async with bench.sweeping():
            await pass_time(6)
            bench.board._calls = calls
            bench.ring()
            await pass_time(70)
            bench.ended_once_with(LOST)

    play(story)
    assert "the sweep failed" in caplog.text


def test_closing_the_switchboard_writes_down_whoever_is_still_there() -> None:
    async def story(bench: Bench) -> None:
        bench.ring()
        await bench.board.aclose()
        bench.ended_once_with(LOST)

    play(story)


def test_a_cancelled_stream_leaves_the_call_to_be_ended_once() -> None:
    async def story(bench: Bench) -> None:
        async with bench.live(bench.ring()) as running:
            running.cancel()
        assert bench.board.live == 1
        await bench.board.aclose()
        bench.ended_once_with(LOST)

    play(story)


def test_ignored_messages_are_counted_when_the_call_ends() -> None:
    async def story(bench: Bench) -> None:
        claim = bench.claim(bench.ring())
        claim.kept.call.record.add("ignored", malformed=3, unknown=2, media=500)
        await bench.board.run_stream(claim, MemoryLink(Ended("hangup")))
        counts = bench.board.counts
        assert (counts["messages_malformed"], counts["messages_unknown"]) == (3, 2)
        assert counts["ended_hangup"] == 1

    play(story)


def test_the_record_of_a_call_is_written_once_at_its_end(tmp_path: Path) -> None:
    async def story() -> None:
        bench = Bench(records=tmp_path)
        await bench.stream(bench.ring(), Ended("hangup"))
        await bench.status()

    asyncio.run(story())
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    entries = [json.loads(line) for line in file.read_text().splitlines()]
    assert [entry["what"] for entry in entries] == ["webhook", "end"]


def test_a_record_that_cannot_be_written_costs_nobody_the_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        in_the_way = tmp_path / "file"
        in_the_way.write_text("")
        bench = Bench(records=in_the_way)
        await bench.stream(bench.ring(), Ended("hangup"))
        bench.ended_once_with("hangup")

    asyncio.run(story())
    assert "could not be written" in caplog.text


def test_no_log_line_holds_the_callers_number(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def story(bench: Bench) -> None:
        await bench.transferred()
        await bench.after(leg="busy")
        await bench.status()
        bench.ring()

    play(story)
    assert "9990000" not in caplog.text
