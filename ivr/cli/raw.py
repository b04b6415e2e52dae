"""ElevenLabs' own bytes, in any format it has: what no call can be spoken in, but a player plays.

One request over HTTP, passed through untouched. Also the only way to see what the vendor tells of
an account beside the sound: how many requests may run at once, what this one cost. Used by
``ivr say --raw`` and ``ivr doctor --speak``; calls never come here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import aiohttp

from ivr.cli.speech import Take
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


async def fetch(
    config: Config, access: Access, text: str, language: str, take: Take
) -> Mapping[str, str]:
    """Fill the take with the vendor's bytes; returns the headers of the answer.

    Raises :class:`~ivr.errors.VoiceError`, and :class:`~ivr.errors.SettingsError` without a key.
    """
    key = access.elevenlabs_key
    if key is None:
        raise SettingsError("ELEVENLABS_API_KEY is not set; ivr doctor says where to find it")
    body = wire.http_body(config, text, language_code=config.language(language))
    try:
        async with http.session(key, config) as session:
            take.asked()
            async with asyncio.timeout(FIRST_SECONDS_MAX):
                response = await session.post(
                    wire.http_url(config),
                    data=body,
                    headers={"Content-Type": "application/json"},
                    allow_redirects=False,
                )
            async with response:
                return await _read(response, take)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise of_network(error).error() from None


async def _read(response: aiohttp.ClientResponse, take: Take) -> Mapping[str, str]:
    async with asyncio.timeout(FIRST_SECONDS_MAX) as limit:
        if response.status != 200 or not response.content_type.startswith(wire.AUDIO + "/"):
            raise of_response(response.status, await response.content.read(BODY_BYTES_MAX)).error()
        while chunk := await response.content.readany():
            limit.reschedule(asyncio.get_running_loop().time() + MORE_SECONDS_MAX)
            take.arrived(chunk)
            if len(take.audio) > BYTES_MAX:
                raise VoiceError("ElevenLabs never stopped sending", retryable=False)
    return response.headers.copy()
