"""Speech as the vendor delivers it: chunks of odd sizes, at a pace, a few generations at a time.

``Delivery`` belongs to one stream: it turns each text into chunks and waits where a vendor's model
and network would. ``Lanes`` is the limit of a plan. No messages and no bytes of a protocol here.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ivr.audio.frames import FRAME_MS
from ivr.fakes.elevenlabs.catalogue import Format
from ivr.fakes.elevenlabs.sound import Letter, Mouth


@dataclass(frozen=True, slots=True)
class Pace:
    """How quickly a vendor answers."""

    first_byte_ms: float = 0
    """From a text to the first chunk of its sound."""
    speed: float = math.inf
    """Times real time; infinite: as soon as anybody takes it."""
    chunk_ms: tuple[int, ...] = (93, 131, 207, 57, 311)
    """How long chunks sound, in turn; never whole frames, so that nobody relies on that."""
    jitter_ms: float = 0
    """A chunk is late by up to so much."""
    seed: int = 0
    """Of the jitter."""

    def __post_init__(self) -> None:
        if not self.chunk_ms or any(ms <= 0 or ms % FRAME_MS == 0 for ms in self.chunk_ms):
            raise ValueError(f"chunks must last a while, and no multiple of {FRAME_MS} ms")
        if self.speed <= 0:
            raise ValueError("a voice that is not faster than 0 never speaks")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk of a sound, with the characters that begin in it, their times from its own start."""

    audio: bytes
    letters: tuple[Letter, ...]


class TooMany(Exception):
    """All lanes of the plan are taken and stayed so."""


class Lanes:
    """How many generations a plan allows at the same time."""

    def __init__(self, limit: int, queue_ms: float) -> None:
        self.limit = limit
        self.taken = 0
        self._queue_ms = queue_ms
        self._free = asyncio.Semaphore(limit)

    @asynccontextmanager
    async def lane(self) -> AsyncIterator[None]:
        """Hold one while generating; TooMany when none is free within the queue's time."""
        try:
            async with asyncio.timeout(self._queue_ms / 1000):
                await self._free.acquire()
        except TimeoutError:
            raise TooMany from None
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1
            self._free.release()


class Delivery:
    """The chunks of one stream."""

    def __init__(self, pace: Pace, mouth: Mouth, form: Format, language: str) -> None:
        self._pace = pace
        self._mouth = mouth
        self._form = form
        self._language = language
        self._chance = random.Random(pace.seed)
        self._chunks = 0

    async def chunks(
        self, text: str, *, asked_at: float, odd: bool = False, timing_first: bool = False
    ) -> AsyncGenerator[Chunk, None]:
        """Yield the sound of a text as it would arrive; VoiceError when there is none.

        ``asked_at`` is when the text came, on the loop's clock: a text that had to wait for another
        one does not wait for its first byte again. ``odd`` cuts within samples, ``timing_first``
        puts the times of all characters on the first chunk of a piece.
        """
        loop = asyncio.get_running_loop()
        due = max(loop.time(), asked_at + self._pace.first_byte_ms / 1000)
        async for piece in self._mouth.say(text, self._language):
            at = 0
            while at < len(piece.audio):
                size = self._size(odd)
                start_ms = self._form.milliseconds(at)
                audio = piece.audio[at : at + size]
                at += len(audio)
                last = at >= len(piece.audio)
                end_ms = math.inf if last or timing_first else self._form.milliseconds(at)
                if timing_first and start_ms > 0:
                    start_ms = math.inf
                late = self._chance.uniform(0, self._pace.jitter_ms) / 1000
                await asyncio.sleep(max(0.0, due + late - loop.time()))
                yield Chunk(audio, _within(piece.letters, start_ms, end_ms))
                due += self._form.milliseconds(len(audio)) / 1000 / self._pace.speed

    def _size(self, odd: bool) -> int:
        ms = self._pace.chunk_ms[self._chunks % len(self._pace.chunk_ms)]
        self._chunks += 1
        size = self._form.rate * ms // 1000 * self._form.sample_bytes
        return size | 1 if odd else size


def _within(letters: tuple[Letter, ...], start_ms: float, end_ms: float) -> tuple[Letter, ...]:
    return tuple(
        Letter(each.character, each.start_ms - start_ms, each.duration_ms)
        for each in letters
        if start_ms <= each.start_ms < end_ms
    )
