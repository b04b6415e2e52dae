"""Records on their way into the store: nobody waits, none is lost, old ones are erased."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ivr.calls.archive import ENTRIES_AT_ONCE, Archive
from ivr.calls.clock import Clock
from ivr.calls.record import Record
from ivr.calls.summary import from_lines
from ivr.stores import open_store
from ivr.stores.base import StoreError, Summary
from ivr.stores.sqlite import SqliteStore
from tests.virtual import pass_time, run

BEGAN = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)


def record(call: str, began: datetime = BEGAN, entries: int = 0) -> Record:
    made = Record(call, began, Clock(lambda: 0.0))
    made.add("webhook", call=call, started_at=began.isoformat(), to="+1", flow="main")
    for _ in range(entries):
        made.add("key", key="•")
    made.add("end", outcome="hangup")
    return made


@contextlib.asynccontextmanager
async def running(archive: Archive) -> AsyncGenerator[Archive, None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(archive.run())
        yield archive
        await archive.aclose(1)
        task.cancel()


def test_a_record_is_in_the_store_when_the_process_ends(tmp_path: Path) -> None:
    long = record("CA2", entries=ENTRIES_AT_ONCE)

    async def story() -> None:
        async with open_store(str(tmp_path)) as store:
            async with running(Archive(store, keep_days=36_500)) as archive:
                archive.keep(record("CA1"))
                archive.keep(long)
                archive.keep(record("CA1"))
            rows = await store.records.search()
            assert sorted((row.call, row.keys) for row in rows) == [("CA1", 0), ("CA2", 1_000)]
            assert from_lines(await store.records.entries("CA2") or b"") == (long.entries, [])

    asyncio.run(story())


def test_a_store_in_trouble_costs_nothing_but_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        async with SqliteStore(None) as store, running(Archive(store, keep_days=90)) as archive:
            keep = store.records.keep

            async def full(summary: Summary, entries: bytes) -> bool:
                raise StoreError("the disk is full")

            monkeypatch.setattr(store.records, "keep", full)
            for number in range(3):
                archive.keep(record(f"CA{number}"))
            await pass_time(60)
            assert (archive.waiting, archive.problem) == (3, "the disk is full")
            monkeypatch.setattr(store.records, "keep", keep)
            await pass_time(31)
            assert (archive.waiting, archive.problem) == (0, None)
            assert len(await store.records.search()) == 3

    run(story())


def test_what_the_store_would_not_take_is_in_it_after_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(summary: Summary, entries: bytes) -> bool:
        raise StoreError("the disk is full")

    broken = SqliteStore(tmp_path / "ivr.sqlite3")
    monkeypatch.setattr(broken.records, "keep", full)

    def spilled() -> list[Path]:
        return list(tmp_path.glob("unwritten*"))

    async def story() -> None:
        async with broken:
            archive = Archive(broken, keep_days=90, folder=tmp_path)
            archive.keep(record("CA1", entries=2))
            await archive.aclose(0)
        assert len(spilled()) == 1
        async with open_store(str(tmp_path)) as store:
            async with running(Archive(store, keep_days=36_500, folder=tmp_path)) as archive:
                archive.keep(record("CA2"))
            (row,) = await store.records.search(call="CA1")
            assert (row.call, row.keys, row.outcome) == ("CA1", 2, "hangup")
        assert not spilled()

    asyncio.run(story())


def test_old_records_are_erased_every_day() -> None:
    def clock() -> datetime:
        return BEGAN + timedelta(seconds=asyncio.get_running_loop().time())

    async def story() -> None:
        async with SqliteStore(None) as store:
            async with running(Archive(store, keep_days=3, wall_clock=clock)) as archive:
                archive.keep(record("CA0", BEGAN - timedelta(days=2)))
                archive.keep(record("CA1"))
                left = []
                await pass_time(1)
                for _ in range(5):
                    left.append([row.call for row in await store.records.search()])
                    await pass_time(86_400)
            assert left == [["CA1", "CA0"], ["CA1", "CA0"], ["CA1"], ["CA1"], []]

    run(story())
