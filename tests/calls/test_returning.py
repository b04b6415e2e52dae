"""Between two streams: lost ones are replaced, and who was sent away comes back, each once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from ivr.calls.call import Call
from ivr.calls.kept import (
    Apologise,
    Connect,
    Dial,
    Over,
)
from ivr.calls.link import Link
from ivr.calls.session import Cut, Ended, Exit, Leaving
from ivr.calls.studio import Studio
from ivr.calls.switchboard import GONE, LOST
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
)
from ivr.flow.state import Place, State
from tests.calls.board import HELLO, TRANSFER, Bench, MemoryLink, play
from tests.virtual import pass_time

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

        bench.board.stage.talk = stuck
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
        assert await bench.after(leg="busy") == Dial(second, 2)
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
