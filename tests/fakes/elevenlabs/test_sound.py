"""Tones that spell a text, in every format; and the embedded voice in the vendor's formats."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.audio import mulaw
from ivr.audio.loudness import active_rms_dbfs, first_audible_ms
from ivr.fakes.elevenlabs import audio_of, text_of
from ivr.fakes.elevenlabs.catalogue import FORMATS
from ivr.fakes.elevenlabs.sound import Embedded, Letter, Mouth, Piece, Tone


def said(mouth: Mouth, *texts: str) -> list[Piece]:
    """What a mouth says, one text after the other."""

    async def say() -> list[Piece]:
        return [piece for text in texts async for piece in mouth.say(text, "en")]

    return asyncio.run(say())


@pytest.mark.parametrize("name", FORMATS)
def test_a_sound_is_its_text_in_every_format(name: str) -> None:
    assert text_of(audio_of("Grüße, 12 €!", name), name) == "Grüße, 12 €!"


@pytest.mark.parametrize("name", FORMATS)
def test_a_letter_sounds_for_60_ms_at_every_rate(name: str) -> None:
    assert FORMATS[name].milliseconds(len(audio_of("ab", name))) == 120


@pytest.mark.parametrize("name", FORMATS)
def test_no_two_values_sound_alike(name: str) -> None:
    every = "".join(map(chr, range(33, 127)))
    assert text_of(audio_of(every, name), name) == every


def test_the_sound_begins_at_once_at_the_level_of_a_voice() -> None:
    assert (first_audible_ms(audio_of("Hello.")) or 99) < 1
    assert -21 < active_rms_dbfs(audio_of("Hello.")) < -19


def test_the_silence_of_a_pause_is_the_silence_of_the_format() -> None:
    assert mulaw.SILENCE * 480 in audio_of("a b")
    assert b"\xd5" * 480 in audio_of("a b", "alaw_8000")


def test_sound_that_is_nobodys_is_refused_with_its_place() -> None:
    with pytest.raises(ValueError, match=r"byte 480 of 960 .* before it: 'a'"):
        text_of(audio_of("a") + bytes(480))


def test_a_cut_beep_is_refused() -> None:
    with pytest.raises(ValueError, match="byte 0 of 479"):
        text_of(audio_of("a")[:-1])


@given(st.lists(st.text(alphabet="ab .é\n", max_size=6), max_size=6))
def test_a_stream_cut_anywhere_plays_the_sound_of_the_whole(texts: list[str]) -> None:
    pieces = said(Tone().mouth(FORMATS["ulaw_8000"]), *texts)
    assert b"".join(piece.audio for piece in pieces) == audio_of("".join(texts))


def test_letters_say_when_they_sound_and_a_pause_belongs_to_its_space() -> None:
    [piece] = said(Tone().mouth(FORMATS["pcm_16000"]), " é b ")
    assert piece.letters == (
        Letter(" ", 0, 0),
        Letter("é", 0, 120),
        Letter(" ", 120, 60),
        Letter("b", 180, 60),
        Letter(" ", 240, 0),
    )


def test_half_a_surrogate_pair_sounds_like_something() -> None:
    assert text_of(audio_of("a\ud800")) == "a?"


@pytest.mark.parametrize("name", ["ulaw_8000", "alaw_8000", "pcm_8000", "pcm_44100"])
def test_the_embedded_voice_speaks_a_sentence_at_a_time_in_every_format(name: str) -> None:
    async def say() -> list[Piece]:
        voice = Embedded()
        await voice.open()
        try:
            mouth = voice.mouth(FORMATS[name])
            return [piece async for piece in mouth.say("Hello there. Goodbye.", "en")]
        finally:
            await voice.aclose()

    pieces = asyncio.run(say())
    assert ["".join(each.character for each in piece.letters) for piece in pieces] == [
        "Hello there.",
        "Goodbye.",
    ]
    for piece in pieces:
        sound_ms = FORMATS[name].milliseconds(len(piece.audio))
        assert 200 < sound_ms < 3000
        last = piece.letters[-1]
        assert last.start_ms + last.duration_ms == pytest.approx(sound_ms)
