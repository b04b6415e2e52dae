"""Work for the store that nobody waits for: done one by one, kept in memory while it cannot be.

The caller's path hands something in and goes on. While the store is slow, full or locked, what was
handed in waits here, bounded, and nothing of it is lost as long as the process lives. When the
process ends what is left is spilled into a file beside the store, which the next start reads back;
so whatever is written must do no harm when it is written twice. Used by ``post`` for parcels and by
``ivr.calls.archive`` for records.
"""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

from ivr.stores.base import StoreError

WAITING_MAX: Final = 5_000
"""Of one backlog. A record has about 20 kB: 100 MB, an hour of an outage at more than one call a
second."""
PAUSE_SECONDS: Final = 1.0
"""Before the first try after a failure, and twice as long before each further one."""
PAUSE_SECONDS_MAX: Final = 30.0
FLUSH_SECONDS: Final = 5.0
"""How long the end of the process waits for the store."""

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Spelling(Generic[T]):
    """How a piece of work is written down as a line, and read again."""

    spell: Callable[[T], bytes]
    """One line, without its end."""
    read: Callable[[bytes], T]
    """Raises ``ValueError`` for what is no such line."""


class Backlog(Generic[T]):
    """What is yet to be written."""

    def __init__(
        self,
        name: str,
        write: Callable[[T], Awaitable[object]],
        spelling: Spelling[T],
        folder: Path | None,
        *,
        waiting_max: int = WAITING_MAX,
    ) -> None:
        """``name`` is what it is about, like ``records``; it names the files in ``folder``.

        ``write`` raises :class:`StoreError` where it may work later. Without a folder nothing is
        spilled.
        """
        self.name = name
        self.problem: str | None = None
        """Why nothing can be written just now."""
        self.lost = 0
        """How much could not even be kept here."""
        self._write = write
        self._spelling = spelling
        self._folder = folder
        self._waiting_max = waiting_max
        self._items: deque[T] = deque()
        self._news = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def waiting(self) -> int:
        """How much is yet to be written."""
        return len(self._items)

    def add(self, item: T) -> None:
        """Have it written, soon; never waits and never fails."""
        if len(self._items) >= self._waiting_max:
            self.lost += 1
            log.error(
                "%d %s wait to be written, as many as are kept: one more is lost",
                len(self._items),
                self.name,
            )
            return
        self._items.append(item)
        self._empty.clear()
        self._news.set()

    async def run(self) -> None:
        """Write what comes, until cancelled; first what an earlier process left behind."""
        await self.recover()
        pause_s = PAUSE_SECONDS
        while True:
            await self._news.wait()
            if await self._try(self._items[0]):
                self._items.popleft()
                pause_s = PAUSE_SECONDS
            else:
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, PAUSE_SECONDS_MAX)
            if not self._items:
                self._news.clear()
                self._empty.set()

    async def aclose(self, seconds: float = FLUSH_SECONDS) -> None:
        """Wait for the rest, while :meth:`run` still runs; spill what could not be written."""
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            await self._spill()

    async def _try(self, item: T) -> bool:
        """Whether it is done with: written, or nothing that can be."""
        try:
            await self._write(item)
        except StoreError as error:
            if self.problem is None:
                log.error("%s wait in memory: %s", self.name, error)
            self.problem = str(error)
            return False
        except Exception:
            log.exception("a fault of ours: one of the %s cannot be written", self.name)
            self.lost += 1
        if self.problem is not None:
            log.warning("%s are written again; %d wait", self.name, len(self._items) - 1)
            self.problem = None
        return True

    # ----------------------------------------------------------------------- beside the store

    async def _spill(self) -> None:
        items = list(self._items)
        if self._folder is None:
            log.error(
                "%d %s were not written and are lost: %s", len(items), self.name, self.problem
            )
            return
        try:
            file = await asyncio.to_thread(self._spilled, self._folder, items)
        except OSError as error:
            log.error(
                "%d %s were not written and are lost: %s, and %s cannot be written either: %s",
                *(len(items), self.name, self.problem, self._folder, error.strerror),
            )
            return
        log.error(
            "%d %s could not be written to the store (%s) and are in %s: the next start reads them",
            *(len(items), self.name, self.problem or "it took too long", file),
        )

    def _spilled(self, folder: Path, items: list[T]) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".unwritten-{self.name}-", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines(self._spelled(items))
                file.flush()
                os.fsync(file.fileno())
            target = folder / f"{Path(temporary).name.removeprefix('.')}.jsonl"
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise
        return target

    def _spelled(self, items: list[T]) -> Iterator[bytes]:
        for item in items:
            try:
                yield self._spelling.spell(item) + b"\n"
            except Exception:
                log.exception("a fault of ours: one of the %s cannot be spelled", self.name)

    async def recover(self) -> None:
        """Write what earlier processes spilled; what cannot be stays where it is."""
        if self._folder is None:
            return
        for file in await asyncio.to_thread(self._files, self._folder):
            try:
                lines = (await asyncio.to_thread(file.read_bytes)).splitlines()
                for item in map(self._spelling.read, lines):
                    await self._write(item)
                await asyncio.to_thread(file.unlink, missing_ok=True)
            except (StoreError, OSError, ValueError) as error:
                log.error("%s could not be read back: %s", file, error)
            else:
                log.warning("%d %s of an earlier run were read back", len(lines), self.name)

    def _files(self, folder: Path) -> list[Path]:
        return sorted(folder.glob(f"unwritten-{self.name}-*.jsonl"))
