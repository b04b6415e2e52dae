"""Texts with values in a studio: put together from takes and live speech, and made ahead."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import groupby

import pytest

from ivr.audio.loudness import silences
from ivr.audio.mulaw import SILENCE
from ivr.calls.ladder import STALL_SECONDS
from ivr.calls.studio import Studio
from ivr.flow.messages import Segment, SegmentKind, Words
from ivr.prompts.quota import CALL_CHARS_MAX
from ivr.prompts.takes import SOUND_MS_MAX, Sound, TakeKey, Takes
from ivr.voices.table import Allowance
from tests.simulation.stage import LetterVoice, audio_of, words
from tests.virtual import pass_time, run

FIXED, LIVE = SegmentKind.FIXED, SegmentKind.LIVE
LEAD, END = "a:900", "c:400"


def text(*segments: tuple[SegmentKind, str]) -> Words:
    pieces = tuple(Segment(kind, each) for kind, each in segments)
    joined = " ".join(each.text for each in pieces)
    return Words(joined, "en-US", "letters", False, "", pieces)


GREETING = text((FIXED, LEAD), (LIVE, "b:300"), (FIXED, END))


def in_studio(
    scene: Callable[[Studio], Awaitable[None]],
    voice: LetterVoice,
    *takes: str,
    concurrency: int = 9,
    last: LetterVoice | None = None,
) -> Takes:
    """A vendor's voice that has these takes, and perhaps another one that goes on."""
    kept = Takes()
    for each in takes:
        kept.keep(TakeKey("letters", "en-US", each), audio_of(each))

    async def play() -> None:
        voices = {"letters": voice} | ({"last": last} if last else {})
        fallbacks = {"letters": ["last"]} if last else {}
        limits = {"letters": Allowance(concurrency, 20_000)}
        studio = Studio(voices, takes=kept, fallbacks=fallbacks, allowances=limits)
        await studio.open()
        try:
            await scene(studio)
        finally:
            await studio.aclose()

    run(play())
    return kept


def nothing() -> None:
    """A bell nobody hears."""


def heard(sounds: tuple[Sound, ...]) -> list[int]:
    """The milliseconds of each letter in order, silence left out.

    Not which letters: live speech beside takes is made as loud as they are.
    """
    audio = b"".join(bytes(sound.audio) for sound in sounds).replace(b"\x7f", SILENCE)
    runs = groupby(audio)
    return [length // 8 for code, run in runs if code != SILENCE[0] and (length := len(list(run)))]


def test_the_beginning_is_there_at_once_and_the_value_is_spoken_meanwhile() -> None:
    voice = LetterVoice(first_seconds=0.25)

    async def scene(studio: Studio) -> None:
        sounds = studio.sounds(studio.lease("CA1"), GREETING, nothing)
        assert [sound.complete for sound in sounds] == [True, False, True]
        await pass_time(0.3)
        assert all(sound.complete and not sound.failure for sound in sounds)
        assert heard(sounds) == [900, 300, 400]
        assert voice.asked == ["b:300"]

    kept = in_studio(scene, voice, LEAD, END)
    assert len(kept) == 2, "what was said for the call is no take"


def test_a_voice_that_turned_out_slow_is_not_relied_on_behind_a_short_beginning() -> None:
    voice = LetterVoice(first_seconds=1.0)

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        assert len(studio.sounds(booth, GREETING, nothing)) == 3
        await pass_time(1.5)
        other = text((FIXED, LEAD), (LIVE, "d:300"), (FIXED, END))
        assert len(studio.sounds(booth, other, nothing)) == 2
        await pass_time(1.5)
        assert voice.asked == ["b:300", "a:900 d:300"]

    in_studio(scene, voice, LEAD, END)


def test_live_speech_between_takes_loses_its_own_silence() -> None:
    breath = "\x7f:200"  # the other zero of mu-law

    async def scene(studio: Studio) -> None:
        words = text((FIXED, LEAD), (LIVE, f"{breath} b:300 {breath}"), (FIXED, "c:400"))
        sounds = studio.sounds(studio.lease("CA1"), words, nothing)
        await pass_time(1)
        assert heard(sounds) == [900, 300, 400]
        audio = b"".join(bytes(sound.audio) for sound in sounds)
        assert all(end - start <= 60 for start, end in silences(audio))

    in_studio(scene, LetterVoice(), LEAD, END)


def test_what_may_be_said_next_is_made_while_the_caller_listens() -> None:
    voice = LetterVoice(first_seconds=0.25)

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        studio.look_ahead(booth, [GREETING])
        await pass_time(0.5)
        sounds = studio.sounds(booth, GREETING, nothing)
        assert all(sound.complete for sound in sounds)
        assert voice.asked == ["b:300"]

    in_studio(scene, voice, LEAD, END)


def test_what_was_made_ahead_is_used_though_the_voice_turned_out_quicker_than_expected() -> None:
    # Of a voice nobody knows the beginning would not be covered, so it is spoken; later it would.
    voice, words = LetterVoice(first_seconds=0.1), text((FIXED, "a:250"), (LIVE, "b:300"))

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        studio.look_ahead(booth, [words])
        await pass_time(1)
        sounds = studio.sounds(booth, words, nothing)
        await pass_time(1)
        assert heard(sounds) == [250, 300]
        assert voice.asked == ["a:250 b:300"]
        other = text((FIXED, "a:250"), (LIVE, "c:300"))
        assert len(studio.sounds(booth, other, nothing)) == 2

    in_studio(scene, voice, "a:250")


def test_what_can_no_longer_come_is_given_up_and_what_still_can_is_kept() -> None:
    voice = LetterVoice(first_seconds=2.5)
    first, second = text((LIVE, "a:100")), text((LIVE, "b:100"))

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        studio.look_ahead(booth, [first, second])
        await pass_time(1)
        assert voice.speaking == 2
        studio.look_ahead(booth, [second])
        await pass_time(0)
        assert voice.speaking == 1
        (sound,) = studio.sounds(booth, second, nothing)
        await pass_time(2)
        assert (sound.complete, sound.failure) == (True, None)
        assert voice.asked == ["a:100", "b:100"]

    in_studio(scene, voice)


def test_what_waits_for_its_turn_is_asked_for_at_once_when_it_is_wanted() -> None:
    voice = LetterVoice(first_seconds=1)
    texts = [text((LIVE, f"{letter}:100")) for letter in "abc"]

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        studio.look_ahead(booth, texts)
        await pass_time(0.5)
        assert voice.asked == ["a:100"], "one turn is left to callers, one may be used"
        (sound,) = studio.sounds(booth, texts[2], nothing)
        await pass_time(1.1)
        assert sound.complete
        assert voice.asked[1] == "c:100"
        await pass_time(5)
        assert sorted(voice.asked) == ["a:100", "b:100", "c:100"]

    in_studio(scene, voice, concurrency=2)


def test_no_call_may_have_more_made_ahead_than_its_budget() -> None:
    voice = LetterVoice()
    dear = " ".join(["a:1"] * (CALL_CHARS_MAX // 4))

    async def scene(studio: Studio) -> None:
        first, second = studio.lease("CA1"), studio.lease("CA2")
        studio.look_ahead(first, [text((LIVE, dear)), text((LIVE, "b:1")), text((LIVE, "c:1"))])
        studio.look_ahead(second, [text((LIVE, "c:1"))])
        await pass_time(1)
        assert len(dear) + 3 > CALL_CHARS_MAX - 3
        assert voice.asked.count("c:1") == 1

    in_studio(scene, voice)


def test_the_same_words_asked_for_twice_are_made_once_and_dropping_one_keeps_the_other() -> None:
    voice = LetterVoice(chunk_seconds=0.1)

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        (first,) = studio.sounds(booth, text((LIVE, "a:900")), nothing)
        (second,) = studio.sounds(booth, text((LIVE, "a:900")), nothing)
        assert first is second
        await pass_time(3)
        assert voice.asked == ["a:900"]

    in_studio(scene, voice)


def test_silence_that_is_cut_away_is_no_reason_to_wait_for_a_voice_that_stopped() -> None:
    # Two seconds of breath come at once, and then nothing for ten.
    stuck, last = LetterVoice(chunk_bytes=16_000, chunk_seconds=10), LetterVoice(name="last")
    words = text((FIXED, LEAD), (LIVE, "\x7f:2000 b:300"), (FIXED, END))

    async def scene(studio: Studio) -> None:
        sounds = studio.sounds(studio.lease("CA1"), words, nothing)
        await pass_time(STALL_SECONDS + 0.1)
        assert all(sound.complete for sound in sounds)
        assert heard(sounds) == [900, 300, 400]

    in_studio(scene, stuck, LEAD, END, last=last)


def test_a_voice_that_breathes_for_ever_is_given_up() -> None:
    # Silence behind a piece is held back, so the sound does not grow by it.
    breath = LetterVoice(chunk_bytes=80_000)
    words = text((FIXED, LEAD), (LIVE, f"b:300 \x7f:{SOUND_MS_MAX + 20_000}"), (FIXED, END))

    async def scene(studio: Studio) -> None:
        sounds = studio.sounds(studio.lease("CA1"), words, nothing)
        await pass_time(1)
        assert sounds[1].failure == "it never stopped speaking"

    in_studio(scene, breath, LEAD, END)


@pytest.mark.parametrize("ahead", [True, False])
def test_what_was_stopped_before_it_was_begun_is_made_anew(ahead: bool) -> None:
    voice, words = LetterVoice(), text((LIVE, "a:100"))

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        if ahead:
            studio.look_ahead(booth, [words])
        else:
            studio.sounds(booth, words, nothing)
        await studio.hush(booth)
        assert (booth.made, booth.ahead, booth.queued) == ({}, set(), set())
        (sound,) = studio.sounds(booth, words, nothing)
        (again,) = studio.sounds(booth, words, nothing)
        await pass_time(1)
        assert sound is again
        assert heard((sound,)) == [100]
        assert voice.asked == ["a:100"]

    in_studio(scene, voice)


def test_what_no_voice_was_asked_for_costs_nothing_of_the_budget() -> None:
    voice = LetterVoice(first_seconds=1)
    a, b, c = (" ".join([f"{letter}:1"] * (CALL_CHARS_MAX // 10)) for letter in "abc")
    assert CALL_CHARS_MAX // 3 < len(a) < CALL_CHARS_MAX // 2

    async def scene(studio: Studio) -> None:
        booth = studio.lease("CA1")
        studio.look_ahead(booth, [text((LIVE, a)), text((LIVE, b))])
        await pass_time(0.5)
        studio.look_ahead(booth, [text((LIVE, c))])
        await pass_time(0.5)
        assert voice.asked == [a, c]

    in_studio(scene, voice, concurrency=2)


@pytest.mark.parametrize(("account", "at_once"), [("one", 1), ("", 2)])
def test_voices_of_one_account_share_what_may_be_asked_of_it(account: str, at_once: int) -> None:
    voices = {name: LetterVoice(name, first_seconds=1) for name in ("letters", "others")}
    # Of two requests at once one is always left for callers.
    limits = {name: Allowance(2, 20_000, account) for name in voices}

    async def play() -> list[int]:
        studio = Studio(voices, allowances=limits)
        await studio.open()
        booth = studio.lease("CA1")
        studio.look_ahead(booth, [words("a:9", voice=name, fixed=False) for name in voices])
        await pass_time(0.5)
        speaking = [voice.speaking for voice in voices.values()]
        await pass_time(5)
        assert [voice.asked for voice in voices.values()] == [["a:9"], ["a:9"]]
        await studio.give_back(booth)
        await studio.aclose()
        return speaking

    assert sum(run(play())) == at_once
