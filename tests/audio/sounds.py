"""Sounds to test with: sines and noise as 16-bit samples, and how much of a frequency is in one."""

from __future__ import annotations

import numpy as np

from ivr.audio import mulaw
from ivr.audio.resample import to_pcm16


def sine(hertz: float, *, rate: int = 8_000, ms: int = 1_000, dbfs: float = -20.0) -> bytes:
    """A sine of this root mean square level."""
    time = np.arange(rate * ms // 1000) / rate
    return to_pcm16(np.sin(2 * np.pi * hertz * time) * 10 ** (dbfs / 20) * np.sqrt(2))


def tone(hertz: float, ms: int, *, dbfs: float = -20.0) -> bytes:
    """The same as a telephone line carries it: mu-law, 8 kHz."""
    return mulaw.encode(sine(hertz, ms=ms, dbfs=dbfs))


def noise(*, ms: int, rate: int = 8_000, dbfs: float = -40.0, seed: int = 1) -> bytes:
    """White noise, the same each time."""
    return to_pcm16(
        np.random.default_rng(seed).standard_normal(rate * ms // 1000) * 10 ** (dbfs / 20)
    )


def level(pcm16: bytes) -> float:
    """The root mean square in dBFS, of the middle (edges belong to filters)."""
    samples = np.frombuffer(pcm16, "<i2") / 32_768
    middle = samples[samples.size // 10 : -samples.size // 10]
    return float(10 * np.log10(np.mean(middle**2) + 1e-12))


def loudest_frequency(pcm16: bytes, *, rate: int = 8_000) -> float:
    """The frequency with most energy, in hertz."""
    samples = np.frombuffer(pcm16, "<i2") / 32_768
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    return float(np.argmax(spectrum) * rate / samples.size)
