"""Frames: 20 ms of mu-law, the unit that carriers speak and the speaker counts in.

A voice's chunks have whatever size its vendor likes; here they become whole frames. No time passes
here and nothing is sent. Used by the speaker and by the simulated phone.
"""

from __future__ import annotations

from ivr.audio.mulaw import SAMPLE_RATE, SILENCE

BYTES_PER_MS = SAMPLE_RATE // 1000
FRAME_MS = 20
FRAME_BYTES = FRAME_MS * BYTES_PER_MS


class Framer:
    """Makes whole frames of chunks of any size; what is left over waits for the next chunk."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def push(self, chunk: bytes) -> bytes:
        """Take a chunk and return every frame that is whole now, joined; perhaps none."""
        audio = self._rest + chunk
        whole = len(audio) - len(audio) % FRAME_BYTES
        self._rest = audio[whole:]
        return audio[:whole]

    def flush(self) -> bytes:
        """Return the last frame, filled up with silence, or nothing; then begin afresh."""
        audio, self._rest = self._rest, b""
        return audio and audio.ljust(FRAME_BYTES, SILENCE)
