"""From the vendor's bytes to a telephone's."""

from __future__ import annotations

import math
import struct

from ivr.audio.loudness import active_rms_dbfs
from ivr.audio.mulaw import encode
from ivr.voices.elevenlabs.sound import Decoder, milliseconds


def tone(rate: int, seconds: float = 0.5) -> bytes:
    count = round(rate * seconds)
    wave = (round(8_000 * math.sin(2 * math.pi * 440 * each / rate)) for each in range(count))
    return struct.pack(f"<{count}h", *wave)


def decoded(format: str, audio: bytes, cut: int) -> bytes:
    decoder = Decoder(format)
    chunks = [decoder.push(audio[start : start + cut]) for start in range(0, len(audio), cut)]
    return b"".join(chunks) + decoder.flush()


def test_mulaw_goes_through_untouched() -> None:
    audio = bytes(range(256))
    chunk = Decoder("ulaw_8000").push(audio)
    assert chunk is audio


def test_an_odd_byte_waits_for_its_other_half() -> None:
    pcm = tone(8_000)
    assert decoded("pcm_8000", pcm, 7) == encode(pcm)


def test_other_rates_are_resampled_whole_wherever_they_are_cut() -> None:
    for rate in (16_000, 22_050, 24_000, 44_100):
        pcm = tone(rate)
        audio = decoded(f"pcm_{rate}", pcm, 333)
        assert abs(len(audio) - 4_000) <= 1
        assert active_rms_dbfs(audio) is not None
        assert audio == decoded(f"pcm_{rate}", pcm, 100_000)


def test_how_long_bytes_last_depends_on_the_format() -> None:
    assert milliseconds(8_000, "ulaw_8000") == 1_000
    assert milliseconds(32_000, "pcm_16000") == 1_000
