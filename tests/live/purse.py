"""What the live tests may spend, counted before a word is sent, and refused beyond.

Characters are what ElevenLabs is paid for. Everything a live test says goes through a ``Purse``: a
voice that is paid from it keeps the contract of ``ivr/voices/base.py`` as the voice within does.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Final

from ivr.voices.base import Line, Voice

CHARACTERS_MAX: Final = 500
"""Of one run of all live tests: a few cents, and a twentieth of a free month."""
SPACES: Final = 2
"""That open and end an utterance on a socket; they are on the bill too."""


class TooDear(AssertionError):
    """A test wanted to say more than there is; nothing of it was sent."""


class Purse:
    """Characters, and how many of them are gone."""

    def __init__(self, most: int = CHARACTERS_MAX) -> None:
        self.most = most
        self.spent = 0

    def pay(self, text: str) -> str:
        """Take out what a text costs, and give it back to be said; :class:`TooDear` before."""
        cost = len(text) + SPACES if text.strip() else 0
        if self.spent + cost > self.most:
            raise TooDear(
                f"live tests say {self.most} characters at most: {self.spent} are spent, and the "
                f"next text costs {cost}; choose shorter texts or fewer rules"
            )
        self.spent += cost
        return text


class PaidVoice:
    """A voice that says only what is paid for."""

    def __init__(self, voice: Voice, purse: Purse) -> None:
        self._voice = voice
        self._purse = purse

    @property
    def key(self) -> str:
        return self._voice.key

    def speaks(self, language: str) -> bool:
        return self._voice.speaks(language)

    async def open(self) -> None:
        await self._voice.open()

    def lease(self, call: str, *, language: str | None = None) -> PaidLine:
        return PaidLine(self._voice.lease(call, language=language), self._purse)

    async def aclose(self) -> None:
        await self._voice.aclose()


class PaidLine:
    """A line that says only what is paid for."""

    def __init__(self, line: Line, purse: Purse) -> None:
        self._line = line
        self._purse = purse

    async def speak(
        self, text: str, *, language: str, before: str = "", after: str = ""
    ) -> AsyncGenerator[bytes, None]:
        paid = self._purse.pay(text)
        speech = self._line.speak(paid, language=language, before=before, after=after)
        async with aclosing(speech) as chunks:
            async for chunk in chunks:
                yield chunk

    async def narrate(
        self, pieces: AsyncIterator[str], *, language: str
    ) -> AsyncGenerator[bytes, None]:
        async with aclosing(self._line.narrate(self._paid(pieces), language=language)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _paid(self, pieces: AsyncIterator[str]) -> AsyncGenerator[str, None]:
        try:
            async for piece in pieces:
                yield self._purse.pay(piece)
        finally:
            if (close := getattr(pieces, "aclose", None)) is not None:
                await close()

    async def aclose(self) -> None:
        await self._line.aclose()
