"""One text spoken once: what came of it, when, and playing it meanwhile.

``Take`` is what a voice gave, with its times; ``Playback`` hands it to a player at the pace at
which it plays, however fast it was made. Nothing here knows which voice speaks, and nothing prints.
Used by ``ivr say`` and by ``ivr doctor``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final

from ivr.audio.frames import BYTES_PER_MS
from ivr.audio.loudness import first_audible

PIECE_MS: Final = 100
"""What a player is given at once."""
LEAD_MS: Final = 200
"""Sound a player has that is not played yet; more of it would be dropped by ``Player.hear``."""
TAIL_MS: Final = 400
"""For a player and its sound card to be through with what they were given last."""

Ear = Callable[[bytes], None]


class Take:
    """The sound of one text as it arrives. Times are milliseconds since it was asked for."""

    def __init__(self) -> None:
        self.audio = bytearray()
        self.chunks = 0
        self.first_ms: float | None = None
        """Until the first audio; None while there is none."""
        self.took_ms = 0.0
        """Until the last audio, so far."""
        self._asked: float | None = None

    def asked(self) -> None:
        """The words are there and the voice may begin; the first time counts."""
        if self._asked is None:
            self._asked = asyncio.get_running_loop().time()

    def arrived(self, chunk: bytes) -> None:
        """Audio has come."""
        assert self._asked is not None, "audio before anything was asked"
        self.took_ms = (asyncio.get_running_loop().time() - self._asked) * 1000
        if self.first_ms is None:
            self.first_ms = self.took_ms
        self.chunks += 1
        self.audio += chunk

    @property
    def sound_ms(self) -> float:
        """How long it plays, as mu-law at 8 kHz."""
        return len(self.audio) / BYTES_PER_MS

    @property
    def silence_ms(self) -> float:
        """How long nothing is heard at its beginning."""
        audible = first_audible(bytes(self.audio))
        return self.sound_ms if audible is None else audible / BYTES_PER_MS

    @property
    def rate(self) -> float:
        """How many seconds of sound were made in a second; 0 for nothing."""
        return self.sound_ms / self.took_ms if self.took_ms else 0.0


async def listen(
    audio: AsyncGenerator[bytes, None],
    take: Take,
    hear: Callable[[bytes], None] = lambda chunk: None,
) -> None:
    """Take in all of a voice's audio and tell ``hear`` of each chunk.

    Raises :class:`~ivr.errors.VoiceError`; what came before it stays in the take.
    """
    async with aclosing(audio):
        async for chunk in audio:
            take.arrived(chunk)
            hear(chunk)


class Playback:
    """Sound on its way to a player."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear
        self._sound = bytearray()
        self._ended = False
        self._news = asyncio.Event()

    def hear(self, mulaw: bytes) -> None:
        """Play this after what came before."""
        self._sound += mulaw
        self._news.set()

    def end(self) -> None:
        """There is no more to come."""
        self._ended = True
        self._news.set()

    async def run(self) -> None:
        """Play until everything that was to come is heard."""
        loop = asyncio.get_running_loop()
        heard_by = loop.time()
        while self._sound or not self._ended:
            if not self._sound:
                self._news.clear()
                await self._news.wait()
                continue
            piece = bytes(self._sound[: PIECE_MS * BYTES_PER_MS])
            del self._sound[: len(piece)]
            heard_by = max(heard_by, loop.time()) + len(piece) / BYTES_PER_MS / 1000
            self._ear(piece)
            await asyncio.sleep(max(0.0, heard_by - LEAD_MS / 1000 - loop.time()))
        await asyncio.sleep(max(0.0, heard_by + TAIL_MS / 1000 - loop.time()))
