"""One PostgreSQL server for all tests of this folder, its tables gone before each of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.postgres.database import TABLES, Database, asked
from tests.postgres.server import Server, postgres


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with postgres() as running:
        yield running


@pytest.fixture
def database(server: Server) -> Database:
    dropped = (f"DROP TABLE IF EXISTS {table}" for table in (*TABLES, "ivr_store"))
    asyncio.run(asked(server, *dropped))
    return Database(server)
