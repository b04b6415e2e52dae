"""The tasks of a process that outlive calls: around them, and behind them.

Some go on around the calls and are stopped first; others work behind them and are stopped last,
when what the last calls have left is written down. Used by ``server/app`` in its lifespan.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

Around = Callable[[], Coroutine[Any, Any, None]]
"""Goes on for ever; cancelled when the calls are to end."""


class Behind(Protocol):
    """Works on what calls leave."""

    async def run(self) -> None:
        """Work until cancelled."""
        ...

    async def aclose(self) -> None:
        """Finish what there is."""
        ...


@asynccontextmanager
async def going_on(
    around: Mapping[str, Around],
    behind: Mapping[str, Behind],
    end_calls: Callable[[], Awaitable[None]],
) -> AsyncGenerator[None, None]:
    """Run all of them, by name, within the block; at its end ``end_calls`` between the two."""
    async with asyncio.TaskGroup() as group:
        last = [group.create_task(work.run(), name=name) for name, work in behind.items()]
        first = [group.create_task(work(), name=name) for name, work in around.items()]
        try:
            yield
        finally:
            for task in first:
                task.cancel()
            await end_calls()
            # What the last calls left is written down; then nothing is left to do.
            for work in behind.values():
                await work.aclose()
            for task in last:
                task.cancel()
