"""Whether a take may be heard by callers: its faults mended where that is honest, or told.

Mended are the level, a constant offset and silence at the ends; what is empty, clipped, cut short
or far too long for its text is refused, with the reason in one sentence. A take with nothing to
mend comes through byte for byte. Pure. Used by ``build`` for every take, and by ``shelving`` for
what a vendor said during calls.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from ivr.audio import loudness, mulaw
from ivr.audio.frames import BYTES_PER_MS
from ivr.audio.loudness import LEAD_MS, SPEECH_DBFS
from ivr.audio.mulaw import SAMPLE_RATE

LEADING_MS_MAX: Final = 30
"""Silence before the first audible sample; what has more is cut to LEAD_MS."""
TRAILING_MS_MAX: Final = 250
"""Silence after the last one; more of it is cut off."""
LEVEL_DB_OFF: Final = 1.0
"""Nearer to SPEECH_DBFS than this a level is left alone: a second encoding costs some quality."""
SOFTEST_DBFS: Final = -30.0
"""A take that is softer even so has peaks that leave no room, and would not be understood."""
OFFSET_MAX: Final = 0.005
"""A constant offset beyond this part of full scale is removed."""
CLIPPED_SAMPLES: Final = 4
"""So many in a row at the end of the scale are a flat top: the wave was higher, and is lost."""
CHARS_PER_SECOND_MAX: Final = 26.0
"""No voice says more; the quickest sentences of ours are said at 21, most at 15."""
DIGIT_CHARS: Final = 3
"""A digit is a word; the shortest have so many letters."""
SECONDS_PER_CHAR_MAX: Final = 0.25
EXTRA_SECONDS_MAX: Final = 4.0
"""A text may take so much longer: numbers, abbreviations, pauses it asks for."""

_PEAK = 32_124
"""The highest sample mu-law has."""
_MARKUP = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Passed:
    """A take that may be heard."""

    audio: bytes
    dbfs: float
    """Of the speech in it."""
    mended: tuple[str, ...] = ()
    """What was done to it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A take that may not."""

    reason: str


def examine(audio: bytes, text: str, pace: float | None = 1.0) -> Passed | Refused:
    """Mend a take and judge it.

    ``pace`` is how much faster than usual its voice speaks; None for sounds that are no speech,
    whose length says nothing.
    """
    samples = np.frombuffer(mulaw.decode(audio), "<i2")
    if not samples.any():
        return Refused("it is empty" if not len(audio) else "it is nothing but silence")
    if flat := _flat_tops(samples):
        return Refused(f"it is clipped in {flat} places, and no mending brings that back")
    mended = []
    level = loudness.active_rms_dbfs(audio)
    if abs(float(samples.mean())) > OFFSET_MAX * 32_768 or abs(level - SPEECH_DBFS) > LEVEL_DB_OFF:
        audio = mulaw.encode(loudness.normalise(samples.tobytes()))
        before, level = level, loudness.active_rms_dbfs(audio)
        mended.append(f"level {before:.1f} to {level:.1f} dBFS")
    if level < SOFTEST_DBFS or loudness.first_audible(audio) is None:
        return Refused(f"it is too soft: {level:.0f} dBFS, and louder its peaks would clip")
    if (cut := loudness.leading_silence_ms(audio)) > LEADING_MS_MAX:
        audio = audio[round((cut - LEAD_MS) * BYTES_PER_MS) :]
        mended.append(f"{cut - LEAD_MS:.0f} ms of silence cut off at the start")
    if (cut := loudness.trailing_silence_ms(audio)) > TRAILING_MS_MAX:
        audio = audio[: len(audio) - round((cut - TRAILING_MS_MAX) * BYTES_PER_MS)]
        mended.append(f"{cut - TRAILING_MS_MAX:.0f} ms cut off at the end")
    if pace is not None and (wrong := _wrong_length(audio, text, pace)):
        return Refused(wrong)
    return Passed(audio, level, tuple(mended))


def shortest_seconds(text: str, pace: float = 1.0) -> float:
    """The least time a voice can say a text in."""
    spoken = " ".join(_MARKUP.sub(" ", text).split())
    letters = sum(DIGIT_CHARS if c.isdigit() else 1 for c in spoken if c.isalnum() or c == " ")
    return letters / (CHARS_PER_SECOND_MAX * pace)


def longest_seconds(text: str, pace: float = 1.0) -> float:
    """The most."""
    digits = sum(c.isdigit() for c in text)
    chars = len(text) + digits * DIGIT_CHARS
    return (chars * SECONDS_PER_CHAR_MAX + EXTRA_SECONDS_MAX) / min(pace, 1.0)


def _wrong_length(audio: bytes, text: str, pace: float) -> str:
    """Why its length cannot be right; empty if it can."""
    silence_ms = loudness.leading_silence_ms(audio) + loudness.trailing_silence_ms(audio)
    heard = len(audio) / SAMPLE_RATE - silence_ms / 1000
    shortest, longest = shortest_seconds(text, pace), longest_seconds(text, pace)
    if heard < shortest:
        return f"it is cut short: {heard:.1f} s for a text that takes {shortest:.1f} s at the least"
    if heard > longest:
        return f"it goes on for {heard:.1f} s; the text takes {math.ceil(longest)} s at the most"
    return ""


def _flat_tops(samples: np.ndarray[tuple[int], np.dtype[np.int16]]) -> int:
    """How often CLIPPED_SAMPLES or more in a row stand at the end of the scale."""
    at_peak = np.abs(samples.astype(np.int32)) >= _PEAK
    edges = np.flatnonzero(np.diff(np.concatenate(([False], at_peak, [False])).astype(np.int8)))
    return int(np.count_nonzero(edges[1::2] - edges[::2] >= CLIPPED_SAMPLES))
