"""Who may ask a vendor now: callers first, then what they may hear next, then the build.

One quota for each vendor account in each process. A turn is asked for before the vendor is; a
budget of characters is asked before anything is made that perhaps nobody will hear. No vendor and
no file here, only waiting on the loop's own time. Used by ``lookahead``, by the build, and by
whoever speaks to callers.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from enum import IntEnum
from typing import Final

LIMIT: Final = 3
"""Requests at once where nobody knows what the plan allows; even small plans allow so many."""
LIMIT_MAX: Final = 100
RESERVED: Final = 1
"""Of these so many stay free for callers."""
CALL_CHARS_MAX: Final = 1_000
"""For what one call may hear next: about a minute of speech."""
HOUR_CHARS_MAX: Final = 20_000
"""For what all calls may hear next, within an hour."""
CALLS_MAX: Final = 10_000
"""Calls whose spending is remembered; the first are forgotten beyond it."""

_SLOTS = 60
"""The hour passes in so many parts."""
_SLOT_SECONDS = 3_600 / _SLOTS


class Priority(IntEnum):
    """Whom a request is for; the lower goes first."""

    LIVE = 0
    """A caller waits for it."""
    LOOKAHEAD = 1
    """A caller may want it next."""
    BUILD = 2
    """Nobody waits."""


class Quota:
    """The turns and the budget of one vendor account. For one event loop."""

    def __init__(
        self,
        limit: int = LIMIT,
        *,
        reserved: int = RESERVED,
        call_chars_max: int = CALL_CHARS_MAX,
        hour_chars_max: int = HOUR_CHARS_MAX,
    ) -> None:
        """``reserved`` turns of ``limit`` are for callers only; one is always left for others."""
        self._limit = limit
        self._reserved = reserved
        self._running = dict.fromkeys(Priority, 0)
        self._waiting: dict[Priority, deque[asyncio.Future[None]]] = {
            priority: deque() for priority in Priority
        }
        self._rests_until = 0.0
        self._call_chars_max = call_chars_max
        self._hour_chars_max = hour_chars_max
        self._spent_by: dict[str, int] = {}
        self._spent: deque[tuple[int, int]] = deque()
        """Part of the hour and characters, oldest first."""

    # ----------------------------------------------------------------------- turns

    @property
    def limit(self) -> int:
        """How many requests may run at once."""
        return self._limit

    @limit.setter
    def limit(self, limit: int) -> None:
        """What the vendor said, or what its refusals taught."""
        self._limit = max(1, min(limit, LIMIT_MAX))
        self._admit()

    @property
    def running(self) -> int:
        """How many turns are taken."""
        return sum(self._running.values())

    @asynccontextmanager
    async def turn(self, priority: Priority) -> AsyncGenerator[None]:
        """Wait for a turn, and hold it.

        A caller's request waits for other callers' only: where the turns are taken by others it
        goes beyond the limit, and the vendor's own short queue holds it.
        """
        await self._wait(priority)
        try:
            yield
        finally:
            self._running[priority] -= 1
            self._admit()

    @contextmanager
    def going(self) -> Generator[None]:
        """Somebody waits for a request that is made without a turn: others leave it room."""
        self._running[Priority.LIVE] += 1
        try:
            yield
        finally:
            self._running[Priority.LIVE] -= 1
            self._admit()

    def rest(self, seconds: float) -> None:
        """The vendor has too much to do: only callers' requests begin within these seconds."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        if until > self._rests_until:
            self._rests_until = until
            loop.call_at(until, self._admit)

    async def _wait(self, priority: Priority) -> None:
        if not self._waiting[priority] and self._free(priority):
            self._running[priority] += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[priority].append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it was given and cannot be used
                self._running[priority] -= 1
            self._admit()
            raise

    def _free(self, priority: Priority) -> bool:
        """Whether one more of this priority may run now."""
        if priority is Priority.LIVE:
            return self._running[Priority.LIVE] < self._limit
        before = any(
            not turn.done() for each in Priority if each < priority for turn in self._waiting[each]
        )
        rests = asyncio.get_running_loop().time() < self._rests_until
        return not before and not rests and self.running < max(1, self._limit - self._reserved)

    def _admit(self) -> None:
        """Give turns to those that wait, as long as there are any."""
        for priority, waiting in self._waiting.items():
            while waiting and (waiting[0].done() or self._free(priority)):
                turn = waiting.popleft()
                if not turn.done():
                    self._running[priority] += 1
                    turn.set_result(None)

    # ----------------------------------------------------------------------- budget

    def spend(self, call: str, characters: int) -> bool:
        """Whether so many characters may be made ahead for this call; if so, they are spent."""
        now = int(asyncio.get_running_loop().time() / _SLOT_SECONDS)
        while self._spent and self._spent[0][0] <= now - _SLOTS:
            self._spent.popleft()
        of_call = self._spent_by.get(call, 0) + characters
        of_hour = sum(spent for _, spent in self._spent) + characters
        if of_call > self._call_chars_max or of_hour > self._hour_chars_max:
            return False
        self._spent_by[call] = of_call
        if len(self._spent_by) > CALLS_MAX:
            del self._spent_by[next(iter(self._spent_by))]
        if self._spent and self._spent[-1][0] == now:
            characters += self._spent.pop()[1]
        self._spent.append((now, characters))
        return True

    def forget(self, call: str) -> None:
        """The call is over."""
        self._spent_by.pop(call, None)
