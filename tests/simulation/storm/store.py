"""A process's way to the store: as slow, as broken and as cut off as the weather wants it.

What is slow is done before the waiting or after it, so that a process may die between the doing and
the knowing. A process that is dead reaches nothing any more.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, cast

from ivr.stores.base import Calls, Outbox, Records, StoreError
from ivr.stores.sqlite import SqliteStore
from tests.simulation.storm.weather import Spell
from tests.virtual import pass_time


class Unsteady:
    """The store as one process sees it; a :class:`~ivr.stores.base.Store`."""

    def __init__(
        self,
        store: SqliteStore,
        spells: tuple[Spell, ...],
        dice: random.Random,
        alive: Callable[[], bool],
    ) -> None:
        self.unwritten: set[tuple[object, ...]] = set()
        """What was to be written down and nobody knows whether it was."""
        self._spells = spells
        self._dice = dice
        self._alive = alive
        self.calls = cast(Calls, _Way(self, store.calls))
        self.records = cast(Records, _Way(self, store.records))
        self.outbox = cast(Outbox, _Way(self, store.outbox))

    @property
    def place(self) -> str:
        """As the contract says."""
        return "storm"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Whoever opened it closes it."""

    async def through(self, operation: Callable[[], Any], asked: tuple[object, ...]) -> Any:
        """Do it, unless something is in the way."""
        if not (spells := [s for s in self._spells if s.start <= _now() < s.end]):
            self._refuse_the_dead()
            return await operation()
        self.unwritten.add(asked)
        if any(spell.slow == 0 for spell in spells):
            raise StoreError("the store is away: wait until it is back")
        before = self._dice.random() < 0.5
        if before:
            await pass_time(spells[0].slow)
        self._refuse_the_dead()
        result = await operation()
        if not before:
            await pass_time(spells[0].slow)
        self.unwritten.discard(asked)
        return result

    def _refuse_the_dead(self) -> None:
        if not self._alive():
            raise StoreError("the process is dead: it reaches no store")


class _Way:
    """Every operation of a part of the store, through the weather."""

    def __init__(self, unsteady: Unsteady, part: object) -> None:
        self._unsteady = unsteady
        self._part = part

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = getattr(self._part, name)

        async def asked(*given: object, **wishes: object) -> Any:
            what = (name, *given) if name == "intend" else (name,)
            return await self._unsteady.through(lambda: operation(*given, **wishes), what)

        return asked


def _now() -> float:
    return asyncio.get_running_loop().time()
