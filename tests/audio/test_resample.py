"""Resampling: what a line can carry comes through flat, what it cannot does not fold back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.audio.resample import RATE_MAX, RATE_MIN, Resampler, to_8khz, to_pcm16
from tests.audio.sounds import level, noise, sine

RATES = [11_025, 16_000, 22_050, 24_000, 44_100, 48_000]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("hertz", [100, 300, 1_000, 2_500, 3_400])
def test_speech_up_to_3400_hz_comes_through_flat(rate: int, hertz: int) -> None:
    assert level(to_8khz(sine(hertz, rate=rate), rate)) == pytest.approx(-20, abs=1)


@pytest.mark.parametrize("rate", [rate for rate in RATES if rate > 12_000])
@pytest.mark.parametrize("hertz", [4_700, 5_000, 6_000, 7_500])
def test_what_is_above_4_khz_is_60_db_down(rate: int, hertz: int) -> None:
    assert level(to_8khz(sine(hertz, rate=rate), rate)) < -20 - 60


@pytest.mark.parametrize("rate", [*RATES, 8_000, RATE_MIN])
def test_a_second_stays_a_second(rate: int) -> None:
    assert len(to_8khz(noise(ms=1_000, rate=rate), rate)) == 2 * 8_000


@settings(max_examples=30)
@given(st.lists(st.integers(0, 3_000), max_size=20), st.sampled_from([8_000, 16_000, 24_000]))
def test_the_sound_does_not_depend_on_how_it_was_cut(sizes: list[int], rate: int) -> None:
    sound = noise(ms=200, rate=rate)
    resampler, place, out = Resampler(rate), 0, b""
    for size in sizes:
        out += resampler.push(sound[place : place + size])
        place += size
    out += resampler.push(sound[place:]) + resampler.flush()
    assert out == to_8khz(sound, rate)


def test_a_stream_gives_sound_before_its_end() -> None:
    resampler = Resampler(24_000)
    assert len(resampler.push(noise(ms=500, rate=24_000))) > 2 * 8 * 300


def test_8_khz_comes_through_untouched() -> None:
    sound = noise(ms=100)
    assert to_8khz(sound, 8_000) == sound


def test_silence_stays_silence() -> None:
    assert to_8khz(bytes(2 * 24_000), 24_000) == bytes(2 * 8_000)


def test_half_a_sample_at_the_end_is_dropped() -> None:
    sound = noise(ms=100)
    assert to_8khz(sound + b"\x01", 8_000) == sound


@pytest.mark.parametrize("rate", [0, RATE_MIN - 1, RATE_MAX + 1])
def test_a_rate_out_of_all_reason_is_refused(rate: int) -> None:
    with pytest.raises(ValueError, match="samples a second"):
        Resampler(rate)


def test_samples_that_are_too_loud_are_clipped_and_do_not_wrap() -> None:
    assert np.frombuffer(to_pcm16(np.array([1.5, -1.5, 1.0])), "<i2").tolist() == [
        32_767,
        -32_768,
        32_767,
    ]
