"""The beeping voice: which text it is can be told from the sound, and when from the clock."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from ivr.audio.loudness import active_rms_dbfs, leading_silence_ms
from ivr.errors import SettingsError
from ivr.flow.world import VoiceSpec
from ivr.voices import tone
from ivr.voices.tone import Tone, tones
from tests.conformance.check_voice import check_voice
from tests.virtual import pass_time, run

TEXT = "Welcome to Acme. For sales, press one. For support, press two."


@pytest.mark.parametrize("voice", [Tone(), Tone(delay_ms=300, chunk_ms=7)])
def test_it_keeps_the_contract_of_a_voice(voice: Tone) -> None:
    run(check_voice(lambda: voice, language="es-US", text=TEXT))


def test_the_same_text_sounds_the_same_and_any_other_differs_within_a_word() -> None:
    texts = ["one", "two", "One", "one.", "uno", *(str(number) for number in range(100))]
    assert tones("one") == tones("one")
    for one, other in itertools.combinations(texts, 2):
        assert tones(one)[: 5 * tone.BEEP_MS * 8] != tones(other)[: 5 * tone.BEEP_MS * 8]


def test_a_text_can_be_found_in_what_a_caller_heard() -> None:
    heard = tones("Welcome.") + b"\xff" * 123 + tones("Press one.")
    assert tones("Press one.") in heard
    assert tones("Press two.") not in heard


@pytest.mark.parametrize(("words", "beeps"), [(0, 0), (1, 5), (2, 10), (13, 63), (130, 625)])
def test_it_takes_as_long_as_speech(words: int, beeps: int) -> None:
    assert len(tones("word " * words)) == beeps * tone.BEEP_MS * 8


def test_it_is_as_loud_as_speech_and_begins_at_once() -> None:
    assert active_rms_dbfs(tones(TEXT)) == pytest.approx(-20, abs=0.2)
    assert leading_silence_ms(tones(TEXT)) < 1


def test_a_slow_one_lets_its_caller_wait_and_no_longer() -> None:
    async def scenario() -> None:
        clock = asyncio.get_running_loop().time
        line = Tone(delay_ms=700, chunk_ms=100).lease("call")
        speech = line.speak("one two three", language="en-US")
        first = await anext(speech)
        assert clock() == 0.7
        assert len(first) == 800
        rest = [chunk async for chunk in speech]
        assert clock() == 0.7
        assert all(0 < len(chunk) <= 800 for chunk in rest)
        assert first + b"".join(rest) == tones("one two three")

    run(scenario())


def test_giving_the_line_back_ends_its_speech_at_once() -> None:
    async def scenario() -> None:
        line = Tone(delay_ms=5_000).lease("call")
        async with asyncio.TaskGroup() as tasks:
            speech = tasks.create_task(anext(line.speak("one", language="en-US"), b"nothing"))
            await pass_time(1)
            await line.aclose()
        assert speech.result() == b"nothing"
        assert asyncio.get_running_loop().time() == 1

    run(scenario())


def test_it_is_built_from_its_options() -> None:
    voice = tone.build(VoiceSpec("beeps", "tone", {"delay_ms": "250", "chunk_ms": "20"}))
    assert (voice.delay_ms, voice.chunk_ms) == (250, 20)
    voice = tone.build(VoiceSpec("beeps", "tone"))
    assert (voice.delay_ms, voice.chunk_ms) == (0, tone.CHUNK_MS)
    quick = tone.build(VoiceSpec("beeps", "tone", {"pace": "26"}))
    assert quick.key != voice.key
    assert len(tones("word " * 130, quick.pace)) * 10 == pytest.approx(
        len(tones("word " * 130)), 0.02
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"delay": "5"}, "has no option 'delay'; did you mean 'delay_ms'?"),
        ({"chunk_ms": "0"}, "chunk_ms is '0'; it takes a number from 1 to 60000"),
        ({"delay_ms": "-1"}, "delay_ms is '-1'"),
    ],
)
def test_options_it_does_not_take_are_refused(options: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        tone.build(VoiceSpec("beeps", "tone", options))


def test_its_delay_shapes_no_sound_and_so_is_not_in_its_key() -> None:
    assert Tone(delay_ms=100).key == Tone().key
