"""What the bench's vendor sounds like: a hum in syllables, quiet before and after, as voices are.

Every request for speech begins with LEAD_MS of breath below what anybody hears and ends with a
dying fall, so that a line which passes a vendor's sound on as it came is seen to. It is a little
louder than the house's own level, so that a line which shapes one part and not the other is heard
to. A text with a digit in it hums higher: whoever listens can tell a live value from what stands
around it. Used by ``bench_vendor``; ``bench_joins`` listens.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Final

import numpy as np

from ivr.audio import mulaw
from ivr.audio.resample import to_pcm16
from ivr.fakes.elevenlabs.catalogue import Encoding, Format
from ivr.fakes.elevenlabs.sound import Letter, Mouth, Piece

CHARACTER_MS: Final = 60
"""About the pace of speech."""
LEAD_MS: Final = 60
TAIL_MS: Final = 80
LEVEL_DBFS: Final = -18.0
"""Of the hum while it lasts; takes are kept at -20."""
BREATH_DBFS: Final = -60.0
EDGE_MS: Final = 8
"""Of the rise and fall at both ends: no voice begins in the middle of a wave."""
FIXED_HZ: Final = 200.0
LIVE_HZ: Final = 350.0
"""Of a text with a digit in it."""
_WAVER: Final = 0.15
"""How much syllables swell; 4 a second."""
_KEPT: Final = 512


class Hum:
    """The sound of the bench's vendor; takes any text."""

    async def open(self) -> None:
        """There is nothing to open."""

    def mouth(self, form: Format) -> Mouth:
        """A mouth; it remembers nothing."""
        assert form.encoding is Encoding.MULAW, "the bench asks for what telephones take"
        return _HumMouth()

    async def aclose(self) -> None:
        """There is nothing to close."""


class _HumMouth:
    async def say(self, text: str, language: str) -> AsyncIterator[Piece]:
        spoken = " ".join(text.split())
        if spoken:
            audio = hum(len(spoken), live=any(each.isdigit() for each in spoken))
            yield Piece(audio, (Letter(spoken, 0, len(audio) / 8),))


@lru_cache(_KEPT)
def hum(characters: int, *, live: bool) -> bytes:
    """The sound of a text of so many characters, in mu-law."""
    rate = mulaw.SAMPLE_RATE
    count = characters * CHARACTER_MS * rate // 1000
    at = np.arange(count) / rate
    pitch = LIVE_HZ if live else FIXED_HZ
    peak = 10 ** (LEVEL_DBFS / 20) * np.sqrt(2)
    wave = np.sin(2 * np.pi * pitch * at) * peak * (1 - _WAVER * np.cos(2 * np.pi * 4 * at))
    edge = min(EDGE_MS * rate // 1000, count // 2)
    ramp = np.sin(np.linspace(0, np.pi / 2, edge)) ** 2
    wave[:edge] *= ramp
    wave[count - edge :] *= ramp[::-1]
    breath = np.random.default_rng(characters)
    low = 10 ** (BREATH_DBFS / 20)
    lead = breath.normal(0, low, LEAD_MS * rate // 1000)
    tail = breath.normal(0, low, TAIL_MS * rate // 1000)
    return mulaw.encode(to_pcm16(np.concatenate([lead, wave, tail])))
