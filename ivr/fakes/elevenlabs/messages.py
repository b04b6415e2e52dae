"""What clients send on the two sockets, read against the schema of each.

A message that is no JSON object or has a field of the wrong type raises ``Malformed``, for which
the vendor closes the socket. Fields that do not exist are reported and ignored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ivr.fakes.elevenlabs.query import Report
from ivr.fakes.elevenlabs.witness import Code

SCHEDULE_MIN: Final = 50
SCHEDULE_MAX: Final = 500
LOCATORS_MAX: Final = 3

_RANGES = {
    "stability": (0.0, 1.0),
    "similarity_boost": (0.0, 1.0),
    "style": (0.0, 1.0),
    "speed": (0.7, 1.2),
}
_KEYS = ("xi_api_key", "xi-api-key", "authorization")
"""The schema names the second, the vendor's examples the first."""
_SETUP = frozenset({"generation_config", "pronunciation_dictionary_locators", *_KEYS})
"""Only in the first message of a stream or context."""
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "text": str,
    "flush": bool,
    "try_trigger_generation": bool,
    "close_context": bool,
    "close_socket": bool,
    "context_id": str,
    "voice_settings": dict,
    "generation_config": dict,
    "generator_config": dict,
    "pronunciation_dictionary_locators": list,
    **{key: str for key in _KEYS},
}
_ONLY_SINGLE = frozenset({"try_trigger_generation", "generator_config"})
_ONLY_MULTI = frozenset({"context_id", "close_context", "close_socket"})
_HTTP_ONLY = frozenset({"previous_text", "next_text", "previous_request_ids", "next_request_ids"})


class Malformed(Exception):
    """A message that fits no schema; its text says why."""


@dataclass(frozen=True, slots=True)
class ClientMessage:
    """One message of a client."""

    text: str | None
    context_id: str | None
    flush: bool
    trigger: bool
    close_context: bool
    close_socket: bool
    voice_settings: Mapping[str, object] | None
    schedule: tuple[float, ...]
    """Empty where none is given."""
    key: str | None
    setup: frozenset[str]
    """Which fields of a first message it has."""


def decode(raw: str) -> dict[str, object]:
    """The JSON object of a text message; ``Malformed`` if it is none."""
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        raise Malformed("The message is not valid JSON.") from None
    if not isinstance(data, dict):
        raise Malformed("The message is not a JSON object.")
    return data


def read(data: Mapping[str, object], *, multi: bool, report: Report) -> ClientMessage:
    """Read a message by the schema of its socket; ``Malformed`` for a wrong type or range."""
    given = {name: value for name, value in data.items() if value is not None}
    unknown_here = _ONLY_SINGLE if multi else _ONLY_MULTI
    for name in data:
        if name in _HTTP_ONLY:
            report(Code.HTTP_FIELD, name)
        elif name not in _TYPES or name in unknown_here:
            report(Code.UNKNOWN_FIELD, name)
    for name, kind in _TYPES.items():
        if name in given and not isinstance(given[name], kind):
            report(Code.WRONG_TYPE, f"{name} is {type(given[name]).__name__}")
            raise Malformed(f"The field {name} has the wrong type.")
    _check_settings(given.get("voice_settings"), report)
    _check_locators(given.get("pronunciation_dictionary_locators"), report)
    return ClientMessage(
        text=_text(given, "text"),
        context_id=_text(given, "context_id") if multi else None,
        flush=given.get("flush") is True,
        trigger=given.get("try_trigger_generation") is True,
        close_context=multi and given.get("close_context") is True,
        close_socket=multi and given.get("close_socket") is True,
        voice_settings=_object(given, "voice_settings"),
        schedule=_schedule(given.get("generation_config"), report),
        key=next((_text(given, name) for name in _KEYS if name in given), None),
        setup=frozenset(given) & _SETUP,
    )


def wrong_setting(settings: Mapping[str, object]) -> str | None:
    """What is wrong with voice settings, in a sentence; None if nothing is."""
    for name, value in settings.items():
        if value is None:
            continue
        if name in _RANGES:
            low, high = _RANGES[name]
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not low <= value <= high:  # type: ignore[operator]
                return f"{name} must be between {low} and {high}."
        elif name == "use_speaker_boost" and not isinstance(value, bool):
            return "use_speaker_boost must be a boolean."
    return None


def unknown_settings(settings: Mapping[str, object]) -> list[str]:
    """Names of voice settings that do not exist."""
    return [name for name in settings if name not in {*_RANGES, "use_speaker_boost"}]


def _check_settings(settings: object, report: Report) -> None:
    if not isinstance(settings, dict):
        return
    for name in unknown_settings(settings):
        report(Code.UNKNOWN_FIELD, f"voice_settings.{name}")
    if (wrong := wrong_setting(settings)) is not None:
        report(Code.BAD_VALUE, f"voice_settings: {wrong}")
        raise Malformed(wrong)


def _check_locators(locators: object, report: Report) -> None:
    if not isinstance(locators, list):
        return
    if len(locators) > LOCATORS_MAX:
        report(Code.TOO_MANY_IDS, "pronunciation_dictionary_locators")
        raise Malformed(f"At most {LOCATORS_MAX} pronunciation dictionaries are allowed.")
    for each in locators:
        if not isinstance(each, dict) or not isinstance(
            each.get("pronunciation_dictionary_id"), str
        ):
            report(Code.WRONG_TYPE, "pronunciation_dictionary_locators")
            raise Malformed("A pronunciation dictionary locator has no id.")


def _schedule(config: object, report: Report) -> tuple[float, ...]:
    schedule = config.get("chunk_length_schedule") if isinstance(config, dict) else None
    if schedule is None:
        return ()
    fits = isinstance(schedule, list) and all(
        isinstance(each, int | float)
        and not isinstance(each, bool)
        and SCHEDULE_MIN <= each <= SCHEDULE_MAX
        for each in schedule
    )
    if not fits:
        report(Code.BAD_VALUE, f"chunk_length_schedule={schedule}")
        raise Malformed(
            f"chunk_length_schedule must hold numbers from {SCHEDULE_MIN} to {SCHEDULE_MAX}."
        )
    return tuple(schedule)


def _text(given: Mapping[str, object], name: str) -> str | None:
    value = given.get(name)
    return value if isinstance(value, str) else None


def _object(given: Mapping[str, object], name: str) -> Mapping[str, object] | None:
    value = given.get(name)
    return value if isinstance(value, dict) else None
