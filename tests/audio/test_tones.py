"""The sounds the line makes itself, measured."""

from __future__ import annotations

import numpy as np
import pytest

from ivr.audio import mulaw, tones
from tests.calls.voices import speech


def _samples(audio: bytes) -> np.ndarray:
    return np.frombuffer(mulaw.decode(audio), dtype="<i2") / 32768


def _loudest_hz(samples: np.ndarray, count: int) -> list[int]:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), n=8000))
    peaks: list[int] = []
    for hz in np.argsort(spectrum)[::-1]:
        if all(abs(int(hz) - known) > 40 for known in peaks):
            peaks.append(int(hz))
        if len(peaks) == count:
            break
    return sorted(peaks)


@pytest.mark.parametrize(
    ("key", "hz"),
    [
        ("1", (697, 1209)),
        ("5", (770, 1336)),
        ("9", (852, 1477)),
        ("*", (941, 1209)),
        ("#", (941, 1477)),
    ],
)
def test_a_key_sounds_its_two_tones(key: str, hz: tuple[int, int]) -> None:
    tone = _samples(tones.keys(key))[: tones.KEY_MS * 8]
    assert all(abs(a - b) <= 12 for a, b in zip(_loudest_hz(tone, 2), hz, strict=True))


@pytest.mark.parametrize("key", "123456789*0#")
@pytest.mark.parametrize("twist", [1.0, 0.4], ids=["as it is", "one tone weak"])
def test_a_key_is_known_by_its_sound_even_on_a_noisy_line(key: str, twist: float) -> None:
    tone = _samples(tones.keys(key))[: tones.KEY_MS * 8]
    spectrum = np.fft.rfft(tone)
    spectrum[len(spectrum) * 1075 // 4000 :] *= twist
    noise = np.random.default_rng(5).standard_normal(tone.size) * 0.02
    line = mulaw.encode(((np.fft.irfft(spectrum) + noise) * 32_767).astype("<i2").tobytes())
    frames = [line[at : at + 160] for at in range(160, len(line) - 160, 160)]
    assert all(tones.is_key(frame) for frame in frames)


@pytest.mark.parametrize(
    "sound", [tones.beep(), tones.hold(2_000), b"\xff" * 1_600, speech(2_000), b""]
)
def test_nothing_else_is_taken_for_a_key(sound: bytes) -> None:
    frames = [sound[at : at + 160] for at in range(0, len(sound), 160)]
    assert not any(tones.is_key(frame) for frame in frames or [sound])


def test_keys_follow_each_other_with_a_gap_and_w_waits() -> None:
    one, two = len(tones.keys("1")), len(tones.keys("1w2"))
    assert one == (tones.KEY_MS + tones.GAP_MS) * 8
    assert two == 2 * one + tones.PAUSE_MS * 8
    gap = _samples(tones.keys("12"))[tones.KEY_MS * 8 : (tones.KEY_MS + tones.GAP_MS) * 8]
    assert np.max(np.abs(gap)) < 0.001


def test_the_hold_sound_is_soft_and_never_counts_as_silence() -> None:
    samples = _samples(tones.hold(8_000))
    frames = samples.reshape(-1, 160)[15:-15]
    levels = 20 * np.log10(np.sqrt(np.mean(frames**2, axis=1)))
    assert levels.min() > -40
    assert levels.max() < -24


def test_no_sound_begins_or_ends_with_a_click() -> None:
    for audio in (tones.keys("7"), tones.beep(), tones.hold(1_000)):
        samples = _samples(audio)
        assert abs(samples[0]) < 0.01
        assert abs(samples[-1]) < 0.01


def test_a_short_file_is_played_again_from_its_beginning() -> None:
    assert tones.looped(b"abcd", 1) == b"abcdabcd"
    assert tones.looped(b"abcdefghij", 1) == b"abcdefgh"
    assert tones.looped(b"", 5) == b""
