"""The records of calls that are over, on their way into the store; nobody waits for them.

A record is handed over at the end of its call and kept in memory until the store has it: a slow,
full or locked store costs no caller anything, and no record is lost as long as the process lives
(:mod:`ivr.stores.backlog`). Once a day what is older than it may be is erased. Made by the
composition root; the switchboard hands records over.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from ivr.calls.record import Record
from ivr.calls.summary import Entry, summary_of, to_lines
from ivr.stores.backlog import FLUSH_SECONDS, Backlog, Spelling
from ivr.stores.base import Store, StoreError

SWEEP_SECONDS: Final = 86_400
"""Between two looks for records that are too old; the first is at the start."""
ENTRIES_AT_ONCE: Final = 1_000
"""A longer record is summed up by another thread: it takes more than a few milliseconds."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Ended:
    """A record that is complete."""

    call: str
    entries: tuple[Entry, ...]


class Archive:
    """Where records go when their calls are over."""

    def __init__(
        self,
        store: Store,
        *,
        keep_days: int,
        folder: Path | None = None,
        wall_clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``folder`` is where records go that the store would not take before the process ended."""
        self.backlog = Backlog("records", self._write, Spelling(_spell, _read), folder)
        self._store = store
        self._keep_for = timedelta(days=keep_days)
        self._wall_clock = wall_clock

    @property
    def waiting(self) -> int:
        """Records that are not in the store yet."""
        return self.backlog.waiting

    @property
    def problem(self) -> str | None:
        """Why the store takes none just now; None while it does."""
        return self.backlog.problem

    def keep(self, record: Record) -> None:
        """Take the record of a call that is over; never waits and never fails."""
        self.backlog.add(_Ended(record.call, tuple(record.entries)))

    async def run(self) -> None:
        """Put records into the store, and erase old ones, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.backlog.run(), name="records to the store")
            group.create_task(self._expire_for_ever(), name="old records")

    async def aclose(self, seconds: float = FLUSH_SECONDS) -> None:
        """Wait for the last records while ``run`` runs; then leave them beside the store."""
        await self.backlog.aclose(seconds)

    async def _write(self, ended: _Ended) -> None:
        if len(ended.entries) > ENTRIES_AT_ONCE:
            summary, lines = await asyncio.to_thread(
                lambda: (summary_of(ended.call, ended.entries), to_lines(ended.entries))
            )
        else:
            summary = summary_of(ended.call, ended.entries)
            await asyncio.sleep(0)  # so that whoever pressed a key waits for one of the two
            lines = to_lines(ended.entries)
        if not await self._store.records.keep(summary, lines):
            log.warning("call %s: its record was written before, by another process", ended.call)

    async def _expire_for_ever(self) -> None:
        while True:
            try:
                count = await self._store.records.expire(self._wall_clock() - self._keep_for)
            except StoreError as error:
                log.error("old records could not be erased: %s", error)
            except Exception:
                # It must not cost anybody a call.
                log.exception("old records could not be erased, by a fault of ours")
            else:
                if count:
                    log.info("%d records older than %d days erased", count, self._keep_for.days)
            await asyncio.sleep(SWEEP_SECONDS)


def _spell(ended: _Ended) -> bytes:
    return msgspec.json.encode({"call": ended.call, "entries": ended.entries})


class _Line(msgspec.Struct):
    """A record that waits in a file."""

    call: str
    entries: list[dict[str, object]]


def _read(line: bytes) -> _Ended:
    found = msgspec.json.decode(line, type=_Line)
    return _Ended(found.call, tuple(found.entries))
