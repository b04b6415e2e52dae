"""Twilio's side of one Media Stream as text: what the carrier says, and what it takes.

Pure: no socket, no clock. ``Narrator`` writes what Twilio sends, numbered as Twilio numbers it;
``read`` takes what the server sent and is strict on purpose: Twilio drops a message with a field
too many and goes on in silence, so the simulated telephone says so aloud. It is written from the
description of the protocol (reference/twilio.md, 1.3 and 1.4), not from the product's own reading
of it: the two must not be wrong together. ``stream.py`` is the only caller.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass

from ivr.audio.frames import FRAME_BYTES
from ivr.phone.faults import UNREPORTED, Fault

MESSAGE_CHARS_MAX = 65_536
"""Longest message taken: far above what one second of audio needs. Twilio states no limit."""
PAYLOAD_BYTES_MAX = 16_000
"""Two seconds of audio in one message; more, and ``clear`` and ``mark`` wait behind it. Ours."""
MARK_CHARS_MAX = 64
"""Twilio states no limit; this is what it is recommended to stay under."""

_SHOWN_CHARS = 60  # of a message quoted in a fault

# --------------------------------------------------------------------------- from the server


@dataclass(frozen=True, slots=True)
class Media:
    """Audio to play after everything that is buffered: raw mu-law, 8 kHz, mono."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """To be sent back when everything before it has been played."""

    name: str


@dataclass(frozen=True, slots=True)
class Clear:
    """Throw away what is buffered and return all pending marks at once."""


Instruction = Media | Mark | Clear


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message of the server asks for (None: it is lost), and what is wrong with it."""

    instruction: Instruction | None
    faults: tuple[Fault, ...] = ()


class _Refused(Exception):
    """The message is lost; carries Twilio's code and the sentence."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        self.text = text
        super().__init__(text)


def read(message: str | bytes, stream_sid: str, at_ms: float) -> Reading:
    """Take one message of the server as Twilio does, and say everything that is wrong with it.

    Never raises: whatever Twilio would drop is None with a fault (31950, 31951, 31924).
    """
    try:
        instruction = _instruction(message, stream_sid)
    except _Refused as refused:
        return Reading(None, (Fault(refused.code, refused.text, at_ms),))
    return Reading(
        instruction,
        tuple(Fault(UNREPORTED, text, at_ms) for text in _complaints(instruction)),
    )


def _instruction(message: str | bytes, stream_sid: str) -> Instruction:
    if isinstance(message, bytes):
        raise _Refused(31950, f"a binary frame of {len(message)} bytes; only text frames are read")
    if len(message) > MESSAGE_CHARS_MAX:
        raise _Refused(31924, f"a message of {len(message)} characters; {MESSAGE_CHARS_MAX} is all")
    try:
        fields = json.loads(message, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise _Refused(31951, f"no JSON: {_quoted(message)} ({error})") from None
    if not isinstance(fields, dict):
        raise _Refused(31951, f"no JSON object: {_quoted(message)}")
    match fields.get("event"):
        case "media":
            _exactly(fields, {"event", "streamSid", "media"}, "media")
            _same_stream(fields, stream_sid, "media")
            return Media(_payload(_inner(fields, "media", {"payload"})["payload"]))
        case "mark":
            _exactly(fields, {"event", "streamSid", "mark"}, "mark")
            _same_stream(fields, stream_sid, "mark")
            name = _inner(fields, "mark", {"name"})["name"]
            if not isinstance(name, str) or not name:
                raise _Refused(31951, f"mark.name is {_quoted(name)}, not a text")
            return Mark(name)
        case "clear":
            _exactly(fields, {"event", "streamSid"}, "clear")
            _same_stream(fields, stream_sid, "clear")
            return Clear()
        case None:
            raise _Refused(31951, f"a message without event: {_quoted(message)}")
        case event:
            raise _Refused(31951, f"unknown event {_quoted(event)}; there are media, mark, clear")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field appears twice")
    return fields


def _exactly(fields: Mapping[str, object], wanted: set[str], event: str) -> None:
    if extra := sorted(fields.keys() - wanted):
        raise _Refused(31951, f"{event} with a field too many: {', '.join(extra)}")
    if missing := sorted(wanted - fields.keys()):
        raise _Refused(31951, f"{event} without {', '.join(missing)}")


def _same_stream(fields: Mapping[str, object], stream_sid: str, event: str) -> None:
    if fields["streamSid"] != stream_sid:
        raise _Refused(
            31951, f"{event} for streamSid {_quoted(fields['streamSid'])}; this is {stream_sid}"
        )


def _inner(fields: Mapping[str, object], key: str, wanted: set[str]) -> Mapping[str, object]:
    inner = fields[key]
    if not isinstance(inner, dict):
        raise _Refused(31951, f"{key} is {_quoted(inner)}, not an object")
    _exactly(inner, wanted, f"the object {key}")
    return inner


def _payload(text: object) -> bytes:
    if not isinstance(text, str):
        raise _Refused(31951, f"media.payload is {_quoted(text)}, not a text")
    try:
        payload = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _Refused(31951, f"media.payload is no base64 ({error})") from None
    if not payload:
        raise _Refused(31951, "media.payload is empty")
    return payload


def _complaints(instruction: Instruction) -> list[str]:
    """What Twilio would obey without a word, to the caller's cost."""
    found: list[str] = []
    match instruction:
        case Media(payload):
            if payload.startswith((b"RIFF", b"ID3", b"OggS", b"fLaC")):
                head = payload[:4].decode("ascii", "replace")
                found.append(f"media begins with a {head.strip()} file header, heard as noise")
            if len(payload) % FRAME_BYTES:
                found.append(f"media of {len(payload)} bytes is no whole number of 20 ms frames")
            if len(payload) > PAYLOAD_BYTES_MAX:
                found.append(f"media of {len(payload)} bytes; clear and mark wait behind it")
        case Mark(name):
            if len(name) > MARK_CHARS_MAX or not name.isascii():
                found.append(f"mark name {_quoted(name)} is not short ASCII")
        case Clear():
            pass
    return found


def _quoted(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return repr(text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + "…")


# --------------------------------------------------------------------------- to the server

CONNECTED = '{"event":"connected","protocol":"Call","version":"1.0.0"}'
"""The first message of every stream; it has neither streamSid nor number."""

KEYS = "0123456789*#ABCD"
"""Every key a ``dtmf`` message can carry."""


class Narrator:
    """Writes one stream's messages in Twilio's shape and numbers them; numbers are JSON strings."""

    def __init__(self, account_sid: str, call_sid: str, stream_sid: str) -> None:
        self._account_sid = account_sid
        self._call_sid = call_sid
        self._stream_sid = stream_sid
        self._sequence = 0
        self._chunk = 0

    def start(self, parameters: Mapping[str, str]) -> str:
        """The second message: who calls, in which format; ``parameters`` are those of the TwiML."""
        return self._message(
            "start",
            {
                "accountSid": self._account_sid,
                "streamSid": self._stream_sid,
                "callSid": self._call_sid,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": dict(parameters),
            },
        )

    def media(self, payload: bytes, timestamp_ms: int) -> str:
        """One frame of what the caller says; fifty of them a second, so it is joined by hand."""
        self._sequence += 1
        self._chunk += 1
        return (
            f'{{"event":"media","sequenceNumber":"{self._sequence}","media":{{"track":"inbound",'
            f'"chunk":"{self._chunk}","timestamp":"{timestamp_ms}",'
            f'"payload":"{base64.b64encode(payload).decode("ascii")}"}},'
            f'"streamSid":"{self._stream_sid}"}}'
        )

    def dtmf(self, key: str) -> str:
        """A key the caller pressed; note ``inbound_track`` here and ``inbound`` in media."""
        assert len(key) == 1, key
        assert key in KEYS, key
        return self._message("dtmf", {"track": "inbound_track", "digit": key})

    def mark(self, name: str) -> str:
        """The echo of a mark."""
        return self._message("mark", {"name": name})

    def stop(self) -> str:
        """The stream ends because the call does."""
        return self._message("stop", {"accountSid": self._account_sid, "callSid": self._call_sid})

    def _message(self, event: str, body: Mapping[str, object]) -> str:
        self._sequence += 1
        return json.dumps(
            {
                "event": event,
                "sequenceNumber": str(self._sequence),
                event: body,
                "streamSid": self._stream_sid,
            },
            separators=(",", ":"),
        )
