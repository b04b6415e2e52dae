"""The JSON body of a request for speech over HTTP, read and checked as the vendor does.

A body of the wrong shape raises ``Invalid`` (422), a wrong value ``Refusal`` (400 or 404). What the
vendor ignores is reported and goes on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ivr.fakes.elevenlabs import messages
from ivr.fakes.elevenlabs.catalogue import MODEL_DEFAULT, Model
from ivr.fakes.elevenlabs.query import SEED_MAX, Report, known_model
from ivr.fakes.elevenlabs.wire import Invalid, Refusal
from ivr.fakes.elevenlabs.witness import Code

IDS_MAX: Final = 3

_FIELDS: Mapping[str, type | tuple[type, ...]] = {
    "text": str,
    "model_id": str,
    "language_code": str,
    "voice_settings": dict,
    "pronunciation_dictionary_locators": list,
    "seed": int,
    "previous_text": str,
    "next_text": str,
    "previous_request_ids": list,
    "next_request_ids": list,
    "apply_text_normalization": str,
    "apply_language_text_normalization": bool,
    "use_pvc_as_ivc": bool,
    "audio_effects": dict,
}
_AROUND = ("previous_text", "next_text", "previous_request_ids", "next_request_ids")
_LISTS = ("previous_request_ids", "next_request_ids", "pronunciation_dictionary_locators")


@dataclass(frozen=True, slots=True)
class SpeechBody:
    """What is to be spoken."""

    text: str
    model: Model
    language: str | None


def decode(raw: bytes) -> dict[str, object]:
    """The JSON object; ``Invalid`` if it is none."""
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        raise Invalid("", "JSON decode error", "json_invalid") from None
    if not isinstance(data, dict):
        raise Invalid("", "Input should be a valid dictionary", "model_attributes_type")
    return data


def read(data: Mapping[str, object], report: Report) -> SpeechBody:
    """Check a body; raises ``Invalid`` or ``Refusal``."""
    given = {name: value for name, value in data.items() if value is not None}
    for name in data:
        if name not in _FIELDS:
            report(Code.UNKNOWN_FIELD, name)
    for name, kind in _FIELDS.items():
        if name in given and not isinstance(given[name], kind):
            report(Code.WRONG_TYPE, f"{name} is {type(given[name]).__name__}")
            raise Invalid(name, "Input has the wrong type", "type_error")
    text = given.get("text")
    if not isinstance(text, str):
        report(Code.WRONG_TYPE, "no text")
        raise Invalid("text", "Field required", "missing")
    model = known_model(str(given.get("model_id", MODEL_DEFAULT)), report)
    _check_text(text, model)
    _check_values(given, model, report)
    language = given.get("language_code")
    if isinstance(language, str) and not (model.chooses_language and language in model.languages):
        report(Code.LANGUAGE, f"{model.id} ignores language_code={language}")
        language = None
    return SpeechBody(text, model, language if isinstance(language, str) else None)


def _check_text(text: str, model: Model) -> None:
    if not text.strip():
        raise Refusal(400, "empty_text", "The text must not be empty.", param="text")
    if len(text) > model.characters:
        raise Refusal(
            400,
            "text_too_long",
            f"The text has {len(text)} characters; {model.id} takes {model.characters}.",
            param="text",
        )


def _check_values(given: Mapping[str, object], model: Model, report: Report) -> None:
    settings = given.get("voice_settings")
    if isinstance(settings, dict):
        for name in messages.unknown_settings(settings):
            report(Code.UNKNOWN_FIELD, f"voice_settings.{name}")
        if (wrong := messages.wrong_setting(settings)) is not None:
            report(Code.BAD_VALUE, f"voice_settings: {wrong}")
            raise Refusal(400, "invalid_voice_settings", wrong, param="voice_settings")
    for name in _LISTS:
        listed = given.get(name)
        if isinstance(listed, list) and len(listed) > IDS_MAX:
            report(Code.TOO_MANY_IDS, name)
            raise _wrong_value(name, f"{name} takes at most {IDS_MAX}.")
    seed = given.get("seed")
    if isinstance(seed, int) and (isinstance(seed, bool) or not 0 <= seed <= SEED_MAX):
        report(Code.BAD_VALUE, f"seed={seed}")
        raise _wrong_value("seed", f"seed must be from 0 to {SEED_MAX}.")
    if (how := given.get("apply_text_normalization", "auto")) not in {"auto", "on", "off"}:
        report(Code.BAD_VALUE, f"apply_text_normalization={how}")
        raise _wrong_value("apply_text_normalization", "It must be auto, on or off.")
    if not model.stitches and (around := [name for name in _AROUND if name in given]):
        report(Code.BAD_VALUE, f"{around[0]} with {model.id}")
        raise _wrong_value(around[0], f"{around[0]} is not supported by {model.id}.")


def _wrong_value(param: str, message: str) -> Refusal:
    return Refusal(400, "invalid_parameters", message, param=param)
