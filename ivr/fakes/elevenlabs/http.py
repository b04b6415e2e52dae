"""The HTTP endpoints: speech whole or streamed, with or without timings, and what is listed.

Each takes a request that was noted already and gives its answer, or raises ``Refusal`` or
``Invalid``, which ``vendor`` turns into an answer.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import wave
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Final

from aiohttp import web

from ivr.errors import VoiceError
from ivr.fakes.elevenlabs import body, query, wire
from ivr.fakes.elevenlabs.catalogue import MODELS, Encoding, Format
from ivr.fakes.elevenlabs.faults import Place
from ivr.fakes.elevenlabs.sound import Letter
from ivr.fakes.elevenlabs.speech import Chunk, TooMany
from ivr.fakes.elevenlabs.wire import Refusal
from ivr.fakes.elevenlabs.witness import Asked, Code, Said, hidden
from ivr.fakes.elevenlabs.works import Entry, Works, not_admitted

TOKEN_TYPES: Final = frozenset({"tts_websocket", "realtime_scribe", "batch_scribe"})

_REFUSED: Mapping[str, tuple[int, str, str]] = {
    "http_concurrent": (
        429,
        "concurrent_limit_exceeded",
        "Too many concurrent requests for your plan.",
    ),
    "http_rate": (429, "rate_limit_exceeded", "Too many requests."),
    "http_busy": (429, "system_busy", "We are experiencing heavy traffic, try again later."),
    "http_503": (503, "service_unavailable", "The service is unavailable."),
    "quota": (401, "quota_exceeded", "This request exceeds your quota."),
    "unusual_activity": (401, "detected_unusual_activity", "Unusual activity detected."),
}
_BROKEN: Final = {"status": "internal_server_error", "message": wire.GENERIC}
"""A 500 without ``detail`` (elevenlabs-python#611)."""


class Answering:
    """One request for speech, from its body to the end of its answer."""

    def __init__(
        self, works: Works, request: web.Request, asked: Asked, headers: Mapping[str, str]
    ) -> None:
        self._works = works
        self._request = request
        self._asked = asked
        self._headers = dict(headers)
        self._place = Place(request=works.number(asked))
        self._streams = "/stream" in request.path
        self._timed = request.path.endswith("/with-timestamps")
        self._said = Said(None, 1, works.witness.now_ms)

    async def answer(self) -> web.StreamResponse:
        """Speak. Raises ``Refusal`` or ``Invalid``."""
        works, request = self._works, self._request
        check_key(works, request, self._report)
        try:
            voice = works.account.voice(self._asked.voice or "")
        except Refusal:
            self._report(Code.UNKNOWN_VOICE, self._asked.voice or "")
            raise
        whole = not self._streams and not self._timed
        form = query.http_query(request.query, self._report, headers=whole)
        data = body.decode(await request.read())
        self._asked.body = hidden(data)
        speech = body.read(data, self._report)
        self._said.texts.append(speech.text)
        self._said.generated.append(speech.text)
        self._asked.said.append(self._said)
        works.witness.generates(self._asked, self._said)
        if (instead := await self._strike()) is not None:
            return instead
        works.account.characters_used += len(speech.text)
        delivery = works.delivery(form, speech.model, speech.language, voice)
        chunks = delivery.chunks(
            speech.text,
            asked_at=asyncio.get_running_loop().time(),
            odd=works.faults.strikes("odd_chunks", self._place) is not None,
        )
        try:
            async with works.lanes.lane(), aclosing(chunks):
                self._headers |= {
                    "current-concurrent-requests": str(works.lanes.taken),
                    "maximum-concurrent-requests": str(works.lanes.limit),
                    "character-cost": str(len(speech.text)),
                }
                if self._streams:
                    return await self._stream(chunks, form)
                return await self._whole(chunks, form)
        except TooMany:
            raise Refusal(*_REFUSED["http_concurrent"]) from None
        except VoiceError as error:
            raise Refusal(400, "invalid_text", str(error), param="text") from None

    async def _strike(self) -> web.Response | None:
        """The faults that put something else in place of speech."""
        strikes, first = self._works.faults.strikes, Place(request=self._place.request, chunk=1)
        if strikes("http_timeout", self._place):
            await self._works.closing.wait()
        for name, refusal in _REFUSED.items():
            if strikes(name, first):
                raise Refusal(*refusal)
        if strikes("http_500", self._place) or strikes("generic_error", first):
            return web.json_response(_BROKEN, status=500, headers=self._headers)
        if strikes("json_200", self._place):
            error = Refusal(*_REFUSED["quota"])
            return web.json_response(error.body(self._asked.trace), headers=self._headers)
        return None

    async def _stream(self, chunks: AsyncIterator[Chunk], form: Format) -> web.StreamResponse:
        kind = "application/json" if self._timed else form.content_type
        response = web.StreamResponse(headers=self._headers | {"Content-Type": kind})
        response.enable_chunked_encoding()
        at_ms = 0.0
        try:
            async for chunk in self._punctual(chunks):
                if not response.prepared:
                    await response.prepare(self._request)
                ready_ms = self._works.witness.now_ms
                if self._timed:
                    item = _timed(chunk.audio, chunk.letters, at_ms)
                    await response.write(json.dumps(item).encode() + b"\n")
                else:
                    await response.write(chunk.audio)
                self._sent(chunk.audio, ready_ms)
                at_ms += form.milliseconds(len(chunk.audio))
            if not response.prepared:
                await response.prepare(self._request)
            await response.write_eof()
        except _Truncated:
            self._reset()
        except ConnectionError:
            pass  # the client has left
        self._end()
        return response

    async def _whole(self, chunks: AsyncIterator[Chunk], form: Format) -> web.StreamResponse:
        audio, letters, truncated = bytearray(), list[Letter](), False
        try:
            async for chunk in self._punctual(chunks):
                start_ms = form.milliseconds(len(audio))
                letters += [
                    Letter(each.character, start_ms + each.start_ms, each.duration_ms)
                    for each in chunk.letters
                ]
                audio += chunk.audio
                self._sent(chunk.audio, self._works.witness.now_ms)
        except _Truncated:
            truncated = True
        self._end()
        made, kind = bytes(audio), form.content_type
        if self._timed:
            made, kind = json.dumps(_timed(made, tuple(letters), 0)).encode(), "application/json"
        elif form.encoding is Encoding.WAV:
            made = _with_header(made, form)
        headers = self._headers | {"Content-Type": kind}
        if not truncated:
            return web.Response(body=made, headers=headers)
        response = web.StreamResponse(headers=headers)
        response.content_length = len(made)
        await response.prepare(self._request)
        await response.write(made[: len(made) // 2])
        self._reset()
        return response

    async def _punctual(self, chunks: AsyncIterator[Chunk]) -> AsyncIterator[Chunk]:
        """The chunks, with the faults that delay or end them."""
        strikes = self._works.faults.strikes
        number = 0
        async for chunk in chunks:
            number += 1
            place = Place(request=self._place.request, chunk=number)
            if number == 1 and (slow := strikes("slow_first_byte", place)) is not None:
                await self._works.pause(slow.ms)
            if (stall := strikes("stall", place)) is not None:
                await self._works.pause(stall.ms)
            if strikes("truncated", place):
                raise _Truncated
            yield chunk

    def _sent(self, audio: bytes, ready_ms: float) -> None:
        self._said.chunks += 1
        self._said.audio_bytes += len(audio)
        if self._said.first_chunk_ms is None:
            self._said.first_chunk_ms = ready_ms
        self._works.witness.changed()

    def _end(self) -> None:
        self._said.ended_ms = self._works.witness.now_ms
        self._works.witness.changed()

    def _reset(self) -> None:
        if self._request.transport is not None:
            self._request.transport.abort()

    def _report(self, code: Code, detail: str) -> None:
        self._works.witness.violation(self._asked, code, detail)


class _Truncated(Exception):
    """The body ends here."""


def check_key(works: Works, request: web.Request, report: query.Report) -> None:
    """Raise ``Refusal`` without a good key."""
    entry = works.account.enter(request.headers, {})
    if entry is not Entry.ADMITTED:
        report(Code.BAD_KEY, entry.value)
        raise not_admitted(entry)


def listing(works: Works, path: str) -> dict[str, object] | list[object]:
    """What the account has: voices, one voice, models, the subscription. Raises ``Refusal``."""
    match path.strip("/").split("/")[1:]:
        case ["voices"]:
            return {"voices": [voice.as_json() for voice in works.account.voices.values()]}
        case ["voices", id]:
            return works.account.voice(id).as_json()
        case ["models"]:
            return [model.as_json() for model in MODELS.values()]
        case ["user", "subscription"]:
            return _subscription(works)
        case _:
            raise Refusal(404, "not_found", "Not Found")


def token(works: Works, kind: str) -> dict[str, object]:
    """A single-use token. Raises ``Refusal`` for a type that does not exist."""
    if kind not in TOKEN_TYPES:
        raise Refusal(400, "invalid_parameters", f"There is no token type {kind}.")
    return {"token": works.account.make_token()}


def _subscription(works: Works) -> dict[str, object]:
    account = works.account
    return {
        "tier": account.plan.tier,
        "character_count": account.characters_used,
        "character_limit": account.plan.character_limit,
        "max_credit_limit_extension": 0,
        "can_extend_character_limit": False,
        "allowed_to_extend_character_limit": False,
        "next_character_count_reset_unix": None,
        "voice_slots_used": len(account.voices),
        "professional_voice_slots_used": 0,
        "professional_voice_slots_used_in_workspace": 0,
        "voice_limit": 30,
        "voice_add_edit_counter": 0,
        "professional_voice_limit": 1,
        "can_extend_voice_limit": False,
        "can_use_instant_voice_cloning": True,
        "can_use_professional_voice_cloning": False,
        "currency": "usd",
        "current_overage": {"amount": "0", "currency": "usd"},
        "status": "active",
        "open_invoices": [],
        "has_open_invoices": False,
    }


def _timed(audio: bytes, letters: tuple[Letter, ...], from_ms: float) -> dict[str, object]:
    timing = wire.http_alignment(letters, from_ms) if letters else None
    return {
        "audio_base64": base64.b64encode(audio).decode(),
        "alignment": timing,
        "normalized_alignment": timing,
    }


def _with_header(pcm16: bytes, form: Format) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(form.sample_bytes)
        written.setframerate(form.rate)
        written.writeframes(pcm16)
    return file.getvalue()
