"""What all of a fake vendor's sockets and requests share: account, notes, faults, pace and sound.

No protocol here beyond who may come in. ``vendor`` makes one of these and hands it on.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum

from ivr.fakes.elevenlabs.catalogue import Format, Model, Plan, Voice
from ivr.fakes.elevenlabs.faults import Faults
from ivr.fakes.elevenlabs.sound import Sound
from ivr.fakes.elevenlabs.speech import Delivery, Lanes, Pace
from ivr.fakes.elevenlabs.wire import Refusal
from ivr.fakes.elevenlabs.witness import Asked, Witness


class Entry(Enum):
    """What a key opened."""

    ADMITTED = "a good key"
    REFUSED = "a wrong key"
    KEYLESS = "no key"


class Account:
    """The one account of the fake: its key, its voices, what it has used."""

    def __init__(self, key: str, plan: Plan, voices: Iterable[Voice]) -> None:
        self.plan = plan
        self.voices: Mapping[str, Voice] = {voice.id: voice for voice in voices}
        self.characters_used = 0
        self._key = key
        self._tokens: set[str] = set()

    def enter(self, headers: Mapping[str, str], query: Mapping[str, str]) -> Entry:
        """Look for a key where one may stand; a single-use token is used up."""
        if (token := query.get("single_use_token")) is not None:
            known = token in self._tokens
            self._tokens.discard(token)
            return Entry.ADMITTED if known else Entry.REFUSED
        bearer = headers.get("Authorization") or query.get("authorization")
        given = headers.get("xi-api-key") or bearer
        return Entry.KEYLESS if not given else self.enter_with(given)

    def enter_with(self, key: str) -> Entry:
        """Look at one key, as a header or a first message holds it."""
        bare = key.removeprefix("Bearer ").encode()
        good = secrets.compare_digest(bare, self._key.encode())
        return Entry.ADMITTED if good else Entry.REFUSED

    def make_token(self) -> str:
        """A token that opens one socket."""
        token = f"sutkn_{secrets.token_hex(16)}"
        self._tokens.add(token)
        return token

    def voice(self, id: str) -> Voice:
        """A voice by its id. Raises ``Refusal`` for one that is missing, or beyond the plan."""
        voice = self.voices.get(id)
        if voice is None:
            raise Refusal(404, "voice_not_found", f"A voice with the id {id} was not found.")
        if voice.category in self.plan.categories:
            raise Refusal(
                402,
                "paid_plan_required",
                f"Voices of the category {voice.category} need a paid plan.",
                type="payment_required",
            )
        return voice


def not_admitted(entry: Entry) -> Refusal:
    """The refusal of somebody without a good key."""
    if entry is Entry.KEYLESS:
        return Refusal(401, "missing_api_key", "An API key is required.")
    return Refusal(401, "invalid_api_key", "Invalid API key")


@dataclass(slots=True)
class Works:
    """One running vendor."""

    account: Account
    witness: Witness
    faults: Faults
    pace: Pace
    sound: Sound
    lanes: Lanes
    handshake_ms: float
    second_ms: float
    """How long a second of an inactivity timeout lasts, so that tests need not wait for 20."""
    accepts_first: bool
    """A socket with a wrong key is accepted, told, and closed, instead of refused."""
    odd_messages: bool
    """Now and then a message has no audio, as the real vendor's have."""
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the vendor shuts down."""
    bugs: list[BaseException] = field(default_factory=list)
    """Of the fake itself; raised when it is closed."""

    def delivery(self, form: Format, model: Model, language: str | None, voice: Voice) -> Delivery:
        """The speech of a new stream."""
        spoken = language or (voice.language if voice.language in model.languages else "en")
        return Delivery(self.pace, self.sound.mouth(form), form, spoken)

    async def pause(self, ms: float) -> None:
        """Wait so long, 0 for ever; but no longer than until the vendor closes."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ms / 1000 if ms else None):
                await self.closing.wait()

    def number(self, asked: Asked) -> int:
        """Which socket, or which request for speech, it is; counted from 1."""
        alike = [
            each
            for each in self.witness.requests
            if each.is_socket == asked.is_socket and (each.is_socket or each.voice is not None)
        ]
        return alike.index(asked) + 1
