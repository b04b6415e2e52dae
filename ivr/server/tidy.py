"""When the process looks for garbage: rarely, and not while it answers.

A full collection looks at every object of every call, about 1 µs each: with 200 calls it stops all
of them for 70 ms. Left to itself Python did so every ten seconds under load, and each time whoever
pressed a key then had to wait. Young objects are still collected as they come, a few milliseconds
at a time. Used by ``server/app``, for as long as it serves.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

COLLECT_SECONDS: Final = 60.0
"""Between full collections. A call leaves about 100 kB behind that only they find: at one call a
second that is 6 MB."""
NEVER: Final = 1_000_000_000
"""Collections of the middle generation before Python would begin a full one by itself."""


@contextmanager
def collecting_rarely() -> Generator[None, None, None]:
    """Within the block full collections are ours alone.

    What exists when it begins lives as long as the process, and is not looked at again.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(before[0], before[1], NEVER)
    try:
        yield
    finally:
        gc.set_threshold(*before)


async def collect_for_ever(seconds: float = COLLECT_SECONDS) -> None:
    """Collect everything now and then, until cancelled."""
    while True:
        await asyncio.sleep(seconds)
        gc.collect()
