"""What happens in a simulated call, told as it happens.

Frozen facts in the past tense; ``Telephone`` tells each to the call's recording and to whoever
listens (the terminal, a test). Times are milliseconds since the call was answered, 0 before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ivr.phone.faults import Fault


@dataclass(frozen=True, slots=True)
class WebhookAnswered:
    """The server was asked for TwiML and answered, well or badly."""

    at_ms: float
    url: str
    status: int
    took_ms: float


@dataclass(frozen=True, slots=True)
class StreamStarted:
    """The socket is open and ``start`` was sent; the first one answers the call."""

    at_ms: float
    stream_sid: str
    number: int
    """1 for the call's first stream; a transfer that comes back opens another."""
    took_ms: float
    """From the wish to connect to ``start``."""


@dataclass(frozen=True, slots=True)
class SegmentBegan:
    """The first sample of a segment is being played."""

    at_ms: float
    segment: int


@dataclass(frozen=True, slots=True)
class SegmentClosed:
    """A segment's mark arrived: nothing more belongs to it, and its end is known."""

    at_ms: float
    segment: int
    mark: str
    ends_ms: float


@dataclass(frozen=True, slots=True)
class Gap:
    """Silence inside a segment because its audio came too late."""

    at_ms: float
    ms: float


@dataclass(frozen=True, slots=True)
class Segment:
    """What was heard between two marks: one utterance of the line, or what was left of it."""

    number: int
    """Counts up from 1 over the whole call, in the order the server sent them."""
    mark: str | None
    """The name of the mark behind it; None when it was cut before its mark came."""
    received_ms: float
    """When its first message arrived."""
    start_ms: float
    """When its first sample was played; the moment it was cleared, if none was."""
    end_ms: float
    """When its last sample was played, or it was cleared."""
    sound_ms: float | None
    """When the first audible sample was played; None if none was."""
    cut: bool
    """It was not played to its end: cleared by the server, or the stream ended."""
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentEnded:
    """A segment was played to its mark, or cut."""

    at_ms: float
    segment: Segment


@dataclass(frozen=True, slots=True)
class SoundHeard:
    """The first audible sample after the answer or after a key, of audio that came after it."""

    at_ms: float
    after: str
    """``answer``, or the key."""
    ms: float


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The caller pressed a key. Between two streams nobody hears it."""

    at_ms: float
    key: str
    sent: bool
    """Into a stream."""
    gathered: bool = False
    """A ``<Gather>`` of Twilio's waited for it."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """The server emptied the buffer."""

    at_ms: float
    lost_ms: float
    """How much audio was thrown away."""


@dataclass(frozen=True, slots=True)
class StreamEnded:
    """The stream is over."""

    at_ms: float
    number: int
    by_server: bool
    close_code: int | None
    """The server's WebSocket close code; None when it vanished without one."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """The caller is being connected to somebody else."""

    at_ms: float
    numbers: tuple[str, ...]
    timeout_s: int
    answer: str
    """What the script says will happen: ``no_answer``, ``answered 3s`` …"""


@dataclass(frozen=True, slots=True)
class DialEnded:
    """The other leg is over, or never began."""

    at_ms: float
    status: str
    """Twilio's DialCallStatus."""
    talked_s: int
    bridged: bool = False
    """The caller was connected with somebody."""


@dataclass(frozen=True, slots=True)
class CalleeTold:
    """Somebody who was called heard or did something: ``picks up``, ``presses 1`` …"""

    at_ms: float
    address: str
    text: str


@dataclass(frozen=True, slots=True)
class Queued:
    """The caller waits in a queue."""

    at_ms: float
    name: str
    answer: str
    """What the script says will happen."""


@dataclass(frozen=True, slots=True)
class QueueLeft:
    """The caller waits there no more."""

    at_ms: float
    result: str
    """Twilio's QueueResult."""
    waited_s: int
    talked_s: int


@dataclass(frozen=True, slots=True)
class Noted:
    """Something of Twilio's own that the caller hears, or that is told instead of acted out."""

    at_ms: float
    text: str


@dataclass(frozen=True, slots=True)
class Faulted:
    """The server did something wrong."""

    at_ms: float
    fault: Fault


class EndedBy(Enum):
    """Who ended the call."""

    CALLER = "the caller hung up"
    LINE = "the line hung up"
    REJECTED = "the line rejected the call"
    FAILED = "the call failed"


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The call is over."""

    at_ms: float
    by: EndedBy


Event = (
    WebhookAnswered
    | StreamStarted
    | SegmentBegan
    | SegmentClosed
    | SegmentEnded
    | SoundHeard
    | KeyPressed
    | Cleared
    | StreamEnded
    | Dialled
    | DialEnded
    | CalleeTold
    | Queued
    | QueueLeft
    | Noted
    | Faulted
    | CallEnded
)

Listener = Callable[[Event], None]
