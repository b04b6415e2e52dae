"""Asking the vendor whether this account has the voice and the model, before a caller finds out.

For start-up and the doctor; nothing here is part of a call.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec

from ivr.voices.elevenlabs import http
from ivr.voices.elevenlabs.failures import of_network, of_response
from ivr.voices.elevenlabs.options import Config

CHECK_SECONDS_MAX = 10.0
ANSWER_BYTES_MAX = 4 * 1024 * 1024
"""A list of models is some kilobytes, one voice with its samples some more."""

log = logging.getLogger(__name__)


async def problems(config: Config, key: str) -> list[str]:
    """What is wrong with the voice or the model at the vendor, one sentence each; [] if nothing.

    What the key is not allowed to ask is not checked, and that is no problem.
    """
    async with http.session(key, config) as session:
        voice = await _ask(session, f"{config.base_url}/v1/voices/{config.voice_id}")
        if isinstance(voice, str):
            return [voice]
        found = _about_voice(voice, config)
        models = await _ask(session, f"{config.base_url}/v1/models")
        if isinstance(models, str):
            return [*found, models]
        return [*found, *_about_model(models, config)]


def _about_voice(voice: _Answer, config: Config) -> list[str]:
    if voice.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND):
        return [
            f"This ElevenLabs account has no voice with the ID {config.voice_id}; "
            "set voice_id to one of its voices."
        ]
    match voice.content:
        case {"category": "premade"}:
            log.warning(
                "elevenlabs voice %s is a default voice; ElevenLabs withdraws those on 2026-12-31",
                config.voice_id,
            )
    return []


def _about_model(models: _Answer, config: Config) -> list[str]:
    if not isinstance(models.content, list):
        return []
    known = [each.get("model_id") for each in models.content if isinstance(each, dict)]
    if not known or config.model in known:
        return []
    return [
        f"This ElevenLabs account has no model {config.model}; "
        f"set model to one of: {', '.join(sorted(map(str, known)))}."
    ]


class _Answer(msgspec.Struct):
    status: int
    content: Any
    """Decoded JSON; None if it was not understood or not allowed."""


async def _ask(session: aiohttp.ClientSession, url: str) -> _Answer | str:
    """The vendor's answer, or why there is none in one sentence."""
    limit = aiohttp.ClientTimeout(total=CHECK_SECONDS_MAX)
    try:
        async with session.get(url, timeout=limit, allow_redirects=False) as response:
            body = await response.content.read(ANSWER_BYTES_MAX)
            while not response.content.at_eof() and len(body) < ANSWER_BYTES_MAX:
                body += await response.content.read(ANSWER_BYTES_MAX - len(body))
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return of_network(error).sentence + ", so the voice could not be checked."
    if response.status == HTTPStatus.OK:
        try:
            return _Answer(response.status, msgspec.json.decode(body))
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return _Answer(response.status, None)
    failure = of_response(response.status, body)
    if failure.code == "missing_permissions":
        log.info("elevenlabs: the key may not look up voices or models, so they are not checked")
        return _Answer(HTTPStatus.OK, None)
    if response.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND):
        return _Answer(response.status, None)
    return failure.sentence + "."
