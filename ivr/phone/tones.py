"""The tones of a telephone as mu-law: the two frequencies of each key, and the ringing one hears.

Only for the recording of a simulated call: on a real one the keys travel beside the audio, never in
it, and so they do here. Frequencies: ITU-T Q.23 (keys), the North American ringing tone.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from ivr.audio import mulaw
from ivr.audio.mulaw import SAMPLE_RATE

KEY_TONE_MS = 80
RING_PERIOD_MS = 6000
RING_TONE_MS = 2000

_LOW = (697, 770, 852, 941)
_HIGH = (1209, 1336, 1477, 1633)
_KEYPAD = ("123A", "456B", "789C", "*0#D")
_KEY_AMPLITUDE = 6000
_RING_AMPLITUDE = 2000


@cache
def key_tone(key: str) -> bytes:
    """80 ms of the tone of a key, as mu-law."""
    for low, row in zip(_LOW, _KEYPAD, strict=True):
        if key in row:
            return _tone((low, _HIGH[row.index(key)]), KEY_TONE_MS, _KEY_AMPLITUDE)
    raise ValueError(f"{key!r} is no telephone key")


def ringing(ms: int) -> bytes:
    """So many milliseconds of ringing, as mu-law: two seconds of tone, four of silence."""
    period = _ring_period()
    whole, rest = divmod(ms * SAMPLE_RATE // 1000, len(period))
    return period * whole + period[:rest]


@cache
def _ring_period() -> bytes:
    silence = mulaw.SILENCE * ((RING_PERIOD_MS - RING_TONE_MS) * SAMPLE_RATE // 1000)
    return _tone((440, 480), RING_TONE_MS, _RING_AMPLITUDE) + silence


def _tone(frequencies: tuple[int, ...], ms: int, amplitude: int) -> bytes:
    time = np.arange(ms * SAMPLE_RATE // 1000) / SAMPLE_RATE
    wave = sum((np.sin(2 * np.pi * f * time) for f in frequencies), np.zeros_like(time))
    return mulaw.encode((wave * amplitude).astype("<i2").tobytes())
