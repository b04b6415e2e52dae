"""Many callers whose line survives their server: the carrier's side of calls that change processes.

Each caller knows by its melody what is asked, answers it, and goes on where the new stream goes on.
When a stream ends the carrier asks the action address, at whatever server lives, and obeys. What
must never happen is taken down in words.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from urllib.parse import urlencode, urlsplit

import aiohttp
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from ivr.phone import twiml
from ivr.phone.load import Turns
from ivr.phone.load_call import LoadCall
from ivr.phone.load_wire import BadWire, Wire, now_ms
from ivr.phone.verbs import Connect
from tests.failover.flow import FINGERPRINTS, NUMBER
from tests.failover.pair import PUBLIC, Pair

ANSWER_SECONDS_MAX: Final = 15.0
FRESH_MS: Final = 500.0
"""A question that was answered so shortly before the crash may be asked again: the crash may have
met the server before it had taken the answer in."""
BETWEEN_DIGITS_S: Final = 0.12
LISTEN_S: Final = (0.3, 2.0)


class Lost(Exception):
    """The call is over although nobody wanted it to be; the text says how."""


@dataclass(slots=True)
class Seen:
    """What all callers saw."""

    violations: Counter[str] = field(default_factory=Counter)
    silences_ms: list[float] = field(default_factory=list)
    """From the crash to the next sound, of every call it met."""
    moved_ms: list[float] = field(default_factory=list)
    """From the end of a stream that was closed in order to the next sound."""
    ended: int = 0
    lost: int = 0
    answers: int = 0


@dataclass(slots=True)
class Crash:
    """When a server was killed last, and which."""

    port: int = 0
    at_ms: float = 0.0


class Caller:
    """One caller, one call, as many streams as it takes."""

    def __init__(self, line: Line, number: int) -> None:
        self._line = line
        self._chance = random.Random(number)
        self.sid = "CA" + secrets.token_hex(16)
        self._from = f"+1312556{number % 10_000:04d}"
        self._answered: dict[str, float] = {}
        """Questions that were answered and led on, and when the answer was complete."""
        self.booked = f"{number % 10_000:04d}"
        self.wants_more = True
        self._port = 0
        self._first = number
        """Which server it is given, where both live."""

    async def call(self) -> None:
        """From ringing to the end."""
        fields = {**self._fields(), "CallStatus": "ringing"}
        document = await self._line.ask("/twilio/voice", fields, self._first)
        while document is not None:
            document = await self._stream(document)
        self._line.seen.ended += 1

    def _fields(self) -> dict[str, str]:
        return {
            "CallSid": self.sid,
            "AccountSid": self._line.account,
            "From": self._from,
            "To": NUMBER,
            "CallStatus": "in-progress",
            "Direction": "inbound",
            "ApiVersion": "2010-04-01",
        }

    async def _stream(self, document: twiml.Document) -> twiml.Document | None:
        """One stream; what the carrier is told to do after it, None when the call is over."""
        line = self._line
        connects = [verb for verb in document.verbs or () if isinstance(verb, Connect)]
        if not connects:
            raise Lost(f"told {[type(verb).__name__ for verb in document.verbs or ()]}")
        wire, call = await self._open(connects[0].url)
        crash_before = line.crash.at_ms
        try:
            call.open(connects[0].parameters)
            line.turns.join(call, self._chance.randrange(20))
            await self._talk_until_the_end(call, wire)
        finally:
            line.turns.leave(call)
            wire.close()
        for fault in call.faults:
            line.seen.violations[f"a message no server sends: {fault}"] += 1
        if self._said_goodbye:
            await line.ask("/twilio/after", {**self._fields(), "CallStatus": "completed"}, 0)
            return None
        met = line.crash.at_ms > crash_before and line.crash.port == self._port
        self._line_ended_ms = line.crash.at_ms if met else now_ms()
        self._crashed = met
        return await line.ask("/twilio/after", self._fields(), self._first)

    _asked_last = ""
    _digits = ""
    """Of the answer that is being entered, those still to be pressed."""
    _said_goodbye = False
    _line_ended_ms = 0.0
    _crashed = False

    async def _talk_until_the_end(self, call: LoadCall, wire: Wire) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                talk = group.create_task(self._talk(call))
                await asyncio.wait([wire.closed])
                talk.cancel()
        except ExceptionGroup as several:
            raise several.exceptions[0] from None

    async def _open(self, url: str) -> tuple[Wire, LoadCall]:
        line = self._line
        loop = asyncio.get_running_loop()
        deadline = loop.time() + ANSWER_SECONDS_MAX
        signature = str(line.validator.compute_signature(url, {}))
        while loop.time() < deadline:
            for port in line.pair.alive(self._first):
                wire, call = self._phone(url, signature)
                try:
                    async with asyncio.timeout(5):
                        await loop.create_connection(partial(_same, wire), "127.0.0.1", port)
                        await wire.opened
                except (OSError, TimeoutError):
                    continue
                except BadWire as error:
                    # The stream's address is of one process: the other one does not know it. The
                    # carrier takes the redirect behind it.
                    line.refused[str(error)] += 1
                    continue
                self._port = port
                return wire, call
            await asyncio.sleep(0.02)
        raise Lost("no server took its stream")

    def _phone(self, url: str, signature: str) -> tuple[Wire, LoadCall]:
        wire = Wire(url, signature, lambda message, now: call.took(message, now))
        stream = "MZ" + secrets.token_hex(16)
        call = LoadCall(self._line.account, self.sid, stream, wire.send, pieces=[])
        return wire, call

    async def _talk(self, call: LoadCall) -> None:
        """Answer what is asked, until the call says goodbye."""
        heard = ""
        if self._digits:
            # In the middle of a number nobody waits to be asked again.
            await self._press(call)
        if not await call.heard(ANSWER_SECONDS_MAX):
            raise Lost("heard nothing in a new stream")
        if self._line_ended_ms:
            silence = now_ms() - self._line_ended_ms
            line = self._line.seen
            (line.silences_ms if self._crashed else line.moved_ms).append(silence)
        while True:
            asked = self._asked(call, heard)
            if asked is None:
                await asyncio.sleep(0.02)
                continue
            heard = asked
            self._judge(asked)
            if asked == "bye":
                self._said_goodbye = True
                await asyncio.sleep(ANSWER_SECONDS_MAX)
                raise Lost("was not hung up on")
            await asyncio.sleep(self._chance.uniform(*LISTEN_S))
            self._asked_last, self._digits = asked, self._answer(asked)
            if call.pieces is not None:
                call.pieces.clear()
            await self._press(call)
            heard = ""

    async def _press(self, call: LoadCall) -> None:
        """Press what is left of the answer."""
        while self._digits:
            digit, self._digits = self._digits[0], self._digits[1:]
            call.press(digit)
            await asyncio.sleep(BETWEEN_DIGITS_S)
        self._answered[self._asked_last] = now_ms()
        self._line.seen.answers += 1

    def _asked(self, call: LoadCall, heard: str) -> str | None:
        """Which question is to be heard since the last answer; None while that is not clear."""
        sound = b"".join(piece.audio for piece in call.pieces or ())
        places = {name: sound.rfind(mark) for name, mark in FINGERPRINTS.items()}
        name = max(places, key=lambda each: places[each])
        return name if places[name] >= 0 and name != heard else None

    def _judge(self, asked: str) -> None:
        """Whether this may be asked now."""
        answered = self._answered
        given = answered.get(asked)
        if asked in ("number", "other") and given is not None:
            fresh = self._line.crash.at_ms - given < FRESH_MS
            word = "just before the crash" if fresh else "long before the crash"
            self._line.seen.violations[f"{asked} was asked again, answered {word}"] += not fresh
            self._line.asked_again += 1
        if asked == "other" and "number" not in answered:
            self._line.seen.violations["the second question before the first answer"] += 1

    def _answer(self, asked: str) -> str:
        match asked:
            case "number":
                return self.booked
            case "done":
                return "1" if self.wants_more else "2"
            case _:
                return f"{self._chance.randrange(10_000):04d}"


def _same(wire: Wire) -> Wire:
    return wire


@dataclass(slots=True)
class Line:
    """What all callers share: the way to whichever server lives, and what was seen."""

    pair: Pair
    http: aiohttp.ClientSession
    turns: Turns
    seen: Seen = field(default_factory=Seen)
    crash: Crash = field(default_factory=Crash)
    account: str = field(default_factory=lambda: "AC" + secrets.token_hex(16))
    refused: Counter[str] = field(default_factory=Counter)
    asked_again: int = 0

    @property
    def validator(self) -> RequestValidator:
        return RequestValidator(self.pair.token)

    async def ask(self, path: str, fields: Mapping[str, str], first: int) -> twiml.Document | None:
        """A webhook, at a server that lives, as a proxy passes it on; None: the call is over."""
        url = PUBLIC + path
        signature = str(self.validator.compute_signature(url, dict(fields)))
        headers = {
            "Host": urlsplit(PUBLIC).netloc,
            "X-Twilio-Signature": signature,
            "Content-Type": "application/x-www-form-urlencoded",
            "I-Twilio-Idempotency-Token": secrets.token_hex(16),
        }
        loop = asyncio.get_running_loop()
        deadline = loop.time() + ANSWER_SECONDS_MAX
        while loop.time() < deadline:
            for port in self.pair.alive(first):
                try:
                    async with self.http.post(
                        f"http://127.0.0.1:{port}{path}", data=urlencode(fields), headers=headers
                    ) as reply:
                        body = await reply.read()
                        if reply.status >= 500:
                            continue
                        if reply.status != 200:
                            raise Lost(f"{path} was answered {reply.status}")
                except (aiohttp.ClientError, TimeoutError):
                    continue
                document = twiml.parse(body, reply.content_type, url, 0)
                verbs = [type(verb).__name__ for verb in document.verbs or ()]
                return None if verbs == ["Hangup"] else document
            await asyncio.sleep(0.02)
        raise Lost(f"nobody answered {path}")
