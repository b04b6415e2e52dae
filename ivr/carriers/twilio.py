"""Twilio's Media Streams messages: text to typed message, and message to text.

It knows the shape of the wire and nothing of calls, sockets or audio. Called by ``calls/session``
(reading) and ``calls/speaker`` (writing). Reading is tolerant, because Twilio adds fields without
notice and some real payloads miss inner objects; writing is exact, because Twilio drops a message
with one field too many (warning 31951).

The shapes are those of Twilio's "Media Streams - WebSocket messages", read 2026-11.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from ivr.errors import BadMessage

KEYS: Final = frozenset("0123456789*#ABCD")
"""What a telephone can send; A to D exist on some desk and service phones."""

SID_CHARS_MAX: Final = 64
EVENT_CHARS_SHOWN_MAX: Final = 40

# --------------------------------------------------------------------------- what arrives


@dataclass(frozen=True, slots=True)
class Connected:
    """The socket is open; nothing is known yet, and it names no stream."""


@dataclass(frozen=True, slots=True)
class Started:
    """The stream begins. Only here are the call and the account named."""

    stream_sid: str
    call_sid: str
    account_sid: str
    parameters: Mapping[str, str]
    encoding: str
    sample_rate: int
    """Hertz."""
    channels: int


@dataclass(frozen=True, slots=True)
class Media:
    """Twenty milliseconds of what the caller says, in mu-law."""

    payload: bytes
    timestamp_ms: int
    """Since the stream began: the time to trust, as packets stall and then come in bursts."""


@dataclass(frozen=True, slots=True)
class Digit:
    """The caller pressed a key."""

    key: str
    """One of ``KEYS``."""


@dataclass(frozen=True, slots=True)
class MarkEchoed:
    """A mark of ours came back: played out, or emptied by a ``clear``, which looks the same."""

    name: str
    """Empty where the message had none (seen on real lines)."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The stream is over: the caller hung up, or the call was given other instructions."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A well-formed message of a kind this file does not know; to be ignored."""

    event: str


Inbound = Connected | Started | Media | Digit | MarkEchoed | Stopped | Unknown


class _Envelope(msgspec.Struct):
    """Any message. The inner objects stay raw: only the one its event names is ever read."""

    event: str
    stream_sid: msgspec.Raw = msgspec.field(name="streamSid", default=msgspec.Raw(b'""'))
    start: msgspec.Raw = msgspec.Raw(b"{}")
    media: msgspec.Raw = msgspec.Raw(b"{}")
    dtmf: msgspec.Raw = msgspec.Raw(b"{}")
    mark: msgspec.Raw = msgspec.Raw(b"{}")


class _Event(msgspec.Struct):
    event: str


class _Format(msgspec.Struct, rename="camel"):
    encoding: str = "audio/x-mulaw"
    sample_rate: int = 8000
    channels: int = 1


class _Start(msgspec.Struct, rename="camel"):
    call_sid: str
    stream_sid: str = ""
    account_sid: str = ""
    media_format: _Format = msgspec.field(default_factory=_Format)
    custom_parameters: dict[str, str] = msgspec.field(default_factory=dict)


class _Media(msgspec.Struct):
    payload: bytes  # msgspec reads base64, and refuses anything that is not
    timestamp: int = 0


class _Dtmf(msgspec.Struct):
    digit: str


class _Mark(msgspec.Struct):
    name: str = ""


# Not strict: Twilio writes most numbers as text ("timestamp": "45"), its cousins as numbers.
_ENVELOPE = msgspec.json.Decoder(_Envelope)
_EVENT = msgspec.json.Decoder(_Event)
_SID = msgspec.json.Decoder(str)
_START = msgspec.json.Decoder(_Start, strict=False)
_MEDIA = msgspec.json.Decoder(_Media, strict=False)
_DTMF = msgspec.json.Decoder(_Dtmf, strict=False)
_MARK = msgspec.json.Decoder(_Mark, strict=False)

_SID_SHAPE = re.compile(rf"[A-Za-z0-9_-]{{1,{SID_CHARS_MAX}}}")
_ANY_EVENT = '{"event":"'
_MEDIA_EVENT = '{"event":"media"'


def parse(text: str) -> Inbound:
    """Read one message of the carrier; ``BadMessage`` for whatever is none, never anything else.

    The error's text names what was wrong, never what was in the message: it may hold keys.
    """
    envelope = _decode(_ENVELOPE, text, "a message")
    match envelope.event:
        case "media":
            media = _decode(_MEDIA, envelope.media, "media")
            return Media(media.payload, media.timestamp)
        case "dtmf":
            return _digit(_decode(_DTMF, envelope.dtmf, "dtmf"))
        case "mark":
            return MarkEchoed(_decode(_MARK, envelope.mark, "mark").name)
        case "start":
            return _started(envelope)
        case "stop":
            return Stopped()
        case "connected":
            return Connected()
        case other:
            return Unknown(other[:EVENT_CHARS_SHOWN_MAX])


def is_media(text: str) -> bool:
    """Whether a message is the caller's audio, told by its first characters.

    Fifty of these arrive each second of a call, and mostly nobody listens: they are skipped
    without JSON or base64. A message written in an unusual way (spaces, other order) is looked
    into; one that is no message at all is no audio either, and ``parse`` will say so.
    """
    if text.startswith(_ANY_EVENT):
        return text.startswith(_MEDIA_EVENT)
    try:
        return _EVENT.decode(text).event == "media"
    except (ValueError, RecursionError):
        return False


# --------------------------------------------------------------------------- what is sent


def media(stream_sid: str, payload: bytes) -> str:
    """Audio for the caller: raw mu-law of any length, no file header, played in order.

    ``stream_sid`` is the one of ``Started``; ``parse`` saw to it that it needs no escaping.
    """
    encoded = binascii.b2a_base64(payload, newline=False).decode("ascii")
    return f'{{"event":"media","streamSid":"{stream_sid}","media":{{"payload":"{encoded}"}}}}'


def mark(stream_sid: str, name: str) -> str:
    """A mark behind all audio sent so far; it comes back when that has been played."""
    quoted = msgspec.json.encode(name).decode()
    return f'{{"event":"mark","streamSid":"{stream_sid}","mark":{{"name":{quoted}}}}}'


def clear(stream_sid: str) -> str:
    """Throw away all audio not yet played; every pending mark comes back at once."""
    return f'{{"event":"clear","streamSid":"{stream_sid}"}}'


# --------------------------------------------------------------------------- below

T = TypeVar("T")


def _decode(decoder: msgspec.json.Decoder[T], data: str | msgspec.Raw, what: str) -> T:
    """Decode, with every way JSON can be wrong turned into ``BadMessage``.

    ``ValueError`` covers msgspec's errors and lone surrogates; ``RecursionError`` deep nesting.
    """
    try:
        return decoder.decode(data)
    except (ValueError, RecursionError):
        raise BadMessage(f"{what} that cannot be read") from None


def _started(envelope: _Envelope) -> Started:
    start = _decode(_START, envelope.start, "start")
    outer = _decode(_SID, envelope.stream_sid, "start with a stream")
    stream_sid = start.stream_sid or outer
    if outer not in ("", stream_sid):
        raise BadMessage("start that names two streams")
    if not _SID_SHAPE.fullmatch(stream_sid):
        raise BadMessage("start without a usable stream name")
    form = start.media_format
    return Started(
        stream_sid=stream_sid,
        call_sid=start.call_sid,
        account_sid=start.account_sid,
        parameters=start.custom_parameters,
        encoding=form.encoding,
        sample_rate=form.sample_rate,
        channels=form.channels,
    )


def _digit(dtmf: _Dtmf) -> Digit:
    key = dtmf.digit.upper()
    if key not in KEYS:
        raise BadMessage("dtmf that is no telephone key")
    return Digit(key)
