"""The outbox of the store of several machines: parcels and intentions in its database.

What the operations mean is said in ``base``. A parcel that was sent leaves its name behind, without
what was in it, until its call expires: nothing is sent twice. Made by ``postgres``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from ivr.outside.parcels import Parcel
from ivr.stores.postgres_pool import PostgresPool

LOAN: Final = timedelta(seconds=120)
"""How long a parcel belongs to who took it to send it; longer than any sender tries."""

_PARCEL: Final = "call, purpose, kind, payload, id, tries, next_try, problem"
_DUE: Final = """
    WITH due AS (
        SELECT * FROM parcels
        WHERE phase = 'waiting' AND next_try <= $1 AND kind = coalesce($2, kind)
        ORDER BY next_try, put_at, id LIMIT $3 FOR UPDATE SKIP LOCKED
    ), lent AS (
        UPDATE parcels SET next_try = $4 WHERE id IN (SELECT id FROM due)
    )
    SELECT * FROM due ORDER BY next_try, put_at, id
"""
"""What another process is taking at this moment is passed over."""


class PostgresOutbox:
    """Parcels until somebody took them, and what a call was about to do."""

    def __init__(self, pool: PostgresPool, wall_clock: Callable[[], datetime]) -> None:
        self._pool = pool
        self._wall_clock = wall_clock

    async def put(self, parcel: Parcel) -> bool:
        """Take a parcel; False: there is or was one with the same call and purpose."""
        now = self._wall_clock()
        put = await self._pool.change(
            f"INSERT INTO parcels ({_PARCEL}, phase, put_at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', $9) ON CONFLICT DO NOTHING",
            *(parcel.call, parcel.purpose, parcel.kind, parcel.payload, parcel.id),
            *(parcel.tries, parcel.next_try or now, parcel.problem, now),
        )
        return put == 1

    async def due(self, now: datetime, limit: int = 20, kind: str | None = None) -> list[Parcel]:
        """Parcels to be sent now, lent to whoever asks."""
        rows = await self._pool.rows(_DUE, now, kind, limit, now + LOAN)
        return [_parcel(row) for row in rows]

    async def next_due(self, kind: str | None = None) -> datetime | None:
        """When the next parcel is due; None if none waits."""
        row = await self._pool.row(
            "SELECT min(next_try) AS at FROM parcels WHERE phase = 'waiting' "
            "AND kind = coalesce($1, kind)",
            kind,
        )
        at: datetime | None = None if row is None else row["at"]
        return at

    async def sent(self, id: str) -> None:
        """It was handed over: what was in it is forgotten."""
        await self._pool.change("UPDATE parcels SET phase = 'sent', payload = '' WHERE id = $1", id)

    async def failed(self, id: str, problem: str, again_at: datetime) -> None:
        """It could not be handed over, and is due again then."""
        await self._pool.change(
            "UPDATE parcels SET tries = tries + 1, problem = $1, next_try = $2 "
            "WHERE id = $3 AND phase = 'waiting'",
            problem,
            again_at,
            id,
        )

    async def gave_up(self, id: str, problem: str | None = None) -> None:
        """It is stuck until a person looks at it."""
        await self._pool.change(
            "UPDATE parcels SET phase = 'stuck', tries = tries + 1, "
            "problem = coalesce($1, problem) WHERE id = $2 AND phase = 'waiting'",
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
        rows = await self._pool.rows("SELECT phase, count(*) FROM parcels GROUP BY phase")
        found = {phase: number for phase, number in rows}
        return found.get("waiting", 0), found.get("stuck", 0)

    async def again(self, id: str, now: datetime) -> bool:
        """Try a parcel again at once, and as often as a new one."""
        again = await self._pool.change(
            "UPDATE parcels SET phase = 'waiting', tries = 0, next_try = $1 "
            "WHERE id = $2 AND phase != 'sent'",
            now,
            id,
        )
        return again == 1

    async def drop(self, id: str) -> bool:
        """Never send it."""
        dropped = await self._pool.change(
            "UPDATE parcels SET phase = 'sent', payload = '', problem = 'dropped' "
            "WHERE id = $1 AND phase != 'sent'",
            id,
        )
        return dropped == 1

    # ----------------------------------------------------------------------- intentions

    async def intend(self, call: str, purpose: str) -> bool:
        """Write down that this is about to be done; False: it was intended before."""
        intended = await self._pool.change(
            "INSERT INTO intentions (call, purpose, intended_at) VALUES ($1, $2, $3) "
            "ON CONFLICT DO NOTHING",
            call,
            purpose,
            self._wall_clock(),
        )
        return intended == 1

    async def done(self, call: str, purpose: str, outcome: bytes) -> None:
        """Write down what an intention came to."""
        await self._pool.change(
            "UPDATE intentions SET outcome = $1 WHERE call = $2 AND purpose = $3",
            outcome,
            call,
            purpose,
        )

    async def came_to(self, call: str, purpose: str) -> bytes | None:
        """What it came to; None if nobody knows."""
        row = await self._pool.row(
            "SELECT outcome FROM intentions WHERE call = $1 AND purpose = $2", call, purpose
        )
        return None if row is None or row["outcome"] is None else bytes(row["outcome"])

    # ----------------------------------------------------------------------- helpers

    async def _list(self, phase: str, order: str, limit: int) -> list[Parcel]:
        rows = await self._pool.rows(
            f"SELECT {_PARCEL} FROM parcels WHERE phase = $1 ORDER BY {order} LIMIT $2",
            phase,
            limit,
        )
        return [_parcel(row) for row in rows]


def _parcel(row: asyncpg.Record) -> Parcel:
    return Parcel(**{name: row[name] for name in _PARCEL.split(", ")})
