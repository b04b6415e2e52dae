"""Addresses that are good for a while and for one thing, because we have signed them.

What is heard outside our streams, the carrier fetches: a sound, what whoever answers is told, what
a queue plays. Such an address says what it is for, until when it is good, and bears a signature
over both. The key comes from what Twilio signs with, so that any replica knows the addresses of
any other; without it from chance, for this process alone. Nothing private is ever in an address:
addresses stand in logs. Used by ``server/aside`` and ``server/wording``.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import time
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from ivr.settings import Settings

GOOD_SECONDS: Final = 3_600
"""How long an address is good at least."""
ROUND_SECONDS: Final = 900
"""Within these the address of a thing stays the same, so that it is fetched once and kept."""
PAYLOAD_BYTES_MAX: Final = 1_200
"""Longer addresses are refused on their way by some."""
_PURPOSE: Final = b"ivr: signed addresses"
"""So that a signature made here is never one of Twilio's, made with the same secret."""
_MAC_BYTES: Final = 24


class Thing(msgspec.Struct, frozen=True, array_like=True):
    """What an address is for; each kind is signed for itself."""


class Whisper(Thing, frozen=True):
    """What whoever answers is told."""

    call: str
    number: int
    """Of the time away."""
    accept: str
    """The key that takes the call; empty: answering does."""


class Taken(Thing, frozen=True):
    """Whoever answered has pressed a key."""

    call: str
    number: int
    accept: str


class Wait(Thing, frozen=True):
    """What somebody in a queue hears next."""

    heard_ms: int
    """Music they have heard."""
    limit_ms: int
    """The longest anybody waits."""
    hold: str | None
    language: str
    voice: str


class Take(Thing, frozen=True):
    """A fixed text in one of our voices."""

    voice: str
    language: str
    text: str


class Music(Thing, frozen=True):
    """A piece of what fills the time."""

    file: str | None
    from_ms: int
    ms: int


T = TypeVar("T", bound=Thing)


class TooLong(ValueError):
    """It does not fit into an address."""


class Addresses:
    """Signs addresses, and knows its own."""

    def __init__(self, settings: Settings, *, now: Callable[[], float] = time.time) -> None:
        """``now`` is the wall clock in seconds: other replicas must agree with it."""
        given = [*settings.twilio_tokens, *settings.twilio_shared_keys.values()]
        keys = [key.encode() for key in given] or [secrets.token_bytes(32)]
        self._keys = [hmac.digest(key, _PURPOSE, "sha256") for key in keys]
        self._now = now

    def sign(self, thing: Thing) -> str:
        """The last part of an address for this; raises :class:`TooLong`."""
        body = msgspec.json.encode(thing)
        if len(body) > PAYLOAD_BYTES_MAX:
            raise TooLong(f"{len(body)} bytes; {PAYLOAD_BYTES_MAX} are the most")
        until = (int(self._now()) // ROUND_SECONDS + 1) * ROUND_SECONDS + GOOD_SECONDS
        signed = f"{_text(body)}.{until:x}"
        return f"{signed}.{_text(_mac(self._keys[0], type(thing), signed))}"

    def read(self, kind: type[T], token: str) -> T | None:
        """What an address is for; None if it is not ours, of another kind, or too old."""
        signed, _, mac = token.rpartition(".")
        body, _, until = signed.rpartition(".")
        try:
            given = _bytes(mac)
            # Every key is tried, so that the time it takes tells nothing about them.
            right = [hmac.compare_digest(_mac(key, kind, signed), given) for key in self._keys]
            if not any(right) or int(until, 16) < self._now():
                return None
            return msgspec.json.decode(_bytes(body), type=kind)
        except (ValueError, msgspec.DecodeError):
            return None


def heard_at(url: str) -> str | None:
    """What is heard at the address of a sound, for showing it; None for any other address.

    Nothing is checked: whoever lets somebody in reads the address with :class:`Addresses`.
    """
    body = url.rpartition("/")[2].partition(".")[0]
    for kind in (Take, Music):
        try:
            sound = msgspec.json.decode(_bytes(body), type=kind)
        except (ValueError, msgspec.DecodeError):
            continue
        return f"“{sound.text}”" if isinstance(sound, Take) else "(music)"
    return None


def _mac(key: bytes, kind: type[Thing], signed: str) -> bytes:
    text = f"{kind.__name__}\0{signed}".encode(errors="surrogatepass")
    return hmac.digest(key, text, "sha256")[:_MAC_BYTES]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("no base64") from None
