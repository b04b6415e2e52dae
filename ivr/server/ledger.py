"""What a call is about to do outside is written down first, so that no process does it twice.

A request that changes something, or a function, is begun at most once for each errand of a call: a
process that takes a call up at an older state meets the intention of the one that died. Who cannot
write it down goes on and says so in the log: a caller waits for no store. Used by ``LiveWorld``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Final

from ivr.stores.base import Outbox, StoreError

BEGIN_SECONDS_MAX: Final = 1.0
"""A caller waits no longer for the store."""
CLOSE_SECONDS_MAX: Final = 3.0
WAITING_MAX: Final = 10_000
"""Outcomes yet to be written down; more are dropped, the intentions themselves are not."""

log = logging.getLogger(__name__)


class Ledger:
    """The intentions of the calls of a process; ``run`` is its task."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._ended: asyncio.Queue[tuple[str, str, bytes]] = asyncio.Queue(WAITING_MAX)

    async def begin(self, call: str, purpose: str) -> bool:
        """Write down that this is about to be done; False: it was begun before."""
        try:
            async with asyncio.timeout(BEGIN_SECONDS_MAX):
                return await self._outbox.intend(call, purpose)
        except TimeoutError:
            why = f"the store did not answer within {BEGIN_SECONDS_MAX:g} s"
        except StoreError as error:
            why = str(error)
        log.error("call %s: %s is done without having been written down: %s", call, purpose, why)
        return True

    def ended(self, call: str, purpose: str, outcome: str) -> None:
        """It came to this; written down when there is time."""
        try:
            self._ended.put_nowait((call, purpose, outcome.encode()))
        except asyncio.QueueFull:
            log.error("call %s: what %s came to is not written down", call, purpose)

    async def run(self) -> None:
        """Write down what intentions came to, until cancelled."""
        while True:
            call, purpose, outcome = await self._ended.get()
            try:
                await self._outbox.done(call, purpose, outcome)
            except StoreError as error:
                log.error("call %s: what %s came to: %s", call, purpose, error)
            finally:
                self._ended.task_done()

    async def aclose(self, seconds: float = CLOSE_SECONDS_MAX) -> None:
        """Wait until all of it is written down, while ``run`` runs."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.join()
