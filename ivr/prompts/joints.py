"""The places where pieces of speech meet: silence cut away, pauses put in, one loudness.

Takes and live speech each bring their own silence; between two pieces the caller should hear the
pause the text has and nothing else. All of it on mu-law bytes, as they pass. Used by
``prompts/plan`` and, for live speech, by ``calls/studio``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from ivr.audio import mulaw
from ivr.audio.frames import BYTES_PER_MS
from ivr.audio.loudness import first_audible, trailing_silence_ms

EDGE_MS: Final = 10
"""Silence kept before and behind a piece, so that nothing begins or ends with a click."""
PAUSE_MS: Final = 35
"""Between two pieces of one sentence; with the edges 55 ms, which nobody hears as a gap."""
SENTENCE_PAUSE_MS: Final = 280
"""After a full stop, as a voice makes it."""

_EDGE = EDGE_MS * BYTES_PER_MS


def pause_ms(text: str) -> int:
    """The pause a voice makes behind this text when more follows."""
    match text.rstrip()[-1:]:
        case "." | "?" | "!" | "…":
            return SENTENCE_PAUSE_MS
        case _:
            return PAUSE_MS


def trimmed(audio: bytes) -> bytes:
    """A piece without its silence, but for a short edge on both sides; nothing of a silent one."""
    begin = first_audible(audio)
    if begin is None:
        return b""
    return audio[max(0, begin - _EDGE) : _end(audio)]


class Trimmer:
    """The same for speech that is still being made: no more is held back than may be cut off."""

    __slots__ = ("_begun", "_edge", "_held")

    def __init__(self) -> None:
        self._begun = False
        self._edge = 0
        """How much silence was passed on behind the last audible sample."""
        self._held = b""
        """Silence that is the end, unless something follows."""

    def push(self, chunk: bytes) -> bytes:
        """What of the audio so far can be heard for certain; may be empty."""
        audio = self._held + chunk
        begin = first_audible(audio)
        if not self._begun:
            if begin is None:
                self._held = audio[-_EDGE:]
                return b""
            self._begun = True
            audio = audio[max(0, begin - _EDGE) :]
        if begin is None:
            end = min(len(audio), _EDGE - self._edge)
            self._edge += end
        else:
            end = _end(audio)
            self._edge = min(_EDGE, _silence_behind(audio))
        self._held = audio[end:]
        return audio[:end]


def _end(audio: bytes) -> int:
    """Where a piece ends, its edge included."""
    return len(audio) - max(0, _silence_behind(audio) - _EDGE)


def _silence_behind(audio: bytes) -> int:
    return round(trailing_silence_ms(audio) * BYTES_PER_MS)


@lru_cache(maxsize=512)
def gain_table(tenths_db: int) -> bytes:
    """For :meth:`bytes.translate`: every mu-law code made louder by so many tenths of a decibel."""
    factor = 10 ** (tenths_db / 200)
    samples = memoryview(mulaw.decode(bytes(range(256)))).cast("h")
    louder = (max(-32_768, min(32_767, round(sample * factor))) for sample in samples)
    return mulaw.encode(b"".join(sample.to_bytes(2, "little", signed=True) for sample in louder))
