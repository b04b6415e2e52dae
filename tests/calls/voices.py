"""What callers say, for tests of recordings: bursts of sound that rise and fall as syllables do."""

from __future__ import annotations

import numpy as np

from ivr.audio.mulaw import SILENCE, decode, encode

SYLLABLE_MS = 250

Samples = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def speech(ms: int, dbfs: float = -18.0, seed: int = 7) -> bytes:
    """So much of it: a buzz of syllables with a short pause after each."""
    return encode(_pcm(ms, dbfs, seed))


def noise(ms: int, dbfs: float, seed: int = 5) -> bytes:
    """The noise of a line, always of this level."""
    random = np.random.default_rng(seed)
    return _encoded(random.standard_normal(ms * 8) * 10 ** (dbfs / 20))


def silence(ms: int) -> bytes:
    """Nothing at all."""
    return SILENCE * (ms * 8)


def over(sound: bytes, background: bytes) -> bytes:
    """Both at once."""
    both = np.frombuffer(decode(sound), "<i2").astype(int)
    both = both + np.frombuffer(decode(background), "<i2")[: both.size]
    return encode(both.clip(-32768, 32767).astype("<i2").tobytes())


def _pcm(ms: int, dbfs: float, seed: int) -> bytes:
    random = np.random.default_rng(seed)
    times = np.arange(ms * 8) / 8_000
    buzz = sum(np.sin(2 * np.pi * 140 * n * times + n) / n for n in range(1, 12))
    buzz = buzz + 0.2 * random.standard_normal(times.size)
    envelope = np.sin(np.pi * ((times * 1000) % SYLLABLE_MS) / SYLLABLE_MS) ** 2
    said = buzz / np.sqrt(np.mean(buzz**2)) * envelope * 10 ** (dbfs / 20)
    return _whole(said)


def _encoded(samples: Samples) -> bytes:
    return encode(_whole(samples))


def _whole(samples: Samples) -> bytes:
    pcm16: bytes = (samples * 32_767).clip(-32_768, 32_767).astype("<i2").tobytes()
    return pcm16
