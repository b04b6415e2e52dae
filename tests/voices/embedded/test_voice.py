"""The embedded voice as callers hear it: real speech from what is installed.

These tests need the extra ``embedded`` and fail without it; only what py-nanotts speaks is skipped
where it is not made for.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from ivr.audio import loudness
from ivr.audio.mulaw import SILENCE
from ivr.errors import SettingsError, VoiceError
from ivr.flow.world import VoiceSpec
from ivr.voices.embedded import voice as embedded
from ivr.voices.embedded.nano import Nano
from ivr.voices.embedded.voice import Embedded
from tests.conformance.check_voice import check_voice
from tests.voices.embedded.test_nano import ODD_CHILD

needs_nano = pytest.mark.skipif(sys.platform == "darwin", reason="py-nanotts is not made for macOS")
EVERYTHING = frozenset({"hibari", "onnxruntime", "py_nanotts"})

PROMPTS = {
    "en-US": ["For sales, press one.", "Thank you for calling Acme.", "Goodbye.", "Please hold."],
    "es-US": ["Para ventas, pulse uno.", "Gracias por llamar a Acme.", "Adiós.", "¿Qué desea?"],
    "fr-FR": ["Pour les ventes, tapez un.", "Merci de votre appel.", "Au revoir."],
    "de-DE": ["Für den Vertrieb drücken Sie die Eins.", "Danke für Ihren Anruf.", "Tschüss."],
    "it-IT": ["Per le vendite, prema uno.", "Grazie della chiamata.", "Arrivederci."],
}
ANY_LANGUAGE = [
    pytest.param(language, marks=() if language == "en-US" else needs_nano) for language in PROMPTS
]


@asynccontextmanager
async def opened(voice: Embedded) -> AsyncIterator[Embedded]:
    await voice.open()
    try:
        yield voice
    finally:
        await voice.aclose()


async def chunks(voice: Embedded, text: str, language: str) -> list[bytes]:
    return [chunk async for chunk in voice.lease("call").speak(text, language=language)]


def said(text: str, language: str, **options: float) -> list[bytes]:
    async def scenario() -> list[bytes]:
        async with opened(Embedded(**options)) as voice:  # type: ignore[arg-type]
            return await chunks(voice, text, language)

    return asyncio.run(scenario())


def gaps_ms(audio: bytes) -> Iterator[int]:
    """Every digital silence of a tenth of a second or more inside a sound."""
    run = 0
    for code in audio:
        if code == SILENCE[0]:
            run += 1
        elif run:
            if run >= 800:
                yield run // 8
            run = 0


# --- the contract --------------------------------------------------------------------------------


def test_english_keeps_the_contract_of_a_voice() -> None:
    text = "Welcome. For sales, press one, or press two."
    asyncio.run(check_voice(Embedded, language="en-US", text=text))


@needs_nano
def test_spanish_keeps_the_contract_of_a_voice() -> None:
    text = "Bienvenido. Para ventas, pulse uno, o pulse dos."
    asyncio.run(check_voice(Embedded, language="es-US", text=text))


# --- how it sounds -------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ANY_LANGUAGE)
def test_every_sentence_of_every_voice_is_equally_loud_and_begins_at_once(language: str) -> None:
    async def scenario() -> list[bytes]:
        async with opened(Embedded()) as voice:
            return [b"".join(await chunks(voice, prompt, language)) for prompt in PROMPTS[language]]

    for sound in asyncio.run(scenario()):
        # 0.5 here and there: any two are within 1 dB of each other, whoever speaks
        assert loudness.active_rms_dbfs(sound) == pytest.approx(-20, abs=0.5)
        assert loudness.leading_silence_ms(sound) <= 30
        assert loudness.trailing_silence_ms(sound) <= 100


def test_sentences_come_one_by_one_with_a_pause_between_them() -> None:
    sentences = said("Welcome. Press one. Press two.", "en-US")
    assert len(sentences) == 3
    audio = b"".join(sentences)
    pauses = list(gaps_ms(audio))
    assert len(pauses) == 2
    # what trimming leaves of a sentence's end is not digital silence, so a pause is no shorter
    assert all(embedded.SENTENCE_GAP_MS <= pause < 600 for pause in pauses)
    assert loudness.trailing_silence_ms(audio) <= 100


def test_a_pause_within_a_sentence_that_was_too_long_is_shorter() -> None:
    clause = "please listen to all of the following options before you press any key at all"
    [pause] = gaps_ms(b"".join(said(", ".join([clause] * 4) + ".", "en-US")))
    assert embedded.CLAUSE_GAP_MS <= pause < embedded.SENTENCE_GAP_MS


@pytest.mark.parametrize("language", ["en-US", pytest.param("es-ES", marks=needs_nano)])
def test_speed_makes_it_quicker(language: str) -> None:
    text = PROMPTS["en-US" if language == "en-US" else "es-US"][0]
    usual, quick = (len(b"".join(said(text, language, speed=speed))) for speed in (1.0, 1.6))
    assert 1.25 < usual / quick < 2


def test_english_is_the_same_each_time() -> None:
    assert said("Press one.", "en-US") == said("Press one.", "en-GB")


# --- who speaks what -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "who"),
    [
        ("es", "es-ES"),
        ("es-US", "es-ES"),
        ("ES-mx", "es-ES"),
        ("fr-CA", "fr-FR"),
        ("de-AT", "de-DE"),
        ("it-IT", "it-IT"),
        ("en-US", "en-US"),
        ("en-GB", "en-GB"),
        ("en-AU", "en-US"),
    ],
)
def test_each_language_has_its_own_voice_in_the_child(language: str, who: str) -> None:
    async def scenario() -> None:
        child = Nano([sys.executable, "-I", "-c", ODD_CHILD])
        voice = Embedded(speed=1.5, modules=frozenset({"py_nanotts"}), child=child)
        async with opened(voice):
            with pytest.raises(VoiceError) as caught:
                await chunks(voice, "refuse the request", language)
        request = json.loads(str(caught.value))
        assert (request["voice"], request["speed"]) == (who, 1.5)

    asyncio.run(scenario())


@needs_nano
def test_english_is_spoken_without_hibari_too() -> None:
    async def scenario() -> None:
        async with opened(Embedded(modules=frozenset({"py_nanotts"}))) as voice:
            assert voice.speaks("en-US")
            [audio] = await chunks(voice, "Press one.", "en-US")
            assert loudness.active_rms_dbfs(audio) == pytest.approx(-20, abs=0.5)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("modules", "speaks"),
    [
        (EVERYTHING, {"en-US", "en-GB", "es-US", "fr", "de-CH", "it-IT"}),
        ({"hibari", "onnxruntime"}, {"en-US", "en-GB"}),
        ({"py_nanotts"}, {"en-US", "en-GB", "es-US", "fr", "de-CH", "it-IT"}),
        ({"hibari"}, set()),
        (set(), set()),
    ],
)
def test_it_speaks_what_its_modules_speak(modules: set[str], speaks: set[str]) -> None:
    voice = Embedded(modules=frozenset(modules))
    asked = {"en-US", "en-GB", "es-US", "fr", "de-CH", "it-IT", "pt-BR", "ja-JP", ""}
    assert {language for language in asked if voice.speaks(language)} == speaks


def refusal(voice: Embedded, text: str, language: str) -> str:
    async def scenario() -> str:
        with pytest.raises(VoiceError) as caught:
            await chunks(voice, text, language)
        assert not caught.value.retryable
        return str(caught.value)

    return asyncio.run(scenario())


def test_a_language_it_does_not_speak_is_refused_in_plain_words() -> None:
    assert refusal(Embedded(), "Olá.", "pt-BR") == (
        "the embedded voice does not speak pt-BR; it speaks de, en, es, fr, it"
    )


def test_a_language_that_is_not_installed_is_refused_with_the_remedy() -> None:
    voice = Embedded(modules=frozenset({"hibari", "onnxruntime"}))
    sentence = refusal(voice, "Hola.", "es-US")
    assert "for es-US is not installed: pip install 'ivr[embedded]'" in sentence


def test_a_text_that_is_too_long_is_refused() -> None:
    text = "a b " * embedded.TEXT_CHARS_MAX
    assert (
        refusal(Embedded(), text, "en-US")
        == "the text has 20000 characters; at most 5000 are spoken"
    )


def test_a_text_it_cannot_read_is_refused_and_not_shown() -> None:
    async def scenario() -> None:
        async with opened(Embedded()) as voice:
            with pytest.raises(VoiceError) as caught:
                await chunks(voice, "漢字", "en-US")
            assert str(caught.value) == "the voice cannot read this text in en-US"

    asyncio.run(scenario())


def test_no_caller_waits_longer_for_a_sentence_than_its_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario() -> None:
        child = Nano([sys.executable, "-I", "-c", ODD_CHILD], answer_seconds_max=600)
        async with opened(Embedded(modules=frozenset({"py_nanotts"}), child=child)) as voice:
            with pytest.raises(VoiceError, match=r"no sentence within 0\.2 s") as caught:
                await chunks(voice, "hang", "es-US")
            assert caught.value.retryable

    monkeypatch.setattr(embedded, "SENTENCE_SECONDS_MAX", 0.2)
    asyncio.run(scenario())


# --- its life ------------------------------------------------------------------------------------


def test_without_anything_installed_it_does_not_open() -> None:
    with pytest.raises(SettingsError, match=r"not installed: pip install 'ivr\[embedded\]'"):
        asyncio.run(Embedded(modules=frozenset()).open())


def test_what_is_installed_and_does_not_load_is_one_sentence() -> None:
    async def scenario() -> None:
        voice = Embedded(speaker="nobody")
        try:
            with pytest.raises(SettingsError, match=r"English voice does not load.*again: pip"):
                await voice.open()
        finally:
            await voice.aclose()

    asyncio.run(scenario())


def test_a_child_that_does_not_start_does_not_keep_english_from_opening() -> None:
    async def scenario() -> None:
        async with opened(Embedded(modules=EVERYTHING, child=Nano(["/nowhere"]))) as voice:
            assert await chunks(voice, "Press one.", "en-US")
            with pytest.raises(VoiceError, match="does not start"):
                await chunks(voice, "Pulse uno.", "es-US")

    asyncio.run(scenario())


def test_a_closed_voice_says_so() -> None:
    async def scenario() -> None:
        async with opened(Embedded()) as voice:
            pass
        for language in ("en-US", "es-US") if voice.speaks("es-US") else ("en-US",):
            with pytest.raises(VoiceError, match="the voice is closed"):
                await chunks(voice, "Press one.", language)

    asyncio.run(scenario())


def test_everything_that_shapes_the_sound_is_in_its_key() -> None:
    key = Embedded().key
    for part in ("speaker=heart", "speed=1", "hibari-tts=", "onnxruntime=", "soxr="):
        assert part in key
    assert Embedded(speed=1.1).key != key
    assert Embedded(modules=frozenset({"py_nanotts"})).key != key


def test_it_is_built_from_its_options() -> None:
    built = embedded.build(VoiceSpec("a", "embedded", {"speaker": "heart", "speed": "1.25"}))
    assert built.key == Embedded(speed=1.25).key
    assert embedded.build(VoiceSpec("a", "embedded")).key == Embedded().key


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"speaker": "emma"}, "has no speaker 'emma'; there is only 'heart'"),
        ({"speed": "3"}, "speed is '3'; it takes a number from 0.5 to 2"),
        ({"spead": "1"}, "did you mean 'speed'?"),
    ],
)
def test_options_it_does_not_take_are_refused(options: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        embedded.build(VoiceSpec("a", "embedded", options))


def test_everything_is_installed_where_the_tests_run() -> None:
    expected = EVERYTHING - ({"py_nanotts"} if sys.platform == "darwin" else set())
    assert embedded.installed() == expected
