"""The way to a PostgreSQL server: a few connections, the tables, and errors in our own words.

A connection that breaks is replaced at the next question; until the server is back every operation
is a :class:`~ivr.stores.base.StoreError` within :data:`ANSWER_SECONDS_MAX`, and whoever asked keeps
what it wanted to write (``backlog``). Used by ``postgres`` and ``postgres_outbox``.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import urlsplit

import asyncpg

from ivr.stores.base import StoreError

if TYPE_CHECKING:  # generic for types only
    Connection: TypeAlias = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]

CONNECTIONS_MAX: Final = 4
CONNECT_SECONDS_MAX: Final = 5.0
ANSWER_SECONDS_MAX: Final = 10.0
LOCK: Final = 7_105_001
"""Held by the process that makes the tables, so that two which start at once do not both."""

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """
        CREATE TABLE calls (
            call text PRIMARY KEY,
            account text NOT NULL,
            stream integer NOT NULL,
            version integer NOT NULL,
            flows text NOT NULL,
            phase text NOT NULL,
            until timestamptz NOT NULL,
            parked_at timestamptz NOT NULL,
            facts bytea NOT NULL,
            leaving bytea,
            state bytea,
            entries bytea NOT NULL
        )
        """,
        "CREATE INDEX calls_until ON calls (until)",
        """
        CREATE TABLE records (
            call text PRIMARY KEY,
            started_at timestamptz NOT NULL,
            ended_at timestamptz NOT NULL,
            caller text,
            called text NOT NULL,
            flow text NOT NULL,
            outcome text NOT NULL,
            seconds double precision NOT NULL,
            steps text NOT NULL,
            wait_ms double precision,
            said integer NOT NULL,
            keys integer NOT NULL,
            legs integer NOT NULL,
            entries bytea NOT NULL
        )
        """,
        "CREATE INDEX records_started_at ON records (started_at)",
        "CREATE INDEX records_caller ON records (caller)",
        """
        CREATE TABLE parcels (
            id text PRIMARY KEY,
            call text NOT NULL,
            purpose text NOT NULL,
            kind text NOT NULL,
            phase text NOT NULL,
            tries integer NOT NULL,
            next_try timestamptz NOT NULL,
            put_at timestamptz NOT NULL,
            problem text,
            payload bytea NOT NULL,
            UNIQUE (call, purpose)
        )
        """,
        "CREATE INDEX parcels_next_try ON parcels (phase, next_try)",
        """
        CREATE TABLE intentions (
            call text NOT NULL,
            purpose text NOT NULL,
            intended_at timestamptz NOT NULL,
            outcome bytea,
            PRIMARY KEY (call, purpose)
        )
        """,
    ),
)
"""The tables as they came about, as in ``schema``: a released step is never changed."""


class PostgresPool:
    """Connections to one server."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    @property
    def place(self) -> str:
        """The server and the database, without a user or a password."""
        parts = urlsplit(self._url)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname or 'this machine'}{port}{parts.path}"

    async def open(self) -> None:
        """Connect, and make the tables where they are not there yet."""
        async with self._told():
            self._pool = await asyncpg.create_pool(
                self._url,
                min_size=1,
                max_size=CONNECTIONS_MAX,
                timeout=CONNECT_SECONDS_MAX,
                command_timeout=ANSWER_SECONDS_MAX,
            )
        try:
            async with self.transaction() as connection:
                await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
                await _migrate(connection, self.place)
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Let go of all connections; nothing happens if there are none."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection, None]:
        """One connection, each statement a transaction of its own."""
        if self._pool is None:
            raise StoreError(f"the store at {self.place} is closed")
        async with (
            self._told(),
            self._pool.acquire(timeout=CONNECT_SECONDS_MAX) as connection,
        ):
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Connection, None]:
        """One connection; all of it is done, or nothing."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def change(self, statement: str, *values: object) -> int:
        """Do one statement; how many rows it changed."""
        async with self.connection() as connection:
            return changed(await connection.execute(statement, *values))

    async def rows(self, query: str, *values: object) -> Sequence[asyncpg.Record]:
        """What a query finds."""
        async with self.connection() as connection:
            found: Sequence[asyncpg.Record] = await connection.fetch(query, *values)
            return found

    async def row(self, query: str, *values: object) -> asyncpg.Record | None:
        """The first row a query finds."""
        async with self.connection() as connection:
            return await connection.fetchrow(query, *values)

    @asynccontextmanager
    async def _told(self) -> AsyncGenerator[None, None]:
        """What goes wrong, in our words; values are in no message of the driver's that we pass."""
        try:
            yield
        except TimeoutError:
            raise StoreError(f"the store at {self.place} does not answer; is it up?") from None
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise StoreError(
                f"the store at {self.place} could not do it ({type(error).__name__}): is it up, "
                "and do user, password and database of IVR_STORE fit?"
            ) from None


def changed(status: str) -> int:
    """How many rows a statement changed, from what the server says of it: ``DELETE 3``."""
    return int(status.rpartition(" ")[2])


async def _migrate(connection: Connection, place: str) -> None:
    await connection.execute("CREATE TABLE IF NOT EXISTS ivr_store (version integer NOT NULL)")
    version: Any = await connection.fetchval("SELECT max(version) FROM ivr_store") or 0
    if version > len(MIGRATIONS):
        raise StoreError(
            f"the store at {place} was made by a newer ivr (version {version} of its tables, "
            f"this ivr knows {len(MIGRATIONS)}): use that ivr, or another database"
        )
    for number, statements in enumerate(MIGRATIONS[version:], version + 1):
        for statement in statements:
            await connection.execute(statement)
        await connection.execute("INSERT INTO ivr_store (version) VALUES ($1)", number)
