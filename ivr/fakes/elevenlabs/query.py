"""The query of a request: read strictly, so that every slip of a client is seen.

What the vendor would put up with is reported and goes on; what it refuses raises ``Refusal``. Used
by both sockets and by the HTTP endpoints.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ivr.fakes.elevenlabs.catalogue import (
    COMPRESSED,
    DIALOGUE_FAMILIES,
    FORMAT_DEFAULT,
    FORMATS,
    MODEL_DEFAULT,
    MODELS,
    Encoding,
    Format,
    Model,
)
from ivr.fakes.elevenlabs.wire import Refusal
from ivr.fakes.elevenlabs.witness import Code

Report = Callable[[Code, str], None]
"""Takes a violation: its code, and what exactly."""

INACTIVITY_DEFAULT: Final = 20
INACTIVITY_MAX: Final = 180
SEED_MAX: Final = 4_294_967_295

_BOOLEANS = (
    "auto_mode",
    "sync_alignment",
    "enable_ssml_parsing",
    "enable_logging",
    "apply_language_text_normalization",
)
_SOCKET_PARAMETERS = frozenset(
    {
        *("model_id", "output_format", "language_code", "inactivity_timeout", "seed"),
        *("apply_text_normalization", "authorization", "single_use_token"),
        *_BOOLEANS,
    }
)
_HTTP_PARAMETERS = frozenset({"output_format", "enable_logging", "optimize_streaming_latency"})


@dataclass(frozen=True, slots=True)
class SocketQuery:
    """What a socket is pinned to."""

    model: Model
    form: Format
    language: str | None
    auto_mode: bool
    sync_alignment: bool
    inactivity_s: int


def socket_query(query: Mapping[str, str], report: Report) -> SocketQuery:
    """Read the query of a socket. Raises ``Refusal`` for what the handshake is refused for."""
    _report_unknown(query, _SOCKET_PARAMETERS, report)
    flags = {name: _boolean(query, name, report) for name in _BOOLEANS}
    if (how := query.get("apply_text_normalization", "auto")) not in {"auto", "on", "off"}:
        report(Code.BAD_VALUE, f"apply_text_normalization={how}")
        raise Refusal(
            400, "invalid_parameters", f"apply_text_normalization cannot be {how}",
            param="apply_text_normalization",
        )  # fmt: skip
    if "seed" in query:
        _number(query, "seed", SEED_MAX, Code.BAD_VALUE, report, low=0)
    idle_s = INACTIVITY_DEFAULT
    if "inactivity_timeout" in query:
        idle_s = _number(query, "inactivity_timeout", INACTIVITY_MAX, Code.INACTIVITY, report)
    model = socket_model(query.get("model_id"), report)
    return SocketQuery(
        model=model,
        form=output_format(query, report, headers=False),
        language=_language(query.get("language_code"), model, report),
        auto_mode=flags["auto_mode"],
        sync_alignment=flags["sync_alignment"],
        inactivity_s=idle_s,
    )


def http_query(query: Mapping[str, str], report: Report, *, headers: bool) -> Format:
    """Read the query of a request for speech; ``headers``: whether ``wav_*`` may be asked for."""
    _report_unknown(query, _HTTP_PARAMETERS, report)
    _boolean(query, "enable_logging", report)
    if "optimize_streaming_latency" in query:
        _number(query, "optimize_streaming_latency", 4, Code.BAD_VALUE, report, low=0)
    return output_format(query, report, headers=headers)


def output_format(query: Mapping[str, str], report: Report, *, headers: bool) -> Format:
    """The format asked for. Raises ``Refusal`` for one that is unknown, or that the fake lacks."""
    name = query.get("output_format", FORMAT_DEFAULT)
    form = FORMATS.get(name)
    if form is not None and (headers or form.encoding is not Encoding.WAV):
        return form
    if name in COMPRESSED:
        raise Refusal(
            400,
            "invalid_output_format",
            f"The fake vendor makes no {name}: ask for ulaw_8000, alaw_8000 or pcm_*.",
            param="output_format",
        )
    report(Code.UNKNOWN_FORMAT, f"output_format={name}")
    raise Refusal(
        400, "invalid_output_format", f"Output format {name} is not supported.",
        param="output_format",
    )  # fmt: skip


def socket_model(name: str | None, report: Report) -> Model:
    """The model of a socket. Raises ``Refusal`` for one that is not for these sockets."""
    if name is None:
        report(Code.NO_MODEL, f"the fake takes {MODEL_DEFAULT}")
    elif name.startswith(DIALOGUE_FAMILIES):
        report(Code.DIALOGUE_MODEL, name)
        raise Refusal(403, "model_access_denied", f"Model {name} is not available on this socket.")
    return known_model(name or MODEL_DEFAULT, report)


def known_model(name: str, report: Report) -> Model:
    """A model by its id. Raises ``Refusal`` for one that does not exist."""
    if (model := MODELS.get(name)) is not None:
        return model
    report(Code.UNKNOWN_MODEL, name)
    raise Refusal(404, "model_not_found", f"A model with the id {name} was not found.")


def _language(code: str | None, model: Model, report: Report) -> str | None:
    """The language a socket is pinned to: a model that cannot choose ignores it."""
    if code is None:
        return None
    if not model.chooses_language:
        report(Code.LANGUAGE, f"{model.id} ignores language_code={code}")
        return None
    if code not in model.languages:
        report(Code.LANGUAGE, f"{model.id} does not speak {code}")
        raise Refusal(
            400, "invalid_parameters", f"Model {model.id} does not support the language {code}.",
            param="language_code",
        )  # fmt: skip
    return code


def _report_unknown(query: Mapping[str, str], known: frozenset[str], report: Report) -> None:
    for name in query:
        if name not in known:
            report(Code.UNKNOWN_QUERY, name)


def _boolean(query: Mapping[str, str], name: str, report: Report) -> bool:
    """False for anything but ``true``; Python's ``True`` was a real bug (pipecat#4293)."""
    if (text := query.get(name, "false")) not in {"true", "false"}:
        report(Code.BAD_BOOLEAN, f"{name}={text}")
    return text == "true"


def _number(
    query: Mapping[str, str], name: str, high: int, code: Code, report: Report, *, low: int = 1
) -> int:
    text = query[name]
    if text.isascii() and text.isdigit() and low <= int(text) <= high:
        return int(text)
    report(code, f"{name}={text}")
    raise Refusal(
        400, "invalid_parameters", f"{name} must be a whole number from {low} to {high}.",
        param=name,
    )  # fmt: skip
