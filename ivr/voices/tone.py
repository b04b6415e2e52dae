"""The voice ``tone``: beeps instead of words, for tests and for hearing how a call is timed.

Every text has its own melody, as long as the text would take to speak, so that a test knows by the
bytes alone which text it hears. It needs nothing and waits only where ``delay_ms`` says so, on the
loop's time: it works on a virtual clock. No speech; for that there is ``embedded``.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import math
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from functools import cache

from ivr.audio.frames import BYTES_PER_MS
from ivr.audio.mulaw import SAMPLE_RATE, encode
from ivr.flow.world import VoiceSpec
from ivr.voices import options
from ivr.voices.clauses import clauses
from ivr.voices.waits import Stopped, Waits

WORDS_PER_SECOND = 2.6
"""The pace of a voice that reads a menu to a caller."""
PACE_MAX = 50.0
BEEP_MS = 80
"""A word is about five beeps, and five beeps tell a million texts apart."""
DELAY_MS_MAX = 60_000
CHUNK_MS_MAX = 60_000
CHUNK_MS = 200

_BEEP_BYTES = BEEP_MS * BYTES_PER_MS
_AMPLITUDE = round(32_768 * 10 ** (-20 / 20) * math.sqrt(2))  # -20 dBFS, the level of every voice
_HERTZ = tuple(350 + 75 * step for step in range(16))
"""Whole waves in a beep, so that one follows the other without a click."""


def tones(text: str, pace: float = WORDS_PER_SECOND) -> bytes:
    """The sound of a text, as mu-law: the same each time, another one for every other text.

    ``pace`` is words a second.
    """
    words = len(text.split())
    count = math.ceil(words / pace * 1000 / BEEP_MS)
    return b"".join(_beep(pitch) for pitch, _ in zip(_pitches(text), range(count), strict=False))


def build(spec: VoiceSpec) -> Tone:
    """The voice of a settings entry; SettingsError for options it does not take."""
    options.refuse_unknown(spec, ("delay_ms", "chunk_ms", "pace"))
    return Tone(
        delay_ms=round(options.number(spec, "delay_ms", default=0, low=0, high=DELAY_MS_MAX)),
        chunk_ms=round(
            options.number(spec, "chunk_ms", default=CHUNK_MS, low=1, high=CHUNK_MS_MAX)
        ),
        pace=options.number(spec, "pace", default=WORDS_PER_SECOND, low=1, high=PACE_MAX),
    )


class Tone:
    """A voice that beeps: ``delay_ms`` until its first chunk, chunks of ``chunk_ms``.

    ``pace`` is words a second; a quick one makes calls in real time short.
    """

    def __init__(
        self, *, delay_ms: int = 0, chunk_ms: int = CHUNK_MS, pace: float = WORDS_PER_SECOND
    ) -> None:
        self.delay_ms = delay_ms
        self.chunk_ms = chunk_ms
        self.pace = pace

    @property
    def key(self) -> str:
        """Its sound depends on nothing but the text and the pace."""
        return "tone 1" if self.pace == WORDS_PER_SECOND else f"tone 1 {self.pace:g}"

    def speaks(self, language: str) -> bool:
        """Beeps are the same in every language."""
        return True

    async def open(self) -> None:
        """There is nothing to open."""

    def lease(self, call: str, *, language: str | None = None) -> ToneLine:
        """A line, at once."""
        return ToneLine(self)

    async def aclose(self) -> None:
        """There is nothing to close."""


class ToneLine:
    """One call's hold on the beeps."""

    def __init__(self, voice: Tone) -> None:
        self._voice = voice
        self._waits = Waits()

    async def speak(
        self, text: str, *, language: str, before: str = "", after: str = ""
    ) -> AsyncGenerator[bytes, None]:
        """Yield ``tones(text)`` in chunks, the first after the delay."""
        audio, size = tones(text, self._voice.pace), self._voice.chunk_ms * BYTES_PER_MS
        try:
            await self._waits.wait(asyncio.sleep(self._voice.delay_ms / 1000))
        except Stopped:
            return
        for start in range(0, len(audio), size):
            if self._waits.stopped:
                return
            yield audio[start : start + size]

    async def narrate(
        self, pieces: AsyncIterator[str], *, language: str
    ) -> AsyncGenerator[bytes, None]:
        """Yield the tones of each clause as it becomes whole."""
        async with contextlib.aclosing(clauses(pieces)) as texts:
            try:
                while text := await self._waits.wait(anext(texts, "")):
                    async with contextlib.aclosing(self.speak(text, language=language)) as speech:
                        async for chunk in speech:
                            yield chunk
            except Stopped:
                return

    async def aclose(self) -> None:
        """Stop what is being said."""
        self._waits.stop()


def _pitches(text: str) -> Iterator[int]:
    """An endless melody that only this text has: half a byte of its hash for each beep."""
    counter = 0
    while True:
        for byte in hashlib.sha256(f"{counter}:{text}".encode()).digest():
            yield byte >> 4
            yield byte & 0x0F
        counter += 1


@cache
def _beep(pitch: int) -> bytes:
    wave = (
        round(_AMPLITUDE * math.sin(2 * math.pi * _HERTZ[pitch] * sample / SAMPLE_RATE))
        for sample in range(_BEEP_BYTES)
    )
    return encode(b"".join(sample.to_bytes(2, "little", signed=True) for sample in wave))
