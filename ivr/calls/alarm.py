"""A bell that rings by itself at a moment of a call."""

from __future__ import annotations

import asyncio

from ivr.calls.clock import Clock


class Alarm:
    """Rings one bell, at one moment at a time."""

    def __init__(self, clock: Clock, bell: asyncio.Event) -> None:
        self.at: int | None = None
        """When it was last set to ring, in ms since the call was answered."""
        self._clock = clock
        self._bell = bell
        self._timer: asyncio.TimerHandle | None = None

    def set(self, at: int | None) -> None:
        """Ring then, and not when it was to ring before; None: not at all."""
        self.stop()
        self.at = at
        if at is not None:
            when = self._clock.loop_time(at)
            self._timer = asyncio.get_running_loop().call_at(when, self._bell.set)

    def stop(self) -> None:
        """Do not ring."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
