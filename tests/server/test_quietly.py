"""Work in a thread, in small turns."""

from __future__ import annotations

import asyncio
import sys
from threading import Event

import pytest

from ivr.server.quietly import TURN_SECONDS, quietly


def test_turns_are_small_while_something_is_worked_on_and_as_before_afterwards() -> None:
    before = sys.getswitchinterval()
    first, both = Event(), Event()

    def work(mine: Event, other: Event) -> float:
        mine.set()
        other.wait(10)
        return sys.getswitchinterval()

    async def story() -> None:
        found = await asyncio.gather(quietly(work, first, both), quietly(work, both, other=first))
        assert found == pytest.approx([TURN_SECONDS, TURN_SECONDS], rel=0.01)
        with pytest.raises(ZeroDivisionError):
            await quietly(lambda: 1 // 0)

    asyncio.run(story())
    assert sys.getswitchinterval() == before
