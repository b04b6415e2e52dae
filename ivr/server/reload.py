"""Hot reload: a flow folder that is saved is read again, and callers hear it from the next call on.

Reads and compiles in a thread; what is good goes to ``server/sets``, what is not is refused with
its findings, in the log and on the health page, while the set that answers goes on. A file that an
editor is still writing looks broken for a moment, so a refusal waits whether more is coming. Runs
in the lifespan of ``server/app``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ivr.errors import SettingsError
from ivr.server.editions import Edition, Finding, Reader
from ivr.server.quietly import quietly
from ivr.server.sets import Sets
from ivr.server.watching import Watcher

DOUBT_SECONDS: Final = 0.3
"""A folder that cannot be used is told of when it stays so for so long."""
TOLD_MAX: Final = 20
"""Findings in the log; the rest is counted."""
FUNCTIONS_SUFFIX: Final = ".py"
"""Of files whose functions may be others now, whatever the flows say."""
ASIDE: Final = "tests"
"""The folder of flow tests: callers hear nothing of it."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reloading:
    """Which folder is watched, and who reads it."""

    folder: Path
    read: Reader
    logs: bool = True
    """What is refused goes to the log; without it somebody else shows it."""


class Reloader:
    """Keeps the sets as the folder is."""

    def __init__(
        self, reloading: Reloading, sets: Sets, saved: Callable[[float], None] | None = None
    ) -> None:
        """``saved`` is told after every change, whatever it came to, with the loop's time at which
        it was noticed; also of one in the tests."""
        self._reloading = reloading
        self._saved = saved
        self._sets = sets
        self._watcher = Watcher(reloading.folder)
        self._functions_changed = False
        """Since the set in use was read."""

    async def run_for_ever(self) -> None:
        """Watch until cancelled; a fault in it costs nobody a call."""
        while True:
            try:
                await self._watch()
            except Exception:
                log.exception("watching the folder failed; it goes on")
                await asyncio.sleep(DOUBT_SECONDS)

    async def _watch(self) -> None:
        async with contextlib.aclosing(self._watcher.saved()) as saves:
            async for changed in saves:
                noticed = asyncio.get_running_loop().time()
                if any(ASIDE not in self._parts(path)[:1] for path in changed):
                    await self._reload(changed)
                if self._saved is not None:
                    self._saved(noticed)

    def _parts(self, path: Path) -> tuple[str, ...]:
        return path.relative_to(self._reloading.folder).parts

    async def _reload(self, changed: Collection[Path]) -> None:
        """Read what was saved, and again while more comes."""
        refused = await self._tried(changed)
        while refused:
            await asyncio.sleep(DOUBT_SECONDS)
            changed = await self._watcher.settled()
            if not changed:
                break
            refused = await self._tried(changed)
        if refused:
            if self._reloading.logs:
                _log(refused)
            self._sets.refuse(refused)

    async def _tried(self, changed: Collection[Path]) -> tuple[Finding, ...]:
        """Use the folder as it is; why not, where that cannot be."""
        self._functions_changed |= any(path.suffix == FUNCTIONS_SUFFIX for path in changed)
        try:
            reading = await quietly(self._reloading.read)
            if reading.edition is None:
                return reading.findings
            if self._is_in_use(reading.edition):
                self._sets.accept(reading.findings)
            else:
                await self._sets.exchange(reading.edition, reading.findings)
                self._functions_changed = False
        except SettingsError as error:
            return (Finding(str(error)),)
        except Exception as error:
            log.exception("what was saved could not be read, by a fault of ours")
            return (Finding(f"a fault of ivr itself: {type(error).__name__}"),)
        return ()

    def _is_in_use(self, edition: Edition) -> bool:
        """Whether callers would notice nothing of a change."""
        now = self._sets.now.edition
        same = edition.flows.hash == now.flows.hash and edition.assets == now.assets
        return same and not self._functions_changed


def _log(findings: tuple[Finding, ...]) -> None:
    grave = [each for each in findings if each.grave] or list(findings)
    noun = "finding" if len(grave) == 1 else "findings"
    log.warning("what was saved is not used, the set before it goes on: %d %s", len(grave), noun)
    for each in grave[:TOLD_MAX]:
        log.warning("%s", each)
    if len(grave) > TOLD_MAX:
        log.warning("and %d more", len(grave) - TOLD_MAX)
