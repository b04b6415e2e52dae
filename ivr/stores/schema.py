"""The tables of a store, as they came about: each step of the way makes one version the next.

A step that was released is never changed; what is new is a new step at the end. The file says how
many of them it has been through. Performed by ``worker`` when it opens a file. Times are seconds
since 1970, UTC.
"""

from __future__ import annotations

from typing import Final

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """
        CREATE TABLE calls (
            call TEXT PRIMARY KEY,
            account TEXT NOT NULL,
            stream INTEGER NOT NULL,
            version INTEGER NOT NULL,
            flows TEXT NOT NULL,
            phase TEXT NOT NULL,
            until REAL NOT NULL,
            parked_at REAL NOT NULL,
            facts BLOB NOT NULL,
            leaving BLOB,
            state BLOB,
            entries BLOB NOT NULL
        )
        """,
        "CREATE INDEX calls_until ON calls (until)",
        """
        CREATE TABLE records (
            call TEXT PRIMARY KEY,
            started_at REAL NOT NULL,
            ended_at REAL NOT NULL,
            caller TEXT,
            called TEXT NOT NULL,
            flow TEXT NOT NULL,
            outcome TEXT NOT NULL,
            seconds REAL NOT NULL,
            steps TEXT NOT NULL,
            wait_ms REAL,
            said INTEGER NOT NULL,
            keys INTEGER NOT NULL,
            legs INTEGER NOT NULL,
            entries BLOB NOT NULL
        )
        """,
        "CREATE INDEX records_started_at ON records (started_at)",
        "CREATE INDEX records_caller ON records (caller)",
        """
        CREATE TABLE parcels (
            id TEXT PRIMARY KEY,
            call TEXT NOT NULL,
            purpose TEXT NOT NULL,
            kind TEXT NOT NULL,
            phase TEXT NOT NULL,
            tries INTEGER NOT NULL,
            next_try REAL NOT NULL,
            put_at REAL NOT NULL,
            problem TEXT,
            payload BLOB NOT NULL,
            UNIQUE (call, purpose)
        )
        """,
        "CREATE INDEX parcels_next_try ON parcels (phase, next_try)",
        """
        CREATE TABLE intentions (
            call TEXT NOT NULL,
            purpose TEXT NOT NULL,
            intended_at REAL NOT NULL,
            outcome BLOB,
            PRIMARY KEY (call, purpose)
        )
        """,
    ),
)
