"""What a store is: calls between their streams, records of calls, and what is to leave the house.

The contract every store keeps (``tests/stores/conformance.py`` holds it to that), and the plain
data that goes in and out. Nothing here knows a database. Everything is asynchronous and done by a
thread of the store's own; none of it is awaited between a key and its first frame. Times are aware
UTC. Several processes may use one store at once.

Every operation raises :class:`StoreError` where the store cannot do it: a full disk, a damaged
file, a lock that nobody lets go of. What was promised before stays promised.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from ivr.errors import IvrError
from ivr.outside.parcels import Parcel as Parcel


class StoreError(IvrError):
    """The store could not do it; one sentence with the remedy, without anything of a caller's."""


class StaleWriter(StoreError):
    """A later stream of the call was written down already: whoever wrote this is out of date."""


# --------------------------------------------------------------------------- calls


@dataclass(frozen=True, slots=True)
class Parked:
    """A call as any process can go on with it."""

    call: str
    """The carrier's id of it: CallSid."""
    account: str
    """Its account (AccountSid)."""
    stream: int
    """How many streams the call has been told to open. A higher number is a later writer."""
    version: int
    """Counts up within one stream. A lower number is out of date; the same one is replaced."""
    flows: str
    """``FlowSet.hash`` of the set it began with."""
    facts: bytes = field(repr=False)
    state: bytes | None = field(repr=False)
    """Bytes of ``flow.state``; None before the first stream."""
    entries: bytes = field(repr=False)
    """Its record so far: JSON lines."""
    phase: str
    """``ringing``, ``live``, ``away`` …"""
    leaving: bytes | None = field(repr=False)
    """Where the caller was sent, while they are there."""
    until: datetime
    """When somebody should ask what became of it."""


class Calls(Protocol):
    """Calls that are not over."""

    async def park(self, parked: Parked) -> None:
        """Write the call down, in place of what was there.

        Raises :class:`StaleWriter` if a later stream, or a later version of this stream, is there,
        or the record of the call.
        """
        ...

    async def find(self, call: str) -> Parked | None:
        """The call as it was written down last."""
        ...

    async def forget(self, call: str) -> None:
        """Remove it; nothing happens if it is not there. ``records.keep`` does so by itself."""
        ...

    async def overdue(self, now: datetime, limit: int = 100) -> list[Parked]:
        """Calls whose time is up, the one that waits longest first."""
        ...


# --------------------------------------------------------------------------- records


@dataclass(frozen=True, slots=True)
class Summary:
    """A call that is over, in one line."""

    call: str
    started_at: datetime
    caller: str | None
    """None where it was withheld."""
    called: str
    flow: str
    outcome: str
    seconds: float
    """From the webhook to the end."""
    steps: tuple[str, ...]
    """The way the caller went: ``flow/step`` names, the first ones."""
    ended_at: datetime
    wait_ms: float | None = None
    """The longest the caller waited for a sound; None where nothing was said."""
    said: int = 0
    """Utterances."""
    keys: int = 0
    """Keys the caller pressed."""
    legs: int = 0
    """How often the caller was connected with somebody else."""


class Records(Protocol):
    """What happened in calls that are over: one record for each."""

    async def keep(self, summary: Summary, entries: bytes) -> bool:
        """Keep the record of a call (JSON lines), and forget the call as it was parked, in one.

        False: there is a record of this call already, which stays as it is. When this returns the
        record outlives a power cut.
        """
        ...

    async def search(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        caller: str | None = None,
        called: str | None = None,
        outcome: str | None = None,
        flow: str | None = None,
        text: str | None = None,
        call: str | None = None,
        limit: int = 100,
    ) -> list[Summary]:
        """The calls to which all of this applies, the newest first.

        ``since`` and ``until`` are when they began (the end is excluded). ``text`` occurs somewhere
        in the record, whatever the case of A to Z. ``call`` is the beginning of the id.
        """
        ...

    async def entries(self, call: str) -> bytes | None:
        """The record of a call; None if there is none."""
        ...

    async def erase(self, caller: str) -> Erased:
        """Erase whatever is kept of this caller, so that nothing of it can be found any more.

        Records of their calls and what was to be sent from them, parked calls and parcels that name
        them. The file no longer holds it when this returns.
        """
        ...

    async def expire(self, before: datetime) -> int:
        """Erase all records, parked calls and parcels from before; how many records."""
        ...


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased of a caller."""

    records: int = 0
    calls: int = 0
    """Parked ones."""
    parcels: int = 0
    """Not handed over yet."""
    of: tuple[str, ...] = ()
    """The ids of the calls."""


# --------------------------------------------------------------------------- outbox


class Outbox(Protocol):
    """Parcels until somebody took them, and what a call was about to do."""

    async def put(self, parcel: Parcel) -> bool:
        """Take a parcel; when this returns it outlives a power cut.

        False: there is or was one with the same call and purpose, and nothing is sent twice.
        """
        ...

    async def due(self, now: datetime, limit: int = 20, kind: str | None = None) -> list[Parcel]:
        """Parcels to be sent now, the longest overdue first; they are lent to whoever asks.

        For two minutes nobody else gets them. A process that dies meanwhile loses none: after that
        they are due again.
        """
        ...

    async def next_due(self, kind: str | None = None) -> datetime | None:
        """When the next parcel is due; None if none waits."""
        ...

    async def sent(self, id: str) -> None:
        """It was handed over: what was in it is forgotten, not that it was sent."""
        ...

    async def failed(self, id: str, problem: str, again_at: datetime) -> None:
        """It could not be handed over, and is due again then."""
        ...

    async def gave_up(self, id: str, problem: str | None = None) -> None:
        """It is stuck until a person looks at it."""
        ...

    async def waiting(self, limit: int = 100) -> list[Parcel]:
        """What is yet to be sent, the next one first."""
        ...

    async def stuck(self, limit: int = 100) -> list[Parcel]:
        """What was given up, the oldest first."""
        ...

    async def count(self) -> tuple[int, int]:
        """How many wait, and how many are stuck."""
        ...

    async def again(self, id: str, now: datetime) -> bool:
        """Try a parcel again at once, stuck or waiting; False if there is none."""
        ...

    async def drop(self, id: str) -> bool:
        """Never send it; False if there is none that waits or is stuck."""
        ...

    async def intend(self, call: str, purpose: str) -> bool:
        """Write down that this is about to be done, for good; False: it was intended before."""
        ...

    async def done(self, call: str, purpose: str, outcome: bytes) -> None:
        """Write down what an intention came to."""
        ...

    async def came_to(self, call: str, purpose: str) -> bytes | None:
        """What it came to; None if nobody knows."""
        ...


# --------------------------------------------------------------------------- the store


class Store(Protocol):
    """Everything that outlives a process; opened and closed by ``async with``."""

    @property
    def calls(self) -> Calls:
        """Calls that are not over."""
        ...

    @property
    def records(self) -> Records:
        """Records of calls that are."""
        ...

    @property
    def outbox(self) -> Outbox:
        """What is to leave the house."""
        ...

    @property
    def place(self) -> str:
        """Where it is, for people."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
