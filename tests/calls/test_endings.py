"""Calls end once, with one record, and the carrier is told the same however often it asks."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from ivr.calls.archive import Archive
from ivr.calls.booth import Booth
from ivr.calls.kept import (
    Apologise,
    Connect,
    Decision,
    Over,
)
from ivr.calls.session import Ended
from ivr.calls.summary import from_lines
from ivr.calls.switchboard import GONE
from ivr.flow.world import NO_EMERGENCY, Emergency
from ivr.stores.sqlite import SqliteStore
from tests.calls.board import FLOWS, SID, Bench, MemoryLink, play
from tests.virtual import pass_time, run

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
        bench.board.stage.flows = replace(FLOWS, emergency=emergency)
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


def test_ignored_messages_are_counted_when_the_call_ends() -> None:
    async def story(bench: Bench) -> None:
        claim = bench.claim(bench.ring())
        claim.kept.call.record.add("ignored", malformed=3, unknown=2, media=500)
        await bench.board.run_stream(claim, MemoryLink(Ended("hangup")))
        counts = bench.board.counts
        assert (counts["messages_malformed"], counts["messages_unknown"]) == (3, 2)
        assert counts["ended_hangup"] == 1

    play(story)


def test_the_record_of_a_call_is_handed_over_once_at_its_end() -> None:
    async def story() -> None:
        async with SqliteStore(None) as store:
            bench = Bench(archive=Archive(store, keep_days=90))
            await bench.stream(bench.ring(), Ended("hangup"))
            await bench.status()
            assert bench.archive is not None
            assert bench.archive.waiting == 1
            async with asyncio.TaskGroup() as group:
                task = group.create_task(bench.archive.run())
                await bench.archive.aclose()
                task.cancel()
            entries, _ = from_lines(await store.records.entries(SID) or b"")
            assert [entry["what"] for entry in entries] == ["webhook", "end"]

    run(story())


def test_an_end_that_is_cancelled_loses_no_record_and_leaves_nobody_on_the_stage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def hangs(booth: Booth) -> None:
        await asyncio.Event().wait()

    async def story() -> None:
        async with SqliteStore(None) as store:
            bench = Bench(archive=Archive(store, keep_days=90), claim_s=1)
            monkeypatch.setattr(bench.studio, "give_back", hangs)
            bench.ring()
            await pass_time(2)
            async with asyncio.TaskGroup() as group:
                sweep = group.create_task(bench.board.sweep())
                await pass_time(1)
                sweep.cancel()
            assert bench.archive is not None
            assert (bench.archive.waiting, bench.board.stage.calls) == (1, 0)

    run(story())
