"""The vendor's JSON as it goes out: audio, finals, errors of both kinds, timings of both kinds.

Pure: values in, dictionaries out. Which of them is sent when is the business of the sockets and of
the HTTP endpoints.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final

from ivr.fakes.elevenlabs.sound import Letter

POLICY: Final = 1008
"""The close code of nearly everything that goes wrong."""
REASON_BYTES_MAX: Final = 123
"""A close frame has no room for more (RFC 6455, 5.5)."""
GENERIC: Final = "We are sorry, something went wrong. Please contact support."

_SNAKE = {"contextId": "context_id", "isFinal": "is_final"}


class Refusal(Exception):
    """An error as HTTP tells it; raised wherever a request turns out to be wrong."""

    def __init__(
        self, status: int, code: str, message: str, *, type: str = "", param: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.type = type or _TYPES.get(status, "api_error")
        self.param = param

    def body(self, request_id: str, *, legacy: bool = False) -> dict[str, object]:
        """The JSON of it; ``legacy`` is the shape before 2026."""
        if legacy:
            return {
                "detail": {"status": _LEGACY.get(self.code, self.code), "message": self.message}
            }
        return {
            "detail": {
                "type": self.type,
                "code": self.code,
                "message": self.message,
                "status": _LEGACY.get(self.code, self.code),
                "request_id": request_id,
                "param": self.param,
            }
        }


_TYPES = {
    400: "validation_error",
    401: "authentication_error",
    402: "payment_required",
    403: "authorization_error",
    404: "not_found",
    429: "rate_limit_error",
}
_LEGACY = {
    "concurrent_limit_exceeded": "too_many_concurrent_requests",
    "paid_plan_required": "payment_required",
}
"""Where ``status`` still holds the older name."""


class Invalid(Exception):
    """A body that does not have the fields it must have: 422, in FastAPI's shape."""

    def __init__(self, field: str, message: str, kind: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message
        self.kind = kind

    def body(self) -> dict[str, object]:
        """The JSON of it."""
        place = ["body", self.field] if self.field else ["body"]
        return {"detail": [{"loc": place, "msg": self.message, "type": self.kind}]}


def audio_message(
    audio: bytes, letters: tuple[Letter, ...] | None, context: Mapping[str, object]
) -> dict[str, object]:
    """A chunk; ``letters`` is None where no timing was asked for."""
    timing = None if not letters else socket_alignment(letters)
    return {
        "audio": base64.b64encode(audio).decode(),
        "isFinal": None,
        "alignment": timing,
        "normalizedAlignment": timing,
        **context,
    }


def final_message(context: Mapping[str, object]) -> dict[str, object]:
    """The end of a context or stream."""
    return {"audio": None, "isFinal": True, **context}


def error_message(
    message: str, error: str | None, code: int, context: Mapping[str, object]
) -> dict[str, object]:
    """What precedes a close; ``code`` is the close code that follows."""
    coded = {} if error is None else {"error": error}
    return {"message": message, **coded, "code": code, **context}


def reason(message: str) -> str:
    """A close reason: the message, cut where the frame ends."""
    return message.encode()[:REASON_BYTES_MAX].decode(errors="ignore")


def snake(message: Mapping[str, object]) -> dict[str, object]:
    """The same with the keys of the AsyncAPI examples, ``is_final`` and ``context_id``."""
    return {_SNAKE.get(key, key): value for key, value in message.items()}


def socket_alignment(letters: tuple[Letter, ...]) -> dict[str, object]:
    """Times as the sockets tell them: whole milliseconds from the start of the chunk."""
    return {
        "chars": [each.character for each in letters],
        "charStartTimesMs": [round(each.start_ms) for each in letters],
        "charDurationsMs": [round(each.duration_ms) for each in letters],
    }


def http_alignment(letters: tuple[Letter, ...], from_ms: float = 0) -> dict[str, object]:
    """Times as HTTP tells them: seconds from the start of the whole answer."""
    return {
        "characters": [each.character for each in letters],
        "character_start_times_seconds": [
            round((from_ms + each.start_ms) / 1000, 3) for each in letters
        ],
        "character_end_times_seconds": [
            round((from_ms + each.start_ms + each.duration_ms) / 1000, 3) for each in letters
        ],
    }
