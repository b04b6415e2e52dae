"""WAV files of every kind an author may have, and those nobody can use."""

from __future__ import annotations

import contextlib
import io
import struct
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.audio import loudness, mulaw, wav
from tests.audio.sounds import loudest_frequency, sine

PCM, FLOAT, ALAW, MULAW, MP3, EXTENSIBLE = 1, 3, 6, 7, 0x55, 0xFFFE


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def riff(*chunks: bytes) -> bytes:
    return chunk(b"RIFF", b"WAVE" + b"".join(chunks))


def header(tag: int = PCM, channels: int = 1, rate: int = 8_000, bits: int = 16) -> bytes:
    """A ``fmt`` chunk; extensible ones carry PCM."""
    block = channels * bits // 8
    body = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)
    if tag == EXTENSIBLE:
        guid = struct.pack("<H", PCM) + bytes.fromhex("000000001000800000aa00389b71")
        body += struct.pack("<HHI", 22, bits, 4) + guid
    return chunk(b"fmt ", body)


def samples(pcm16: bytes, bits: int) -> bytes:
    """16-bit samples as they stand in a file of so many bits."""
    values = np.frombuffer(pcm16, "<i2").astype(np.int64)
    match bits:
        case 8:
            return ((values >> 8) + 128).astype(np.uint8).tobytes()
        case 24:
            raw = (values << 8).astype("<i4").tobytes()
            return np.frombuffer(raw, np.uint8).reshape(-1, 4)[:, :3].tobytes()
        case 32:
            return (values << 16).astype("<i4").tobytes()
        case _:
            return pcm16


# --- reading -------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_pcm_of_every_width_and_rate_is_read(bits: int, rate: int) -> None:
    tone = sine(700, rate=rate, ms=500)
    sound = wav.read(riff(header(bits=bits, rate=rate), chunk(b"data", samples(tone, bits))))
    assert len(sound) == 8 * 500
    assert loudest_frequency(mulaw.decode(sound)) == pytest.approx(700, abs=3)
    assert loudness.rms_dbfs(sound) == pytest.approx(-20, abs=0.3)


@pytest.mark.parametrize("bits", [16, 24, 32])
def test_no_width_changes_a_sample(bits: int) -> None:
    tone = sine(700)
    read = wav.read(riff(header(bits=bits), chunk(b"data", samples(tone, bits))))
    assert read == mulaw.encode(tone)


def test_two_channels_become_their_mean() -> None:
    left, right = [1_000, -30_000, 32_767], [3_000, -30_000, 32_767]
    pairs = struct.pack("<6h", *(each for pair in zip(left, right, strict=True) for each in pair))
    read = wav.read(riff(header(channels=2), chunk(b"data", pairs)))
    assert read == mulaw.encode(struct.pack("<3h", 2_000, -30_000, 32_767))


def test_mu_law_of_a_line_comes_through_untouched() -> None:
    sound = bytes(range(256))
    assert wav.read(riff(header(MULAW, bits=8), chunk(b"data", sound))) == sound


def test_mu_law_of_another_rate_is_resampled() -> None:
    tone = sine(700, rate=16_000)
    read = wav.read(riff(header(MULAW, bits=8, rate=16_000), chunk(b"data", mulaw.encode(tone))))
    assert len(read) == 8_000
    assert loudest_frequency(mulaw.decode(read)) == pytest.approx(700, abs=3)


def test_mu_law_of_two_channels_becomes_their_mean() -> None:
    tone = mulaw.encode(sine(700))
    both = bytes(code for each in tone for code in (each, each))
    assert wav.read(riff(header(MULAW, bits=8, channels=2), chunk(b"data", both))) == tone


def test_the_extensible_header_is_read() -> None:
    tone = sine(700)
    data = riff(header(EXTENSIBLE, bits=24), chunk(b"data", samples(tone, 24)))
    assert wav.read(data) == mulaw.encode(tone)


def test_what_else_is_in_a_file_is_passed_over() -> None:
    tone = sine(700)
    odd = chunk(b"LIST", b"odd")  # chunks begin at even places
    data = riff(odd, header(), chunk(b"fact", b"1234"), chunk(b"data", tone), odd)
    assert wav.read(data) == mulaw.encode(tone)


def test_a_file_written_to_a_pipe_does_not_know_its_length() -> None:
    tone = sine(700)
    data = riff(header(), b"data" + struct.pack("<I", 0xFFFFFFFF) + tone)
    assert wav.read(data) == mulaw.encode(tone)


def test_half_a_sample_at_the_end_is_dropped() -> None:
    tone = sine(700)
    assert wav.read(riff(header(), chunk(b"data", tone + b"\x01"))) == mulaw.encode(tone)


TONE = chunk(b"data", sine(700))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "the file is no WAV file"),
        (b"ID3\x04" + bytes(100), "the file is no WAV file"),
        (b"RIFF\x04\x00\x00\x00AVI ", "the file is no WAV file"),
        (riff(), "has no samples"),
        (riff(header()), "has no samples"),
        (riff(header(), chunk(b"data", b"")), "has no samples"),
        (riff(header(), chunk(b"data", b"\x01")), "has no samples"),
        (riff(TONE, header()), "before it says of what kind"),
        (riff(chunk(b"fmt ", b"short"), TONE), "header is damaged"),
        (riff(header(), TONE)[:-100], "cut short"),
        (riff(header(FLOAT, bits=32), TONE), "holds floating point.*save it as 16-bit PCM"),
        (riff(header(ALAW, bits=8), TONE), "holds A-law"),
        (riff(header(MP3), TONE), "holds MP3"),
        (riff(header(0x1234), TONE), "holds format 0x1234"),
        (riff(header(bits=12), TONE), "samples of 12 bits"),
        (riff(header(bits=64), TONE), "samples of 64 bits"),
        (riff(header(MULAW, bits=16), TONE), "samples of 16 bits"),
        (riff(header(channels=0), TONE), "has 0 channels"),
        (riff(header(channels=6), TONE), "has 6 channels; save it with one"),
        (riff(header(rate=0), TONE), "0 samples a second"),
        (riff(header(rate=2_000_000), TONE), "2000000 samples a second"),
    ],
)
def test_a_file_nobody_can_use_says_so_in_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        wav.read(data)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_too_big_is_refused_before_it_is_looked_at() -> None:
    with pytest.raises(ValueError, match="64 MB; at most 64 are read"):
        wav.read(bytes(wav.WAV_BYTES_MAX + 1))


@given(
    st.binary(max_size=200),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=6),
    st.integers(0, 400),
)
def test_no_bytes_at_all_do_more_than_raise_a_value_error(
    noise: bytes, changes: list[tuple[int, int]], length: int
) -> None:
    damaged = bytearray(riff(header(EXTENSIBLE, channels=2, bits=24), chunk(b"data", bytes(120))))
    for place, value in changes:
        damaged[place % len(damaged)] = value
    for data in (noise, b"RIFF\0\0\0\0WAVE" + noise, bytes(damaged), bytes(damaged[:length])):
        with contextlib.suppress(ValueError):
            wav.read(data)


# --- writing -------------------------------------------------------------------------------------


def opened(data: bytes) -> wave.Wave_read:
    return wave.Wave_read(io.BytesIO(data))


def test_a_sound_is_written_as_pcm_that_every_player_plays() -> None:
    sound = bytes(range(256))
    with opened(wav.write(sound)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8_000)
        assert file.readframes(256) == mulaw.decode(sound)


def test_what_was_written_is_read_again() -> None:
    sound = mulaw.encode(sine(700))
    assert wav.read(wav.write(sound)) == sound


@pytest.mark.parametrize("length", [0, 1, 160, 161])
def test_mulaw_is_written_as_it_is(length: int) -> None:
    sound = bytes(range(256))[:length] or b""
    whole = wav.write_mulaw(sound)
    assert int.from_bytes(whole[4:8], "little") == len(whole) - 8, "it says how long it is"
    assert len(whole) == 58 + length + length % 2
    if length:
        assert wav.read(whole) == sound


def test_two_sounds_are_written_side_by_side_and_the_shorter_ends_in_silence() -> None:
    left, right = mulaw.encode(sine(400, ms=100)), mulaw.encode(sine(900, ms=60))
    for first, second in ((left, right), (right, left)):
        with opened(wav.write_stereo(first, second)) as file:
            assert (file.getnchannels(), file.getnframes()) == (2, 800)
            both = np.frombuffer(file.readframes(800), "<i2").reshape(-1, 2)
        for channel, sound in enumerate((first, second)):
            whole = sound.ljust(800, mulaw.SILENCE)
            assert both[:, channel].tobytes() == mulaw.decode(whole)


def test_an_empty_sound_makes_an_empty_file() -> None:
    with opened(wav.write_stereo(b"", b"")) as file:
        assert file.getnframes() == 0


def test_reading_resamples_without_folding() -> None:
    tone = sine(6_000, rate=48_000)
    read = wav.read(riff(header(rate=48_000), chunk(b"data", tone)))
    assert loudness.rms_dbfs(read) < -20 - 40  # all that is left is at its edges
