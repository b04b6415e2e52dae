"""The tasks of something that is opened and closed: one parent for all, and none left afterwards.

A task group whose ends are two calls instead of a block, for what lives as long as the application:
the sockets of a voice, the studio's speech. What runs here sees to its own errors. Used by
``ivr.voices.elevenlabs`` and by ``ivr.calls.studio``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

FINISH_SECONDS_MAX = 2.5
"""For work that is to be finished when the owner is closed: goodbyes."""

T = TypeVar("T")


class Tasks:
    """A task group that is entered in ``open`` and left in ``aclose``, by the same task."""

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()
        self._running: set[asyncio.Task[Any]] = set()
        self._finishing: set[asyncio.Task[Any]] = set()

    async def open(self) -> None:
        """From now on work may be started."""
        await self._group.__aenter__()

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin some work; it must see to its own errors."""
        task = self._group.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def finish(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin some work that is not to be stopped before it had time to end."""
        task = self.start(work)
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)
        return task

    async def aclose(self) -> None:
        """Let what is to be finished end, stop all other work, and wait for it."""
        if self._finishing:
            await asyncio.wait(self._finishing, timeout=FINISH_SECONDS_MAX)
        for task in self._running:
            task.cancel()
        await self._group.__aexit__(None, None, None)
