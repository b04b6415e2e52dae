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
    """How a ``<Dial>`` ended."""

    sid: str
    status: str
    """``completed``, ``answered``, ``busy``, ``no-answer``, ``failed``, ``canceled``, or new."""


@dataclass(frozen=True, slots=True)
class Returned:
    """A call whose stream, or whose transfer, is over asks what to do next."""

    call_sid: str
    account_sid: str
    over: bool
    leg: Leg | None


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
    """Read the webhook behind ``<Connect>`` or ``<Dial>``; ``BadMessage`` without a call."""
    status = _text(form, "DialCallStatus")
    return Returned(
        call_sid=_sid(form, "CallSid"),
        account_sid=_text(form, "AccountSid"),
        over=_text(form, "CallStatus") in OVER,
        leg=Leg(_text(form, "DialCallSid"), status) if status else None,
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


def _sid(form: Form, name: str) -> str:
    value = _text(form, name)
    if not _SID_SHAPE.fullmatch(value):
        raise BadMessage(f"a webhook without a usable {name}")
    return value


def _shown_number(number: str) -> str | None:
    bare = number.strip().lower().removeprefix("+")
    return None if not bare or bare in _WITHHELD else number
