"""Text that is spoken as it comes: a function's pieces, in the call's voice, or in the next one.

A voice that fails before it was heard is followed by the next of its ladder, which says it from the
beginning; one that fails in the middle ends the text, because nobody knows how far it came. Used by
``studio``.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from ivr.calls.booth import Booth
from ivr.calls.ladder import Ladders
from ivr.errors import VoiceError
from ivr.flow.messages import Narration
from ivr.prompts.takes import SOUND_MS_MAX, Sound

log = logging.getLogger(__name__)

BYTES_MAX = SOUND_MS_MAX * 8


class Replay:
    """Pieces that can be read again from the beginning, as often as they are asked for."""

    def __init__(self, pieces: AsyncIterator[str]) -> None:
        self._pieces = pieces
        self._read: list[str] = []
        self._over = False

    async def read(self) -> AsyncGenerator[str, None]:
        """All pieces, those that came already first. One reader at a time."""
        place = 0
        while True:
            while place < len(self._read):
                yield self._read[place]
                place += 1
            if self._over:
                return
            piece = await anext(self._pieces, None)
            if piece is None:
                self._over = True
            else:
                self._read.append(piece)


async def narrate(
    ladders: Ladders,
    booth: Booth,
    sound: Sound,
    part: Narration,
    pieces: AsyncGenerator[str, None],
) -> None:
    """Fill a sound with what these pieces say; it is complete when this returns.

    Cancelled, it closes the pieces at once.
    """
    async with aclosing(pieces):
        replay = Replay(pieces)
        for voice in ladders.order(part.voice):
            try:
                await _speak(ladders, booth, sound, voice, part.language, replay)
            except VoiceError as error:
                log.warning("call %s: voice %s failed: %s", booth.call, voice, error)
                sound.fell(voice, str(error))
                if sound.audio:
                    break
            else:
                sound.finish()
                return
        if sound.audio:
            sound.finish()
        else:
            sound.fail("no voice said it")


async def _speak(
    ladders: Ladders, booth: Booth, sound: Sound, voice: str, language: str, replay: Replay
) -> None:
    line = ladders.line(booth, voice, language)
    async with aclosing(replay.read()) as pieces:
        speech = line.narrate(pieces, language=language)
        async with aclosing(speech):
            async for chunk in speech:
                sound.grow(chunk)
                if len(sound.audio) > BYTES_MAX:
                    return
