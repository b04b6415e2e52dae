"""The waits of a line's running speech: bounded in time, and over when the line is given back.

A generator that is waiting inside one task cannot be closed from another; ending what it waits for
can. It starts no task and keeps no clock of its own. Used by the lines of the voices.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Stopped(Exception):
    """The line was given back; its speech is to end where it is."""


class Waits:
    """Everything the speech of one line waits for at the moment."""

    __slots__ = ("_running", "stopped")

    def __init__(self) -> None:
        self.stopped = False
        self._running: set[asyncio.Timeout] = set()

    async def wait(self, coroutine: Coroutine[Any, Any, T], seconds: float | None = None) -> T:
        """Wait for a result; TimeoutError after so many seconds, ``Stopped`` after ``stop``."""
        if self.stopped:
            coroutine.close()
            raise Stopped
        try:
            async with asyncio.timeout(seconds) as running:
                self._running.add(running)
                try:
                    return await coroutine
                finally:
                    self._running.discard(running)
        except TimeoutError:
            if self.stopped:
                raise Stopped from None
            raise

    def stop(self) -> None:
        """End every wait, and every one that begins later; may be called twice."""
        self.stopped = True
        for running in self._running:
            if not running.expired():
                running.reschedule(asyncio.get_running_loop().time())
