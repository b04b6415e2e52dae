"""When the process looks for garbage: rarely, and not while it answers.

A full collection looks at every object of every call, about 1 µs each: with 200 calls it stops all
of them for 70 ms. Left to itself Python did so every ten seconds under load, and each time whoever
pressed a key then had to wait. Young objects are looked at once, as they come, a millisecond at a
time; looking at those of the last seconds a second time took up to 5 ms and found nothing. Used by
``server/app``, for as long as it serves.
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
"""Collections of one generation before Python would begin one of the next by itself."""


@contextmanager
def collecting_rarely() -> Generator[None, None, None]:
    """Within the block objects that are no longer young are looked at when we say.

    What exists when it begins lives as long as the process, and is not looked at again.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(before[0], NEVER, NEVER)
    try:
        yield
    finally:
        gc.set_threshold(*before)


async def collect_for_ever(seconds: float = COLLECT_SECONDS) -> None:
    """Collect everything now and then, until cancelled."""
    while True:
        await asyncio.sleep(seconds)
        gc.collect()
