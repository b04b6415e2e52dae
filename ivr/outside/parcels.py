"""What is to leave the house, written down first: a parcel, and what became of it.

Text messages, events and mails are parcels. They are kept in a store until somebody took them
(``ivr.stores``), carried by ``ivr.stores.post`` and handed over by a sender of this room, one for
each kind. Plain data; nothing is sent here.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime


def new_id() -> str:
    """An id no other parcel has; it stays the same however often the parcel is sent."""
    return f"msg_{uuid.uuid4().hex}"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One thing to be handed over, once."""

    call: str
    """The carrier's id of the call it comes from."""
    purpose: str
    """What it is within its call, like ``event main/booked 1``: there is one of each."""
    kind: str
    """Which sender takes it: ``event``, ``sms``, ``mail`` …"""
    payload: bytes = field(repr=False)
    """What the sender makes of it; it may hold what callers said."""
    id: str = field(default_factory=new_id)
    tries: int = 0
    """How often it could not be handed over."""
    next_try: datetime | None = None
    """Aware UTC; None: at once."""
    problem: str | None = None
    """Why the last try failed; one sentence without anything secret in it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The other side has it."""


@dataclass(frozen=True, slots=True)
class Retry:
    """It may work later."""

    problem: str
    after_s: float | None = None
    """The other side asked for this much patience."""


@dataclass(frozen=True, slots=True)
class Hopeless:
    """It will never work like this; a person has to look at it."""

    problem: str


Delivery = Sent | Retry | Hopeless
Sender = Callable[[Parcel], Awaitable[Delivery]]
"""Tries once to hand a parcel over, within a bounded time. It raises nothing but cancellation; what
it raises all the same is a :class:`Retry`."""
