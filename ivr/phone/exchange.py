"""What the parts of the simulated carrier share in one call: its ids, its ways out, its clock.

``telephone`` makes one for a call; ``obey``, ``dial`` and ``queue`` use it to ask the server for
documents, to fetch what is played, to tell status callbacks, and to let time pass in the caller's
ear. Fields of webhooks: reference/twilio.md 2.2.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import Enum
from typing import Final, TypeVar

from ivr.audio import wav
from ivr.audio.frames import BYTES_PER_MS, FRAME_MS
from ivr.phone import twiml
from ivr.phone.events import WebhookAnswered
from ivr.phone.faults import UNREPORTED
from ivr.phone.network import Failure, Network
from ivr.phone.tones import RING_PERIOD_MS, ringing
from ivr.phone.verbs import News, Verb
from ivr.phone.witness import Witness

MS: Final = 1000
RAW_TYPES: Final = frozenset({"audio/basic", "audio/ulaw", "audio/x-mulaw"})
"""Types Twilio plays as mu-law without a header."""
WAV_TYPES: Final = frozenset({"audio/wav", "audio/wave", "audio/x-wav", "audio/vnd.wave"})
OTHER_TYPES: Final = frozenset({"audio/mpeg", "audio/mp3", "audio/aiff", "audio/x-aiff"})
"""Types Twilio plays and this telephone cannot: it waits for a moment instead."""
OTHER_MS: Final = 3_000

T = TypeVar("T")


class Cut(Enum):
    """What became of work that was not let to its end."""

    SHORT = "cut short"


@dataclass(frozen=True, slots=True)
class Line:
    """The line that is rung, as it would be configured at Twilio."""

    voice_url: str
    """Its voice webhook, by its public address."""
    number: str = "+13125550100"
    """The number that is called."""
    status_url: str | None = None
    """Where the end of the call is reported to, if anywhere."""
    account_sid: str = field(default_factory=lambda: "AC" + secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class Ask:
    """The next document is to be fetched."""

    url: str
    method: str = "POST"
    extra: Mapping[str, str] = field(default_factory=dict)


def new_sid(prefix: str) -> str:
    """An id as Twilio makes them."""
    return prefix + secrets.token_hex(16)


class Exchange:
    """The carrier's side of one call, as far as all its parts need it."""

    def __init__(self, network: Network, line: Line, caller: str, witness: Witness) -> None:
        self.call_sid = new_sid("CA")
        self.network = network
        self.line = line
        self.caller = caller
        self.witness = witness
        self.reports: asyncio.TaskGroup | None = None
        """Status callbacks are sent from there; it outlives every part of the call."""
        self.hung_up = asyncio.Event()
        """The caller has hung up."""
        self.star = asyncio.Event()
        """The caller has pressed star since somebody cleared it."""
        self.keypad: Callable[[str], None] | None = None
        """Whoever of Twilio's own takes the caller's keys now."""
        self.picked_up = False
        """Twilio has answered the call; before that it rings, whatever the caller hears."""
        self.over = False

    # ------------------------------------------------------------------- time

    @property
    def now_ms(self) -> float:
        """Milliseconds since the call was answered."""
        return self.witness.now_ms

    def answer(self) -> None:
        """The call is answered now; a second time changes nothing."""
        self.witness.answer()
        self.picked_up = True

    async def unless(self, work: Coroutine[object, object, T], *stops: asyncio.Event) -> T | Cut:
        """Do it, unless one of these comes first: then it is cancelled, and ``Cut.SHORT``."""
        async with asyncio.TaskGroup() as group:
            working = group.create_task(work)
            stopping = [group.create_task(stop.wait()) for stop in stops]
            await asyncio.wait({working, *stopping}, return_when=asyncio.FIRST_COMPLETED)
            for stop in stopping:
                stop.cancel()
            if not working.done():
                working.cancel()
                return Cut.SHORT
        return working.result()

    async def pass_time(self, ms: float, sound: bytes = b"") -> None:
        """Let time pass in whole frames, with this in the caller's ear."""
        loop = asyncio.get_running_loop()
        began, began_ms = loop.time(), self.now_ms
        frame = FRAME_MS * BYTES_PER_MS
        frames = -(-round(ms) // FRAME_MS)
        if not sound:
            await asyncio.sleep(frames * FRAME_MS / MS)
            return
        for count in range(frames):
            await asyncio.sleep(max(0.0, began + (count + 1) * FRAME_MS / MS - loop.time()))
            heard = sound[count * frame : (count + 1) * frame]
            self.witness.heard(heard, began_ms + count * FRAME_MS)

    async def ring(self) -> None:
        """The caller hears it ring, until this is cancelled."""
        while True:
            await self.pass_time(RING_PERIOD_MS, ringing(RING_PERIOD_MS))

    # ------------------------------------------------------------------- asking the server

    async def fetch(
        self, ask: Ask, fields: Mapping[str, str] | None = None
    ) -> tuple[Verb, ...] | None:
        """The document, or None where nothing can be done with it; the reason is a fault.

        ``fields`` are those of another leg, where it is not the caller's.
        """
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        sent = {**(self.fields() if fields is None else fields), **ask.extra}
        reply = await self.network.ask(ask.method, ask.url, sent)
        took_ms = (loop.time() - asked_at) * MS
        self.witness.tell(WebhookAnswered(self.now_ms, ask.url, reply.status, took_ms))
        if isinstance(reply, Failure):
            self.witness.fault(reply.code, reply.text)
            return None
        document = twiml.parse(reply.body, reply.content_type, ask.url, self.now_ms)
        for fault in document.faults:
            self.witness.found(fault)
        return document.verbs

    async def sound(self, url: str) -> tuple[bytes, int]:
        """What is played from there as mu-law, and for how many milliseconds.

        Addresses of strangers are not asked. What Twilio could not play is a fault and no sound.
        """
        if not self.network.is_ours(url):
            return b"", OTHER_MS
        reply = await self.network.get(url)
        if isinstance(reply, Failure):
            self.witness.fault(reply.code, f"<Play>: {reply.text}")
            return b"", 0
        kind = reply.content_type.split(";")[0].strip().lower()
        if kind in OTHER_TYPES and reply.body:
            return b"", OTHER_MS
        if kind not in RAW_TYPES | WAV_TYPES:
            self.witness.fault(12300, f"<Play> of {url}, which is {kind or 'of no type'}")
            return b"", 0
        try:
            audio = wav.read(reply.body) if kind in WAV_TYPES else reply.body
        except ValueError as error:
            self.witness.fault(UNREPORTED, f"<Play> of {url}: {error}")
            return b"", 0
        if not audio:
            self.witness.fault(UNREPORTED, f"<Play> of {url}: there is nothing in it")
        return audio, round(len(audio) / BYTES_PER_MS)

    def report(self, url: str, method: str, fields: Mapping[str, str]) -> None:
        """Tell a status callback, beside everything else; its answer is not TwiML."""
        assert self.reports is not None, "the call has begun"
        self.reports.create_task(self._report(url, method, fields))

    async def _report(self, url: str, method: str, fields: Mapping[str, str]) -> None:
        reply = await self.network.ask(method, url, fields)
        if isinstance(reply, Failure):
            self.witness.fault(15003, reply.text)

    def news(self, news: News | None, event: str, fields: Mapping[str, str]) -> None:
        """Tell of a leg, where somebody wants to know of this event."""
        if news is not None and event in news.events:
            self.report(news.url, news.method, fields)

    # ------------------------------------------------------------------- what is told

    def fields(self) -> dict[str, str]:
        """The form fields every voice webhook about the caller's leg carries."""
        ended = self.over or self.hung_up.is_set()
        status = "completed" if ended else "in-progress" if self.picked_up else "ringing"
        return {
            **_places("Called", "To"),
            **_places("Caller", "From"),
            "AccountSid": self.line.account_sid,
            "ApiVersion": "2010-04-01",
            "CallSid": self.call_sid,
            "CallStatus": status,
            "CallToken": '{"parentCallInfoToken":"simulated"}',
            "Called": self.line.number,
            "Caller": self.caller,
            "Direction": "inbound",
            "From": self.caller,
            "StirVerstat": "TN-Validation-Passed-C",
            "To": self.line.number,
        }

    def child(self, sid: str, caller: str, called: str, status: str) -> dict[str, str]:
        """Those of a leg to somebody else."""
        return {
            **_places("Called", "To"),
            **_places("Caller", "From"),
            "AccountSid": self.line.account_sid,
            "ApiVersion": "2010-04-01",
            "CallSid": sid,
            "CallStatus": status,
            "Called": called,
            "Caller": caller,
            "Direction": "outbound-dial",
            "From": caller,
            "ParentCallSid": self.call_sid,
            "To": called,
        }


def stamp() -> str:
    """The time as call status callbacks write it."""
    return format_datetime(datetime.now(UTC))


def _places(*whose: str) -> dict[str, str]:
    """Where somebody is, as far as Twilio knows: often not."""
    fields = {f"{who}{place}": "" for who in whose for place in ("City", "State", "Zip")}
    return {**fields, **{f"{who}Country": "US" for who in whose}}
