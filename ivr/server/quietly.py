"""Work in a thread, in turns so small that calls do not notice it.

A thread that computes keeps Python to itself for 5 ms at a time, and the event loop waits so long
for every socket it turns to: with a hundred calls that is half a second. While such work runs the
turns are a tenth as long. Used by ``sets``, ``reload`` and the studio.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import Final, ParamSpec, TypeVar

TURN_SECONDS: Final = 0.0005

P = ParamSpec("P")
T = TypeVar("T")

_turns = Lock()
_running = 0
_before = 0.0


async def quietly(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do some work in a thread; returns what it returns, and raises what it raises."""
    return await asyncio.to_thread(_in_small_turns, partial(work, *args, **kwargs))


def _in_small_turns(work: Callable[[], T]) -> T:
    global _running, _before
    with _turns:
        if _running == 0:
            _before = sys.getswitchinterval()
            sys.setswitchinterval(TURN_SECONDS)
        _running += 1
    try:
        return work()
    finally:
        with _turns:
            _running -= 1
            if _running == 0:
                sys.setswitchinterval(_before)
