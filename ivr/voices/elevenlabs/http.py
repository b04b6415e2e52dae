"""Utterances over HTTP: one request each, answered with a stream of bare audio.

Slower to begin than a socket, but it takes what sockets do not: the newest models, and the words
around a text. An answer is played only if it says that it is audio: errors have been played to
callers as clicks. Used by the lines in ``voice`` for ``socket: http``.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncGenerator
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
from ivr.voices.elevenlabs.sound import Decoder
from ivr.voices.elevenlabs.utterance import AUDIO_BYTES_MAX, Limits
from ivr.voices.waits import Stopped, Waits

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
        received = 0
        decoder = Decoder(self._config.format)
        try:
            response = await waits.wait(self._post(session, body), limits.first_audio)
            await self._refuse(response, waits, limits)
            limit = limits.first_audio
            while audio := await waits.wait(response.content.readany(), limit):
                limit = limits.more_audio
                received += len(audio)
                if received > AUDIO_BYTES_MAX:
                    raise Failure("ElevenLabs never stopped speaking", retryable=False).error()
                chunk = decoder.push(audio)
                if chunk:
                    yield chunk
            rest = decoder.flush()
            if rest:
                yield rest
        except Stopped:
            raise
        except TimeoutError as error:
            raise of_network(error).error(_spoken(received)) from None
        except (aiohttp.ClientError, OSError) as error:
            raise of_network(error).error(_spoken(received)) from None
        finally:
            if response is not None:
                response.close() if not response.content.at_eof() else response.release()
        if not received:
            raise Failure("ElevenLabs ended without any audio", retryable=True).error(0)
        identity = response.headers.get("request-id")
        if identity:
            self._earlier.append((words, identity))

    async def _post(self, session: aiohttp.ClientSession, body: bytes) -> aiohttp.ClientResponse:
        # No redirects: the key would go with the request to any other host.
        return await session.post(
            wire.http_url(self._config),
            data=body,
            headers={"Content-Type": "application/json"},
            allow_redirects=False,
        )

    async def _refuse(self, response: aiohttp.ClientResponse, waits: Waits, limits: Limits) -> None:
        """Raise VoiceError for an answer that is no audio."""
        if response.status == 200 and response.content_type.startswith(wire.AUDIO + "/"):
            return
        body = await waits.wait(response.content.read(BODY_BYTES_MAX), limits.more_audio)
        failure = of_response(response.status, body)
        if response.status == 200 and not failure.code:
            failure = Failure("ElevenLabs answered with something that is no audio", retryable=True)
        level = logging.ERROR if failure.alarm else logging.WARNING
        trace = response.headers.get("request-id") or response.headers.get("x-trace-id") or "none"
        log.log(level, "elevenlabs: %s, trace %s", failure.sentence, trace[:100])
        raise failure.error(0)

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


def _spoken(received: int) -> int | None:
    """Over HTTP nobody tells which words the audio covers."""
    return None if received else 0
