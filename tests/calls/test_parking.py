"""Calls on their way into the store: whole, soon, never in a caller's way, and without secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from ivr.calls.kept import Connect, Dial
from ivr.calls.parking import STORE_SECONDS_MAX, Parking
from ivr.calls.session import Ended, Leaving
from ivr.flow.messages import JoinQueue, Leg, LegFinished, LegOutcome, RunTwiml, Words
from ivr.flow.state import Place, State
from ivr.stores.base import Parked, Store, StoreError
from ivr.stores.sqlite import SqliteStore
from tests.calls.board import SID, TRANSFER, Bench, wall_clock
from tests.virtual import pass_time, run

SPOKEN = Words("Robin is calling.", "en-US", "v", False)
SECRET = Words("Their PIN is 7391.", "en-US", "v", False, "Their PIN is ••••.")


class _Broken:
    """A store that cannot, or does not answer."""

    def __init__(self, park: Callable[[Parked], Any]) -> None:
        self.calls = self
        self.records = self
        self.park = park

    async def find(self, call: str) -> None:
        await self.park(None)  # type: ignore[arg-type]

    async def overdue(self, now: object) -> list[Parked]:
        raise StoreError("the disk is full")

    async def search(self, **asked: object) -> list[object]:
        raise ValueError("a bug")


async def _full(parked: Parked) -> None:
    raise StoreError("the disk is full; make room")


async def _hangs(parked: Parked) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("park", [_full, _hangs])
def test_a_store_that_is_down_costs_a_call_nothing(
    park: Callable[[Parked], Any], caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        bench = Bench(store=cast(Store, _Broken(park)))
        async with bench.sweeping():
            answer = await bench.rings()
            begun = asyncio.get_running_loop().time()
            await bench.stream(answer, Leaving(TRANSFER))
            assert asyncio.get_running_loop().time() - begun <= STORE_SECONDS_MAX
            assert await bench.after() == Dial(TRANSFER)
            assert isinstance(await bench.after(leg="busy", number=1), Connect)
            await pass_time(70)  # and the sweep goes on

    run(story())
    assert "call CA1: parking it: " in caplog.text
    assert "9990000" not in caplog.text


@pytest.mark.parametrize(
    "leg",
    [
        replace(TRANSFER, whisper=(SPOKEN,), accept="1"),
        JoinQueue("agents", "hold.wav", 60_000, "wait"),
        RunTwiml("<Response>\x01secret:key\x01</Response>", "script"),
        None,
    ],
)
def test_what_is_parked_can_be_read_again(leg: Leg | None) -> None:
    async def story() -> None:
        async with SqliteStore(None) as store:
            bench = Bench(store=store)
            kept = bench.claim(bench.ring()).kept
            kept.call.return_event = LegFinished(LegOutcome.FULL)
            kept.leaving, kept.number, kept.keys, kept.resumes, kept.taken = leg, 3, 2, 1, True
            kept.call.clock.answer()
            state = State(kept.call.facts, "abc", Place("main", "start"), "en-US")
            kept.put_down(state)
            parking = Parking(store, wall_clock)
            await parking.now(kept)
            found = await parking.find(SID)
            assert found is not None
            assert (found.leaving, found.number, found.taken) == (leg, 3, True)
            assert (found.keys, found.resumes, found.answered_after_ms) == (2, 1, 0.0)
            assert found.return_event == kept.call.return_event
            assert (found.facts, found.parked.state) == (kept.call.facts, kept.checkpoint)
            assert [entry["what"] for entry in found.entries] == ["webhook"]

    run(story())


def test_what_nobody_can_read_is_as_good_as_unknown(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with SqliteStore(None) as store:
            bench = Bench(store=store)
            kept = bench.claim(bench.ring()).kept
            parking = Parking(store, wall_clock)
            await store.calls.park(replace(parking._packed(kept), facts=b"{}"))
            assert await parking.find(SID) is None

    run(story())
    assert "cannot be read" in caplog.text


def test_a_call_in_a_stream_is_written_down_as_it_goes_on_and_only_then() -> None:
    async def story() -> None:
        async with SqliteStore(None) as store:
            bench = Bench(store=store)
            async with bench.sweeping(), bench.live(await bench.rings()):
                await pass_time(6)
                first = await store.calls.find(SID)
                assert first is not None
                assert (first.phase, first.state is None) == ("live", False)
                await pass_time(20)
                assert await store.calls.find(SID) == first, "nothing has happened"

    run(story())


def test_nothing_sensitive_is_in_the_store(tmp_path: Path) -> None:
    async def story() -> None:
        async with SqliteStore(tmp_path / "ivr.sqlite3") as store:
            bench = Bench(store=store)
            answer = await bench.rings()
            call = bench.claim(answer).kept.call
            call.state = State(
                call.facts,
                "abc",
                Place("main", "start"),
                "en-US",
                variables={"pin": "7391", "name": "Robin"},
                sensitive=frozenset({"pin"}),
            )
            claim = bench.board._stream_ids.issue(bench.board._calls[SID])
            told = replace(TRANSFER, whisper=(SPOKEN, SECRET))
            await bench.stream(Connect(claim), Leaving(told))
            parked = await store.calls.find(SID)
            assert parked is not None
            assert b"Robin" in (parked.state or b"")
            assert b"Robin is calling" in (parked.leaving or b"")
            await bench.stream(await bench.after(leg="busy", number=1), Ended("hangup"))

    asyncio.run(story())
    files = [path.read_bytes() for path in tmp_path.iterdir()]
    assert any(b"Robin" in data for data in files), "the search would find it"
    assert not any(b"7391" in data for data in files)
