"""What the fake sells, against the vendor's own list of formats and models."""

from __future__ import annotations

from ivr.fakes.elevenlabs.catalogue import COMPRESSED, FLASH, FORMATS, MODELS

_NAMES = """mp3_22050_32 mp3_24000_48 mp3_44100_32 mp3_44100_64 mp3_44100_96 mp3_44100_128
mp3_44100_192 pcm_8000 pcm_16000 pcm_22050 pcm_24000 pcm_32000 pcm_44100 pcm_48000 ulaw_8000
alaw_8000 opus_48000_32 opus_48000_64 opus_48000_96 opus_48000_128 opus_48000_192"""
STREAMED = _NAMES.split()
"""Of the vendor's package 2.78.0, for ``/stream``."""


def test_every_format_of_the_vendor_is_made_or_known_to_be_missing() -> None:
    made = {name for name in FORMATS if not name.startswith("wav_")}
    assert made | COMPRESSED == {*STREAMED, "mp3_44100"}
    assert not made & COMPRESSED


def test_a_second_of_a_format_is_a_second() -> None:
    bytes_of = {"ulaw_8000": 8_000, "alaw_8000": 8_000, "pcm_8000": 16_000, "pcm_22050": 44_100}
    for name, count in bytes_of.items():
        assert FORMATS[name].milliseconds(count) == 1000


def test_every_format_is_sent_as_audio() -> None:
    assert all(form.content_type.startswith("audio/") for form in FORMATS.values())


def test_models_without_sockets_are_those_of_the_dialogue_families() -> None:
    assert {model.id for model in MODELS.values() if not model.on_sockets} == {
        "eleven_v3",
        "eleven_v4",
    }
    assert MODELS[FLASH].languages - MODELS["eleven_multilingual_v2"].languages == {
        "hu",
        "no",
        "vi",
    }
