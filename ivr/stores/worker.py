"""One SQLite file, one connection, one thread: whatever is done with the file is done here.

The event loop hands over a piece of work and goes on; pieces are done one after the other, in the
order they were handed over. What SQLite raises becomes one sentence for the operator. Several
processes may have the same file open (WAL, a busy timeout, and every writing piece takes the lock
first); the file must be on a disk of this machine, not on a network. Used by the modules of this
room, each with tables of its own.

``synchronous`` is FULL: what was promised outlives a power cut. Pieces that only have to outlive
the process (``safe=False``: a call between its streams, which a power cut ends anyway) are written
with NORMAL, which does not wait for the disk.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Final, TypeVar

from ivr.stores.base import StoreError
from ivr.stores.schema import MIGRATIONS

BUSY_MS: Final = 5_000
"""How long another process may hold the file."""
CHECK_BYTES_MAX: Final = 64 << 20
"""A larger file is not read from end to end when it is opened, which takes about a second for 1 GB;
damage in it is found where it is met."""
_LOOK_MS: Final = 20
LOG_BYTES: Final = 16 << 20
"""Of the write-ahead log, once what is in it has been moved to the file."""

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


class Worker:
    """The thread that has the file open. Without a path the store is in memory, for as long as it
    is open, and pieces are done at once where they are asked for: tests on a virtual clock."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return str(self.path or "memory")

    async def open(self) -> None:
        """Open the file, made if it is not there, and bring it up to date."""
        if self.path is not None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        try:
            await self._do(self._open)
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Finish what was handed over, and close."""
        await self._do(self._close)
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None

    async def read(self, work: Work[T]) -> T:
        """Do a piece of work that changes nothing."""
        return await self._do(lambda: self._told(work))

    async def write(self, work: Work[T], *, safe: bool = True) -> T:
        """Do a piece of work whole or not at all; ``safe``: it outlives a power cut."""

        def whole(connection: sqlite3.Connection) -> T:
            connection.execute(f"PRAGMA synchronous = {'FULL' if safe else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                made = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return made

        return await self._do(lambda: self._told(whole))

    async def shred(self, *, thoroughly: bool) -> None:
        """Leave nothing of what was deleted in the files.

        Deleted rows are overwritten as they go (``secure_delete``); this empties the log they still
        stand in. ``thoroughly`` builds the file anew as well, because rows that were moved within
        it before they were deleted may have left copies behind.
        """

        def work(connection: sqlite3.Connection) -> None:
            if thoroughly:
                connection.execute("VACUUM")
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise StoreError(
                    f"what was deleted is still in the log of {self.place}, because another "
                    "program reads it: do the same again in a moment"
                )

        await self._do(lambda: self._told(work))

    # ----------------------------------------------------------------------- in the thread

    async def _do(self, piece: Callable[[], T]) -> T:
        if self._thread is None:
            return piece()
        return await asyncio.get_running_loop().run_in_executor(self._thread, piece)

    def _told(self, work: Work[T]) -> T:
        if self._connection is None:
            raise StoreError(f"the store {self.place} is not open")
        try:
            return work(self._connection)
        except sqlite3.Error as error:
            raise StoreError(self._sentence(error)) from error

    def _open(self) -> None:
        try:
            if self.path is not None:
                # Whoever may read it knows who called. Its log gets the same mode.
                self.path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            self._connection = sqlite3.connect(
                ":memory:" if self.path is None else self.path,
                timeout=BUSY_MS / 1000,
                isolation_level=None,
                # Opened, used and closed by this thread; the interpreter's end may drop it.
                check_same_thread=False,
            )
            self._prepare(self._connection)
        except OSError as error:
            raise StoreError(f"{self.place} cannot be opened: {error.strerror}") from error
        except sqlite3.Error as error:
            raise StoreError(self._sentence(error)) from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        self._keep_a_log(connection)
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
        if self.path is not None and self.path.stat().st_size <= CHECK_BYTES_MAX:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise StoreError(self._damaged())
        self._migrate(connection)

    def _keep_a_log(self, connection: sqlite3.Connection) -> None:
        """Switch the file to WAL. SQLite waits for nobody here, and of two processes that open a
        new file at once one is refused."""
        for _ in range(BUSY_MS // _LOOK_MS):
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                Event().wait(_LOOK_MS / 1000)
            else:
                return
        connection.execute("PRAGMA journal_mode = WAL")

    def _migrate(self, connection: sqlite3.Connection) -> None:
        if _version(connection) == len(MIGRATIONS):
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Asked again under the lock: another process may have done it meanwhile.
            version = _version(connection)
            if version > len(MIGRATIONS):
                raise StoreError(
                    f"{self.place} was written by a newer version of ivr: use that version, or "
                    "name another folder in IVR_STORE"
                )
            for script in MIGRATIONS[version:]:
                for statement in script:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # ----------------------------------------------------------------------- in words

    def _sentence(self, error: sqlite3.Error) -> str:
        match getattr(error, "sqlite_errorcode", 0) & 0xFF:
            case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
                return self._damaged()
            case sqlite3.SQLITE_FULL:
                return f"the disk is full, so nothing can be written to {self.place}: make room"
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                return (
                    f"another program has held {self.place} for more than {BUSY_MS // 1000} s: "
                    "find out which one, and whether it hangs"
                )
            case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
                return f"{self.place} cannot be written: see whose file it is, and its folder"
            case _:
                return f"{self.place} cannot be used: {error}"

    def _damaged(self) -> str:
        return (
            f"{self.place} is damaged: stop ivr, move the file away and put a copy of it back (or "
            "start without, with an empty one)"
        )


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)
