"""Utterances over HTTP: one request each, answered with a stream of audio and its times.

Slower to begin than a socket, but it takes what sockets do not: the newest models, and the words
around a text. Answers are lines of JSON, each with audio and the times of its characters, so that
it is known how far one came that breaks off. Only what is marked as audio in them is played: errors
have been played to callers as clicks. Used by the lines in ``voice`` for ``socket: http``.
"""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp

from ivr.voices.elevenlabs import wire
from ivr.voices.elevenlabs.connection import HANDSHAKE_SECONDS
from ivr.voices.elevenlabs.failures import (
    BODY_BYTES_MAX,
    Failure,
    of_network,
    of_response,
)
from ivr.voices.elevenlabs.options import LOOPBACK, Config
from ivr.voices.elevenlabs.sound import Decoder, milliseconds
from ivr.voices.elevenlabs.utterance import AUDIO_BYTES_MAX, Ahead, Limits
from ivr.voices.waits import Waits

CONNECTIONS_MAX = 100
"""At a time; more requests wait."""
IDLE_SECONDS_MAX = 60

log = logging.getLogger(__name__)


def session(key: str, config: Config) -> aiohttp.ClientSession:
    """What a voice's requests share: connections, and what lets us in."""
    return aiohttp.ClientSession(
        headers=wire.headers(key),
        connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX, keepalive_timeout=IDLE_SECONDS_MAX),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=HANDSHAKE_SECONDS),
        trust_env=urlsplit(config.base_url).hostname not in LOOPBACK,
        raise_for_status=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    )


class Requests:
    """The requests of one line, which may name those before them."""

    __slots__ = ("_config", "_earlier")

    def __init__(self, config: Config) -> None:
        self._config = config
        self._earlier: deque[tuple[str, str]] = deque(maxlen=wire.STITCHED_MAX)
        """Words and request ids of the last ones that were answered whole."""

    async def speak(
        self,
        session: aiohttp.ClientSession,
        waits: Waits,
        words: str,
        *,
        language_code: str | None,
        before: str,
        after: str,
        limits: Limits,
    ) -> AsyncGenerator[bytes, None]:
        """Yield the audio of some words; raises VoiceError, and ``Stopped`` with the line."""
        body = wire.http_body(
            self._config,
            words,
            language_code=language_code,
            before=before,
            after=after,
            earlier=self._before(before),
        )
        response: aiohttp.ClientResponse | None = None
        failure: Failure | None = None
        answer, decoder = _Answer(self._config.format), Decoder(self._config.format)
        try:
            response = await waits.wait(self._post(session, body), limits.first_audio)
            await self._refuse(response, waits, limits)
            async with contextlib.aclosing(self._read(response, waits, answer, limits)) as pieces:
                async for audio in pieces:
                    chunk = decoder.push(audio)
                    if chunk:
                        yield chunk
        except TimeoutError as error:
            failure = of_network(error)
            if answer.received:
                sentence = f"ElevenLabs stopped in the middle for {limits.more_audio:g} s"
                failure = Failure(sentence, retryable=True)
        except (aiohttp.ClientError, OSError) as error:
            failure = of_network(error)
            if answer.received:
                failure = Failure("ElevenLabs broke off its answer", retryable=True)
        except _Wrong as wrong:
            failure = wrong.failure
            self._log(failure, response)
        finally:
            if response is not None:
                response.close() if not response.content.at_eof() else response.release()
        # Also of an answer that broke off: its words count as said.
        rest = decoder.flush()
        if rest:
            yield rest
        if failure is None and not answer.received:
            failure = Failure("ElevenLabs ended without any audio", retryable=True)
        if failure is None and answer.breaks_off:
            failure = Failure("ElevenLabs ended in the middle", retryable=True)
        if failure is not None:
            raise failure.error(answer.spoken)
        identity = response.headers.get("request-id") if response is not None else None
        if identity:
            self._earlier.append((words, identity))

    @staticmethod
    async def _read(
        response: aiohttp.ClientResponse, waits: Waits, answer: _Answer, limits: Limits
    ) -> AsyncGenerator[bytes, None]:
        """The audio of an answer as it comes. Time in which a caller still hears what came does not
        count as waiting."""
        ahead = Ahead(answer.format)
        while True:
            limit = limits.more_audio if answer.received else limits.first_audio
            try:
                data = await waits.wait(response.content.readany(), limit)
            except TimeoutError:
                if ahead:
                    continue
                raise
            for audio in answer.push(data) if data else answer.flush():
                ahead.came(len(audio))
                yield audio
            if not data:
                return

    async def _post(self, session: aiohttp.ClientSession, body: bytes) -> aiohttp.ClientResponse:
        # No redirects: the key would go with the request to any other host.
        return await session.post(
            wire.timed_url(self._config),
            data=body,
            headers={"Content-Type": "application/json"},
            allow_redirects=False,
        )

    async def _refuse(self, response: aiohttp.ClientResponse, waits: Waits, limits: Limits) -> None:
        """Raise VoiceError for an answer that tells of an error by its status."""
        if response.status == HTTPStatus.OK:
            return
        body = await waits.wait(response.content.read(BODY_BYTES_MAX), limits.more_audio)
        failure = of_response(response.status, body)
        self._log(failure, response)
        raise failure.error(0)

    @staticmethod
    def _log(failure: Failure, response: aiohttp.ClientResponse | None) -> None:
        level = logging.ERROR if failure.alarm else logging.WARNING
        headers = {} if response is None else response.headers
        trace = headers.get("request-id") or headers.get("x-trace-id") or "none"
        log.log(level, "elevenlabs: %s, trace %s", failure.sentence, trace[:100])

    def _before(self, before: str) -> list[str]:
        """The ids of the requests whose words, in this order, are the end of ``before``."""
        identities: list[str] = []
        rest = before.rstrip()
        for words, identity in reversed(self._earlier):
            if not rest.endswith(words):
                break
            identities.insert(0, identity)
            rest = rest[: -len(words)].rstrip()
        return identities


class _Wrong(Exception):
    """The answer holds something that is no audio."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.sentence)


class _Answer:
    """The lines of one answer as they come, cut anywhere."""

    __slots__ = ("_alignments", "_line", "format", "received")

    def __init__(self, format: str) -> None:
        self.format = format
        self._line = bytearray()
        """The beginning of one that is not whole yet."""
        self._alignments: list[bytes] = []
        self.received = 0
        """Bytes of audio."""

    def push(self, data: bytes) -> Iterator[bytes]:
        """Take more of it and give the audio of every line that is whole; raises ``_Wrong``."""
        *lines, rest = data.split(b"\n")
        for line in lines:
            self._line += line
            yield from self.flush()
        self._line += rest
        if len(self._line) > wire.MESSAGE_BYTES_MAX:
            raise _Wrong(Failure("ElevenLabs sent a line bigger than its maximum", retryable=True))

    def flush(self) -> Iterator[bytes]:
        """Give the audio of the last line, when there is no more; raises ``_Wrong``."""
        line = bytes(self._line)
        self._line.clear()
        if not line.strip():
            return
        try:
            piece = wire.parse_piece(line)
        except wire.BadFrame:
            raise _Wrong(_NO_AUDIO) from None
        if piece is None:
            failure = of_response(HTTPStatus.OK, line)
            raise _Wrong(failure if failure.code else _NO_AUDIO)
        self.received += len(piece.audio)
        if self.received > AUDIO_BYTES_MAX:
            raise _Wrong(Failure("ElevenLabs never stopped speaking", retryable=False))
        if piece.alignment:
            self._alignments.append(piece.alignment)
        if piece.audio:
            yield piece.audio

    @property
    def spoken(self) -> int | None:
        """Characters of the words that its audio covers; None if nobody knows."""
        if not self.received:
            return 0
        heard_ms = milliseconds(self.received, self.format)
        return wire.characters_answered(self._alignments, heard_ms)

    @property
    def breaks_off(self) -> bool:
        """Whether far less audio came than it told of."""
        heard_ms = milliseconds(self.received, self.format)
        return wire.breaks_off(wire.answer_announced_ms(self._alignments), heard_ms)


_NO_AUDIO = Failure("ElevenLabs answered with something that is no audio", retryable=True)
