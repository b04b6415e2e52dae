"""Plays what the caller hears, with whatever player the machine has.

The sound is piped, as raw mu-law at 8 kHz, into the first program of a list that is installed and
stays alive (a machine without a sound card has players that give up at once). No sound is no error.
Used by ``ivr call``.
"""

from __future__ import annotations

import asyncio
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process
from typing import Final

from ivr.audio.frames import BYTES_PER_MS
from ivr.audio.mulaw import SILENCE, decode

TRIAL_MS: Final = 300
"""A player that still lives after this has found a sound card."""
FINISH_S: Final = 3.0
"""For what a player still holds when there is no more: pipes and sound cards have their buffers."""
BACKLOG_MS_MAX: Final = 500
"""What a player has not taken by then is old; it is dropped rather than heard late."""

MULAW: Final = "mulaw"
PCM16: Final = "pcm16"

PLAYERS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (PCM16, ("pw-play", "--raw", "--rate=8000", "--channels=1", "--format=s16", "-")),
    (MULAW, ("paplay", "--raw", "--format=ulaw", "--rate=8000", "--channels=1")),
    (MULAW, ("aplay", "-q", "-t", "raw", "-f", "MU_LAW", "-r", "8000", "-c", "1", "-")),
    (MULAW, ("play", "-q", "-t", "raw", "-e", "mu-law", "-b", "8", "-r", "8000", "-c", "1", "-")),
    (MULAW, ("ffplay", "-loglevel", "quiet", "-nodisp", "-f", "mulaw", "-ar", "8000", "-i", "-")),
)
"""In this order: what a desktop has by itself first."""


class Player:
    """A running player; ``hear`` is the telephone's ear-piece."""

    def __init__(self, name: str, process: Process, encoding: str) -> None:
        self.name = name
        self._process = process
        self._encoding = encoding

    def hear(self, mulaw: bytes) -> None:
        """Play this after what came before; dropped where the player is behind or gone."""
        pipe = self._process.stdin
        alive = self._process.returncode is None and pipe is not None and not pipe.is_closing()
        if pipe is not None and alive and self.backlog_ms <= BACKLOG_MS_MAX:
            pipe.write(decode(mulaw) if self._encoding == PCM16 else mulaw)

    @property
    def backlog_ms(self) -> float:
        """Sound the player was given and has not taken; beyond that, pipes hold some seconds."""
        if self._process.stdin is None:
            return 0
        waiting = self._process.stdin.transport.get_write_buffer_size()
        return waiting / BYTES_PER_MS / (2 if self._encoding == PCM16 else 1)

    async def finish(self) -> None:
        """Let it play what it was given, and no longer than FINISH_S."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(FINISH_S):
                await self._process.wait()
        except TimeoutError:
            await self.aclose()

    async def aclose(self) -> None:
        """Stop playing, at once."""
        if self._process.returncode is None:
            self._process.terminate()
        await self._process.wait()


async def find_player(
    players: tuple[tuple[str, tuple[str, ...]], ...] = PLAYERS,
) -> Player | None:
    """Start the first player that works; None if there is none."""
    for encoding, command in players:
        if shutil.which(command[0]) is None:
            continue
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL
        )
        player = Player(command[0], process, encoding)
        player.hear(SILENCE * (TRIAL_MS * BYTES_PER_MS))
        try:
            async with asyncio.timeout(TRIAL_MS / 1000):
                await process.wait()
        except TimeoutError:
            return player
    return None
