"""Waiting for a folder to be saved: the system tells at once, and now and then we look ourselves.

What the system reports (``watchfiles``) is only a reason to look: editors write hidden files,
rename, and truncate before they write, so what counts is the times and sizes of the files that
belong to the folder, once they stay as they are. Where the system reports nothing (network mounts,
some containers) looking finds it half a second later. Used by ``server/reload``; ``ivr test
--watch`` looks the same way.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncGenerator, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Final

FILES_MAX: Final = 5_000
LOOK_MS: Final = 500
"""Between two looks where the system reports nothing."""
GROUP_MS: Final = 50
"""So long nothing more is reported, and a group of changes is told."""
GROUP_MS_MAX: Final = 200
SETTLE_SECONDS: Final = 0.05
"""Files that stay as they are for so long are not being written."""
SETTLE_LOOKS_MAX: Final = 40
"""A folder that never comes to rest is read all the same."""
AGAIN_SECONDS: Final = LOOK_MS / 1000
"""Until a folder that could not be watched, or is gone, is tried again."""

Seen = Mapping[Path, tuple[int, int]]

log = logging.getLogger(__name__)


def look(folders: Iterable[Path]) -> Seen:
    """Every file below these folders with its time and size; hidden ones are left out."""
    seen: dict[Path, tuple[int, int]] = {}
    for folder in folders:
        for place, below, files in os.walk(folder):
            below[:] = sorted(name for name in below if not name.startswith("."))
            for name in sorted(files):
                if name.startswith(".") or len(seen) >= FILES_MAX:
                    continue
                path = Path(place, name)
                try:
                    stat = path.stat()
                except OSError:
                    continue  # it was deleted between the list and the look
                seen[path] = (stat.st_mtime_ns, stat.st_size)
    return seen


def changed_between(before: Seen, now: Seen) -> frozenset[Path]:
    """Files that came, went or were written."""
    return frozenset(p for p in before.keys() | now.keys() if before.get(p) != now.get(p))


class Watcher:
    """One folder, and how it was when it was read last."""

    def __init__(self, folder: Path) -> None:
        """What is changed from now on is told."""
        self._folder = folder
        self._before = look([folder])
        self._told = False
        """That the system does not report."""

    async def saved(self) -> AsyncGenerator[Collection[Path], None]:
        """Yield the files that were changed, each time some were, until cancelled."""
        async with contextlib.aclosing(self._nudges()) as nudges:
            async for _ in nudges:
                if changed := await self.settled():
                    yield changed

    async def settled(self) -> Collection[Path]:
        """What has changed since the last time, once it stays as it is; empty where nothing has."""
        now = await asyncio.to_thread(look, [self._folder])
        if now == self._before:
            return ()
        for _ in range(SETTLE_LOOKS_MAX):
            await asyncio.sleep(SETTLE_SECONDS)
            again = await asyncio.to_thread(look, [self._folder])
            if again == now:
                break
            now = again
        changed, self._before = changed_between(self._before, now), now
        return changed

    async def _nudges(self) -> AsyncGenerator[None, None]:
        """Reasons to look."""
        stop, loop = Event(), asyncio.get_running_loop()
        with ThreadPoolExecutor(1, thread_name_prefix="watching") as thread:
            try:
                while True:
                    try:
                        told = await loop.run_in_executor(thread, _watched, self._folder, stop)
                        while await loop.run_in_executor(thread, next, told, None) is not None:
                            yield
                    except Exception as error:
                        # It was taken away for a moment, or the system watches no more folders.
                        # Whatever it is, looking goes on.
                        if not self._told:
                            log.warning("%s is only looked at: %s", self._folder, error)
                        self._told = True
                    await asyncio.sleep(AGAIN_SECONDS)
                    yield
            finally:
                stop.set()


def _watched(folder: Path, stop: Event) -> Iterator[object]:
    from watchfiles import watch  # a server that does not watch does without

    logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it tells of every file
    return watch(
        folder,
        watch_filter=None,
        debounce=GROUP_MS_MAX,
        step=GROUP_MS,
        stop_event=stop,
        rust_timeout=LOOK_MS,
        yield_on_timeout=True,
        raise_interrupt=False,
    )
