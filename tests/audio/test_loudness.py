"""Levels, the first audible sample, and what shaping does to a sound."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.audio import loudness
from ivr.audio.mulaw import SILENCE, encode
from tests.audio.sounds import noise, sine

SECOND = 8_000


def silence(ms: int) -> bytes:
    return bytes(2 * 8 * ms)


def offset(pcm16: bytes, by: int) -> bytes:
    return (np.frombuffer(pcm16, "<i2") + by).astype("<i2").tobytes()


def peak(pcm16: bytes) -> int:
    return int(np.abs(np.frombuffer(pcm16, "<i2").astype(int)).max())


# --- measuring -----------------------------------------------------------------------------------


def test_the_level_of_a_sine_is_its_root_mean_square() -> None:
    assert loudness.rms_dbfs(encode(sine(400, dbfs=-12))) == pytest.approx(-12, abs=0.1)


def test_pauses_count_for_the_level_and_not_for_the_level_of_speech() -> None:
    sound = encode(sine(400, dbfs=-20) + silence(3_000))
    assert loudness.rms_dbfs(sound) == pytest.approx(-26, abs=0.1)
    assert loudness.active_rms_dbfs(sound) == pytest.approx(-20, abs=0.1)


def test_a_short_last_frame_counts_as_one_that_ends_in_silence() -> None:
    assert loudness.active_rms_dbfs(encode(sine(400, ms=10))) == pytest.approx(-23, abs=0.2)


@pytest.mark.parametrize("sound", [b"", SILENCE * SECOND])
def test_nothing_and_silence_have_no_level(sound: bytes) -> None:
    assert loudness.rms_dbfs(sound) == -math.inf
    assert loudness.active_rms_dbfs(sound) == -math.inf
    assert loudness.first_audible(sound) is None
    assert loudness.first_audible_ms(sound) is None
    assert loudness.leading_silence_ms(sound) == len(sound) / 8
    assert loudness.trailing_silence_ms(sound) == len(sound) / 8


def test_a_sound_is_audible_from_its_first_loud_sample() -> None:
    sound = SILENCE * 803 + encode(sine(1_000, ms=100)) + SILENCE * 400
    # The first sample of a sine is zero.
    assert loudness.first_audible(sound) == 804
    assert loudness.first_audible_ms(sound) == loudness.leading_silence_ms(sound) == 804 / 8
    assert loudness.trailing_silence_ms(sound) == pytest.approx(50, abs=0.2)


def test_noise_below_the_threshold_is_not_audible_and_above_it_is() -> None:
    assert loudness.first_audible(encode(sine(500, dbfs=loudness.AUDIBLE_DBFS - 4))) is None
    assert loudness.first_audible(encode(sine(500, dbfs=loudness.AUDIBLE_DBFS))) is not None


def test_both_halves_of_a_wave_are_audible() -> None:
    loud = 10_000
    assert loudness.first_audible(encode(loud.to_bytes(2, "little", signed=True))) == 0
    assert loudness.first_audible(encode((-loud).to_bytes(2, "little", signed=True))) == 0


@given(st.binary(max_size=300), st.integers(0, 300))
def test_the_first_audible_sample_does_not_depend_on_how_a_stream_was_cut(
    sound: bytes, cut: int
) -> None:
    first, second = loudness.first_audible(sound[:cut]), loudness.first_audible(sound[cut:])
    if first is None and second is not None:
        first = len(sound[:cut]) + second
    assert loudness.first_audible(sound) == first


# --- shaping -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dbfs", [-45.0, -30.0, -20.0, -6.0])
def test_speech_comes_to_the_same_level_from_everywhere(dbfs: float) -> None:
    sound = silence(300) + sine(400, dbfs=dbfs) + silence(500)
    shaped = loudness.normalise(sound)
    assert len(shaped) == len(sound)
    assert loudness.active_rms_dbfs(encode(shaped)) == pytest.approx(-20, abs=0.1)


def test_normalising_twice_is_normalising_once() -> None:
    once = loudness.normalise(silence(300) + sine(400, dbfs=-33))
    twice = loudness.normalise(once)
    assert np.allclose(np.frombuffer(once, "<i2"), np.frombuffer(twice, "<i2"), atol=2)


def test_a_constant_offset_is_removed() -> None:
    shaped = loudness.normalise(offset(sine(400, dbfs=-30), 2_000))
    samples = np.frombuffer(shaped, "<i2")
    assert abs(float(samples.mean())) < 1
    assert loudness.active_rms_dbfs(encode(shaped)) == pytest.approx(-20, abs=0.1)


def test_peaks_are_never_clipped_for_the_level() -> None:
    click = (30_000).to_bytes(2, "little") + bytes(2 * 159)  # all of a frame's energy in one sample
    shaped = loudness.normalise(sine(400, dbfs=-50) + click * 5)
    assert 32_000 < peak(shaped) < 32_767


def test_noise_is_not_made_into_speech() -> None:
    shaped = loudness.normalise(noise(ms=500, dbfs=-75))
    assert loudness.rms_dbfs(encode(shaped)) == pytest.approx(-75 + loudness.GAIN_DB_MAX, abs=1)


@pytest.mark.parametrize("sound", [b"", silence(100), offset(silence(333), 1_234)])
def test_silence_stays_silence(sound: bytes) -> None:
    assert loudness.normalise(sound) == bytes(len(sound))
    assert loudness.trim(loudness.normalise(sound)) == b""


def test_silence_is_cut_at_both_ends_but_for_a_breath() -> None:
    trimmed = encode(loudness.trim(silence(400) + sine(400, ms=200) + silence(600)))
    assert loudness.leading_silence_ms(trimmed) == pytest.approx(loudness.LEAD_MS, abs=0.2)
    assert loudness.leading_silence_ms(trimmed) <= 30
    assert loudness.trailing_silence_ms(trimmed) == pytest.approx(loudness.TAIL_MS, abs=0.2)
    assert len(trimmed) / 8 == pytest.approx(200 + loudness.LEAD_MS + loudness.TAIL_MS, abs=0.5)


def test_a_sound_that_begins_and_ends_at_once_is_not_cut() -> None:
    sound = sine(400, ms=200)
    assert loudness.trim(sound) == sound


def test_pauses_inside_are_kept() -> None:
    tone = sine(400, ms=200)
    sound = tone + silence(1_000) + tone
    assert loudness.trim(sound) == sound


def test_silences_are_the_stretches_in_which_nothing_is_heard() -> None:
    tone, pause = encode(sine(400, ms=200)), encode(silence(500))
    found = loudness.silences(pause + tone + pause + tone)
    edges = [edge for stretch in found for edge in stretch]
    assert edges == pytest.approx([0, 500, 700, 1200], abs=0.5)
    assert loudness.silences(tone) == []  # where a wave crosses zero it is no silence
    assert loudness.silences(pause + tone, ms_min=501) == []
    assert loudness.silences(b"") == []
