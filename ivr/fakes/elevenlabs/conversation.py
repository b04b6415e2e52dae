"""One open socket, of either kind: reads, sends, and ends it in every way a socket can end.

A ``Dialogue`` says what messages mean; contexts speak in tasks of this socket. Whoever finds that
the socket must end raises an ``Ending``: everything else stops, and it ends that way.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final, Protocol

from aiohttp import WSMsgType, web

from ivr.fakes.elevenlabs import messages, wire
from ivr.fakes.elevenlabs.catalogue import Voice
from ivr.fakes.elevenlabs.faults import Place
from ivr.fakes.elevenlabs.messages import ClientMessage
from ivr.fakes.elevenlabs.query import SocketQuery
from ivr.fakes.elevenlabs.sound import Letter
from ivr.fakes.elevenlabs.witness import Asked, Code, Message, hidden
from ivr.fakes.elevenlabs.works import Entry, Works, not_admitted

ABNORMAL: Final = 1006
NO_STATUS: Final = 1005
GOING_AWAY: Final = 1001
HUGE_BYTES: Final = 1_048_577
"""More than 1 MiB, the default limit of many clients."""
NULL_AUDIO_AFTER: Final = 2
NO_AUDIO_AFTER: Final = 5
"""Chunks of a context after which a message without audio comes."""
TIMEOUT_TEXT: Final = (
    "Have not received a new text input within the timeout of {:.1f} seconds. "
    "Streaming input terminated. Please make sure to send text input regularly."
)


class Ending(Exception):
    """The socket ends now, in one of the ways below."""


class HangUp(Ending):
    """A last message, if any, and a close frame."""

    def __init__(
        self, code: int, reason: str = "", last: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.last = last


class PeerLeft(Ending):
    """The client has closed with this code, or is gone (1006)."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Reset(Ending):
    """The connection is reset, without a close frame."""


class FallSilent(Ending):
    """Nothing is read, sent or answered any more, and the connection stays."""


class Dialogue(Protocol):
    """What the messages of one kind of socket mean."""

    multi: bool

    async def take(self, message: ClientMessage) -> None:
        """Act on a message."""
        ...

    def idle_until(self) -> float:
        """When, on the loop's clock, somebody has been idle for too long; infinite for never."""
        ...

    def expire(self) -> None:
        """That time has come. Raises ``HangUp`` when it is the socket that was idle."""
        ...


class Conversation:
    """One socket, from its handshake to its end."""

    def __init__(
        self,
        works: Works,
        asked: Asked,
        query: SocketQuery,
        voice: Voice | None,
        transport: asyncio.WriteTransport | None,
    ) -> None:
        self.works = works
        self.asked = asked
        self.query = query
        self.voice = voice
        self.place = Place(socket=works.number(asked))
        self.tasks: asyncio.TaskGroup
        """Contexts speak in tasks of this group, which end with the socket."""
        self.ws: web.WebSocketResponse
        self._transport = transport
        self._knife = asyncio.Event()
        self._admitted = False

    async def run(
        self,
        ws: web.WebSocketResponse,
        entry: Entry,
        unheard_of: HangUp | None,
        dialogue: Callable[[], Dialogue],
    ) -> None:
        """Talk until the socket ends; ``unheard_of`` is how it ends at once, if it does."""
        self.ws, self._admitted = ws, entry is Entry.ADMITTED
        ending: Ending = PeerLeft(ABNORMAL)
        try:
            if unheard_of is not None:
                raise unheard_of
            async with asyncio.TaskGroup() as self.tasks:
                self.tasks.create_task(self._shut_down())
                self.tasks.create_task(self._be_cut())
                await self._listen(dialogue())
        except* Ending as endings:
            first = endings.exceptions[0]
            assert isinstance(first, Ending), "contexts have no groups of their own"
            ending = first
        finally:
            await self._end(ending)
            self.asked.ended_ms = self.works.witness.now_ms
            self.works.witness.changed()

    # --- sending

    async def send(self, message: Mapping[str, object]) -> None:
        """Send one JSON message, always as text."""
        await self._send_text(json.dumps(self._cased(message)))

    async def send_audio(
        self,
        audio: bytes,
        letters: tuple[Letter, ...],
        context: Mapping[str, object],
        place: Place,
    ) -> None:
        """Send a chunk, and sometimes a message without audio after it."""
        strikes = self.works.faults.strikes
        if strikes("binary", place):
            await self._sent(self.ws.send_bytes(audio))
            return
        timed = letters if self.query.sync_alignment else None
        text = json.dumps(self._cased(wire.audio_message(audio, timed, context)))
        if strikes("huge_frame", place):
            text = text[:-1] + " " * (HUGE_BYTES - len(text)) + "}"
        await self._send_text(text)
        if self.works.odd_messages and place.chunk == NULL_AUDIO_AFTER:
            await self.send({"audio": None, "isFinal": None, "alignment": None, **context})
        if self.works.odd_messages and place.chunk == NO_AUDIO_AFTER:
            await self.send({"isFinal": False, **context})

    def failure(
        self,
        message: str,
        error: str | None,
        context: Mapping[str, object] | None = None,
    ) -> HangUp:
        """An error frame with the close that follows it."""
        tag = context or {}
        if tag and self.works.faults.strikes("untagged_error", self.place):
            tag = {}
        last = wire.error_message(message, error, wire.POLICY, tag)
        return HangUp(wire.POLICY, message, last)

    def timed_out(self) -> HangUp:
        """The end of a socket that was idle."""
        return self.failure(
            TIMEOUT_TEXT.format(float(self.query.inactivity_s)), "input_timeout_exceeded"
        )

    # --- faults

    async def moment(self, place: Place, context: Mapping[str, object]) -> None:
        """A point at which the socket may end, stall, or be sent something strange."""
        strikes = self.works.faults.strikes
        if strikes("unknown_message", place):
            await self.send({"type": "flush_done", **context})
        if strikes("garbage", place):
            await self._send_text('{"audio": "no end')
        if (stall := strikes("stall", place)) is not None:
            await self.works.pause(stall.ms)
        if strikes("quota", place):
            text = "This request exceeds your quota. You have 0 credits remaining."
            raise self.failure(text, "quota_exceeded", context)
        if strikes("unusual_activity", place):
            text = "Unusual activity detected. Free Tier usage disabled."
            raise self.failure(text, "detected_unusual_activity", context)
        if strikes("generic_error", place):
            raise self.failure(wire.GENERIC, None, context)
        if strikes("idle_timeout", place):
            raise self.timed_out()
        if strikes("close_without_error", place):
            raise HangUp(wire.POLICY, wire.GENERIC)
        if strikes("going_away", place):
            raise HangUp(GOING_AWAY)
        if strikes("cut", place):
            raise Reset
        if strikes("half_open", place):
            raise FallSilent

    # --- reading

    async def _listen(self, dialogue: Dialogue) -> None:
        loop, number = asyncio.get_running_loop(), 0
        while True:
            left = dialogue.idle_until() - loop.time()
            try:
                async with asyncio.timeout(None if left == float("inf") else left):
                    message = await self.ws.receive()
            except TimeoutError:
                dialogue.expire()
                continue
            except ConnectionError:
                # A ping was read when whoever sent it had long lost patience, and left.
                raise PeerLeft(ABNORMAL) from None
            match message.type:
                case WSMsgType.TEXT:
                    number += 1
                    await self._take(message.data, number, dialogue)
                case WSMsgType.BINARY:
                    self.report(Code.BINARY, f"{len(message.data)} bytes")
                    raise self.failure("Binary messages are not accepted.", "invalid_input_message")
                case WSMsgType.CLOSE:
                    raise PeerLeft(self.ws.close_code or NO_STATUS)
                case _:
                    self.report(Code.ABRUPT_END, "the connection was lost")
                    raise PeerLeft(ABNORMAL)

    async def _take(self, raw: str, number: int, dialogue: Dialogue) -> None:
        try:
            data = messages.decode(raw)
        except messages.Malformed as malformed:
            self.report(Code.NOT_JSON, f"message {number}")
            raise self.failure(str(malformed), "invalid_input_message") from None
        witness = self.works.witness
        self.asked.messages.append(Message(witness.now_ms, hidden(data)))
        witness.changed()
        try:
            message = messages.read(data, multi=dialogue.multi, report=self.report)
        except messages.Malformed as malformed:
            raise self.failure(str(malformed), "invalid_input_message") from None
        if not self._admitted:
            self._admit(message)
        known = [said.number for said in self.asked.said if said.id == message.context_id]
        place = replace(self.place, message=number, context=known[-1] if known else 0)
        await self.moment(place, {})
        await dialogue.take(message)

    def _admit(self, message: ClientMessage) -> None:
        """The first message may hold the key that the handshake did not."""
        entry = Entry.KEYLESS
        if message.key is not None:
            entry = self.works.account.enter_with(message.key)
        if entry is not Entry.ADMITTED:
            self.report(Code.BAD_KEY, entry.value)
            refusal = not_admitted(entry)
            raise self.failure(refusal.message, refusal.code)
        self._admitted = True

    def report(self, code: Code, detail: str) -> None:
        """The client did something wrong."""
        self.works.witness.violation(self.asked, code, detail)

    # --- ending

    def cut(self) -> None:
        """Reset the connection now."""
        self._knife.set()

    async def _be_cut(self) -> None:
        await self._knife.wait()
        raise Reset

    async def _shut_down(self) -> None:
        await self.works.closing.wait()
        raise HangUp(GOING_AWAY)

    async def _end(self, ending: Ending) -> None:
        match ending:
            case HangUp(code=code, reason=reason, last=last):
                self.asked.close_code = code
                try:
                    if last is not None:
                        await self.send(last)
                    await self.ws.close(code=code, message=wire.reason(reason).encode())
                except PeerLeft:
                    self.asked.close_code = ABNORMAL
            case PeerLeft(code=code):
                self.asked.close_code = code
            case _:
                if isinstance(ending, FallSilent):
                    await self.works.closing.wait()
                self.asked.close_code = ABNORMAL
                if self._transport is not None:
                    self._transport.abort()

    def _cased(self, message: Mapping[str, object]) -> Mapping[str, object]:
        other = self.works.faults.strikes("snake_case", self.place)
        return wire.snake(message) if other else message

    async def _send_text(self, text: str) -> None:
        await self._sent(self.ws.send_str(text))

    async def _sent(self, sending: Awaitable[None]) -> None:
        """A client that is gone ends the conversation, whoever notices."""
        try:
            await sending
        except ConnectionError:
            raise PeerLeft(ABNORMAL) from None
