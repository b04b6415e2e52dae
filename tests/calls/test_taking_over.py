"""Calls that outlive their process: another one goes on with them, or writes down their end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from ivr.calls.archive import Archive
from ivr.calls.kept import Apologise, Connect, Dial, Over
from ivr.calls.session import Cut, Ended, Leaving
from ivr.calls.switchboard import GONE, LOST
from ivr.flow.messages import CallResumed, HangUp, LegFinished, LegOutcome
from ivr.flow.model import Entry, FlowSet
from ivr.stores.sqlite import SqliteStore
from tests.calls.board import (
    FLOWS,
    HELLO,
    LINE,
    SID,
    STARTED_AT,
    TRANSFER,
    Bench,
    MemoryLink,
)
from tests.virtual import pass_time, run


class House:
    """One store, and the processes that share it."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store

    def process(self, flows: FlowSet = FLOWS) -> Bench:
        """Another process."""
        archive = Archive(self.store, keep_days=90)
        return Bench(archive=archive, store=self.store, flows=flows)

    async def rung(self) -> tuple[Bench, Connect]:
        """A process that a call rings, and what it answers."""
        bench = self.process()
        answer = await bench.rings()
        assert isinstance(answer, Connect)
        return bench, answer

    async def left(self) -> Bench:
        """A process whose caller is with somebody else."""
        bench, answer = await self.rung()
        await bench.stream(answer, Leaving(TRANSFER))
        assert await bench.after() == Dial(TRANSFER)
        return bench


def play(story: Callable[[House], Awaitable[None]]) -> None:
    async def told() -> None:
        async with SqliteStore(None) as store:
            await story(House(store))

    run(told())


def test_who_is_with_somebody_else_comes_back_to_another_process() -> None:
    async def story(house: House) -> None:
        await house.left()
        await pass_time(60)
        second = house.process()
        second.machine.answers = lambda event: (HELLO,)
        answer = await second.after(leg="busy", number=1)
        claim = second.claim(answer)
        assert claim.kept.call.clock.now_ms() == 60_000, "its time has gone on"
        state = claim.kept.call.state
        assert state is not None
        assert (state.facts.id, state.facts.started_at) == (SID, STARTED_AT)
        assert claim.kept.call.return_event == LegFinished(LegOutcome.BUSY)
        told = [entry["what"] for entry in claim.kept.call.record.entries]
        assert told == ["webhook", "taken_over"], "and its record as well"

    play(story)


def test_a_call_whose_process_died_in_its_stream_is_resumed_where_it_was_written_down() -> None:
    async def story(house: House) -> None:
        first, answer = await house.rung()
        async with first.live(answer), first.sweeping():
            await pass_time(10)
            second = house.process()
            await second.stream(await second.after(), Ended("hangup"))
            assert second.openings == [CallResumed()]
            assert second.machine.events[-1] == CallResumed()

    play(story)


def test_a_call_that_has_ended_is_over_for_every_process() -> None:
    async def story(house: House) -> None:
        first, answer = await house.rung()
        await first.stream(answer, Ended("hangup"))
        assert await house.process().after() == Over()
        assert await house.process().rings() == Over()
        assert await house.process().after(over=True) == Over()

    play(story)


def test_a_webhook_that_is_retried_with_another_process_makes_no_second_call() -> None:
    async def story(house: House) -> None:
        first, _ = await house.rung()
        async with first.sweeping():
            await pass_time(1)
            second = house.process()
            await second.stream(await second.rings(), Ended("hangup"))
            assert second.told("webhook") == [], "it was written down by the first"
            await _archived(second)
            await pass_time(70)
            assert first.told("end") == [], "which lets go of it"
            assert first.board.live == 0
            assert first.studio.returned == [SID]

    play(story)


def test_under_other_flows_a_call_begins_anew_and_knows_nothing() -> None:
    async def story(house: House) -> None:
        await house.left()
        other = replace(FLOWS, hash="other", numbers={LINE: Entry("night", "en-US")})
        second = house.process(other)
        answer = await second.after(leg="completed", number=1)
        call = second.claim(answer).kept.call
        assert (call.state, call.return_event) == (None, None)
        assert (call.facts.flow, call.facts.language) == ("night", "en-US")
        assert not call.clock.answered
        nobody = house.process(replace(other, hash="third", numbers={}))
        assert await nobody.after() == Apologise(None)

    play(story)


@pytest.mark.parametrize("finished", [False, True])
def test_the_end_of_a_call_whose_process_died_is_written_down_once(finished: bool) -> None:
    async def story(house: House) -> None:
        first = await house.left()
        second = house.process()
        async with second.sweeping():
            await second.status()
            await pass_time(20)
            if finished:  # that process was alive after all
                await first.status()
                await _archived(first)
            await pass_time(20)
            expected = [] if finished else [{"outcome": GONE}]
            assert second.told("end") == expected
        await _archived(second)
        kept = await house.store.records.search()
        assert [(record.call, record.outcome) for record in kept] == [(SID, GONE)]
        assert await house.store.calls.find(SID) is None

    play(story)


def test_a_call_nobody_has_heard_of_any_more_is_lost_and_written_down() -> None:
    async def story(house: House) -> None:
        first, _ = await house.rung()
        async with first.sweeping():
            await pass_time(1)
        second = house.process()
        async with second.sweeping():
            await pass_time(100)
            assert second.told("end") == [], "its process may still be there"
            await pass_time(100)
            assert second.told("end") == [{"outcome": LOST}]

    play(story)


def test_a_record_that_was_not_written_any_more_is_written_by_another_process() -> None:
    async def story(house: House) -> None:
        first, answer = await house.rung()
        await first.stream(answer, Ended("gave_up"))  # and its process dies before it is archived
        second = house.process()
        async with second.sweeping():
            await pass_time(200)
        await _archived(second)
        (record,) = await house.store.records.search()
        assert record.outcome == "gave_up"

    play(story)


def test_a_process_that_ends_leaves_its_calls_to_the_next_one() -> None:
    async def story(house: House) -> None:
        first, answer = await house.rung()
        async with first.live(answer):
            await first.board.aclose()
        assert first.told("end") == []
        second = house.process()
        second.machine.answers = lambda event: (HangUp("hangup"),)
        assert isinstance(await second.after(), Connect)

    play(story)


def test_a_lost_stream_that_is_asked_for_in_another_process_counts() -> None:
    async def story(house: House) -> None:
        bench, answer = await house.rung()
        for _ in range(3):
            await bench.stream(answer, Cut("x"))
            bench = house.process()
            answer = await bench.after()  # type: ignore[assignment]
        await bench.stream(answer, Cut("x"))
        assert isinstance(await house.process().after(), Apologise)

    play(story)


async def _archived(bench: Bench) -> None:
    """What waits to be written down is."""
    assert bench.archive is not None
    async with asyncio.TaskGroup() as group:
        task = group.create_task(bench.archive.run())
        await bench.archive.aclose()
        task.cancel()


def test_a_stream_may_be_opened_in_another_process_than_the_one_that_was_asked() -> None:
    async def story(house: House) -> None:
        first, answer = await house.rung()
        async with first.sweeping():
            await pass_time(1)
            second = house.process()
            for wrong in ("", "CA1", "CA1.", "CA1.x", "CA2" + answer.stream_id[3:], "\udcff.x"):
                assert await second.board.claim_of_another(wrong) is None
            claim = await second.board.claim_of_another(answer.stream_id)
            assert claim is not None
            await second.board.run_stream(claim, MemoryLink(Leaving(TRANSFER)))
            assert second.openings == [None], "it is the call's first stream"
            third = house.process()
            assert await third.board.claim_of_another(answer.stream_id) is None, "it works once"
            # Whoever is asked knows what the second knew, the first as well.
            assert await first.after() == Dial(TRANSFER)
            assert first.board.live == 1

    play(story)


def test_a_process_that_had_the_call_before_may_be_asked_for_its_next_stream() -> None:
    async def story(house: House) -> None:
        first = await house.left()
        second = house.process()
        second.machine.answers = lambda event: (HELLO,)
        async with second.sweeping():
            answer = await second.after(leg="busy", number=1)
            await pass_time(1)
            assert isinstance(answer, Connect)
            claim = await first.board.claim_of_another(answer.stream_id)
            assert claim is not None
            assert claim.kept.call.return_event == LegFinished(LegOutcome.BUSY)

    play(story)


def test_a_stream_id_is_too_old_in_every_process_after_a_minute() -> None:
    async def story(house: House) -> None:
        first, answer = await house.rung()
        async with first.sweeping():
            await pass_time(1)
        await pass_time(60)
        assert await house.process().board.claim_of_another(answer.stream_id) is None

    play(story)


def test_whichever_process_is_asked_knows_what_any_of_them_knew_last() -> None:
    async def story(house: House) -> None:
        first = await house.left()
        first.machine.answers = lambda event: (HELLO,)
        second = house.process()
        second.machine.answers = lambda event: (HELLO,)
        await second.stream(await second.after(leg="busy", number=1), Leaving(TRANSFER))
        assert await first.after() == Dial(TRANSFER, 2), "and not the first transfer once more"
        assert await second.after(leg="busy", number=1) != Over()
        await first.stream(await first.after(leg="busy", number=2), Ended("hangup"))
        assert await second.after() == Over()
        await second.status()
        assert second.told("end") == []
        await _archived(first)
        (record,) = await house.store.records.search()
        assert (record.outcome, record.legs) == ("hangup", 0)

    play(story)
