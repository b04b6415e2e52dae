"""The hum of the bench's vendor: quiet at both ends, and live texts higher than fixed ones."""

from __future__ import annotations

import asyncio

import pytest

from ivr.audio.loudness import active_rms_dbfs, first_audible_ms, trailing_silence_ms
from ivr.cli.bench_voice import CHARACTER_MS, LEAD_MS, LEVEL_DBFS, TAIL_MS, Hum, hum
from ivr.fakes.elevenlabs.catalogue import FORMATS


def test_a_text_lasts_as_long_as_it_has_characters_and_begins_and_ends_quietly() -> None:
    audio = hum(20, live=False)
    assert len(audio) == (20 * CHARACTER_MS + LEAD_MS + TAIL_MS) * 8
    began = first_audible_ms(audio)
    assert began is not None
    assert LEAD_MS <= began < LEAD_MS + 5
    assert TAIL_MS <= trailing_silence_ms(audio) < TAIL_MS + 5


@pytest.mark.parametrize("live", [False, True])
def test_both_pitches_are_equally_loud(live: bool) -> None:
    assert active_rms_dbfs(hum(20, live=live)[LEAD_MS * 8 : -TAIL_MS * 8]) == pytest.approx(
        LEVEL_DBFS, abs=0.3
    )


def test_a_text_with_a_digit_is_a_live_one_and_white_space_is_no_sound() -> None:
    async def say(text: str) -> bytes:
        mouth = Hum().mouth(FORMATS["ulaw_8000"])
        return b"".join([piece.audio async for piece in mouth.say(text, "en")])

    assert asyncio.run(say("Hello there. ")) == hum(12, live=False)
    assert asyncio.run(say(" order  12 ")) == hum(8, live=True)
    assert asyncio.run(say("  ")) == b""
