"""The tasks of one voice: all have one parent, and none is left when the voice is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Tasks:
    """A task group that may be entered in ``open`` and left in ``aclose``, in the same task."""

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()
        self._running: set[asyncio.Task[Any]] = set()

    async def open(self) -> None:
        """From now on work may be started."""
        await self._group.__aenter__()

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin some work; it must see to its own errors."""
        task = self._group.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def aclose(self) -> None:
        """Stop all work and wait for its end."""
        for task in self._running:
            task.cancel()
        await self._group.__aexit__(None, None, None)
