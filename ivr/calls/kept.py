"""What the switchboard knows and answers, as plain data: a call between webhooks, and decisions.

Only the switchboard and its parts change a :class:`Kept`; ``server`` puts a :data:`Decision` into
the carrier's words, and hands a :class:`Claim` from the handshake of a stream to its run.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import Enum

from ivr.calls.call import Call
from ivr.calls.link import Link
from ivr.calls.stage import Stage
from ivr.flow.messages import JoinQueue, Leg, RunTwiml, Transfer
from ivr.flow.state import State, decode, encode


@dataclass(frozen=True, slots=True)
class Limits:
    """How many and how long. Seconds are of the loop's time."""

    calls_max: int = 500
    """Calls at once; the next one is busy."""
    ended_max: int = 20_000
    ended_s: float = 3_600
    """How many CallSids of ended calls are refused, and how long."""
    claim_s: float = 60
    """From the answer to the webhook to the stream."""
    away_s: float = 30
    """From the end of a stream to the carrier's question, which should come at once."""
    leg_s: float = 14_400
    """A transfer without a limit of its own: Twilio's longest call."""
    over_s: float = 2
    """How long a stream may take to notice that the carrier has ended it."""
    resumes_max: int = 3
    """New streams for a call that is cut again and again without a key from the caller."""
    sweep_s: float = 5


# --------------------------------------------------------------------------- decisions


@dataclass(frozen=True, slots=True)
class Connect:
    """Open a stream under this id. It works once, for this call, and not for long."""

    stream_id: str


@dataclass(frozen=True, slots=True)
class Dial:
    """Connect the caller with somebody else."""

    transfer: Transfer
    number: int = 1
    """Which time away of the call it is; whoever tells how it ended names the same."""


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Let the caller wait in a queue."""

    queue: JoinQueue
    number: int = 1
    language: str = ""
    voice: str = ""
    """What the caller is told while they wait, and in whose voice."""


@dataclass(frozen=True, slots=True)
class Perform:
    """Do what a document of the author's says."""

    document: RunTwiml
    number: int = 1


@dataclass(frozen=True, slots=True)
class Apologise:
    """Say in the carrier's voice that something went wrong, ring a person if there is one, end."""

    language: str | None
    text: str | None = None
    """What is said; None: the line's own words."""
    operator: str | None = None
    """E.164."""
    heard: bool = False
    """The caller was told in our own voice: nothing is said."""


@dataclass(frozen=True, slots=True)
class Busy:
    """The line is full: the call is not answered."""


@dataclass(frozen=True, slots=True)
class Over:
    """Hang up, or nothing: the call is over."""


Decision = Connect | Dial | Enqueue | Perform | Apologise | Busy | Over


# --------------------------------------------------------------------------- a call as it is kept


class Phase(Enum):
    """Where a call is between its webhooks."""

    RINGING = "ringing"
    """Told to open a stream that is not there yet."""
    LIVE = "live"
    """In a stream."""
    AWAY = "away"
    """The stream is over; the carrier has not asked yet."""
    DIALLED = "dialled"
    """With somebody else, in a queue, or in a document."""
    ENDED = "ended"


@dataclass(slots=True)
class Kept:
    """A call, and where it is."""

    call: Call
    stage: Stage
    """Where it began, and stays."""
    phase: Phase
    until: float
    """When the sweep ends it, unless it is live."""
    stream_id: str
    answer: Decision
    """The last one given, for a webhook that comes twice."""
    token: str | None = None
    """Of the webhook that was answered so: the same in all its retries."""
    checkpoint: bytes | None = None
    """The state while there is no stream."""
    leaving: Leg | None = None
    """Where the caller was sent, until they are back."""
    number: int = 0
    """Of the last time away."""
    taken: bool = False
    """Whoever was rung has pressed the key that takes the call."""
    opened: int = 0
    """Streams the call was told to open."""
    version: int = 0
    """Of what is parked of this stream; counts up."""
    written: State | None = None
    """The state that was parked last."""
    lines: bytearray = field(default_factory=bytearray)
    """The record as far as it was parked, as JSON lines."""
    lines_written: int = 0
    """Entries in them."""
    parks: bool = True
    """It is to outlive this process; a call that only tries a flow is not."""
    link: Link | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while no stream is live."""
    resumes: int = 0
    keys: int = 0
    """Keys the caller had pressed at the last resume."""

    def put_down(self, state: State | None) -> None:
        """Without a stream a call is nothing but bytes; what they do not hold is forgotten."""
        self.checkpoint = None if state is None else encode(state)
        self.call.state = None

    def take_up(self) -> State | None:
        """The state it was put down with; None if there was none, or it is in use."""
        state = None if self.checkpoint is None else decode(self.checkpoint)
        self.checkpoint = None
        return state


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to open one stream of a call."""

    kept: Kept
    stream_id: str
