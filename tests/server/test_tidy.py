"""Garbage: found when it is time, by nobody else."""

from __future__ import annotations

import asyncio
import gc
import weakref

from ivr.server.tidy import NEVER, collect_for_ever, collecting_rarely
from tests.virtual import pass_time, run


class Knot:
    """Holds itself."""

    def __init__(self) -> None:
        self.itself = self


def test_older_objects_are_left_to_us_and_given_back_behind_the_block() -> None:
    before = gc.get_threshold()
    with collecting_rarely():
        assert gc.get_threshold() == (before[0], NEVER, NEVER)
    assert gc.get_threshold() == before


def test_a_knot_is_found_when_its_time_has_come() -> None:
    async def work() -> list[bool]:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(collect_for_ever(60))
            gc.collect()
            with collecting_rarely():
                knot = Knot()
                there = weakref.ref(knot)
                gc.collect()  # it is old now: the young generations are not enough
                del knot
                found = []
                for seconds in (59, 2):
                    await pass_time(seconds)
                    found.append(there() is None)
            task.cancel()
        return found

    assert run(work()) == [False, True]
