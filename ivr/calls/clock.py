"""A call's clock: milliseconds since it was answered, over all its streams.

It reads the event loop's time and nothing else, so tests that move the loop move every call; the
wall clock enters a call once, as ``CallFacts.started_at``. Made by the switchboard when the webhook
arrives; read by ``session`` and ``record``.

uvloop's time has whole milliseconds and stands still within a turn of the loop, which is all there
is between a key and its first frame. Under it records are timed by :func:`precise`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

ROUNDING_MS = 1e-3
"""What adding and subtracting seconds as floats may lose; never a reason to wake up too early."""


class Clock:
    """Time of one call. Runs from its webhook, and counts again from when it was answered."""

    __slots__ = ("_answered", "_latest_ms", "_precise", "_time", "_webhook")

    def __init__(
        self,
        time: Callable[[], float],
        *,
        precise: Callable[[], float] | None = None,
        webhook_ms: float = 0.0,
        answered_ms: int | None = None,
    ) -> None:
        """``time`` is the loop's, in seconds; ``precise`` times records, where that is better.

        ``webhook_ms`` is how long ago the call rang, and ``answered_ms`` how long ago it was
        answered, where that was in another process.
        """
        self._time = time
        self._precise = precise or time
        self._webhook = self._precise() - webhook_ms / 1000
        self._latest_ms = 0
        self._answered: float | None = None
        if answered_ms is not None:
            self._answered = time() - answered_ms / 1000

    @property
    def answered(self) -> bool:
        """Whether the call was answered yet."""
        return self._answered is not None

    def answer(self) -> None:
        """The call's first stream has started: this moment is 0. Later streams change nothing."""
        if self._answered is None:
            self._answered = self._time()

    @property
    def answered_after_ms(self) -> float | None:
        """Milliseconds from the webhook to the answer; None before."""
        if self._answered is None:
            return None
        return max(0.0, (self._answered - self._webhook) * 1000)

    def now_ms(self) -> int:
        """Whole milliseconds since the call was answered; 0 before. Never runs backwards."""
        if self._answered is None:
            return 0
        passed = int((self._time() - self._answered) * 1000 + ROUNDING_MS)
        self._latest_ms = max(self._latest_ms, passed)
        return self._latest_ms

    def loop_time(self, ms: int) -> float:
        """The loop's time at which :meth:`now_ms` will be ``ms``; the call must be answered."""
        assert self._answered is not None, "a call has no time before it is answered"
        return self._answered + ms / 1000

    def since_webhook_ms(self) -> float:
        """Milliseconds since the webhook, for records."""
        return (self._precise() - self._webhook) * 1000


def precise(loop: asyncio.AbstractEventLoop) -> Callable[[], float]:
    """The time of this loop in seconds, finer than a millisecond where the loop's own is not."""
    return time.monotonic if type(loop).__module__.startswith("uvloop") else loop.time
