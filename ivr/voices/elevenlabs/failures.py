"""What went wrong at ElevenLabs: its codes, statuses and close codes as one sentence each.

The vendor's ``error`` code is read first, because it closes sockets with 1008 for everything from
an idle minute to an empty account; the HTTP status or close code decides only where there is no
code. The vendor's own sentences are never repeated: they may hold the text that was to be spoken.
Pure. Used by everything here that talks to the vendor.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec

from ivr.errors import VoiceError

BODY_BYTES_MAX = 64 * 1024
"""Of an error's body; more is not read."""

_CODE = re.compile(r"[a-z][a-z0-9_+]{1,60}")

_KEY = "ElevenLabs refused the key; set ELEVENLABS_API_KEY to one that is valid there"
_CREDITS = "The ElevenLabs account has no credits left; add some, or raise the key's credit limit"
_PLAN = "The ElevenLabs plan does not include this voice or option; upgrade it, or change voice_id"
_UNUSUAL = (
    "ElevenLabs refuses free plans from this network (detected_unusual_activity); use a paid plan"
)
_VOICE = "ElevenLabs does not know this voice; set voice_id to one of this account"
_MODEL = "ElevenLabs does not offer this model here; set model to eleven_flash_v2_5"
_BUSY = "ElevenLabs has too much to do"
_LIMIT = "Too much is being spoken at once for this ElevenLabs plan"
_BROKEN = "ElevenLabs has a fault of its own"
_CONFIG = "ElevenLabs refused the request ({code}); compare the voice's options with its reference"
_TEXT = "ElevenLabs refused the text ({code})"

IDLE = "input_timeout_exceeded"
"""The one code that is no fault: nothing was said for so long that the socket was given up."""

_ALARMS = {
    "invalid_api_key": _KEY,
    "missing_api_key": _KEY,
    "needs_authorization": _KEY,
    "missing_permissions": "The ElevenLabs key may not be used for this; give it text to speech",
    "quota_exceeded": _CREDITS,
    "insufficient_credits": _CREDITS,
    "paid_plan_required": _PLAN,
    "payment_required": _PLAN,
    "subscription_required": _PLAN,
    "feature_not_available": _PLAN,
    "only_for_creator+": _PLAN,
    "detected_unusual_activity": _UNUSUAL,
    "voice_id_does_not_exist": _VOICE,
    "voice_not_found": _VOICE,
    "invalid_voice_id": _VOICE,
    "voice_access_denied": _VOICE,
    "model_not_found": _MODEL,
    "model_access_denied": _MODEL,
    "unsupported_model": _MODEL,
    "invalid_output_format": _CONFIG,
    "invalid_voice_settings": _CONFIG,
    "invalid_parameters": _CONFIG,
    "validation_error": _CONFIG,
}
"""Nothing will be spoken until a person changes something."""
_REFUSALS = {
    "invalid_input_message": _CONFIG,
    "max_character_limit_exceeded": _TEXT,
    "text_too_long": _TEXT,
    "empty_text": _TEXT,
    "invalid_text": _TEXT,
}
"""The same again would be refused again; other texts may be spoken."""
_PASSING = {
    IDLE: "ElevenLabs closed a socket on which nothing was said",
    "max_active_conversations": "ElevenLabs had too many utterances on one socket",
    "concurrent_limit_exceeded": _LIMIT,
    "too_many_concurrent_requests": _LIMIT,
    "rate_limit_exceeded": _BUSY,
    "system_busy": _BUSY,
    "internal_server_error": _BROKEN,
    "internal_error": _BROKEN,
    "service_unavailable": _BROKEN,
    "maintenance": _BROKEN,
}
"""Asking again may help."""

RETRIED_STATUSES = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Failure:
    """Why nothing, or nothing more, was spoken."""

    sentence: str
    retryable: bool
    alarm: bool = False
    """Whether a person must do something before anything is spoken again."""
    code: str = ""

    def error(self, spoken: int | None = None) -> VoiceError:
        """As the error a line raises."""
        return VoiceError(self.sentence, retryable=self.retryable, spoken=spoken)


def of_frame(code: object, close_code: object = None) -> Failure:
    """The failure that an error frame of a socket tells."""
    known = _of_code(code)
    if known is not None:
        return known
    name = _clean(code)
    told = f" ({name})" if name else ""
    return Failure(f"ElevenLabs reported an error{told} on its socket", retryable=True, code=name)


def of_close(code: int | None) -> Failure:
    """The failure of a socket that ended while something was being spoken."""
    if code == 1009:
        return Failure("ElevenLabs sent a message bigger than its maximum", retryable=True)
    ending = f"with code {code}" if code is not None else "without a goodbye"
    return Failure(f"The connection to ElevenLabs ended {ending}", retryable=True)


def of_response(status: int, body: bytes) -> Failure:
    """The failure that an HTTP answer tells, also where a socket was asked for."""
    code = code_in(body)
    known = _of_code(code)
    if known is not None and not (status == 429 and not known.retryable):
        return known
    told = f"{status} {code}" if code else str(status)
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return Failure(f"{_KEY} ({told})", retryable=False, alarm=True, code=code)
        case HTTPStatus.PAYMENT_REQUIRED:
            return Failure(f"{_PLAN} ({told})", retryable=False, alarm=True, code=code)
        case HTTPStatus.FORBIDDEN:
            sentence = (
                f"ElevenLabs refused this key, voice or model ({told}); check ELEVENLABS_API_KEY, "
                "voice_id and model"
            )
            return Failure(sentence, retryable=False, alarm=True, code=code)
        case HTTPStatus.NOT_FOUND:
            return Failure(f"{_VOICE} ({told})", retryable=False, alarm=True, code=code)
        case HTTPStatus.TOO_MANY_REQUESTS:
            return Failure(f"{_BUSY} ({told})", retryable=True, code=code)
    retryable = status >= 500 or status in RETRIED_STATUSES
    return Failure(f"ElevenLabs answered with {told}", retryable=retryable, code=code)


def of_network(error: BaseException) -> Failure:
    """The failure of a connection that could not be made or did not hold."""
    if isinstance(error, TimeoutError):
        return Failure("ElevenLabs did not answer in time", retryable=True)
    return Failure(f"ElevenLabs cannot be reached ({type(error).__name__})", retryable=True)


def code_in(body: bytes) -> str:
    """The code in an error's body, in any of the shapes the vendor has used; empty if none.

    ``detail.code``, else ``detail.status``, else the type of the first of a list, else ``status``
    at the top; a ``detail`` that is only a sentence has no code.
    """
    try:
        answer: Any = msgspec.json.decode(body[:BODY_BYTES_MAX])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return ""
    match answer:
        case {"detail": {} as detail}:
            return _clean(detail.get("code")) or _clean(detail.get("status"))
        case {"detail": [_, *_]}:
            return "validation_error"
        case {"status": status}:
            return _clean(status)
        case {"error": error}:
            return _clean(error)
    return ""


def _of_code(code: object) -> Failure | None:
    name = _clean(code)
    if name in _ALARMS:
        return Failure(_ALARMS[name].format(code=name), retryable=False, alarm=True, code=name)
    if name in _REFUSALS:
        return Failure(_REFUSALS[name].format(code=name), retryable=False, code=name)
    if name in _PASSING:
        return Failure(_PASSING[name], retryable=True, code=name)
    return None


def _clean(code: object) -> str:
    """A code as the vendor writes them; anything else might be a text to be spoken."""
    if isinstance(code, str) and _CODE.fullmatch(code):
        return code
    return ""
