"""What callers may hear: mended where that is honest, refused where it is not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ivr.audio import loudness, mulaw
from ivr.audio.mulaw import SILENCE
from ivr.audio.resample import to_pcm16
from ivr.fakes.elevenlabs import audio_of
from ivr.prompts.gate import (
    LEADING_MS_MAX,
    TRAILING_MS_MAX,
    Passed,
    Refused,
    examine,
    longest_seconds,
    shortest_seconds,
)

TEXT = "For sales, press one. For support, press two."


def wave(
    seconds: float = 3.0, dbfs: float = -20.0, *, offset: float = 0.0, peaks: float = 0.0
) -> bytes:
    """A hum of this level, perhaps with a constant offset, or with single peaks in it."""
    count = round(seconds * 8_000)
    samples = np.sin(np.arange(count) * 2 * math.pi * 200 / 8_000)
    samples *= 10 ** (dbfs / 20) * math.sqrt(2)
    samples += offset
    if peaks:
        samples[::4_000] = peaks
    return mulaw.encode(to_pcm16(samples))


def passed(audio: bytes, text: str = TEXT, pace: float | None = 1.0) -> Passed:
    judged = examine(audio, text, pace)
    assert isinstance(judged, Passed), judged
    return judged


def refused(audio: bytes, text: str = TEXT, pace: float | None = 1.0) -> str:
    judged = examine(audio, text, pace)
    assert isinstance(judged, Refused), judged
    return judged.reason


def test_a_good_take_comes_through_byte_for_byte() -> None:
    for audio in (wave(), audio_of(TEXT), SILENCE * 160 + wave() + SILENCE * 800):
        judged = passed(audio)
        assert judged.audio == audio
        assert judged.mended == ()
        assert judged.dbfs == pytest.approx(-20, abs=1)


@pytest.mark.parametrize(
    ("audio", "reason"),
    [
        (b"", "it is empty"),
        (SILENCE * 24_000, "nothing but silence"),
        (b"\x7f" * 24_000, "nothing but silence"),
        (wave(0.8), "cut short: 0.8 s for a text that takes 1.6 s"),
        (wave(0.8) + SILENCE * 24_000, "cut short: 0.8 s"),
        (SILENCE * 24_000 + wave(0.8), "cut short: 0.8 s"),
        (wave(60), "goes on for 60.0 s"),
        (wave(3, -64), "too soft: -33 dBFS"),
    ],
)
def test_what_callers_could_not_understand_is_refused(audio: bytes, reason: str) -> None:
    assert reason in refused(audio)


def test_a_clipped_take_is_refused_and_one_that_only_touches_the_top_is_not() -> None:
    loud = np.clip(np.sin(np.arange(24_000) * 2 * math.pi * 200 / 8_000) * 3, -1, 1)
    assert "clipped in 1200 places" in refused(mulaw.encode(to_pcm16(loud)))
    assert passed(wave(peaks=0.999)).audio


@pytest.mark.parametrize("dbfs", [-40, -26, -14, -6])
def test_every_level_becomes_that_of_speech(dbfs: float) -> None:
    judged = passed(wave(dbfs=dbfs))
    assert loudness.active_rms_dbfs(judged.audio) == pytest.approx(-20, abs=0.3)
    assert judged.dbfs == loudness.active_rms_dbfs(judged.audio)
    (mended,) = judged.mended
    assert mended.startswith(f"level {loudness.active_rms_dbfs(wave(dbfs=dbfs)):.1f} to ")


def test_a_level_that_would_need_clipping_stays_as_soft_as_that_takes() -> None:
    judged = passed(wave(dbfs=-26, peaks=0.9))
    assert judged.dbfs == pytest.approx(-25, abs=1)
    assert passed(judged.audio).dbfs < -23, "nothing was clipped for it"


def test_a_constant_offset_is_removed() -> None:
    audio = passed(wave(offset=0.05)).audio
    assert abs(np.frombuffer(mulaw.decode(audio), "<i2").mean()) < 100


@pytest.mark.parametrize("ms", [31, 100, 900])
def test_silence_at_the_start_is_cut_to_a_breath_and_nothing_audible_is_lost(ms: int) -> None:
    audio = wave()
    judged = passed(SILENCE * (ms * 8) + audio)
    assert loudness.leading_silence_ms(judged.audio) == pytest.approx(20, abs=1)
    assert judged.audio.endswith(audio)
    assert "cut off at the start" in judged.mended[0]


def test_a_soft_voice_does_not_lose_its_beginning_to_the_scissors() -> None:
    """It is made louder first, and then it is seen where it begins."""
    soft = wave(dbfs=-48)
    assert loudness.first_audible(soft) != 0
    judged = passed(wave(0.2, -50) + soft)
    assert len(judged.audio) >= len(soft) + 1_600 - 8


def test_no_take_that_passes_is_late() -> None:
    for ms in range(0, 200, 7):
        assert (
            loudness.leading_silence_ms(passed(SILENCE * (ms * 8) + wave()).audio) <= LEADING_MS_MAX
        )


def test_a_long_silence_at_the_end_is_cut_off() -> None:
    judged = passed(wave() + SILENCE * 16_000)
    assert loudness.trailing_silence_ms(judged.audio) == pytest.approx(TRAILING_MS_MAX, abs=1)
    assert "cut off at the end" in judged.mended[0]


def test_mending_twice_changes_nothing_more() -> None:
    once = passed(SILENCE * 4_000 + wave(dbfs=-30) + SILENCE * 8_000)
    again = passed(once.audio)
    assert (again.audio, again.mended) == (once.audio, ())


def test_a_quick_voice_is_expected_to_be_quick() -> None:
    assert "cut short" in refused(wave(1.2))
    assert passed(wave(1.2), pace=2.0)


def test_a_sound_that_is_no_speech_may_be_as_long_as_it_likes() -> None:
    assert passed(wave(0.1), pace=None)
    assert refused(b"", pace=None) == "it is empty"


def test_digits_take_the_time_of_words_and_markup_takes_none() -> None:
    assert shortest_seconds("12345678") > shortest_seconds("abcdefgh")
    assert shortest_seconds('Hold. <break time="3s"/>') < shortest_seconds("Hold. Hold.")
    assert longest_seconds("12345678") > longest_seconds("abcdefgh")
    assert longest_seconds("abc", 0.5) == 2 * longest_seconds("abc")
