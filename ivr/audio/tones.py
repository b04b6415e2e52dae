"""Sounds the line makes itself: keys as a telephone sounds them, the tone before a recording, and
what fills the time while something is looked up; and whether a frame sounds like a key. Raw mu-law
at 8 kHz.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ivr.audio.mulaw import decode, encode

RATE_HZ = 8_000
KEY_MS = 100
"""Of a tone, and GAP_MS between two; Q.24 asks a receiver to take 40 ms of each."""
GAP_MS = 80
PAUSE_MS = 500
BEEP_MS = 400
BEEP_HZ = 1_000
_EDGE_MS = 10
"""A tone that begins or ends at once clicks."""
_ROWS_HZ = (697, 770, 852, 941)
_COLUMNS_HZ = (1209, 1336, 1477)
_KEYPAD = ("123", "456", "789", "*0#")
_KEYS_HZ = {
    key: (_ROWS_HZ[row], _COLUMNS_HZ[column])
    for row, keys in enumerate(_KEYPAD)
    for column, key in enumerate(keys)
}
"""The two tones of each key (ITU-T Q.23)."""
_KEY_LEVEL = 0.22
"""Of each of the two: about -13 dBFS."""
_KEY_SHARE = 0.6
"""Of a frame's power that its two tones have, where it is a key; speech has far less."""
_TONE_SHARE = 0.1
"""Of each of the two: the network may weaken one of them."""
_KEY_POWER_MIN = (32_768 * 10 ** (-40 / 20)) ** 2
_HOLD_HZ = (220.0, 277.18, 329.63)
_HOLD_LEVEL = 0.022
"""Of each of the three: about -30 dBFS together, soft and never silence."""
_SWING_HZ = 0.25

Samples = NDArray[np.float64]


@lru_cache(maxsize=32)
def keys(pressed: str) -> bytes:
    """The tones of these keys, ``0123456789*#``; ``w`` is half a second of nothing."""
    gap = np.zeros(GAP_MS * RATE_HZ // 1000)
    pieces: list[Samples] = []
    for key in pressed:
        if key == "w":
            pieces.append(np.zeros(PAUSE_MS * RATE_HZ // 1000))
        else:
            tones = [_sine(hz, KEY_MS) * _KEY_LEVEL for hz in _KEYS_HZ[key]]
            pieces += [_soft_edges(tones[0] + tones[1]), gap]
    return _mulaw(np.concatenate(pieces)) if pieces else b""


def is_key(frame: bytes) -> bool:
    """Whether a frame, or any piece of at least 20 ms, is the tone of a key and nothing else."""
    samples = np.frombuffer(decode(frame), "<i2").astype(np.float64)
    power = float(np.mean(samples**2)) if samples.size else 0.0
    if power < _KEY_POWER_MIN:
        return False
    amplitudes = 2 * np.abs(_waves(samples.size) @ samples) / samples.size
    shares = amplitudes**2 / 2 / power
    row = float(shares[: len(_ROWS_HZ)].max())
    column = float(shares[len(_ROWS_HZ) :].max())
    return min(row, column) >= _TONE_SHARE and row + column >= _KEY_SHARE


@lru_cache(maxsize=4)
def _waves(size: int) -> NDArray[np.complex128]:
    """One wave of each tone that keys have, so many samples long."""
    hz = np.array([*_ROWS_HZ, *_COLUMNS_HZ])
    waves: NDArray[np.complex128] = np.exp(-2j * np.pi * np.outer(hz, np.arange(size)) / RATE_HZ)
    return waves


@lru_cache(maxsize=1)
def beep() -> bytes:
    """The tone after which a caller speaks."""
    return _mulaw(_soft_edges(_sine(BEEP_HZ, BEEP_MS) * 0.25))


@lru_cache(maxsize=4)
def hold(ms: int) -> bytes:
    """A soft chord that swells and falls, so many milliseconds of it."""
    chord = sum((_sine(hz, ms) for hz in _HOLD_HZ), np.zeros(ms * RATE_HZ // 1000))
    swing = 0.8 + 0.2 * _sine(_SWING_HZ, ms)
    return _mulaw(_soft_edges(chord * swing * _HOLD_LEVEL, edge_ms=min(200, ms // 2)))


def looped(audio: bytes, ms: int) -> bytes:
    """So many milliseconds of it, from its beginning again where it is too short."""
    wanted = ms * RATE_HZ // 1000
    return (audio * (wanted // len(audio) + 1))[:wanted] if audio else b""


def _sine(hz: float, ms: int) -> Samples:
    times = np.arange(ms * RATE_HZ // 1000) / RATE_HZ
    return np.sin(2 * np.pi * hz * times)


def _soft_edges(samples: Samples, edge_ms: int = _EDGE_MS) -> Samples:
    edge = np.linspace(0.0, 1.0, max(edge_ms * RATE_HZ // 1000, 1))
    shaped = samples.copy()
    shaped[: len(edge)] *= edge
    shaped[-len(edge) :] *= edge[::-1]
    return shaped


def _mulaw(samples: Samples) -> bytes:
    return encode((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
