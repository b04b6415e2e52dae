"""The outbox of the store of one machine: parcels and intentions in its SQLite file.

What the operations mean is said in ``base``. A parcel that was sent leaves its name behind, without
what was in it, until its call expires: nothing is sent twice. Made by ``sqlite``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ivr.outside.parcels import Parcel
from ivr.stores.worker import Worker

LOAN: Final = timedelta(seconds=120)
"""How long a parcel belongs to who took it to send it; longer than any sender tries."""

_PARCEL: Final = "call, purpose, kind, payload, id, tries, next_try, problem"

Row = tuple[Any, ...]


class SqliteOutbox:
    """Parcels until somebody took them, and what a call was about to do."""

    def __init__(self, worker: Worker, wall_clock: Callable[[], datetime]) -> None:
        self._worker = worker
        self._wall_clock = wall_clock

    async def put(self, parcel: Parcel) -> bool:
        """Take a parcel; False: there is or was one with the same call and purpose."""
        now = self._wall_clock().timestamp()
        next_try = now if parcel.next_try is None else parcel.next_try.timestamp()
        values = (
            *(parcel.call, parcel.purpose, parcel.kind, parcel.payload, parcel.id),
            *(parcel.tries, next_try, parcel.problem, now),
        )

        def work(connection: sqlite3.Connection) -> bool:
            put = connection.execute(
                f"INSERT INTO parcels ({_PARCEL}, phase, put_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?) ON CONFLICT DO NOTHING",
                values,
            )
            return put.rowcount == 1

        return await self._worker.write(work)

    async def due(self, now: datetime, limit: int = 20, kind: str | None = None) -> list[Parcel]:
        """Parcels to be sent now, lent to whoever asks."""

        def work(connection: sqlite3.Connection) -> list[Row]:
            rows = connection.execute(
                f"SELECT {_PARCEL} FROM parcels WHERE phase = 'waiting' AND next_try <= ? "
                "AND kind = coalesce(?, kind) ORDER BY next_try, put_at, id LIMIT ?",
                (now.timestamp(), kind, limit),
            ).fetchall()
            back = (now + LOAN).timestamp()
            connection.executemany(
                "UPDATE parcels SET next_try = ? WHERE id = ?", [(back, row[4]) for row in rows]
            )
            return rows

        # Lost with the power, a loan is only over sooner.
        return [_parcel(row) for row in await self._worker.write(work, safe=False)]

    async def next_due(self, kind: str | None = None) -> datetime | None:
        """When the next parcel is due; None if none waits."""

        def work(connection: sqlite3.Connection) -> float | None:
            (found,) = connection.execute(
                "SELECT min(next_try) FROM parcels WHERE phase = 'waiting' "
                "AND kind = coalesce(?, kind)",
                (kind,),
            ).fetchone()
            return None if found is None else float(found)

        found = await self._worker.read(work)
        return None if found is None else datetime.fromtimestamp(found, UTC)

    async def sent(self, id: str) -> None:
        """It was handed over: what was in it is forgotten."""
        await self._change("UPDATE parcels SET phase = 'sent', payload = x'' WHERE id = ?", id)

    async def failed(self, id: str, problem: str, again_at: datetime) -> None:
        """It could not be handed over, and is due again then."""
        await self._change(
            "UPDATE parcels SET tries = tries + 1, problem = ?, next_try = ? "
            "WHERE id = ? AND phase = 'waiting'",
            problem,
            again_at.timestamp(),
            id,
        )

    async def gave_up(self, id: str, problem: str | None = None) -> None:
        """It is stuck until a person looks at it."""
        await self._change(
            "UPDATE parcels SET phase = 'stuck', tries = tries + 1, "
            "problem = coalesce(?, problem) WHERE id = ? AND phase = 'waiting'",
            problem,
            id,
        )

    async def waiting(self, limit: int = 100) -> list[Parcel]:
        """What is yet to be sent, the next one first."""
        return await self._list("waiting", "next_try, put_at, id", limit)

    async def stuck(self, limit: int = 100) -> list[Parcel]:
        """What was given up, the oldest first."""
        return await self._list("stuck", "put_at, id", limit)

    async def count(self) -> tuple[int, int]:
        """How many wait, and how many are stuck."""

        def work(connection: sqlite3.Connection) -> dict[str, int]:
            return dict(connection.execute("SELECT phase, count(*) FROM parcels GROUP BY phase"))

        found = await self._worker.read(work)
        return found.get("waiting", 0), found.get("stuck", 0)

    async def again(self, id: str, now: datetime) -> bool:
        """Try a parcel again at once, and as often as a new one."""
        return await self._change(
            "UPDATE parcels SET phase = 'waiting', tries = 0, next_try = ? "
            "WHERE id = ? AND phase != 'sent'",
            now.timestamp(),
            id,
        )

    async def drop(self, id: str) -> bool:
        """Never send it."""
        return await self._change(
            "UPDATE parcels SET phase = 'sent', payload = x'', problem = 'dropped' "
            "WHERE id = ? AND phase != 'sent'",
            id,
        )

    # ----------------------------------------------------------------------- intentions

    async def intend(self, call: str, purpose: str) -> bool:
        """Write down that this is about to be done; False: it was intended before."""
        return await self._change(
            "INSERT INTO intentions (call, purpose, intended_at) VALUES (?, ?, ?) "
            "ON CONFLICT DO NOTHING",
            call,
            purpose,
            self._wall_clock().timestamp(),
        )

    async def done(self, call: str, purpose: str, outcome: bytes) -> None:
        """Write down what an intention came to."""
        await self._change(
            "UPDATE intentions SET outcome = ? WHERE call = ? AND purpose = ?",
            outcome,
            call,
            purpose,
        )

    async def came_to(self, call: str, purpose: str) -> bytes | None:
        """What it came to; None if nobody knows."""

        def work(connection: sqlite3.Connection) -> bytes | None:
            found: Row | None = connection.execute(
                "SELECT outcome FROM intentions WHERE call = ? AND purpose = ?", (call, purpose)
            ).fetchone()
            return None if found is None or found[0] is None else bytes(found[0])

        return await self._worker.read(work)

    # ----------------------------------------------------------------------- helpers

    async def _change(self, statement: str, *values: object) -> bool:
        def work(connection: sqlite3.Connection) -> bool:
            return connection.execute(statement, values).rowcount == 1

        return await self._worker.write(work)

    async def _list(self, phase: str, order: str, limit: int) -> list[Parcel]:
        def work(connection: sqlite3.Connection) -> list[Row]:
            return connection.execute(
                f"SELECT {_PARCEL} FROM parcels WHERE phase = ? ORDER BY {order} LIMIT ?",
                (phase, limit),
            ).fetchall()

        return [_parcel(row) for row in await self._worker.read(work)]


def _parcel(row: Row) -> Parcel:
    call, purpose, kind, payload, id, tries, next_try, problem = row
    at = datetime.fromtimestamp(next_try, UTC)
    return Parcel(call, purpose, kind, bytes(payload), id, tries, at, problem)
