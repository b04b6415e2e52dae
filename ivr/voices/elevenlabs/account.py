"""Asking the vendor whether this account has the voice and the model, before a caller finds out.

What is asked: that the voice id is one of the account, that the model is there, speaks at all, and
knows the languages it is wanted for. What the vendor need not be asked (that a model speaks on the
chosen socket, that an option exists) ``options`` has refused before. For start-up and the doctor;
nothing here is part of a call, and nothing costs characters.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec

from ivr.voices.base import Report
from ivr.voices.elevenlabs import http
from ivr.voices.elevenlabs.failures import of_network, of_response
from ivr.voices.elevenlabs.models import DEFAULT_MODEL, short
from ivr.voices.elevenlabs.options import Config

CHECK_SECONDS_MAX = 10.0
"""For one answer."""
ANSWER_BYTES_MAX = 4 * 1024 * 1024
"""A list of models is some kilobytes, one voice with its samples some more."""

_BAD_KEY = frozenset({"", "invalid_api_key", "missing_api_key", "needs_authorization"})
"""Codes of a 401 that are about the key itself; others are about what it may do, or the account."""

log = logging.getLogger(__name__)


async def look_up(config: Config, key: str, languages: Collection[str] = ()) -> Report:
    """What the vendor says of the voice, the model and these languages (``en-US``).

    What the key is not allowed to ask is not checked, and that is no problem. Never raises.
    """
    unspoken = [each for each in languages if not config.speaks(each)]
    wrong = [_does_not_speak(config, each) for each in unspoken]
    async with http.session(key, config) as session:
        try:
            voice = await _ask(session, f"{config.base_url}/v1/voices/{config.voice_id}")
            wrong += _about_voice(voice, config)
            models = await _ask(session, f"{config.base_url}/v1/models")
        except _ShutOut as error:
            return Report(tuple(wrong), shut_out=str(error))
        except _Unanswered as error:
            return Report(tuple(wrong), unknown=str(error))
    asked = [each for each in languages if each not in unspoken]
    return Report((*wrong, *_about_model(models, config, asked)))


async def problems(config: Config, key: str) -> list[str]:
    """What is wrong, or could not be asked, as sentences; [] if nothing."""
    report = await look_up(config, key)
    unknown = None
    if report.unknown is not None:
        unknown = f"{report.unknown}, so the voice could not be checked"
    found = [*report.wrong, report.shut_out, unknown]
    return [f"{each}." for each in found if each is not None]


def _about_voice(voice: _Answer, config: Config) -> list[str]:
    if voice.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND):
        return [
            f"the ElevenLabs account has no voice with the ID {config.voice_id}; "
            "set voice_id to one of its voices"
        ]
    match voice.content:
        case {"category": "premade"}:
            log.warning(
                "elevenlabs voice %s is a default voice; ElevenLabs withdraws those on 2026-12-31",
                config.voice_id,
            )
    return []


def _about_model(models: _Answer, config: Config, languages: Collection[str]) -> list[str]:
    if not isinstance(models.content, list):
        return []
    offered: dict[str, dict[str, Any]] = {}
    for each in models.content:
        match each:
            case {"model_id": str(id)}:
                offered[id] = each
    speaking = [
        id for id, each in offered.items() if each.get("can_do_text_to_speech") is not False
    ]
    if not offered:
        return []
    if config.model not in speaking:
        fault = "does not turn text into speech" if config.model in offered else "is not offered"
        return [
            f"the model {config.model} {fault} to this ElevenLabs account; "
            f"set model to one of: {', '.join(sorted(speaking))}"
        ]
    known = _languages_of(offered[config.model])
    return [
        _does_not_speak(config, each) for each in languages if known and short(each) not in known
    ]


def _languages_of(model: dict[str, Any]) -> set[str]:
    """The vendor's codes of the languages a model is listed with; none where nobody knows."""
    listed = model.get("languages")
    if not isinstance(listed, list):
        return set()
    ids = [each.get("language_id") for each in listed if isinstance(each, dict)]
    return {short(each) for each in ids if isinstance(each, str)}


def _does_not_speak(config: Config, language: str) -> str:
    instead = "take another voice for that language"
    if config.model != DEFAULT_MODEL:
        instead = f"set model to {DEFAULT_MODEL}, or {instead}"
    return f"{config.model} does not speak {language}; {instead}"


class _ShutOut(Exception):
    """The key opens nothing."""


class _Unanswered(Exception):
    """The vendor did not say."""


class _Answer(msgspec.Struct):
    status: int
    content: Any
    """Decoded JSON; None if it was not understood or not allowed."""


async def _ask(session: aiohttp.ClientSession, url: str) -> _Answer:
    """The vendor's answer; raises ``_ShutOut`` or ``_Unanswered`` with the reason."""
    limit = aiohttp.ClientTimeout(total=CHECK_SECONDS_MAX)
    try:
        async with session.get(url, timeout=limit, allow_redirects=False) as response:
            body = await response.content.read(ANSWER_BYTES_MAX)
            while not response.content.at_eof() and len(body) < ANSWER_BYTES_MAX:
                body += await response.content.read(ANSWER_BYTES_MAX - len(body))
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise _Unanswered(of_network(error).sentence) from None
    if response.status == HTTPStatus.OK:
        try:
            return _Answer(response.status, msgspec.json.decode(body))
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return _Answer(response.status, None)
    failure = of_response(response.status, body)
    if failure.code == "missing_permissions":
        log.info("elevenlabs: the key may not look up voices or models, so they are not checked")
        return _Answer(HTTPStatus.OK, None)
    if failure.code and response.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND):
        return _Answer(response.status, None)  # without a code it is nothing the vendor said
    if response.status == HTTPStatus.UNAUTHORIZED and failure.code in _BAD_KEY:
        raise _ShutOut(failure.sentence)
    raise _Unanswered(failure.sentence)
