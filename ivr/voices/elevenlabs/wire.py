"""ElevenLabs' protocols as text and back: both text-to-speech sockets, and the HTTP request.

What goes out holds exactly what the vendor documents; what comes in may be cut, null, misspelt or
unknown and raises nothing but ``BadFrame``. On ``stream-input`` an empty text ends everything, on
``multi-stream-input`` it keeps the socket alive; the functions for the first begin with ``single``.
Pure: no socket, no clock, no id is made here.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import msgspec

from ivr.voices.elevenlabs.failures import Failure, of_frame
from ivr.voices.elevenlabs.options import Config

MESSAGE_BYTES_MAX = 16 * 1024 * 1024
"""The vendor's maximum; a library's usual limit of 1 MiB has cut calls off."""
STITCHED_MAX = 3
"""Request ids that HTTP takes as what came before."""

AUDIO = "audio"
"""How the content type of an HTTP answer begins that is no error."""


class BadFrame(Exception):
    """Bytes that are no message of the protocol."""


class BadAudio(BadFrame):
    """A message of the protocol whose audio cannot be read: some of what was said is missing."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message of the vendor."""

    context: str | None
    """None on ``stream-input``, and on errors about nobody in particular."""
    audio: bytes
    """In the format that was asked for; often nothing."""
    final: bool
    failure: Failure | None
    alignment: bytes
    """The characters of our text that the audio covers, as JSON not yet read; often nothing."""


# --- addresses -----------------------------------------------------------------------------------


def multi_url(config: Config, language_code: str | None) -> str:
    """Where the socket for many utterances is."""
    return _socket_url(config, "multi-stream-input", language_code)


def single_url(config: Config, language_code: str | None) -> str:
    """Where the socket for one utterance is."""
    return _socket_url(config, "stream-input", language_code)


def timed_url(config: Config) -> str:
    """Where an utterance is asked for over HTTP, as a stream of audio with the times of its words:
    whoever goes on where an answer breaks off must know how far it came."""
    path, _, query = http_url(config).partition("?")
    return f"{path}/with-timestamps?{query}"


def http_url(config: Config) -> str:
    """Where an utterance is asked for over HTTP, as a stream of bare audio bytes."""
    query: dict[str, str] = {"output_format": config.format}
    if not config.logging:
        query["enable_logging"] = "false"
    if config.latency is not None:
        query["optimize_streaming_latency"] = str(config.latency)
    return f"{_speech_url(config, config.base_url)}/stream?{urlencode(query)}"


def headers(key: str) -> dict[str, str]:
    """What lets us in, on sockets and over HTTP."""
    return {"xi-api-key": key}


def _socket_url(config: Config, path: str, language_code: str | None) -> str:
    scheme, *rest = urlsplit(config.base_url)
    base = urlunsplit(["wss" if scheme == "https" else "ws", *rest])
    query: dict[str, str] = {
        "model_id": config.model,
        "output_format": config.format,
        "auto_mode": _boolean(config.auto_mode),
        "inactivity_timeout": str(config.inactivity_seconds),
        "sync_alignment": "true",
        "apply_text_normalization": config.normalization,
    }
    if language_code is not None:
        query["language_code"] = language_code
    if config.ssml:
        query["enable_ssml_parsing"] = "true"
    if not config.logging:
        query["enable_logging"] = "false"
    if config.seed is not None:
        query["seed"] = str(config.seed)
    return f"{_speech_url(config, base)}/{path}?{urlencode(query)}"


def _speech_url(config: Config, base: str) -> str:
    return f"{base}/v1/text-to-speech/{quote(config.voice_id, safe='')}"


def _boolean(value: bool) -> str:
    """Lower case: ``True`` has been read as false by the vendor."""
    return "true" if value else "false"


# --- messages out --------------------------------------------------------------------------------


def open_context(config: Config, context: str) -> str:
    """Begin an utterance; the only message that may carry settings, and the same for each."""
    return _json({"text": " ", "context_id": context, **_opening(config)})


def text(context: str, words: str, *, flush: bool = True) -> str:
    """Words of an open utterance; with ``flush`` they are spoken whatever is still to come."""
    message: dict[str, Any] = {"text": _spaced(words), "context_id": context}
    return _json(message | {"flush": True} if flush else message)


def close_context(context: str) -> str:
    """No more words; what was flushed is spoken, then comes the final message."""
    return _json({"context_id": context, "close_context": True})


def keepalive(context: str | None = None) -> str:
    """Nothing, so that neither the socket nor an open utterance is given up.

    An id that was never opened would be opened by this, without its settings.
    """
    return _json({"text": ""} if context is None else {"text": "", "context_id": context})


def close_socket() -> str:
    """Goodbye: what was flushed is spoken, then the vendor closes."""
    return _json({"close_socket": True})


def single_open(config: Config) -> str:
    """Begin the one utterance of a ``stream-input`` socket."""
    return _json({"text": " ", **_opening(config)})


def single_text(words: str, *, flush: bool = True) -> str:
    """Words of that utterance."""
    message: dict[str, Any] = {"text": _spaced(words)}
    return _json(message | {"flush": True} if flush else message)


def single_end() -> str:
    """No more words: the rest is spoken, then comes the final message and the socket closes."""
    return _json({"text": ""})


def http_body(
    config: Config,
    words: str,
    *,
    language_code: str | None,
    before: str = "",
    after: str = "",
    earlier: Sequence[str] = (),
) -> bytes:
    """The request for one utterance; ``earlier`` are the ids of the requests just before it."""
    body: dict[str, Any] = {
        "text": words,
        "model_id": config.model,
        "apply_text_normalization": config.normalization,
    }
    if language_code is not None:
        body["language_code"] = language_code
    if config.settings:
        body["voice_settings"] = dict(config.settings)
    if config.dictionaries:
        body["pronunciation_dictionary_locators"] = _dictionaries(config)
    if config.seed is not None:
        body["seed"] = config.seed
    if config.traits.stitches:
        if earlier and config.logging:
            body["previous_request_ids"] = list(earlier)[-STITCHED_MAX:]
        elif before:
            body["previous_text"] = before
        if after:
            body["next_text"] = after
    return msgspec.json.encode(body)


def _opening(config: Config) -> dict[str, Any]:
    first: dict[str, Any] = {}
    if config.settings:
        first["voice_settings"] = dict(config.settings)
    if config.schedule:
        first["generation_config"] = {"chunk_length_schedule": list(config.schedule)}
    if config.dictionaries:
        first["pronunciation_dictionary_locators"] = _dictionaries(config)
    return first


def _dictionaries(config: Config) -> list[dict[str, str]]:
    return [
        {"pronunciation_dictionary_id": id, "version_id": version}
        for id, version in config.dictionaries
    ]


def _spaced(words: str) -> str:
    """With a space at the end, so that words of two messages do not merge."""
    return words if words[-1:].isspace() else words + " "


def _json(message: dict[str, Any]) -> str:
    return msgspec.json.encode(message).decode()


# --- messages in ---------------------------------------------------------------------------------


class _Message(msgspec.Struct):
    """Every field may be absent, null, or of a kind nobody expected but ``audio``."""

    audio: bytes | None = None  # base64
    contextId: Any = None
    context_id: Any = None
    isFinal: Any = None
    is_final: Any = None
    alignment: msgspec.Raw = msgspec.Raw()
    error: Any = None
    code: Any = None
    message: Any = None


_decode = msgspec.json.Decoder(_Message).decode


class _Loose(_Message):
    """A message whose audio is not as msgspec reads base64."""

    audio: Any = None


_decode_loose = msgspec.json.Decoder(_Loose).decode


def parse(data: bytes | str) -> Frame:
    """Read one message; BadFrame if it is none, BadAudio if only its audio cannot be read."""
    try:
        told = _decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        # Without its cause: it may quote what the frame holds.
        told = None
    if told is None:
        told = _parse_loosely(data)
    context = told.contextId if isinstance(told.contextId, str) else told.context_id
    audio = told.audio or b""
    alignment = bytes(told.alignment)
    failure = None
    if told.error is not None or (told.message is not None and told.code is not None):
        failure = of_frame(told.error, told.code)
    return Frame(
        context=context if isinstance(context, str) else None,
        audio=audio,
        final=told.isFinal is True or told.is_final is True,
        failure=failure,
        alignment=b"" if alignment == b"null" else alignment,
    )


def _parse_loosely(data: bytes | str) -> _Message:
    """A message whose audio is base64 as others write it."""
    try:
        told = _decode_loose(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise BadFrame from None
    told.audio = _loose_audio(told.audio)
    return told


def _loose_audio(written: object) -> bytes:
    """Base64 without its padding, over several lines, or in the alphabet of addresses."""
    if not isinstance(written, str):
        raise BadFrame
    letters = written.translate(_LETTERS)
    try:
        return base64.b64decode(letters + "=" * (-len(letters) % 4), validate=True)
    except ValueError:
        raise BadAudio from None


_LETTERS = str.maketrans("-_", "+/", "\r\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """One line of an HTTP answer with times."""

    audio: bytes
    alignment: bytes
    """As in ``Frame``, with other names and other units."""


class _Piece(msgspec.Struct):
    audio_base64: bytes | None = None
    alignment: msgspec.Raw = msgspec.Raw()


_decode_piece = msgspec.json.Decoder(_Piece).decode


class _LoosePiece(_Piece):
    """One whose audio is not as msgspec reads base64."""

    audio_base64: Any = None


_decode_loose_piece = msgspec.json.Decoder(_LoosePiece).decode


def parse_piece(line: bytes) -> Piece | None:
    """Read one line of an HTTP answer; None if it is a message without audio, so an error.

    Raises BadFrame for what is no message at all.
    """
    try:
        told = _decode_piece(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        told = None
    if told is None:
        told = _parse_piece_loosely(line)
    if told.audio_base64 is None:
        return None
    alignment = bytes(told.alignment)
    return Piece(told.audio_base64, b"" if alignment == b"null" else alignment)


def _parse_piece_loosely(line: bytes) -> _Piece:
    try:
        told = _decode_loose_piece(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise BadFrame from None
    told.audio_base64 = _loose_audio(told.audio_base64)
    return told


class _Alignment(msgspec.Struct):
    chars: list[str]
    charStartTimesMs: list[float] | None = None
    charDurationsMs: list[float] | None = None
    charsDurationsMs: list[float] | None = None  # as the vendor's older pages spell it


_decode_alignment = msgspec.json.Decoder(_Alignment | None).decode


def characters_spoken(alignments: Sequence[tuple[int, bytes]], heard_ms: int) -> int | None:
    """How many characters of the text the audio covers; None if the vendor did not tell.

    ``alignments`` are the vendor's, each with the milliseconds of audio that had come before its
    message: its times count from there. A message may tell of audio that only later ones bring, so
    only characters that end within ``heard_ms`` count. The space we begin with does not.
    """
    told, spoken, begun = False, 0, False
    for before_ms, raw in alignments:
        try:
            alignment = _decode_alignment(raw)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return None
        if alignment is None:
            continue
        told = True
        starts = alignment.charStartTimesMs or []
        durations = alignment.charDurationsMs or alignment.charsDurationsMs or []
        timed = len(starts) == len(durations) == len(alignment.chars)
        for index, char in enumerate(alignment.chars):
            begun = begun or not char.isspace()
            if not begun:
                continue
            if timed and before_ms + starts[index] + durations[index] > heard_ms + _SLACK_MS:
                return spoken
            spoken += len(char)
    return spoken if told else None


def announced_ms(alignments: Sequence[tuple[int, bytes]]) -> float:
    """How much audio the vendor told of at the least, from wherever its times count; 0 if of none.

    ``alignments`` as for ``characters_spoken``.
    """
    ends = [0.0]
    for _, raw in alignments:
        try:
            alignment = _decode_alignment(raw)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return 0
        if alignment is not None:
            starts = alignment.charStartTimesMs or []
            durations = alignment.charDurationsMs or alignment.charsDurationsMs or []
            ends += [start + lasts for start, lasts in zip(starts, durations, strict=False)]
    return max(ends)


class _Times(msgspec.Struct):
    characters: list[str]
    character_end_times_seconds: list[float] | None = None


_decode_times = msgspec.json.Decoder(_Times | None).decode


def characters_answered(alignments: Sequence[bytes], heard_ms: int) -> int | None:
    """As ``characters_spoken``, over HTTP: there all times count from the answer's beginning."""
    told, spoken = False, 0
    for raw in alignments:
        try:
            times = _decode_times(raw)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return None
        if times is None:
            continue
        told = True
        ends = times.character_end_times_seconds or []
        timed = len(ends) == len(times.characters)
        for index, char in enumerate(times.characters):
            if timed and ends[index] * 1000 > heard_ms + _SLACK_MS:
                return spoken
            spoken += len(char)
    return spoken if told else None


def answer_announced_ms(alignments: Sequence[bytes]) -> float:
    """As ``announced_ms``, over HTTP."""
    ends = [0.0]
    for raw in alignments:
        try:
            times = _decode_times(raw)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return 0
        if times is not None:
            ends += times.character_end_times_seconds or []
    return max(ends) * 1000


def breaks_off(announced_ms: float, heard_ms: int) -> bool:
    """Whether so much less audio came than the vendor told of that it ended in the middle."""
    return announced_ms > heard_ms * _MISSING_SHARE_MIN + _MISSING_MS_MIN


_MISSING_MS_MIN = 1_000
_MISSING_SHARE_MIN = 1.25
"""Less may be the vendor's reckoning: nobody says whether ``speed`` (1.2 at most) is in its times.
"""
_SLACK_MS = 20
"""A character may end a frame after the audio that has it."""
