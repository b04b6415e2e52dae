"""The store of several machines: a PostgreSQL database. Calls between their streams, and records.

What the operations mean is said in ``base``; connections and tables are ``postgres_pool``'s, the
outbox is ``postgres_outbox``. What is erased is gone from the tables when the operation returns;
the server's own log and its backups are its operator's. Made by ``open_store``; asyncpg comes with
the extra ``postgres``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import asyncpg
import msgspec

from ivr.stores.base import Erased, Parked, StaleWriter, Summary
from ivr.stores.postgres_outbox import PostgresOutbox
from ivr.stores.postgres_pool import PostgresPool, changed

if TYPE_CHECKING:
    from ivr.stores.postgres_pool import Connection

_PARKED: Final = (
    "call, account, stream, version, flows, facts, state, entries, phase, leaving, until"
)
_SUMMARY: Final = (
    "call, started_at, caller, called, flow, outcome, seconds, steps, ended_at, wait_ms, said, "
    "keys, legs"
)
_PARK: Final = f"""
    INSERT INTO calls ({_PARKED}, parked_at)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
    WHERE NOT EXISTS (SELECT 1 FROM records WHERE call = $1)
    ON CONFLICT (call) DO UPDATE SET
        account = excluded.account, stream = excluded.stream, version = excluded.version,
        flows = excluded.flows, facts = excluded.facts, state = excluded.state,
        entries = excluded.entries, phase = excluded.phase, leaving = excluded.leaving,
        until = excluded.until, parked_at = excluded.parked_at
    WHERE (calls.stream, calls.version) <= (excluded.stream, excluded.version)
"""
"""A later writer's row stays, and a call that has its record is over; then nothing is inserted."""
_TABLES: Final = "calls, records, parcels, intentions"


def _utc() -> datetime:
    return datetime.now(UTC)


class PostgresStore:
    """Everything in one database."""

    def __init__(self, url: str, *, wall_clock: Callable[[], datetime] = _utc) -> None:
        self._pool = PostgresPool(url)
        self.calls = PostgresCalls(self._pool, wall_clock)
        self.records = PostgresRecords(self._pool)
        self.outbox = PostgresOutbox(self._pool, wall_clock)

    @property
    def place(self) -> str:
        """The server and the database."""
        return self._pool.place

    async def __aenter__(self) -> Self:
        await self._pool.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._pool.aclose()


class PostgresCalls:
    """Calls that are not over."""

    def __init__(self, pool: PostgresPool, wall_clock: Callable[[], datetime]) -> None:
        self._pool = pool
        self._wall_clock = wall_clock

    async def park(self, parked: Parked) -> None:
        """Write the call down, in place of what was there; see ``base``."""
        async with self._pool.transaction() as connection:
            # A call between its streams does not outlive a power cut, so nobody waits for the disk.
            await connection.execute("SET LOCAL synchronous_commit = off")
            status = await connection.execute(
                _PARK,
                *(parked.call, parked.account, parked.stream, parked.version, parked.flows),
                *(parked.facts, parked.state, parked.entries, parked.phase, parked.leaving),
                *(parked.until, self._wall_clock()),
            )
        if not changed(status):
            raise StaleWriter(
                f"call {parked.call}: it is over, or a later stream was written down before "
                f"stream {parked.stream}, version {parked.version}"
            )

    async def find(self, call: str) -> Parked | None:
        """The call as it was written down last."""
        row = await self._pool.row(f"SELECT {_PARKED} FROM calls WHERE call = $1", call)
        return None if row is None else Parked(**dict(row))

    async def forget(self, call: str) -> None:
        """Remove it."""
        await self._pool.change("DELETE FROM calls WHERE call = $1", call)

    async def overdue(self, now: datetime, limit: int = 100) -> list[Parked]:
        """Calls whose time is up, the one that waits longest first."""
        rows = await self._pool.rows(
            f"SELECT {_PARKED} FROM calls WHERE until <= $1 ORDER BY until, call LIMIT $2",
            now,
            limit,
        )
        return [Parked(**dict(row)) for row in rows]


class PostgresRecords:
    """What happened in calls that are over."""

    def __init__(self, pool: PostgresPool) -> None:
        self._pool = pool

    async def keep(self, summary: Summary, entries: bytes) -> bool:
        """Keep the record of a call, once, and forget the call as it was parked."""
        async with self._pool.transaction() as connection:
            status = await connection.execute(
                f"INSERT INTO records ({_SUMMARY}, entries) VALUES "
                "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) "
                "ON CONFLICT DO NOTHING",
                *(summary.call, summary.started_at, summary.caller, summary.called),
                *(summary.flow, summary.outcome, summary.seconds),
                msgspec.json.encode(summary.steps).decode(),
                *(summary.ended_at, summary.wait_ms, summary.said, summary.keys, summary.legs),
                entries,
            )
            await connection.execute("DELETE FROM calls WHERE call = $1", summary.call)
        return changed(status) == 1

    async def search(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        caller: str | None = None,
        called: str | None = None,
        outcome: str | None = None,
        flow: str | None = None,
        text: str | None = None,
        call: str | None = None,
        limit: int = 100,
    ) -> list[Summary]:
        """The calls to which all of this applies, the newest first."""
        # What stands in a JSON text is spelled as JSON spells it.
        spelled = None if text is None else msgspec.json.encode(text)[1:-1].decode().lower()
        wishes: dict[str, object] = {
            "started_at >= {}": since,
            "started_at < {}": until,
            "caller = {}": caller,
            "called = {}": called,
            "outcome = {}": outcome,
            "flow = {}": flow,
            "strpos(lower(convert_from(entries, 'UTF8')), {}) > 0": spelled,
            "starts_with(call, {})": call,
        }
        asked = {clause: value for clause, value in wishes.items() if value is not None}
        clauses = [clause.format(f"${number}") for number, clause in enumerate(asked, 1)]
        where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
        rows = await self._pool.rows(
            f"SELECT {_SUMMARY} FROM records {where} "
            f"ORDER BY started_at DESC, call LIMIT ${len(asked) + 1}",
            *asked.values(),
            limit,
        )
        return [_summary(row) for row in rows]

    async def entries(self, call: str) -> bytes | None:
        """The record of a call."""
        row = await self._pool.row("SELECT entries FROM records WHERE call = $1", call)
        return None if row is None else bytes(row["entries"])

    async def erase(self, caller: str) -> Erased:
        """Erase whatever is kept of this caller."""
        async with self._pool.transaction() as connection:
            erased = await _erase(connection, caller)
        async with self._pool.connection() as connection:
            # Rewrites the tables: what was deleted stands in no file of theirs any more.
            await connection.execute(f"VACUUM FULL {_TABLES}")
        return erased

    async def expire(self, before: datetime) -> int:
        """Erase all records, parked calls and parcels from before; how many records."""
        async with self._pool.transaction() as connection:
            status = await connection.execute("DELETE FROM records WHERE started_at < $1", before)
            await connection.execute("DELETE FROM calls WHERE parked_at < $1", before)
            await connection.execute("DELETE FROM parcels WHERE put_at < $1", before)
            await connection.execute("DELETE FROM intentions WHERE intended_at < $1", before)
        return changed(status)


async def _erase(connection: Connection, caller: str) -> Erased:
    number = caller.encode()

    async def column(query: str, value: object) -> list[str]:
        return [row[0] for row in await connection.fetch(query, value)]

    ended = await column("SELECT call FROM records WHERE caller = $1", caller)
    parked = await column(
        "SELECT call FROM calls WHERE position($1::bytea in facts) > 0 "
        "OR position($1::bytea in entries) > 0 OR position($1::bytea in state) > 0",
        number,
    )
    calls = list(dict.fromkeys((*ended, *parked)))
    phases = await connection.fetch(
        "DELETE FROM parcels WHERE call = ANY($1) OR position($2::bytea in payload) > 0 "
        "RETURNING phase",
        calls,
        number,
    )
    for table in ("records", "calls", "intentions"):
        await connection.execute(f"DELETE FROM {table} WHERE call = ANY($1)", calls)
    unsent = sum(row["phase"] != "sent" for row in phases)
    return Erased(len(ended), len(parked), unsent, tuple(calls))


def _summary(row: asyncpg.Record) -> Summary:
    found = dict(row)
    found["steps"] = msgspec.json.decode(found["steps"], type=tuple[str, ...])
    return Summary(**found)
