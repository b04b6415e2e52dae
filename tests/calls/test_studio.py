"""The studio: where sounds come from, who shares them, and what happens when a voice fails."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable

import pytest
from msgspec.structs import replace

from ivr.audio import tones, wav
from ivr.audio.loudness import first_audible
from ivr.audio.mulaw import SILENCE
from ivr.calls.booth import Booth
from ivr.calls.ladder import FIRST_AUDIO_SECONDS_MAX
from ivr.calls.studio import HUSH_SECONDS_MAX, Studio
from ivr.errors import SettingsError, VoiceError
from ivr.flow.messages import (
    Clip,
    Hold,
    Note,
    Noted,
    Part,
    Playback,
    Silence,
    Speak,
    Tones,
    Words,
)
from ivr.flow.model import FlowSet
from ivr.prompts.takes import SOUND_MS_MAX, Sound, Takes
from tests.flow.ring import flows_of
from tests.simulation.stage import LetterLine, LetterVoice, audio_of, utterance, words
from tests.virtual import pass_time, run


def in_studio(
    scene: Callable[[Studio], Awaitable[None]],
    *voices: LetterVoice,
    takes: Takes | None = None,
    clips: dict[str, bytes] | None = None,
) -> None:
    """Open a studio on the virtual loop, play the scene, close it."""

    async def play() -> None:
        named = {voice.name: voice for voice in voices}
        studio = Studio(named, takes=takes, clips=clips, local=list(named))
        await studio.open()
        try:
            await scene(studio)
        finally:
            await studio.aclose()

    run(play())


def only(sounds: tuple[Sound, ...]) -> Sound:
    """The sound of a part that has one."""
    (sound,) = sounds
    return sound


async def made(studio: Studio, booth: Booth, part: Part) -> Sound:
    """Ask for a sound and wait until it is complete."""
    bell = asyncio.Event()
    sound = only(studio.sounds(booth, part, bell.set))
    while not sound.complete:
        await bell.wait()
        bell.clear()
    return sound


def by_value(text: str = "a:500") -> Words:
    """A text with a run-time value in it."""
    return words(text, fixed=False)


# --------------------------------------------------------------------------- what there is


def test_silence_and_clips_are_there_at_once() -> None:
    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        silence = only(studio.sounds(booth, Silence(250), lambda: None))
        clip = only(studio.sounds(booth, Clip("audio/hello.wav"), lambda: None))
        missing = only(studio.sounds(booth, Clip("audio/gone.wav"), lambda: None))
        assert (silence.complete, bytes(silence.audio)) == (True, b"\xff" * 2_000)
        assert (clip.complete, bytes(clip.audio)) == (True, b"hello")
        assert missing.failure == "there is no file 'audio/gone.wav'"

    in_studio(scene, clips={"audio/hello.wav": b"hello"})


def test_silence_is_bounded_as_any_part_is() -> None:
    async def scene(studio: Studio) -> None:
        sound = only(studio.sounds(studio.lease("CA1"), Silence(10**9), lambda: None))
        assert len(sound.audio) == SOUND_MS_MAX * 8

    in_studio(scene)


def test_a_voice_nobody_has_heard_of_is_a_failure_and_no_error() -> None:
    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        studio.prepare(booth, [Speak(utterance(1, "a:100"))])
        assert (await made(studio, booth, words("a:100"))).failure == "there is no voice 'letters'"

    in_studio(scene)


def test_a_studio_is_built_of_a_flow_set() -> None:
    sound = b"\x55\xd5" * 400
    flows = flows_of(
        "voice: beeps\nsteps: {main: {say: Hello., goto: hangup}}",
        settings="voices: {beeps: {provider: tone}}",
    )

    async def scene() -> None:
        studio = Studio.build(flows, {"audio/hello.wav": wav.write(sound)})
        await studio.open()
        booth = studio.lease("CA1")
        clip = only(studio.sounds(booth, Clip("audio/hello.wav"), lambda: None))
        assert len(clip.audio) == len(sound)
        said = await made(studio, booth, Words("one two three", "en-US", "beeps", True))
        assert said.failure is None
        assert len(said.audio) > 8_000
        await studio.give_back(booth)
        await studio.aclose()

    run(scene())


def test_a_file_that_cannot_be_played_is_named() -> None:
    flows = FlowSet({}, {}, None, {}, {}, "")
    with pytest.raises(SettingsError, match=r"^audio/broken\.wav: "):
        Studio.build(flows, {"audio/broken.wav": b"no sound at all"})


# --------------------------------------------------------------------------- fixed texts


def test_a_fixed_text_is_made_once_and_then_there_at_once() -> None:
    voice = LetterVoice(first_seconds=0.3)

    async def scene(studio: Studio) -> None:
        first = await made(studio, studio.lease("CA1"), words("a:500"))
        again = only(studio.sounds(studio.lease("CA2"), words("a:500"), lambda: None))
        assert (first.chunks, again.chunks) == (4, 0)
        assert again.complete
        assert bytes(again.audio) == bytes(first.audio) == audio_of("a:500")
        assert voice.asked == ["a:500"]

    in_studio(scene, voice)


def test_calls_that_ask_for_the_same_at_once_share_one_making() -> None:
    voice = LetterVoice(first_seconds=0.3, chunk_seconds=0.01)

    async def scene(studio: Studio) -> None:
        booths = [studio.lease(f"CA{number}") for number in range(5)]
        async with asyncio.TaskGroup() as group:
            sounds = [group.create_task(made(studio, each, words("a:900"))) for each in booths]
        assert {bytes(each.result().audio) for each in sounds} == {audio_of("a:900")}
        assert voice.asked == ["a:900"]

    in_studio(scene, voice)


def test_what_is_made_for_everybody_goes_on_when_the_caller_who_asked_hangs_up() -> None:
    voice = LetterVoice(chunk_seconds=0.1)

    async def scene(studio: Studio) -> None:
        first, second = studio.lease("CA1"), studio.lease("CA2")
        sound = only(studio.sounds(first, words("a:900"), lambda: None))
        await pass_time(0.2)
        studio.drop(first, sound)
        await studio.give_back(first)
        assert bytes((await made(studio, second, words("a:900"))).audio) == audio_of("a:900")
        assert voice.asked == ["a:900"]
        assert voice.leased == ["studio"], "no call's line was used for it"

    in_studio(scene, voice)


def test_takes_outlive_a_studio() -> None:
    takes = Takes()

    async def scene(studio: Studio) -> None:
        assert (await made(studio, studio.lease("CA1"), words("a:500"))).audio

    first, second = LetterVoice(), LetterVoice()
    in_studio(scene, first, takes=takes)
    in_studio(scene, second, takes=takes)
    assert (first.asked, second.asked) == (["a:500"], [])


def test_another_voice_or_language_is_another_take() -> None:
    first, second = LetterVoice("letters"), LetterVoice("others")

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        await made(studio, booth, words("a:100"))
        await made(studio, booth, words("a:100", voice="others"))
        await made(studio, booth, Words("a:100", "es-MX", "letters", True))
        assert (len(first.asked), len(second.asked)) == (2, 1)

    in_studio(scene, first, second)


# --------------------------------------------------------------------------- texts with values


def test_a_text_with_a_value_is_made_once_for_its_call_and_dies_with_it() -> None:
    voice, takes = LetterVoice(), Takes()

    async def scene(studio: Studio) -> None:
        first, second = studio.lease("CA1"), studio.lease("CA2")
        await made(studio, first, by_value())
        await made(studio, first, by_value())
        await made(studio, second, by_value())
        assert voice.asked == ["a:500"] * 2
        assert voice.leased == ["CA1", "CA2"]
        assert len(takes) == 0
        assert first.making == {}
        await studio.give_back(first)
        assert first.made == {}

    in_studio(scene, voice, takes=takes)


def test_hanging_up_stops_what_was_made_for_the_call_and_gives_its_lines_back() -> None:
    voice = LetterVoice(chunk_seconds=0.1)

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        sound = only(studio.sounds(booth, by_value("a:9000"), lambda: None))
        await pass_time(0.5)
        await studio.give_back(booth)
        assert (voice.speaking, voice.returned) == (0, ["CA1"])
        assert (sound.complete, sound.failure) == (True, "stopped")

    in_studio(scene, voice)


def test_the_end_of_a_stream_keeps_the_lines_for_the_next_one() -> None:
    voice = LetterVoice(chunk_seconds=0.1)

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        studio.prepare(booth, [Speak(utterance(1, "a:9000", fixed=False))])
        await pass_time(0.5)
        await studio.hush(booth)
        assert (voice.speaking, voice.returned, booth.made) == (0, [], {})
        await made(studio, booth, by_value())
        assert voice.leased == ["CA1"]

    in_studio(scene, voice)


def test_a_voice_that_does_not_stop_holds_nobody_up(caplog: pytest.LogCaptureFixture) -> None:
    class Deaf(LetterLine):
        async def speak(
            self, text: str, *, language: str, before: str = "", after: str = ""
        ) -> AsyncGenerator[bytes, None]:
            yield b"a"
            while asyncio.get_running_loop().time() < 5:
                with contextlib.suppress(asyncio.CancelledError):
                    await pass_time(5)

    class DeafVoice(LetterVoice):
        def lease(self, call: str, *, language: str | None = None) -> LetterLine:
            return Deaf(self, call)

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        only(studio.sounds(booth, by_value(), lambda: None))
        await pass_time(0)
        await studio.hush(booth)
        assert asyncio.get_running_loop().time() == HUSH_SECONDS_MAX

    in_studio(scene, DeafVoice())
    assert "did not stop speaking" in caplog.text


# --------------------------------------------------------------------------- ahead of time


def test_what_was_prepared_is_not_made_twice() -> None:
    voice = LetterVoice(first_seconds=0.3)

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        note = Note(Noted.STEP, "start", "main/start")
        first, second = utterance(1, "a:500"), utterance(2, "b:500", fixed=False)
        studio.prepare(booth, [Speak(first), Speak(second), note])
        await pass_time(0.4)
        assert only(studio.sounds(booth, words("a:500"), lambda: None)).complete
        assert only(studio.sounds(booth, by_value("b:500"), lambda: None)).complete
        assert voice.asked == ["a:500", "b:500"]
        assert voice.leased.count("CA1") == 1

    in_studio(scene, voice)


def test_a_line_is_dialled_even_if_the_first_words_are_known() -> None:
    voice, takes = LetterVoice(), Takes()

    async def scene(studio: Studio) -> None:
        await made(studio, studio.lease("CA1"), words("a:500"))
        studio.prepare(studio.lease("CA2"), [Speak(utterance(1, "a:500"))])
        assert voice.leased == ["studio", "CA2"]

    in_studio(scene, voice, takes=takes)


def test_a_line_is_leased_in_the_language_of_its_first_words() -> None:
    voice = LetterVoice()

    async def scene(studio: Studio) -> None:
        spanish = Words("a:500", "es-US", "letters", fixed=False)
        said = replace(utterance(1), parts=(spanish, by_value("b:500")))
        studio.prepare(studio.lease("CA1"), [Speak(said)])
        await made(studio, studio.lease("CA2"), by_value())
        assert voice.leased_for == ["es-US", "en-US"]

    in_studio(scene, voice)


def test_what_failed_while_it_was_prepared_is_tried_again_when_it_is_needed() -> None:
    voice = LetterVoice(fail_at=0, failures=1, retryable=False)

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        studio.prepare(booth, [Speak(utterance(1, "a:500", fixed=False))])
        await pass_time(0.1)
        assert (await made(studio, booth, by_value())).failure is None

    in_studio(scene, voice)


def test_warming_makes_every_text_of_a_local_voice_once() -> None:
    local, vendor = LetterVoice("letters"), LetterVoice("vendor")

    async def scene() -> None:
        studio = Studio({"letters": local, "vendor": vendor}, local=["letters"])
        await studio.open()
        studio.warm([words("a:100"), words("x:100", voice="vendor"), words("b:100")])
        studio.warm([words("b:100"), words("c:100")])
        await pass_time(1)
        assert sorted(local.asked) == ["a:100", "b:100", "c:100"]
        assert vendor.asked == [], "a vendor is paid by the letter"
        await studio.aclose()

    run(scene())


def test_warming_waits_while_callers_wait() -> None:
    voice = LetterVoice(first_seconds=1.0)

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        live = only(studio.sounds(booth, by_value("l:100"), lambda: None))
        await pass_time(0)
        studio.warm([words("a:100"), words("b:100")])
        await pass_time(0.9)
        assert not live.complete
        assert voice.asked == ["l:100"]
        await pass_time(0.2)
        assert voice.asked == ["l:100", "a:100"]
        await pass_time(2)
        assert voice.asked == ["l:100", "a:100", "b:100"]

    in_studio(scene, voice)


def test_a_caller_who_needs_what_is_being_warmed_shares_it() -> None:
    voice = LetterVoice(first_seconds=1.0)

    async def scene(studio: Studio) -> None:
        studio.warm([words("a:100")])
        await pass_time(0.5)
        assert (await made(studio, studio.lease("CA1"), words("a:100"))).failure is None
        assert asyncio.get_running_loop().time() == 1.0
        assert voice.asked == ["a:100"]

    in_studio(scene, voice)


def test_warming_goes_on_after_a_text_that_failed() -> None:
    voice = LetterVoice(fail_at=0, failures=1, retryable=False)

    async def scene(studio: Studio) -> None:
        studio.warm([words("a:100"), words("b:100")])
        await pass_time(1)
        assert voice.asked == ["a:100", "b:100"]

    in_studio(scene, voice)


# --------------------------------------------------------------------------- failures


@pytest.mark.parametrize("fixed", [True, False])
def test_a_voice_that_says_nothing_and_may_be_asked_again_is_asked_once_more(fixed: bool) -> None:
    voice = LetterVoice(fail_at=0, failures=1)

    async def scene(studio: Studio) -> None:
        sound = await made(studio, studio.lease("CA1"), words("a:500", fixed=fixed))
        assert (sound.failure, bytes(sound.audio)) == (None, audio_of("a:500"))
        assert voice.asked == ["a:500"] * 2

    in_studio(scene, voice)


@pytest.mark.parametrize("fixed", [True, False])
def test_twice_is_enough(fixed: bool, caplog: pytest.LogCaptureFixture) -> None:
    voice = LetterVoice(fail_at=0)

    async def scene(studio: Studio) -> None:
        sound = await made(studio, studio.lease("CA1"), words("a:500", fixed=fixed))
        assert sound.failure == "no luck"
        assert voice.asked == ["a:500"] * 2

    in_studio(scene, voice)
    assert "voice letters failed: no luck" in caplog.text
    assert "a:500" not in caplog.text, "what callers are told is nobody's business in a log"


@pytest.mark.parametrize("fail_at", range(1, 5))
def test_words_are_never_said_twice(fail_at: int) -> None:
    voice = LetterVoice(fail_at=fail_at, failures=1)

    async def scene(studio: Studio) -> None:
        sound = await made(studio, studio.lease("CA1"), words("a:500"))
        assert sound.failure == "no luck"
        assert bytes(sound.audio) == audio_of("a:500")[: fail_at * 1_000]
        assert voice.asked == ["a:500"]

    in_studio(scene, voice)


def test_half_a_take_is_not_kept() -> None:
    voice, takes = LetterVoice(fail_at=2, failures=1), Takes()

    async def scene(studio: Studio) -> None:
        await made(studio, studio.lease("CA1"), words("a:500"))
        assert len(takes) == 0
        assert (await made(studio, studio.lease("CA1"), words("a:500"))).failure is None

    in_studio(scene, voice, takes=takes)


def test_a_voice_that_never_begins_is_given_up() -> None:
    voice = LetterVoice(first_seconds=1_000)

    async def scene(studio: Studio) -> None:
        sound = await made(studio, studio.lease("CA1"), words("a:500"))
        assert sound.failure == "no audio for 3 s"
        assert asyncio.get_running_loop().time() == 2 * FIRST_AUDIO_SECONDS_MAX
        assert voice.speaking == 0

    in_studio(scene, voice)


def test_a_voice_that_falls_silent_in_the_middle_is_given_up() -> None:
    voice = LetterVoice(chunk_seconds=1_000)

    async def scene(studio: Studio) -> None:
        sound = await made(studio, studio.lease("CA1"), words("a:500"))
        assert (sound.failure, len(sound.audio)) == ("no audio for 3 s", 1_000)
        assert (voice.speaking, len(voice.asked)) == (0, 1)

    in_studio(scene, voice)


def test_a_voice_that_never_stops_is_given_up() -> None:
    voice = LetterVoice(chunk_bytes=1_000_000)

    async def scene(studio: Studio) -> None:
        sound = await made(studio, studio.lease("CA1"), words(f"a:{2 * SOUND_MS_MAX}"))
        assert sound.failure == "it never stopped speaking"
        assert len(sound.audio) <= SOUND_MS_MAX * 8 + 1_000_000

    in_studio(scene, voice)


def test_a_voice_that_ends_without_a_word_has_failed_unless_there_was_nothing_to_say() -> None:
    voice = LetterVoice()

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        assert (await made(studio, booth, words("a:0"))).failure == "it said nothing"
        blank = await made(studio, booth, words("   "))
        assert (blank.failure, len(blank.audio)) == (None, 0)

    in_studio(scene, voice)


@pytest.mark.parametrize("fixed", [True, False])
def test_a_bug_in_a_voice_costs_one_utterance(
    fixed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    voice = LetterVoice(fail_at=0, failures=1, error=ZeroDivisionError("oops"))

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        assert (await made(studio, booth, words("a:500", fixed=fixed))).failure == "the voice broke"
        assert (await made(studio, booth, words("a:500", fixed=fixed))).failure is None

    in_studio(scene, voice)
    assert "ZeroDivisionError" in caplog.text


# --------------------------------------------------------------------------- opening and closing


def test_voices_are_opened_once_and_closed_after_all_lines() -> None:
    voice = LetterVoice()

    async def scene(studio: Studio) -> None:
        assert (voice.opened, voice.closed) == (1, 0)
        await made(studio, studio.lease("CA1"), words("a:100"))

    in_studio(scene, voice)
    assert (voice.closed, voice.returned) == (1, ["studio"])


def test_a_voice_that_cannot_open_closes_those_that_could() -> None:
    class Locked(LetterVoice):
        async def open(self) -> None:
            raise VoiceError("the model is missing", retryable=False)

    first, locked = LetterVoice("letters"), Locked("locked")
    with pytest.raises(VoiceError, match="the model is missing"):
        in_studio(lambda studio: pass_time(0), first, locked)
    assert (first.closed, locked.closed) == (1, 0)


def test_a_line_that_cannot_be_returned_keeps_nobody_from_returning_theirs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Clinging(LetterLine):
        async def aclose(self) -> None:
            raise OSError("it clings")

    class ClingingVoice(LetterVoice):
        def lease(self, call: str, *, language: str | None = None) -> LetterLine:
            return Clinging(self, call)

    clinging, other = ClingingVoice(), LetterVoice("other")

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        await made(studio, booth, by_value("a:100"))
        await made(studio, booth, words("a:100", voice="other", fixed=False))
        await studio.give_back(booth)
        assert other.returned == ["CA1"]

    in_studio(scene, clinging, other)
    assert "did not take its line back" in caplog.text


def test_closing_stops_all_work() -> None:
    voice = LetterVoice(chunk_seconds=1.0)

    async def scene(studio: Studio) -> None:
        studio.warm([words("a:9000")])
        only(studio.sounds(studio.lease("CA1"), by_value("b:9000"), lambda: None))
        await pass_time(2.5)
        assert voice.speaking == 2

    in_studio(scene, voice)
    assert voice.speaking == 0


def test_music_that_fills_the_time_begins_where_it_can_be_heard() -> None:
    loud = bytes([0x20, 0xA0]) * 4_000

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        (sound,) = studio.sounds(booth, Hold("music.wav", 2_000), lambda: None)
        assert len(sound.audio) == 2_000 * 8
        assert first_audible(bytes(sound.audio)) in range(20 * 8)
        (soft,) = studio.sounds(booth, Hold(None, 500), lambda: None)
        assert bytes(soft.audio) == tones.hold(500)
        (keys,) = studio.sounds(booth, Tones("12#"), lambda: None)
        assert bytes(keys.audio) == tones.keys("12#")
        (lost,) = studio.sounds(booth, Playback(3), lambda: None)
        assert lost.failure == "nothing was recorded"
        booth.recordings[3] = loud
        (again,) = studio.sounds(booth, Playback(3), lambda: None)
        assert bytes(again.audio) == loud

    in_studio(scene, clips={"music.wav": SILENCE * 4_000 + loud})


def test_what_is_heard_outside_of_a_stream_is_known_or_is_not() -> None:
    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        hello = words("a:200")
        assert studio.take(hello) is None
        await made(studio, booth, hello)
        assert studio.take(hello) == audio_of("a:200")
        assert studio.take(by_value("a:200")) is None, "what was said to one caller is no take"
        assert studio.take(words("a:200", voice="nobody")) is None

    in_studio(scene, LetterVoice())


def test_music_goes_on_where_it_was_and_begins_again_at_its_end() -> None:
    loop = bytes(range(1, 101)) * 80  # a second

    async def scene(studio: Studio) -> None:
        assert studio.music("music.wav", 0, 1_500) == (loop * 2)[: 1_500 * 8]
        later = studio.music("music.wav", 45_250, 500)
        assert later == (loop * 2)[250 * 8 : 750 * 8]
        assert studio.music("gone.wav", 3_000, 500) == tones.hold(500)

    in_studio(scene, clips={"music.wav": loop})
