"""Records as tests put them into a store and find them there, without a loop of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from ivr.calls.summary import from_lines, summary_of, to_lines
from ivr.stores import open_store
from ivr.stores.base import Parked, Summary

Entry = Mapping[str, object]


def records_in(folder: Path) -> list[tuple[Summary, list[Entry]]]:
    """All records, the newest first."""

    async def read() -> list[tuple[Summary, list[Entry]]]:
        async with open_store(str(folder)) as store:
            found = []
            for row in await store.records.search():
                entries, damaged = from_lines(await store.records.entries(row.call) or b"")
                assert not damaged
                found.append((row, entries))
            return found

    return asyncio.run(read())


def parked_in(folder: Path) -> list[Parked]:
    """All calls that are not over."""

    async def read() -> list[Parked]:
        async with open_store(str(folder)) as store:
            return await store.calls.overdue(datetime.max.replace(tzinfo=UTC))

    return asyncio.run(read())


def keep_record(
    folder: Path, call: str, entries: Sequence[Entry], *, lines: bytes | None = None
) -> None:
    """Keep a record; ``lines`` are what is written of it, where that is something else."""

    async def keep() -> None:
        async with open_store(str(folder)) as store:
            kept = to_lines(entries) if lines is None else lines
            assert await store.records.keep(summary_of(call, entries), kept)

    asyncio.run(keep())
