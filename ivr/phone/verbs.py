"""What a TwiML document can ask for, as plain data: one class for each verb and noun.

Addresses are absolute, defaults are Twilio's. ``twiml`` makes them; ``telephone`` and its parts
obey them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# --------------------------------------------------------------------------- heard by somebody


@dataclass(frozen=True, slots=True)
class Say:
    """Twilio's own voice says something."""

    text: str


@dataclass(frozen=True, slots=True)
class Play:
    """A file is played, so many times; 0 is without end."""

    url: str
    loop: int = 1


@dataclass(frozen=True, slots=True)
class PlayKeys:
    """Keys are pressed for the other side; ``w`` is half a second."""

    keys: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing, for so many seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Gather:
    """Keys are waited for, while this is heard; then ``action`` is asked with them."""

    inside: tuple[Say | Play | Pause, ...]
    action: str | None
    """None: the address of the document itself."""
    method: str
    timeout_s: int
    finish_on: str
    """Keys that end it; empty: none does."""
    digits: int | None
    """So many end it."""
    on_empty: bool
    """``action`` is asked even when nothing was pressed."""


# --------------------------------------------------------------------------- where to go on


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go on with the document at this address."""

    url: str
    method: str


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave the queue."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Do not answer the call."""

    reason: str


@dataclass(frozen=True, slots=True)
class Untold:
    """A verb of Twilio's that this telephone does not act out."""

    name: str


# --------------------------------------------------------------------------- somewhere else


@dataclass(frozen=True, slots=True)
class Connect:
    """Connect the call to a media stream; when it ends, ask ``action`` or go to the next verb."""

    url: str
    """Absolute."""
    parameters: Mapping[str, str]
    action: str | None
    method: str
    name: str | None
    status_callback: str | None
    status_method: str


@dataclass(frozen=True, slots=True)
class News:
    """Who is told of a leg, and of what."""

    url: str
    method: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """Somebody who is rung: ``<Number>``, ``<Sip>``, ``<Client>``, or the text of ``<Dial>``."""

    address: str
    """E.164, ``sip:…`` or ``client:…``."""
    whisper: str | None = None
    """A document for whoever picks up, before they are connected."""
    method: str = "POST"
    keys: str = ""
    """Pressed for them when they pick up."""
    news: News | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """A conference the caller joins."""

    name: str
    wait_url: str | None
    """A document until the conference begins; None is Twilio's music, empty is silence."""
    wait_method: str


@dataclass(frozen=True, slots=True)
class FirstOf:
    """Whoever waits longest in this queue: the noun ``<Queue>``."""

    name: str


@dataclass(frozen=True, slots=True)
class Dial:
    """Connect the caller to one of these, or to all of a conference."""

    nouns: tuple[Number, ...] | tuple[Room] | tuple[FirstOf]
    action: str | None
    method: str
    timeout_s: int
    time_limit_s: int
    hangup_on_star: bool
    caller_id: str | None
    answer_on_bridge: bool = False
    ring_tone: str | None = None
    sequential: bool = False
    """One after the other instead of all at once."""
    record: bool = False


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Let the caller wait in a queue."""

    name: str
    action: str | None
    method: str
    wait_url: str | None
    """None: Twilio's own music."""
    wait_method: str
    size_max: int


@dataclass(frozen=True, slots=True)
class Refer:
    """Hand the caller over to a SIP address for good."""

    address: str
    action: str | None
    method: str


Verb = (
    Connect
    | Dial
    | Enqueue
    | Refer
    | Gather
    | Say
    | Play
    | PlayKeys
    | Pause
    | Redirect
    | Hangup
    | Leave
    | Reject
    | Untold
)
