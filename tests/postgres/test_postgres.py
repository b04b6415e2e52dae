"""Calls and records in PostgreSQL: every promise of a store, on a real server."""

from __future__ import annotations

import asyncio

import pytest

from tests.postgres.database import Database, asked
from tests.stores.conformance import CALLER, PROMISES, Promise, parked, summary

IN_FILES = {"an_erased_caller_is_nowhere", "what_is_too_old_expires_and_nothing_else"}
"""Promises about the bytes on the disk, which a server writes when it likes: tested below."""


@pytest.mark.parametrize(
    "promise",
    [each for each in PROMISES if each.__name__ not in IN_FILES],
    ids=lambda promise: promise.__name__,
)
def test_it_keeps_its_promises(promise: Promise, database: Database) -> None:
    async def story() -> None:
        await promise(database)

    asyncio.run(story())


def test_an_erased_caller_is_in_no_file_of_the_tables(database: Database) -> None:
    async def story() -> None:
        async with database.store() as store:
            for number, caller in enumerate((CALLER, "+13125550188", CALLER)):
                said = f'{{"from":"{caller}"}}\n'.encode()
                await store.records.keep(summary(f"CA{number}", caller=caller), said)
            await store.calls.park(parked("CA9", facts=b"", entries=CALLER.encode()))
            await asked(database.server, "CHECKPOINT")
            assert CALLER.encode() in database.everything()
            erased = await store.records.erase(CALLER)
            assert (erased.records, erased.calls) == (2, 1)
            await asked(database.server, "CHECKPOINT")
            assert CALLER.encode() not in database.everything()
            assert [each.call for each in await store.records.search()] == ["CA1"]

    asyncio.run(story())


def test_what_is_too_old_expires_and_nothing_else(database: Database) -> None:
    async def story() -> None:
        async with database.store() as store:
            for number in range(4):
                await store.records.keep(summary(f"CA{number}", minutes=number), b"")
            (_, _, second, _) = await store.records.search()
            assert await store.records.expire(second.started_at) == 1
            assert len(await store.records.search()) == 3

    asyncio.run(story())
