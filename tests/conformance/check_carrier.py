"""What every carrier's wire module must do, as one function that is run against each of them.

``tests/carriers/test_twilio.py`` runs it on Twilio; a new carrier runs the same on its own module,
with messages copied from its vendor's documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from ivr.errors import BadMessage


class Wire(Protocol):
    """A carrier's module, as this function needs it."""

    def parse(self, text: str) -> object:
        """Read one message."""

    def is_media(self, text: str) -> bool:
        """Whether a message is the caller's audio."""

    def media(self, stream_sid: str, payload: bytes) -> str:
        """Audio for the caller."""

    def mark(self, stream_sid: str, name: str) -> str:
        """A mark."""

    def clear(self, stream_sid: str) -> str:
        """Throw away what was not played."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A message as the vendor documents it, and what it says."""

    message: Mapping[str, Any]
    means: object


HOSTILE = (
    "",
    " ",
    "null",
    "[]",
    "{}",
    '"media"',
    "{",
    '{"event":5}',
    '{"event":null}',
    '{"event":"media"',
    '{"event":"media"}',
    '{"event":"dtmf","dtmf":{"digit":""}}',
    '{"event":"dtmf","dtmf":{"digit":"12"}}',
    '{"event":"dtmf","dtmf":[]}',
    '{"event":"start","start":"now"}',
    '{"event":"start","start":{}}',
    '{"event":"media","media":{"payload":"%%%"}}',
    '{"event":"media","media":{"payload":5}}',
    "\ud800",
    "[" * 50_000 + "]" * 50_000,
    '{"event":"mark","mark":' + '{"a":' * 20_000 + "1" + "}" * 20_001,
    "9" * 10_000,
    "\x00",
)


def check_carrier(wire: Wire, samples: Mapping[str, Sample], *, equal: Callable[..., bool]) -> None:
    """Hold a carrier's module to its contract; ``equal`` compares two messages it has read."""
    for name, sample in samples.items():
        for text in spellings(sample.message):
            assert equal(wire.parse(text), sample.means), f"{name} is read wrongly: {text}"
            assert wire.is_media(text) == (sample.message["event"] == "media"), (
                f"is_media does not know {name} when it is written like {text}"
            )
    check_that_the_border_is_total(wire, HOSTILE)
    check_that_what_we_send_is_json(wire)


def check_that_the_border_is_total(wire: Wire, texts: tuple[str, ...]) -> None:
    """Whatever arrives is a message or ``BadMessage``, and never any other error."""
    for text in texts:
        wire.is_media(text)
        try:
            wire.parse(text)
        except BadMessage as error:
            shown = str(error)
            assert len(shown) < 80, "an error must not carry the message: it may hold keys"


def check_that_what_we_send_is_json(wire: Wire) -> None:
    """Audio of any length and marks of any name leave as one line of JSON."""
    for payload in (b"", b"\xff", bytes(range(256)), b"\xff" * 8000):
        msgspec.json.decode(wire.media("MZ1", payload))
    for name in ("g0:u1", 'quote"', "back\\slash", "línea\n", ""):
        msgspec.json.decode(wire.mark("MZ1", name))
    msgspec.json.decode(wire.clear("MZ1"))


def spellings(message: Mapping[str, Any]) -> list[str]:
    """The same message as others would write it: spaces, order, numbers, fields of tomorrow."""
    backwards = dict(reversed(list(message.items())))
    tomorrow = {**message, "region": "us1", "extra": {"nested": [1, None, {"event": "stop"}]}}
    versions = [dict(message), backwards, tomorrow, _numbers(message), _texts(message)]
    compact = [msgspec.json.encode(version).decode() for version in versions]
    spaced = [msgspec.json.format(text, indent=2) for text in compact]
    return [*compact, *spaced, f" \t\r\n{compact[0]}\n"]


def _numbers(value: Any) -> Any:
    """Every numeric text as a number, as some of Twilio's cousins send it."""
    if isinstance(value, Mapping):
        kept = {"digit", "name", "version"}
        return {k: v if k in kept else _numbers(v) for k, v in value.items()}
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _texts(value: Any) -> Any:
    """Every number as a text."""
    if isinstance(value, Mapping):
        return {k: _texts(v) for k, v in value.items()}
    return str(value) if type(value) is int else value
