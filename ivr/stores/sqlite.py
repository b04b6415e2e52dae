"""The store of one machine: a SQLite file. Calls between their streams, and records of calls.

What the operations mean is said in ``base``; the file itself is ``worker``'s, the outbox has a file
of its own (``sqlite_outbox``). Made by ``open_store``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from ivr.stores.base import Erased, Parked, StaleWriter, Summary
from ivr.stores.sqlite_outbox import SqliteOutbox
from ivr.stores.worker import Worker

_PARKED: Final = (
    "call, account, stream, version, flows, facts, state, entries, phase, leaving, until"
)
_SUMMARY: Final = (
    "call, started_at, caller, called, flow, outcome, seconds, steps, ended_at, wait_ms, said, "
    "keys, legs"
)

Row = tuple[Any, ...]


def _utc() -> datetime:
    return datetime.now(UTC)


class SqliteStore:
    """Everything in one file; without a path in memory, see ``Worker``."""

    def __init__(self, path: Path | None, *, wall_clock: Callable[[], datetime] = _utc) -> None:
        self.worker = Worker(path)
        self.calls = SqliteCalls(self.worker, wall_clock)
        self.records = SqliteRecords(self.worker)
        self.outbox = SqliteOutbox(self.worker, wall_clock)

    @property
    def place(self) -> str:
        """The file."""
        return self.worker.place

    async def __aenter__(self) -> Self:
        await self.worker.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.worker.aclose()


class SqliteCalls:
    """Calls that are not over."""

    def __init__(self, worker: Worker, wall_clock: Callable[[], datetime]) -> None:
        self._worker = worker
        self._wall_clock = wall_clock

    async def park(self, parked: Parked) -> None:
        """Write the call down, in place of what was there; see ``base``."""
        values = (
            *(parked.call, parked.account, parked.stream, parked.version, parked.flows),
            *(parked.facts, parked.state, parked.entries, parked.phase, parked.leaving),
            parked.until.timestamp(),
            self._wall_clock().timestamp(),
        )

        def work(connection: sqlite3.Connection) -> None:
            over = connection.execute("SELECT 1 FROM records WHERE call = ?", (parked.call,))
            if over.fetchone() is not None:
                raise StaleWriter(f"call {parked.call}: it is over, and its record is written")
            there = connection.execute(
                "SELECT stream, version FROM calls WHERE call = ?", (parked.call,)
            ).fetchone()
            if there is not None and there > (parked.stream, parked.version):
                raise StaleWriter(
                    f"call {parked.call}: stream {there[0]} was written down before stream "
                    f"{parked.stream}, version {parked.version}"
                )
            connection.execute(
                f"REPLACE INTO calls ({_PARKED}, parked_at) VALUES ({_marks(12)})", values
            )

        await self._worker.write(work, safe=False)

    async def find(self, call: str) -> Parked | None:
        """The call as it was written down last."""

        def work(connection: sqlite3.Connection) -> Row | None:
            found: Row | None = connection.execute(
                f"SELECT {_PARKED} FROM calls WHERE call = ?", (call,)
            ).fetchone()
            return found

        row = await self._worker.read(work)
        return None if row is None else _parked(row)

    async def forget(self, call: str) -> None:
        """Remove it."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM calls WHERE call = ?", (call,))

        await self._worker.write(work, safe=False)

    async def overdue(self, now: datetime, limit: int = 100) -> list[Parked]:
        """Calls whose time is up, the one that waits longest first."""

        def work(connection: sqlite3.Connection) -> list[Row]:
            return connection.execute(
                f"SELECT {_PARKED} FROM calls WHERE until <= ? ORDER BY until, call LIMIT ?",
                (now.timestamp(), limit),
            ).fetchall()

        return [_parked(row) for row in await self._worker.read(work)]


class SqliteRecords:
    """What happened in calls that are over."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def keep(self, summary: Summary, entries: bytes) -> bool:
        """Keep the record of a call, once, and forget the call as it was parked."""
        values = (
            *(summary.call, summary.started_at.timestamp(), summary.caller, summary.called),
            *(summary.flow, summary.outcome, summary.seconds),
            msgspec.json.encode(summary.steps).decode(),
            *(summary.ended_at.timestamp(), summary.wait_ms),
            *(summary.said, summary.keys, summary.legs, entries),
        )

        def work(connection: sqlite3.Connection) -> bool:
            kept = connection.execute(
                f"INSERT INTO records ({_SUMMARY}, entries) VALUES ({_marks(14)}) "
                "ON CONFLICT DO NOTHING",
                values,
            )
            connection.execute("DELETE FROM calls WHERE call = ?", (summary.call,))
            return kept.rowcount == 1

        return await self._worker.write(work)

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
        spelled = None if text is None else msgspec.json.encode(text)[1:-1].decode()
        wishes = {
            "started_at >= ?": since and since.timestamp(),
            "started_at < ?": until and until.timestamp(),
            "caller = ?": caller,
            "called = ?": called,
            "outcome = ?": outcome,
            "flow = ?": flow,
            "CAST(entries AS TEXT) LIKE ? ESCAPE '\\'": spelled and f"%{_literally(spelled)}%",
            "substr(call, 1, length(?)) = ?": call,
        }
        asked = {clause: value for clause, value in wishes.items() if value is not None}
        where = f"WHERE {' AND '.join(asked)}" if asked else ""
        values = [value for clause, value in asked.items() for _ in range(clause.count("?"))]

        def work(connection: sqlite3.Connection) -> list[Row]:
            return connection.execute(
                f"SELECT {_SUMMARY} FROM records {where} ORDER BY started_at DESC, call LIMIT ?",
                (*values, limit),
            ).fetchall()

        return [_summary(row) for row in await self._worker.read(work)]

    async def entries(self, call: str) -> bytes | None:
        """The record of a call."""

        def work(connection: sqlite3.Connection) -> bytes | None:
            row = connection.execute("SELECT entries FROM records WHERE call = ?", (call,))
            found: Row | None = row.fetchone()
            return None if found is None else bytes(found[0])

        return await self._worker.read(work)

    async def erase(self, caller: str) -> Erased:
        """Erase whatever is kept of this caller, and every trace of it in the file."""
        number = caller.encode()

        def work(connection: sqlite3.Connection) -> Erased:
            ended = _column(connection, "SELECT call FROM records WHERE caller = ?", caller)
            parked = _column(
                connection,
                "SELECT call FROM calls WHERE instr(facts, ?1) OR instr(entries, ?1) "
                "OR instr(state, ?1)",
                number,
            )
            parcels = {
                *_column(connection, "SELECT id FROM parcels WHERE instr(payload, ?)", number)
            }
            calls = dict.fromkeys((*ended, *parked))
            for call in calls:
                parcels |= {*_column(connection, "SELECT id FROM parcels WHERE call = ?", call)}
                connection.execute("DELETE FROM records WHERE call = ?", (call,))
                connection.execute("DELETE FROM calls WHERE call = ?", (call,))
                connection.execute("DELETE FROM intentions WHERE call = ?", (call,))
            unsent = 0
            for id in parcels:
                deleted = connection.execute(
                    "DELETE FROM parcels WHERE id = ? RETURNING phase", (id,)
                ).fetchall()
                unsent += deleted != [("sent",)]
            return Erased(len(ended), len(parked), unsent, tuple(calls))

        erased = await self._worker.write(work)
        await self._worker.shred(thoroughly=True)
        return erased

    async def expire(self, before: datetime) -> int:
        """Erase all records, parked calls and parcels from before; how many records."""
        then = (before.timestamp(),)

        def work(connection: sqlite3.Connection) -> int:
            records = connection.execute("DELETE FROM records WHERE started_at < ?", then)
            connection.execute("DELETE FROM calls WHERE parked_at < ?", then)
            connection.execute("DELETE FROM parcels WHERE put_at < ?", then)
            connection.execute("DELETE FROM intentions WHERE intended_at < ?", then)
            return records.rowcount

        expired = await self._worker.write(work)
        await self._worker.shred(thoroughly=False)
        return expired


# --------------------------------------------------------------------------- rows


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _literally(text: str) -> str:
    """A text in which LIKE finds nothing special."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _column(connection: sqlite3.Connection, query: str, value: object) -> list[str]:
    return [row[0] for row in connection.execute(query, (value,))]


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _parked(row: Row) -> Parked:
    found = dict(zip(_PARKED.split(", "), row, strict=True))
    found["until"] = _time(found["until"])
    return Parked(**found)


def _summary(row: Row) -> Summary:
    found = dict(zip(_SUMMARY.split(", "), row, strict=True))
    found["started_at"] = _time(found["started_at"])
    found["ended_at"] = _time(found["ended_at"])
    found["steps"] = msgspec.json.decode(found["steps"], type=tuple[str, ...])
    return Summary(**found)
