"""How loud a sound is and where it begins; and making every voice equally loud and prompt.

Levels are dBFS: 0 is the root mean square of a full-scale square wave, 16 bits. *Audible* is a
sample of at least AUDIBLE_DBFS, whatever its neighbours are, so that the answer for a stream does
not depend on how it was cut. Shaping works on 16-bit samples at 8 kHz, measuring on mu-law, which
is what a line carries. Used by local voices (shaping), the simulated phone and the benchmarks.
"""

from __future__ import annotations

import math
import re

import numpy as np

from ivr.audio.frames import BYTES_PER_MS, FRAME_BYTES, FRAME_MS
from ivr.audio.mulaw import decode
from ivr.audio.resample import to_pcm16

SPEECH_DBFS = -20.0
"""The level of speech in its active frames. At -20 none of our prompts clips; at -18 many do."""
ACTIVE_DB = 30.0
"""A frame counts as speech when it is at most so much below the loudest one."""
GAIN_DB_MAX = 30.0
"""Anything that would need more is noise, and stays what it is."""
AUDIBLE_DBFS = -45.0
"""25 dB below speech: above the noise of every voice we use."""
LEAD_MS = 20
"""What ``trim`` leaves before the first audible sample: the breath of an f or an h is in it."""
TAIL_MS = 60
"""What ``trim`` leaves after the last audible sample: speech dies away, it does not stop."""

_FULL_SCALE = 32_768.0
_SAMPLE_BYTES = 2
_PEAK = 0.98
_TINY = 1e-9
_AUDIBLE = round(_FULL_SCALE * 10 ** (AUDIBLE_DBFS / 20))

_Samples = np.ndarray[tuple[int], np.dtype[np.float64]]


def _audible_codes() -> bytes:
    """For each mu-law code 1 if its sample is audible, else 0: to be used with ``translate``."""
    samples = np.frombuffer(decode(bytes(range(256))), "<i2").astype(np.int32)
    return bytes((np.abs(samples) >= _AUDIBLE).astype(np.uint8))


_AUDIBLE_CODES = _audible_codes()


# --------------------------------------------------------------------------- measuring mu-law


def rms_dbfs(mulaw: bytes) -> float:
    """The level of all of it, pauses included; ``-inf`` for nothing and for digital silence."""
    return _dbfs(_mean_square(_samples(decode(mulaw))))


def active_rms_dbfs(mulaw: bytes) -> float:
    """The level of the speech in it, pauses left out; ``-inf`` for silence."""
    return _dbfs(_active_mean_square(_samples(decode(mulaw))))


def first_audible(mulaw: bytes) -> int | None:
    """The place of the first audible sample, in bytes from the start; None if there is none."""
    place = mulaw.translate(_AUDIBLE_CODES).find(1)
    return None if place < 0 else place


def first_audible_ms(mulaw: bytes) -> float | None:
    """When the first audible sample is played, in ms from the start; None if there is none."""
    place = first_audible(mulaw)
    return None if place is None else place / BYTES_PER_MS


def leading_silence_ms(mulaw: bytes) -> float:
    """How long nothing is heard at the start, in ms; of a silent sound all of it."""
    place = first_audible(mulaw)
    return (len(mulaw) if place is None else place) / BYTES_PER_MS


def trailing_silence_ms(mulaw: bytes) -> float:
    """How long nothing is heard at the end, in ms; of a silent sound all of it."""
    place = mulaw.translate(_AUDIBLE_CODES).rfind(1)
    return (len(mulaw) - 1 - place) / BYTES_PER_MS


def silences(mulaw: bytes, ms_min: int = FRAME_MS) -> list[tuple[float, float]]:
    """From when to when nothing is heard, in ms from the start; shorter stretches left out."""
    stretch = re.compile(rb"\x00{%d,}" % (ms_min * BYTES_PER_MS))
    found = stretch.finditer(mulaw.translate(_AUDIBLE_CODES))
    return [(each.start() / BYTES_PER_MS, each.end() / BYTES_PER_MS) for each in found]


# --------------------------------------------------------------------------- shaping 16-bit samples


def normalise(pcm16: bytes) -> bytes:
    """Remove a constant offset and bring speech to SPEECH_DBFS; nothing is ever clipped for it.

    A sound with peaks so high that they would clip stays as much softer as that takes, and one
    that needs more than GAIN_DB_MAX gets that much. Silence stays silence.
    """
    samples = _samples(pcm16)
    if not samples.size:
        return b""
    samples = samples - samples.mean()
    wanted = 10 ** (SPEECH_DBFS / 20) / max(math.sqrt(_active_mean_square(samples)), _TINY)
    without_clipping = _PEAK / max(float(np.abs(samples).max()), _TINY)
    return to_pcm16(samples * min(wanted, without_clipping, 10 ** (GAIN_DB_MAX / 20)))


def trim(pcm16: bytes) -> bytes:
    """Cut the silence at both ends, but for LEAD_MS and TAIL_MS; all silence becomes nothing."""
    audible = np.flatnonzero(np.abs(_samples(pcm16)) * _FULL_SCALE >= _AUDIBLE)
    if not audible.size:
        return b""
    start = max(0, int(audible[0]) - LEAD_MS * BYTES_PER_MS)
    end = int(audible[-1]) + 1 + TAIL_MS * BYTES_PER_MS
    return pcm16[start * _SAMPLE_BYTES : end * _SAMPLE_BYTES]


# --------------------------------------------------------------------------- arithmetic


def _samples(pcm16: bytes) -> _Samples:
    samples: _Samples = np.frombuffer(pcm16, "<i2").astype(np.float64) / _FULL_SCALE
    return samples


def _mean_square(samples: _Samples) -> float:
    return float(np.mean(samples**2)) if samples.size else 0.0


def _active_mean_square(samples: _Samples) -> float:
    """The mean square over the frames that are at most ACTIVE_DB below the loudest."""
    if not samples.size:
        return 0.0
    count = math.ceil(samples.size / FRAME_BYTES)
    padded = np.zeros(count * FRAME_BYTES)
    padded[: samples.size] = samples
    frames = np.mean(padded.reshape(count, FRAME_BYTES) ** 2, axis=1)
    loudest = float(frames.max())
    return float(frames[frames >= loudest * 10 ** (-ACTIVE_DB / 10)].mean())


def _dbfs(mean_square: float) -> float:
    return 10 * math.log10(mean_square) if mean_square else -math.inf
