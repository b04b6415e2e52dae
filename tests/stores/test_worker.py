"""The file of a store: who may read it, what becomes of it when it or its disk is in trouble."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from ivr.stores import FILE
from ivr.stores.base import StoreError
from ivr.stores.schema import MIGRATIONS
from ivr.stores.sqlite import SqliteStore
from ivr.stores.worker import Worker
from tests.stores.conformance import parcel, parked, summary
from tests.virtual import run


def opened(path: Path) -> None:
    async def story() -> None:
        async with SqliteStore(path):
            pass

    asyncio.run(story())


def test_nobody_else_may_read_the_file_or_its_log(tmp_path: Path) -> None:
    async def story() -> None:
        async with SqliteStore(tmp_path / "new" / FILE) as store:
            await store.records.keep(summary(), b"{}")
            files = sorted((tmp_path / "new").iterdir())
            assert [file.name for file in files] == [FILE, f"{FILE}-shm", f"{FILE}-wal"]
            assert all(file.stat().st_mode & 0o077 == 0 for file in files)

    asyncio.run(story())
    assert [file.name for file in (tmp_path / "new").iterdir()] == [FILE]


@pytest.mark.parametrize("where", ["head", "middle"])
def test_a_damaged_file_is_one_sentence_with_a_remedy(where: str, tmp_path: Path) -> None:
    file = tmp_path / FILE
    opened(file)
    content = bytearray(file.read_bytes())
    if where == "head":
        content[:100] = b"no database" * 9 + b"!"
    else:
        content[4096 : len(content)] = bytes(len(content) - 4096)
    file.write_bytes(content)
    with pytest.raises(StoreError, match=r"ivr\.sqlite3 is damaged: .*move the file away"):
        opened(file)


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot be opened: (Not a directory|File exists)"):
        opened(tmp_path / "file" / FILE)


def test_a_full_disk_costs_what_was_to_be_written_and_nothing_that_was(tmp_path: Path) -> None:
    async def story() -> None:
        async with SqliteStore(tmp_path / FILE) as store:
            await store.records.keep(summary(), b"kept")
            assert isinstance(store.worker, Worker)
            pages = await store.worker.read(
                lambda connection: connection.execute("PRAGMA max_page_count = 1").fetchone()[0]
            )
            for attempt in (
                store.records.keep(summary("CA2"), b"x" * 4096 * 99),
                store.outbox.put(parcel(payload=b"x" * 4096 * 99)),
                store.calls.park(parked("CA3", entries=b"x" * 4096 * 99)),
            ):
                with pytest.raises(StoreError, match=r"the disk is full, .*make room"):
                    await attempt
            assert await store.records.entries("CA1") == b"kept"
            await store.worker.read(
                lambda connection: connection.execute(f"PRAGMA max_page_count = {pages * 999}")
            )
            assert await store.records.keep(summary("CA2"), b"x" * 4096 * 99)

    asyncio.run(story())


def test_a_lock_that_nobody_lets_go_of_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.stores.worker.BUSY_MS", 1)

    async def story() -> None:
        async with SqliteStore(tmp_path / FILE) as store:
            other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match="another program has held"):
                await store.records.keep(summary(), b"")
            other.execute("ROLLBACK")
            other.close()
            assert await store.records.keep(summary(), b"")

    asyncio.run(story())


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / FILE
    opened(file)
    with sqlite3.connect(file) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(StoreError, match="newer version of ivr"):
        opened(file)


def test_an_older_file_is_brought_up_to_date_and_keeps_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def keep() -> None:
        async with SqliteStore(tmp_path / FILE) as store:
            await store.records.keep(summary(), b"old")

    async def read() -> None:
        async with SqliteStore(tmp_path / FILE) as store:
            assert await store.records.entries("CA1") == b"old"
            asked = "SELECT colour FROM records"
            rows = await store.worker.read(lambda each: each.execute(asked).fetchall())
            assert rows == [("blue",)]

    asyncio.run(keep())
    paint = "ALTER TABLE records ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'"
    monkeypatch.setattr("ivr.stores.worker.MIGRATIONS", (*MIGRATIONS, (paint,)))
    asyncio.run(read())
    asyncio.run(read())


def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(tmp_path / FILE)
    broken = ("ALTER TABLE records ADD COLUMN colour TEXT", "NONSENSE")
    monkeypatch.setattr("ivr.stores.worker.MIGRATIONS", (*MIGRATIONS, broken))
    with pytest.raises(StoreError, match="cannot be used"):
        opened(tmp_path / FILE)
    monkeypatch.undo()
    with sqlite3.connect(tmp_path / FILE) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(records)")]
    connection.close()
    assert "colour" not in columns
    opened(tmp_path / FILE)


def test_a_store_in_memory_needs_no_thread_and_works_on_virtual_time() -> None:
    async def story() -> None:
        async with SqliteStore(None) as store:
            assert await store.records.keep(summary(), b"here")
            assert await store.records.entries("CA1") == b"here"
        with pytest.raises(StoreError, match="not open"):
            await store.records.entries("CA1")

    run(story())
