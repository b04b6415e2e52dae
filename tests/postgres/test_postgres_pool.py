"""The way to a PostgreSQL server, and its bad days."""

from __future__ import annotations

import asyncio

import pytest

from ivr.stores import open_store
from ivr.stores.base import StoreError
from ivr.stores.postgres_pool import MIGRATIONS
from tests.postgres.database import Database, asked
from tests.stores.conformance import summary


def test_while_the_server_is_away_every_question_is_told_so_and_afterwards_all_is_well(
    database: Database,
) -> None:
    async def story() -> None:
        async with database.store() as store:
            assert await store.records.keep(summary("CA1"), b"one")
            await asyncio.to_thread(database.server.stop)
            try:
                for _ in range(3):
                    with pytest.raises(StoreError, match="is it up"):
                        await store.records.entries("CA1")
            finally:
                await asyncio.to_thread(database.server.start)
            assert await store.records.entries("CA1") == b"one"
            assert await store.records.keep(summary("CA2"), b"two")

    asyncio.run(story())


def test_two_processes_that_start_at_once_make_the_tables_once(database: Database) -> None:
    async def story() -> None:
        stores = [database.store() for _ in range(4)]
        async with asyncio.TaskGroup() as group:
            for store in stores:
                group.create_task(store.__aenter__())
        for store in stores:
            assert await store.outbox.count() == (0, 0)
            await store.__aexit__(None, None, None)

    asyncio.run(story())


def test_tables_of_a_newer_ivr_are_left_alone(database: Database) -> None:
    async def story() -> None:
        async with database.store():
            pass
        newer = len(MIGRATIONS) + 1
        await asked(database.server, f"INSERT INTO ivr_store (version) VALUES ({newer})")
        with pytest.raises(StoreError, match="made by a newer ivr"):
            await database.store().__aenter__()

    asyncio.run(story())


def test_a_server_that_is_not_there_is_one_sentence_without_a_password() -> None:
    async def story() -> None:
        url = "postgresql://ivr:tops3cret@127.0.0.1:1/calls"
        with pytest.raises(StoreError) as raised:
            await open_store(url).__aenter__()
        said = str(raised.value)
        assert "postgresql://127.0.0.1:1/calls" in said
        assert "tops3cret" not in said

    asyncio.run(story())
