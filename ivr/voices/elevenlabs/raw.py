"""The vendor's own bytes, in any format it streams: what no call can be spoken in, but a player is.

One request over HTTP, passed through untouched, with the headers of its answer: the vendor tells
there, and nowhere else, how many requests may run at once and what this one cost. No part of a
call. Used by ``ivr.cli.raw``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import Final

import aiohttp

from ivr.errors import SettingsError, VoiceError
from ivr.flow.world import VoiceSpec
from ivr.voices import options as sentences
from ivr.voices.access import Access
from ivr.voices.elevenlabs import http, options, wire
from ivr.voices.elevenlabs.failures import BODY_BYTES_MAX, of_network, of_response
from ivr.voices.elevenlabs.models import CALL_FORMATS, DEFAULT_FORMAT, OTHER_FORMATS
from ivr.voices.elevenlabs.options import Config

FIRST_SECONDS_MAX: Final = 15.0
"""From asking to the first bytes; formats of high quality take longer than a call could wait."""
MORE_SECONDS_MAX: Final = 15.0
"""Between one piece and the next."""
BYTES_MAX: Final = 64 << 20
STREAMED: Final = frozenset(
    {*CALL_FORMATS, *(name for name in OTHER_FORMATS if not name.startswith("wav_"))}
)
"""WAV comes only in one piece, from an endpoint that is not asked here."""


def config_of(spec: VoiceSpec, access: Access) -> Config:
    """The voice as it is asked over HTTP, in whatever format.

    Raises :class:`~ivr.errors.SettingsError` for options that cannot work.
    """
    name = sentences.word(spec, "format") or DEFAULT_FORMAT
    if name not in STREAMED:
        raise SettingsError(f"ElevenLabs streams no format {sentences.among(name, STREAMED)}")
    written = {**spec.options, "socket": "http"}
    written.pop("format", None)
    return replace(options.read(replace(spec, options=written), access), format=name)


class Raw:
    """A voice whose bytes are wanted as they are."""

    def __init__(self, config: Config, key: str) -> None:
        """``config`` as :func:`config_of` makes it."""
        self._config = config
        self._key = key
        self.headers: Mapping[str, str] = {}
        """Of the last answer; there with its first bytes."""

    async def speak(self, text: str, *, language: str) -> AsyncGenerator[bytes, None]:
        """Yield the vendor's bytes for a text, none empty.

        Raises :class:`~ivr.errors.VoiceError` and nothing else.
        """
        body = wire.http_body(self._config, text, language_code=self._config.language(language))
        received = 0
        try:
            async with http.session(self._key, self._config) as session:
                async with asyncio.timeout(FIRST_SECONDS_MAX):
                    response = await session.post(
                        wire.http_url(self._config),
                        data=body,
                        headers={"Content-Type": "application/json"},
                        # No redirects: the key would go with the request to any other host.
                        allow_redirects=False,
                    )
                async with response:
                    await _refuse(response)
                    while chunk := await _next(response):
                        self.headers = response.headers.copy()
                        received += len(chunk)
                        if received > BYTES_MAX:
                            raise VoiceError("ElevenLabs never stopped sending", retryable=False)
                        yield chunk
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise of_network(error).error() from None


async def _next(response: aiohttp.ClientResponse) -> bytes:
    """The next piece; nothing at the end."""
    async with asyncio.timeout(MORE_SECONDS_MAX):
        return await response.content.readany()


async def _refuse(response: aiohttp.ClientResponse) -> None:
    """Raise VoiceError for an answer that is no audio."""
    if response.status == 200 and response.content_type.startswith(wire.AUDIO + "/"):
        return
    async with asyncio.timeout(FIRST_SECONDS_MAX):
        body = await response.content.read(BODY_BYTES_MAX)
    raise of_response(response.status, body).error()
