"""The recordings of one stream of a call: begun, ended, kept, and never lost with the stream.

Between ``errands``, which is told what the machine wants, and the world, which records. A recording
is no errand that may be cancelled: whatever ends it (the end key, a hang-up, a stream that breaks
off), it is stopped, and what was said until then is brought to safety before the stream is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from ivr.calls.call import Call
from ivr.calls.mic import Hearing, Mic, deaf
from ivr.calls.recorder import Why
from ivr.flow.messages import ErrandDone, RecordMessage
from ivr.flow.state import CallFacts

KEEP_SECONDS_MAX = 10
"""For a disk, when the stream is over."""


class Keeper(Protocol):
    """As much of ``errands.World`` as has to do with callers who speak."""

    async def record(self, facts: CallFacts, message: RecordMessage, mic: Mic) -> ErrandDone:
        """Record what comes from ``mic`` until it is stopped, silence or the longest time."""
        ...

    async def keep(self, call: str, recording: int) -> None:
        """The caller is content with this recording."""
        ...


class Recordings:
    """Those of one stream."""

    def __init__(
        self,
        call: Call,
        world: Keeper,
        group: asyncio.TaskGroup,
        hearing: Hearing | None,
        bring: Callable[[ErrandDone], None],
    ) -> None:
        """``hearing`` is the stream's, None without a stream; ``bring`` takes what came of it."""
        self._call = call
        self._world = world
        self._group = group
        self._hearing = hearing
        self._bring = bring
        self._mics: dict[int, Mic] = {}
        """Of those that run."""
        self._keeping: set[asyncio.Task[None]] = set()

    def begin(self, message: RecordMessage) -> None:
        """Hear the caller from now on; :meth:`run` records it."""
        record = self._call.record

        def began() -> None:
            record.add("listening", errand=message.id)

        mic = deaf()
        if self._hearing is not None:
            mic = self._hearing.open(message, self._call.clock.now_ms(), began)
        self._mics[message.id] = mic

    async def run(self, message: RecordMessage) -> None:
        """Record, and bring what it came to; returns when it is written down."""
        mic = self._mics[message.id]
        mic.answer = partial(self._came, mic)
        try:
            self._came(mic, await self._world.record(self._call.facts, message, mic))
        finally:
            self._over(message.id, mic)

    def stop(self, id: int) -> None:
        """The caller pressed the end key, or is gone."""
        if id in self._mics:
            self._mics[id].stop(Why.HUNG_UP if self._call.alone else Why.KEY)

    def give_up(self, id: int) -> bool:
        """Nobody waits for it any more; what was said is kept. False where there is none."""
        if id in self._mics:
            self._mics[id].stop(Why.LOST)
            return True
        return False

    def keep(self, id: int) -> None:
        """The caller is content with it. Not waited for: the flow goes on meanwhile."""
        task = self._group.create_task(self._world.keep(self._call.sid, id))
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)

    async def aclose(self) -> None:
        """Wait until all that is to be kept is kept, as far as the disk lets it."""
        if self._keeping:
            _, stuck = await asyncio.wait(self._keeping, timeout=KEEP_SECONDS_MAX)
            for task in stuck:
                task.cancel()

    def _came(self, mic: Mic, done: ErrandDone) -> None:
        """What it came to is known; what is still written down then, the flow does not wait for."""
        if mic.answer is None:
            return  # it is told once
        mic.answer = None
        self._over(done.id, mic)
        seconds = done.value.get("seconds") if isinstance(done.value, Mapping) else 0
        self._call.record.add("message", errand=done.id, outcome=done.outcome, seconds=seconds)
        self._bring(done)

    def _over(self, id: int, mic: Mic) -> None:
        """Nothing of the caller is recorded any more."""
        self._mics.pop(id, None)
        if self._hearing is not None:
            self._hearing.close(mic, self._call.clock.now_ms())
