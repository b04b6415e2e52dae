"""The tones in a recording are the real ones: measured, not compared with themselves."""

from __future__ import annotations

import numpy as np
import pytest

from ivr.audio import mulaw
from ivr.phone.tones import key_tone, ringing


def strongest(audio: bytes, count: int) -> list[int]:
    """The strongest frequencies in it, in Hz, lowest first."""
    samples = np.frombuffer(mulaw.decode(audio), "<i2").astype(float)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 8000))
    found: list[int] = []
    for _ in range(count):
        peak = int(spectrum.argmax())
        found.append(peak)
        spectrum[max(0, peak - 25) : peak + 25] = 0
    return sorted(found)


@pytest.mark.parametrize(
    ("key", "low", "high"),
    [("1", 697, 1209), ("5", 770, 1336), ("9", 852, 1477), ("0", 941, 1336), ("#", 941, 1477)],
)
def test_a_key_sounds_with_its_two_frequencies(key: str, low: int, high: int) -> None:
    tone = key_tone(key)
    assert len(tone) == 640
    assert strongest(tone, 2) == pytest.approx([low, high], abs=8)


def test_star_and_letters_have_tones_and_nothing_else_does() -> None:
    assert len({key_tone(key) for key in "0123456789*#ABCD"}) == 16
    with pytest.raises(ValueError, match="no telephone key"):
        key_tone("E")


def test_ringing_is_two_seconds_of_tone_and_four_of_silence() -> None:
    sound = ringing(13_000)
    assert len(sound) == 13_000 * 8
    assert strongest(sound[:8000], 2) == pytest.approx([440, 480], abs=4)
    assert set(sound[16_000:48_000]) == {0xFF}
    assert sound[48_000:52_000] == sound[:4000]
