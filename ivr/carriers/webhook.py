"""What Twilio's voice webhooks say: form fields to plain values.

Called by ``server/twilio`` once a request is known to be Twilio's. Twilio adds fields without
notice, so nothing is ever checked against a closed set, and a status nobody knows is kept as text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ivr.errors import BadMessage

Form = Mapping[str, Sequence[str]]
"""Decoded fields; a name may come several times, and then its first value counts."""

OVER: Final = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""Call states after which nothing can be said to the caller any more."""

TEXT_CHARS_MAX: Final = 256
"""Longer values are cut: a number, a SIP address or a reason is never that long."""

# Withheld numbers come as words, or as numbers that spell a word on the keypad
# (ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE).
_WITHHELD = frozenset(
    {
        "anonymous",
        "restricted",
        "blocked",
        "unknown",
        "unavailable",
        "private",
        "266696687",
        "7378742833",
        "2562533",
        "8656696",
        "86282452253",
    }
)
_SID_SHAPE = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Ringing:
    """A call asks what to do."""

    call_sid: str
    account_sid: str
    caller: str | None
    """None when withheld. It never proves who is calling."""
    called: str
    over: bool
    """The caller is gone already."""


@dataclass(frozen=True, slots=True)
class Leg:
    """How a ``<Dial>`` or a ``<Refer>`` ended."""

    sid: str
    status: str
    """``completed``, ``answered``, ``busy``, ``no-answer``, ``failed``, ``canceled``, or new."""
    bridged: bool | None = None
    """Whether the two were ever connected; None where Twilio does not say."""
    recording: str = ""
    """Where the talk's recording is, if there is one."""


@dataclass(frozen=True, slots=True)
class Returned:
    """A call whose stream, or whose time away, is over asks what to do next."""

    call_sid: str
    account_sid: str
    over: bool
    leg: Leg | None
    queue: str = ""
    """How a queue ended: ``bridged``, ``leave``, ``queue-full``, ``hangup``, ``error``, or new."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Somebody who was rung has answered, or has pressed a key to take the call."""

    call_sid: str
    """Of their own leg; the caller's is its parent."""
    parent_sid: str
    digits: str
    over: bool
    """They have hung up again."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A caller waits in a queue."""

    call_sid: str
    seconds: int
    """How long so far; 0 where Twilio does not say."""
    position: int | None
    over: bool


@dataclass(frozen=True, slots=True)
class StreamNews:
    """A stream's status callback: best effort and out of order, for the log only."""

    call_sid: str
    stream_sid: str
    event: str
    error: str


def ringing(form: Form) -> Ringing:
    """Read the first webhook of a call; ``BadMessage`` without a call or a called number."""
    called = _text(form, "To") or _text(form, "Called")
    if not called:
        raise BadMessage("a call without a called number")
    return Ringing(
        call_sid=_sid(form, "CallSid"),
        account_sid=_text(form, "AccountSid"),
        caller=_shown_number(_text(form, "From") or _text(form, "Caller")),
        called=called,
        over=_text(form, "CallStatus") in OVER,
    )


def returned(form: Form) -> Returned:
    """Read the webhook behind ``<Connect>``, or behind a time away; ``BadMessage`` without a call.

    ``ReferCallStatus`` is not in the reference; it is on Twilio's page of ``<Refer>``.
    """
    status = _text(form, "DialCallStatus") or _text(form, "ReferCallStatus")
    bridged = {"true": True, "false": False}.get(_text(form, "DialBridged").lower())
    return Returned(
        call_sid=_sid(form, "CallSid"),
        account_sid=_text(form, "AccountSid"),
        over=_text(form, "CallStatus") in OVER,
        leg=Leg(_text(form, "DialCallSid"), status, bridged, _text(form, "RecordingUrl"))
        if status
        else None,
        queue=_text(form, "QueueResult"),
    )


def answered(form: Form) -> Answered:
    """Read what is asked on the side of whoever answers; ``BadMessage`` without a call."""
    return Answered(
        call_sid=_sid(form, "CallSid"),
        parent_sid=_text(form, "ParentCallSid"),
        digits=_text(form, "Digits"),
        over=_text(form, "CallStatus") in OVER,
    )


def waiting(form: Form) -> Waiting:
    """Read what is asked while a caller waits in a queue; ``BadMessage`` without a call."""
    return Waiting(
        call_sid=_sid(form, "CallSid"),
        seconds=_whole(form, "QueueTime") or 0,
        position=_whole(form, "QueuePosition"),
        over=_text(form, "CallStatus") in OVER,
    )


def stream_news(form: Form) -> StreamNews:
    """Read a stream's status callback; ``BadMessage`` without a call."""
    return StreamNews(
        call_sid=_sid(form, "CallSid"),
        stream_sid=_text(form, "StreamSid"),
        event=_text(form, "StreamEvent"),
        error=_text(form, "StreamError"),
    )


def _text(form: Form, name: str) -> str:
    values = form.get(name) or ("",)
    return values[0][:TEXT_CHARS_MAX]


def _whole(form: Form, name: str) -> int | None:
    value = _text(form, name)
    return int(value) if re.fullmatch(r"[0-9]{1,9}", value) else None


def _sid(form: Form, name: str) -> str:
    value = _text(form, name)
    if not _SID_SHAPE.fullmatch(value):
        raise BadMessage(f"a webhook without a usable {name}")
    return value


def _shown_number(number: str) -> str | None:
    bare = number.strip().lower().removeprefix("+")
    return None if not bare or bare in _WITHHELD else number
