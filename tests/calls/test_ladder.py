"""The ladder of voices: where one fails the next goes on, and callers hear the right words once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ivr.calls.ladder import REST_SECONDS, STALL_SECONDS, placed, said_until
from ivr.calls.studio import Studio
from ivr.errors import VoiceError
from ivr.flow.messages import Speak
from ivr.flow.world import VoiceSpec
from ivr.prompts.takes import TakeKey, Takes
from tests.calls.test_studio import made, only
from tests.simulation.stage import LetterVoice, audio_of, utterance, words
from tests.virtual import pass_time, run

TEXT = "a:100 b:100 c:100"


def on_ladder(
    scene: Callable[[Studio], Awaitable[None]],
    *voices: LetterVoice,
    takes: Takes | None = None,
) -> None:
    """Open a studio whose first voice falls back on the others, in order."""

    async def play() -> None:
        named = {voice.name: voice for voice in voices}
        first, *others = named
        studio = Studio(named, takes=takes, fallbacks={first: others})
        await studio.open()
        try:
            await scene(studio)
        finally:
            await studio.aclose()

    run(play())


def time() -> float:
    return asyncio.get_running_loop().time()


def test_a_voice_that_never_begins_is_replaced_before_the_caller_wonders() -> None:
    dead = LetterVoice(first_seconds=1_000)
    http = LetterVoice(name="http", first_seconds=1_000)
    last = LetterVoice(name="last", first_seconds=0.1)

    async def scene(studio: Studio) -> None:
        sound = await made(studio, studio.lease("CA1"), words(TEXT))
        assert (sound.failure, bytes(sound.audio)) == (None, audio_of(TEXT))
        assert time() == pytest.approx(1.1)
        assert sound.falls == [
            "letters: no audio for 0.6 s; http goes on",
            "http: no audio for 0.4 s; last goes on",
        ]

    on_ladder(scene, dead, http, last)


def test_a_voice_that_fails_at_once_costs_no_time() -> None:
    dead, last = LetterVoice(fail_at=0), LetterVoice(name="last")

    async def scene(studio: Studio) -> None:
        sound = await made(studio, studio.lease("CA1"), words(TEXT))
        assert (sound.failure, bytes(sound.audio)) == (None, audio_of(TEXT))
        assert time() == 0
        assert dead.asked == [TEXT]

    on_ladder(scene, dead, last)


def test_what_was_said_before_a_failure_is_not_said_again() -> None:
    # 800 bytes are 100 ms: the letter a was heard, and half of b.
    error = VoiceError("cut", retryable=True, spoken=8)
    first = LetterVoice(chunk_bytes=800, fail_at=1, error=error)
    last = LetterVoice(name="last")

    async def scene(studio: Studio) -> None:
        sound = await made(studio, studio.lease("CA1"), words(TEXT))
        assert sound.failure is None
        assert last.asked == ["b:100 c:100"]
        assert sound.falls == ["letters: cut; last goes on with the last 11 characters"]
        assert bytes(sound.audio) == audio_of(TEXT)

    on_ladder(scene, first, last)


def test_where_nobody_knows_how_far_a_voice_came_nothing_is_said_twice() -> None:
    first = LetterVoice(chunk_bytes=800, fail_at=1)
    last = LetterVoice(name="last")

    async def scene(studio: Studio) -> None:
        sound = await made(studio, studio.lease("CA1"), words(TEXT))
        assert (sound.failure, last.asked) == (None, [])
        assert sound.falls == ["letters: no luck; the rest is not said"]

    on_ladder(scene, first, last)


def test_a_voice_that_brought_nothing_rests_and_is_then_tried_again() -> None:
    dead, last = LetterVoice(fail_at=0), LetterVoice(name="last")

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        for text in ("a:100", "b:100"):
            await made(studio, booth, words(text, fixed=False))
        assert dead.asked == ["a:100"]
        await pass_time(REST_SECONDS)
        await made(studio, booth, words("c:100", fixed=False))
        assert dead.asked == ["a:100", "c:100"]

    on_ladder(scene, dead, last)


def test_what_is_said_while_a_voice_rests_is_no_take_of_it_and_the_record_tells() -> None:
    dead, last, takes = LetterVoice(fail_at=0), LetterVoice(name="last"), Takes()

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        await made(studio, booth, words("a:100"))
        await pass_time(3)
        sound = await made(studio, booth, words("b:100"))
        assert sound.falls == ["letters: not asked, because it said nothing 3.0 s ago"]
        assert (last.asked, len(takes)) == (["a:100", "b:100"], 0)

    on_ladder(scene, dead, last, takes=takes)


def test_what_others_had_to_say_ahead_of_the_call_is_not_asked_for_again() -> None:
    dead, last = LetterVoice(first_seconds=1_000), LetterVoice(name="last")

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        studio.prepare(booth, [Speak(utterance(1, TEXT))])
        await pass_time(1)
        sound = only(studio.sounds(booth, words(TEXT), lambda: None))
        assert (sound.complete, bytes(sound.audio)) == (True, audio_of(TEXT))
        assert (dead.asked, last.asked) == ([TEXT], [TEXT])
        assert sound.falls == ["letters: no audio for 0.6 s; last goes on"]

    on_ladder(scene, dead, last)


def test_the_last_voice_says_the_rest_itself_where_it_broke_off() -> None:
    error = VoiceError("cut", retryable=True, spoken=8)
    alone, takes = LetterVoice(chunk_bytes=800, fail_at=1, failures=1, error=error), Takes()

    async def scene(studio: Studio) -> None:
        sound = await made(studio, studio.lease("CA1"), words(TEXT))
        assert (sound.failure, bytes(sound.audio)) == (None, audio_of(TEXT))
        assert alone.asked == [TEXT, "b:100 c:100"]
        assert sound.falls == ["letters: cut; letters goes on with the last 11 characters"]
        assert len(takes) == 0, "there is a seam in it"

    on_ladder(scene, alone, takes=takes)


def test_a_pause_is_not_one_while_the_caller_still_hears_what_came_before() -> None:
    # A second of audio at once, then nothing: 0.3 s after the caller has heard it all, it goes on.
    slow = LetterVoice(chunk_bytes=8_000, chunk_seconds=1.3)
    last = LetterVoice(name="last")

    async def scene(studio: Studio) -> None:
        sound = await made(studio, studio.lease("CA1"), words("a:2000"))
        assert (sound.falls, last.asked) == ([], [])

    on_ladder(scene, slow, last)


def test_a_voice_that_stops_in_the_middle_is_not_waited_for_where_another_could_go_on() -> None:
    stuck, last = LetterVoice(chunk_bytes=800, chunk_seconds=1_000), LetterVoice(name="last")

    async def scene(studio: Studio) -> None:
        sound = await made(studio, studio.lease("CA1"), words(TEXT))
        assert time() == pytest.approx(0.1 + STALL_SECONDS)
        assert sound.falls == ["letters: no audio for 0.7 s; the rest is not said"]

    on_ladder(scene, stuck, last)


def test_a_voice_in_the_middle_of_a_ladder_is_built_as_one_that_others_follow() -> None:
    first = VoiceSpec("first", "elevenlabs", {}, ("web", "own", "local"))
    web, own = VoiceSpec("web", "elevenlabs"), VoiceSpec("own", "elevenlabs", {}, ("local",))
    local = VoiceSpec("local", "tone")
    specs = {spec.name: spec for spec in (first, web, own, local)}
    assert {name: spec.fallback for name, spec in placed(specs).items()} == {
        "first": ("web", "own", "local"),
        "web": ("own", "local"),
        "own": ("local",),
        "local": (),
    }


def test_what_another_voice_said_is_no_take_of_this_one() -> None:
    dead, last, takes = LetterVoice(fail_at=0), LetterVoice(name="last"), Takes()

    async def scene(studio: Studio) -> None:
        await made(studio, studio.lease("CA1"), words(TEXT))
        assert len(takes) == 0

    on_ladder(scene, dead, last, takes=takes)


def test_the_last_voice_is_asked_once_more_and_then_it_is_a_failure() -> None:
    first, last = LetterVoice(fail_at=0), LetterVoice(name="last", fail_at=0)

    async def scene(studio: Studio) -> None:
        sound = await made(studio, studio.lease("CA1"), words(TEXT))
        assert sound.failure == "no luck"
        assert (first.asked, last.asked) == ([TEXT], [TEXT, TEXT])

    on_ladder(scene, first, last)


@pytest.mark.parametrize(
    ("spoken", "rest"),
    [
        (None, ""),
        (0, "For sales, press 1."),
        (3, " sales, press 1."),
        (4, "sales, press 1."),
        (6, "sales, press 1."),
        (10, " press 1."),
        (19, ""),
        (99, ""),
    ],
)
def test_the_next_voice_begins_at_the_first_word_that_was_not_said(
    spoken: int | None, rest: str
) -> None:
    text = "For sales, press 1."
    assert text[said_until(text, spoken) :] == rest


def test_a_take_of_the_next_voice_goes_on_at_once() -> None:
    dead, last, takes = LetterVoice(fail_at=0), LetterVoice(name="last"), Takes()
    takes.keep(TakeKey("last", "en-US", TEXT), audio_of(TEXT))

    async def scene(studio: Studio) -> None:
        sound = await made(studio, studio.lease("CA1"), words(TEXT))
        assert (bytes(sound.audio), last.asked) == (audio_of(TEXT), [])
        assert sound.falls == ["letters: no luck; last goes on"]
        assert TakeKey("letters", "en-US", TEXT) not in takes

    on_ladder(scene, dead, last, takes=takes)
