"""The outbox in PostgreSQL: every promise of an outbox, on a real server."""

from __future__ import annotations

import asyncio

import pytest

from tests.postgres.database import Database
from tests.stores.conformance import PROMISES_OF_THE_OUTBOX, Promise


@pytest.mark.parametrize("promise", PROMISES_OF_THE_OUTBOX, ids=lambda promise: promise.__name__)
def test_it_keeps_its_promises(promise: Promise, database: Database) -> None:
    async def story() -> None:
        await promise(database)

    asyncio.run(story())
