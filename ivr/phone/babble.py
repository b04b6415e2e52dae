"""What a simulated caller says: sound that rises and falls as syllables do, and means nothing.

A line that records callers must take it for speech, so it is no tone: a buzz with the overtones and
the pauses of a voice, at a telephone's level. The same every time. Used by ``script`` (``say:4s``)
and by ``ivr call`` for callers without a microphone.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from ivr.audio.frames import BYTES_PER_MS
from ivr.audio.mulaw import SAMPLE_RATE, encode

SYLLABLE_MS = 250
PITCH_HZ = 130.0
OVERTONES = 12
PERIOD_MS = 2_500
"""Of the sentence: whole turns of the pitch, whole syllables. It goes on without a click."""
DBFS = -18.0
MS_MAX = 600_000


def babble(ms: int) -> bytes:
    """So much of it, as raw mu-law."""
    size = min(ms, MS_MAX) * BYTES_PER_MS
    sentence = _sentence()
    return (sentence * (size // len(sentence) + 1))[:size]


@cache
def _sentence() -> bytes:
    times = np.arange(PERIOD_MS * BYTES_PER_MS) / SAMPLE_RATE
    # The pitch wanders as in a sentence.
    wandering = PITCH_HZ + 25 * np.sin(2 * np.pi * 1_000 / PERIOD_MS * times)
    turns = 2 * np.pi * np.cumsum(wandering) / SAMPLE_RATE
    buzz = sum((np.sin(n * turns + n) / n for n in range(1, OVERTONES)), np.zeros(times.size))
    syllables = np.sin(np.pi * ((times * 1000) % SYLLABLE_MS) / SYLLABLE_MS) ** 2
    said = buzz * syllables * 10 ** (DBFS / 20)
    return encode((said * 32_767).clip(-32_768, 32_767).astype("<i2").tobytes())
