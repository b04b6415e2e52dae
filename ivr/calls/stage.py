"""What calls of one flow set need: its flows, the studio they speak with, and the world they ask.

A reload puts a new stage in the place of the old one: calls that come after it begin there, and
those that had begun stay where they are until they end. Made by ``server/sets``, which opens and
closes it; the switchboard counts the calls that are on it. A :class:`Trial` is how a call is told
apart that somebody makes to try a flow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ivr.calls.call import Call
from ivr.calls.errands import World
from ivr.calls.link import Link
from ivr.calls.record import Watch
from ivr.calls.session import Exit
from ivr.calls.studio import Studio
from ivr.flow.model import FlowSet


class Talk(Protocol):
    """Runs one stream of a call; ``session.converse``, or a script in a test."""

    def __call__(self, call: Call, link: Link, studio: Studio) -> Awaitable[Exit]:
        """Run it to its end."""
        ...


@dataclass(slots=True, eq=False)
class Stage:
    """A flow set that calls can begin with."""

    flows: FlowSet
    studio: Studio
    talk: Talk
    world: World
    number: int = 1
    """Of this process's sets, in the order they came."""
    calls: int = 0
    """On it now."""
    empty: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while there are none."""

    def __post_init__(self) -> None:
        """Nobody is on it yet."""
        self.empty.set()

    def enter(self) -> None:
        """A call begins with it."""
        self.calls += 1
        self.empty.clear()

    def leave(self) -> None:
        """One of its calls is over and has given back what it held."""
        self.calls -= 1
        if not self.calls:
            self.empty.set()


@dataclass(frozen=True, slots=True)
class Trial:
    """A call made to try a flow, whatever number it is reached by."""

    flow: str
    language: str | None
    started_at: datetime
    """What its clock says: aware, UTC."""
    watch: Watch
    """Told of every entry of its record."""
