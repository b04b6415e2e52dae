"""The places where pieces of speech meet: silence cut away, pauses put in, one loudness.

Takes and live speech each bring their own silence; between two pieces the caller should hear the
pause the text has and nothing else. All of it on mu-law bytes, as they pass. Used by
``prompts/plan`` and, for live speech, by ``calls/studio``.
"""

from __future__ import annotations

from collections import deque
from functools import lru_cache
from math import isfinite
from statistics import median
from typing import Final

from ivr.audio import mulaw
from ivr.audio.frames import BYTES_PER_MS
from ivr.audio.loudness import (
    SPEECH_DBFS,
    active_rms_dbfs,
    first_audible,
    trailing_silence_ms,
)

EDGE_MS: Final = 10
"""Silence kept before and behind a piece, so that nothing begins or ends with a click."""
PAUSE_MS: Final = 35
"""Between two pieces of one sentence; with the edges 55 ms, which nobody hears as a gap."""
SENTENCE_PAUSE_MS: Final = 280
"""After a full stop, as a voice makes it."""

MEASURED_BYTES_MIN: Final = 200 * BYTES_PER_MS
"""Less speech says little about how loud a voice is."""
GUESSED_MS_MIN: Final = 60
"""And less than this says nothing: it is the breath before a word, or a part of its first sound."""
GAIN_DB_MAX: Final = 9.0
"""What would need more is no speech."""
LEVELS_KEPT: Final = 20
TRIMMED_MAX: Final = 1_000
"""Pieces kept without their silence: the beginnings of personal texts, and ten digits a voice."""

_EDGE = EDGE_MS * BYTES_PER_MS


def pause_ms(text: str) -> int:
    """The pause a voice makes behind this text when more follows."""
    match text.rstrip()[-1:]:
        case "." | "?" | "!" | "…":
            return SENTENCE_PAUSE_MS
        case _:
            return PAUSE_MS


@lru_cache(maxsize=TRIMMED_MAX)
def trimmed(audio: bytes) -> bytes:
    """A piece without its silence, but for a short edge on both sides; nothing of a silent one."""
    begin = first_audible(audio)
    if begin is None:
        return b""
    return audio[max(0, begin - _EDGE) : _end(audio)]


class Trimmer:
    """The same for speech that is still being made: no more is held back than may be cut off."""

    __slots__ = ("_begun", "_edge", "_end_too", "_held")

    def __init__(self, *, end_too: bool = True) -> None:
        """Without ``end_too`` only the silence at the beginning is cut."""
        self._end_too = end_too
        self._begun = False
        self._edge = 0
        """How much silence was passed on behind the last audible sample."""
        self._held = b""
        """Silence that is the end, unless something follows."""

    def push(self, chunk: bytes) -> bytes:
        """What of the audio so far can be heard for certain; may be empty."""
        if self._begun and not self._end_too:
            return chunk
        audio = self._held + chunk
        begin = first_audible(audio)
        if not self._begun:
            if begin is None:
                self._held = audio[-_EDGE:]
                return b""
            self._begun = True
            audio = audio[max(0, begin - _EDGE) :]
        if not self._end_too:
            end = len(audio)
        elif begin is None:
            end = min(len(audio), _EDGE - self._edge)
            self._edge += end
        else:
            end = _end(audio)
            self._edge = min(_EDGE, _silence_behind(audio))
        self._held = audio[end:]
        return audio[:end]


def _end(audio: bytes) -> int:
    """Where a piece ends, its edge included."""
    return len(audio) - max(0, _silence_behind(audio) - _EDGE)


def _silence_behind(audio: bytes) -> int:
    return round(trailing_silence_ms(audio) * BYTES_PER_MS)


class Levels:
    """How loud a voice lately was, in dBFS of its speech."""

    __slots__ = ("_dbfs",)

    def __init__(self) -> None:
        self._dbfs: deque[float] = deque(maxlen=LEVELS_KEPT)

    def note(self, dbfs: float) -> None:
        """It was so loud this time; silence says nothing."""
        if isfinite(dbfs):
            self._dbfs.append(dbfs)

    @property
    def usual(self) -> float | None:
        """The middle of what was noted; None of a voice nobody heard."""
        return median(self._dbfs) if self._dbfs else None


class Leveller:
    """Makes live speech as loud as takes are, so that a join is not heard as a change of voice.

    The gain is set by what is there when it begins, or where that is short by how loud the voice
    usually is, and stays: no speech is made louder and softer while it goes on.
    """

    __slots__ = ("_heard", "_levels", "_table")

    def __init__(self, levels: Levels) -> None:
        self._levels = levels
        self._table: bytes | None = None
        self._heard = b""
        """The beginning, until it is long enough to say how loud the voice is."""

    def push(self, chunk: bytes) -> bytes:
        """The chunk at the level of takes."""
        if self._table is None:
            self._table = gain_table(round(self._gain_db(chunk) * 10))
        if len(self._heard) < MEASURED_BYTES_MIN:
            self._heard += chunk
            if len(self._heard) >= MEASURED_BYTES_MIN:
                self._levels.note(active_rms_dbfs(self._heard))
        return chunk.translate(self._table)

    def _gain_db(self, chunk: bytes) -> float:
        measured = active_rms_dbfs(chunk)
        if len(chunk) >= MEASURED_BYTES_MIN and isfinite(measured):
            pass
        elif (usual := self._levels.usual) is not None:
            measured = usual
        elif len(chunk) < GUESSED_MS_MIN * BYTES_PER_MS:
            return 0.0
        gain = SPEECH_DBFS - measured
        return max(-GAIN_DB_MAX, min(GAIN_DB_MAX, gain)) if isfinite(gain) else 0.0


@lru_cache(maxsize=512)
def gain_table(tenths_db: int) -> bytes:
    """For :meth:`bytes.translate`: every mu-law code made louder by so many tenths of a decibel."""
    factor = 10 ** (tenths_db / 200)
    samples = memoryview(mulaw.decode(bytes(range(256)))).cast("h")
    louder = (max(-32_768, min(32_767, round(sample * factor))) for sample in samples)
    return mulaw.encode(b"".join(sample.to_bytes(2, "little", signed=True) for sample in louder))
