"""From the vendor's bytes to a telephone's: mu-law untouched, everything else resampled.

Used by the lines, one decoder for each utterance.
"""

from __future__ import annotations

from ivr.audio.mulaw import encode
from ivr.audio.resample import Resampler
from ivr.voices.elevenlabs.models import CALL_FORMATS, DEFAULT_FORMAT


class Decoder:
    """One utterance's audio, in chunks cut anywhere, as mu-law at 8 kHz."""

    __slots__ = ("_resampler",)

    def __init__(self, format: str) -> None:
        """``format`` is the vendor's name of one that a call can be spoken in."""
        rate = CALL_FORMATS[format]
        self._resampler = None if format == DEFAULT_FORMAT else Resampler(rate)

    def push(self, chunk: bytes) -> bytes:
        """What of it can be played; perhaps nothing yet."""
        return chunk if self._resampler is None else encode(self._resampler.push(chunk))

    def flush(self) -> bytes:
        """The rest, when there is no more."""
        return b"" if self._resampler is None else encode(self._resampler.flush())


def milliseconds(size: int, format: str) -> int:
    """How long so many bytes of a format last."""
    sample_bytes = 1 if format == DEFAULT_FORMAT else 2
    return size * 1000 // (CALL_FORMATS[format] * sample_bytes)
