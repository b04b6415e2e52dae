"""All calls of a process: rung, connected, and swept away where nothing is heard of them."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from ivr.calls.call import Call
from ivr.calls.kept import (
    Apologise,
    Busy,
    Connect,
    Decision,
    Dial,
    Kept,
    Over,
)
from ivr.calls.link import Link
from ivr.calls.session import Cut, Ended, Exit, Leaving
from ivr.calls.studio import Studio
from ivr.calls.switchboard import GONE, LOST
from ivr.carriers.webhook import Returned
from tests.calls.board import LINE, SID, TRANSFER, Bench, MemoryLink, play
from tests.virtual import pass_time

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

        bench.board.stage.talk = mismatch
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


# ---------------------------------------------------------------- nothing is heard of them


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


def test_no_log_line_holds_the_callers_number(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def story(bench: Bench) -> None:
        await bench.transferred()
        await bench.after(leg="busy")
        await bench.status()
        bench.ring()

    play(story)
    assert "9990000" not in caplog.text
