"""Sample rates: any to the 8 kHz of a telephone line, band-limited, by soxr.

``audioop.ratecv`` filters nothing: all that a voice has above 4 kHz would fold into its speech.
Soxr at HQ is flat to 3.4 kHz and keeps images 80 dB down, in a third of the time. Its stream holds
back about 100 ms of audio, so a voice that is wanted quickly resamples whole sentences.
Mono samples only; channels and file formats are ``wav``'s. Used by ``wav`` and by local voices.
"""

from __future__ import annotations

import numpy as np
import soxr  # type: ignore[import-untyped]

from ivr.audio.mulaw import SAMPLE_RATE

RATE_MIN = 4_000
RATE_MAX = 384_000
"""Samples a second; beyond these a header is wrong rather than unusual."""

_FULL_SCALE = 32_768.0
_SAMPLE_BYTES = 2


class Resampler:
    """A stream of 16-bit little-endian samples, turned into the same at 8 kHz as it comes."""

    __slots__ = ("_half", "_stream")

    def __init__(self, rate: int) -> None:
        """``rate`` is the samples a second that will come in; ValueError outside RATE_MIN…MAX."""
        if not RATE_MIN <= rate <= RATE_MAX:
            raise ValueError(f"a rate of {rate} samples a second is outside {RATE_MIN}-{RATE_MAX}")
        # In float: soxr adds dither to 16-bit output, and then silence would hiss and the same
        # sentence would differ each time.
        self._stream = (
            None
            if rate == SAMPLE_RATE
            else soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32", quality="HQ")
        )
        self._half = b""

    def push(self, pcm16: bytes) -> bytes:
        """Take more samples, cut anywhere, and return what is ready at 8 kHz; perhaps nothing."""
        audio = self._half + pcm16
        whole = len(audio) - len(audio) % _SAMPLE_BYTES
        self._half = audio[whole:]
        return self._turn(audio[:whole], last=False)

    def flush(self) -> bytes:
        """Return the rest. Half a sample that never became whole is dropped; nothing may follow."""
        return self._turn(b"", last=True)

    def _turn(self, pcm16: bytes, *, last: bool) -> bytes:
        if self._stream is None:
            return pcm16
        samples = np.frombuffer(pcm16, "<i2").astype(np.float32) / _FULL_SCALE
        return to_pcm16(self._stream.resample_chunk(samples, last=last))


def to_8khz(pcm16: bytes, rate: int) -> bytes:
    """Resample a whole sound at once; ValueError for a rate outside RATE_MIN…RATE_MAX."""
    resampler = Resampler(rate)
    return resampler.push(pcm16) + resampler.flush()


def to_pcm16(samples: np.ndarray[tuple[int, ...], np.dtype[np.floating]]) -> bytes:
    """Turn samples between -1 and 1 into 16-bit little-endian ones; louder ones are clipped."""
    scaled = np.rint(samples * _FULL_SCALE).clip(-_FULL_SCALE, _FULL_SCALE - 1)
    pcm16: bytes = scaled.astype("<i2").tobytes()
    return pcm16
