"""The build's patience: who is asked how often, and what becomes of each answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from ivr.audio.mulaw import SILENCE
from ivr.errors import SettingsError, VoiceError
from ivr.fakes.elevenlabs import audio_of
from ivr.flow.messages import Words
from ivr.flow.world import VoiceSpec
from ivr.prompts.build import (
    ALIKE_MAX,
    ATTEMPTS_MAX,
    BUSY_MAX,
    EASED_AFTER,
    RENDER_SECONDS_MAX,
    TOGETHER,
    TOGETHER_MAX,
    TOGETHER_UNTOLD_MAX,
    Account,
    Failed,
    Made,
    Rendered,
    Result,
    VoiceRenderer,
    make,
)
from ivr.prompts.shelf import Shelf
from ivr.prompts.takes import TakeKey
from ivr.prompts.wanted import Role, Wanted
from ivr.voices.tone import Tone, tones
from tests.virtual import pass_time, run

Answer = Callable[[Words], Rendered]
BUSY = VoiceError("too much to do", retryable=True, spoken=0)
BROKEN = VoiceError("it broke off", retryable=True)
REFUSED = VoiceError("there is no such voice.", retryable=False, spoken=0)


def want(text: str, voice: str = "sarah") -> Wanted:
    key = TakeKey(voice, "en-US", text)
    words = Words(text, "en-US", voice, fixed=True)
    return Wanted(key, words, VoiceSpec(voice, "elevenlabs"), Role.OWN, ("main/a",), True)


def texts(count: int) -> list[Wanted]:
    return [want(f"This is text number {number}.") for number in range(count)]


class Voice:
    """Takes 0.1 s for a text; its first answers are these, then it speaks."""

    def __init__(self, *answers: Rendered | VoiceError, together: int | None = None) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.times: list[float] = []
        self.at_once = 0
        self.at_once_max = 0
        self._together = together

    async def render(self, words: Words) -> Rendered:
        self.asked.append(words.text)
        self.times.append(asyncio.get_running_loop().time())
        self.at_once += 1
        self.at_once_max = max(self.at_once_max, self.at_once)
        try:
            await pass_time(0.1)
        finally:
            self.at_once -= 1
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, VoiceError):
                raise answer
            return answer
        return Rendered(audio_of(words.text), self._together)


def build(
    shelf: Path, takes: Sequence[Wanted], voice: Voice, together: int | None = None
) -> list[Result]:
    results: list[Result] = []
    account_of = {each.spec.name: voice for each in takes}
    run(_make(takes, account_of, Shelf(shelf), results, together))
    assert len(results) == len(takes)
    return results


async def _make(
    takes: Sequence[Wanted],
    voices: dict[str, Voice],
    shelf: Shelf,
    results: list[Result],
    together: int | None,
) -> None:
    await make(takes, Account(voices, together), shelf, results.append)


def test_every_take_is_on_the_shelf_when_it_is_told(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    seen: list[bool] = []

    async def story() -> None:
        await make(
            texts(5),
            Account({"sarah": Voice()}),
            shelf,
            lambda result: seen.append(shelf.find(result.wanted.key) is not None),
        )

    run(story())
    assert seen == [True] * 5
    take = shelf.find(texts(1)[0].key)
    assert take is not None
    assert (take.audio, take.voice, take.places) == (audio_of(take.key.text), "sarah", ("main/a",))


def test_what_was_made_stays_when_the_build_is_stopped(tmp_path: Path) -> None:
    async def story() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.35):
                await make(texts(20), Account({"sarah": Voice()}, 1), Shelf(tmp_path), print)

    run(story())
    assert len(list(Shelf(tmp_path).all())) == 3


@pytest.mark.parametrize(
    ("audio", "reason"),
    [(b"", "empty"), (SILENCE * 8_000, "silence"), (audio_of("This is"), "cut short")],
)
def test_what_the_gate_refuses_is_asked_for_twice_more_and_then_told(
    tmp_path: Path, audio: bytes, reason: str
) -> None:
    bad = [Rendered(audio)] * ATTEMPTS_MAX
    voice = Voice(*bad[1:])
    assert isinstance(build(tmp_path, texts(1), voice)[0], Made)
    assert len(voice.asked) == ATTEMPTS_MAX
    (failed,) = build(tmp_path / "other", texts(1), Voice(*bad))
    assert isinstance(failed, Failed)
    assert reason in failed.reason
    assert "asked 3 times" in failed.reason
    assert list(Shelf(tmp_path / "other").all()) == []


def test_speech_that_breaks_off_is_asked_for_again_as_often(tmp_path: Path) -> None:
    assert isinstance(build(tmp_path, texts(1), Voice(BROKEN, BROKEN))[0], Made)
    (failed,) = build(tmp_path / "other", texts(1), Voice(*[BROKEN] * 3))
    assert isinstance(failed, Failed)
    assert failed.reason == "it broke off (asked 3 times)"


def test_a_busy_voice_is_asked_later_and_later(tmp_path: Path) -> None:
    voice = Voice(BUSY, BUSY, BUSY)
    assert isinstance(build(tmp_path, texts(1), voice)[0], Made)
    gaps = [b - a for a, b in zip(voice.times, voice.times[1:], strict=False)]
    assert gaps == pytest.approx([0.6, 1.1, 2.1])


def test_a_busy_voice_is_asked_for_less_at_a_time(tmp_path: Path) -> None:
    voice = Voice(together=9)
    build(tmp_path, texts(30), voice)
    assert voice.at_once_max == 8, "one lane is left to callers"
    eased = Voice(BUSY, together=9)
    build(tmp_path / "other", texts(EASED_AFTER), eased)
    assert eased.at_once_max == TOGETHER


def test_a_voice_that_was_busy_is_asked_for_more_again_when_it_went_well(tmp_path: Path) -> None:
    voice = Voice(BUSY, together=9)
    build(tmp_path, texts(60), voice)
    assert TOGETHER < voice.at_once_max <= 8


def test_where_the_vendor_does_not_say_what_it_allows_little_is_asked(tmp_path: Path) -> None:
    voice = Voice()
    build(tmp_path, texts(30), voice)
    assert voice.at_once_max == TOGETHER_UNTOLD_MAX


@pytest.mark.parametrize(("allows", "asked"), [(1, 1), (2, 1), (3, 2), (100, TOGETHER_MAX)])
def test_never_more_than_the_vendor_allows(tmp_path: Path, allows: int, asked: int) -> None:
    voice = Voice(together=allows)
    build(tmp_path, texts(TOGETHER), voice)  # before the first answer nobody knows
    voice = Voice(together=allows)
    build(tmp_path / "other", texts(60), voice, together=None)
    assert voice.at_once_max == max(asked, TOGETHER)
    assert voice.asked


def test_how_many_at_a_time_may_be_said_by_the_operator(tmp_path: Path) -> None:
    voice = Voice(together=20)
    build(tmp_path, texts(20), voice, together=5)
    assert voice.at_once_max == 5


def test_a_voice_that_never_answers_is_given_up_for_all_its_takes(tmp_path: Path) -> None:
    voice = Voice(*[BUSY] * 1_000)
    results = build(tmp_path, texts(50), voice)
    assert all(isinstance(each, Failed) for each in results)
    assert len(voice.asked) <= BUSY_MAX + TOGETHER_UNTOLD_MAX
    assert voice.times[-1] < 20


def test_a_voice_that_says_no_is_not_asked_fifty_times(tmp_path: Path) -> None:
    voice = Voice(*[REFUSED] * 1_000)
    results = build(tmp_path, texts(50), voice)
    assert {each.reason for each in results if isinstance(each, Failed)} == {
        "there is no such voice"
    }
    assert len(results) == 50
    assert len(voice.asked) <= ALIKE_MAX + TOGETHER_UNTOLD_MAX


def test_a_text_that_is_refused_does_not_silence_its_voice(tmp_path: Path) -> None:
    results = build(tmp_path, texts(20), Voice(REFUSED, REFUSED))
    assert sum(isinstance(each, Made) for each in results) == 18


def test_one_voice_that_is_gone_does_not_silence_another(tmp_path: Path) -> None:
    gone, well = Voice(*[REFUSED] * 100), Voice()
    takes = [want(f"This is text number {n}.", v) for n in range(10) for v in ("gone", "well")]
    results: list[Result] = []
    run(_make(takes, {"gone": gone, "well": well}, Shelf(tmp_path), results, None))
    assert {each.wanted.spec.name for each in results if isinstance(each, Made)} == {"well"}
    assert sum(isinstance(each, Made) for each in results) == 10


def test_a_voice_that_hangs_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    class Hanging(Voice):
        async def render(self, words: Words) -> Rendered:
            self.asked.append(words.text)
            await asyncio.Event().wait()
            raise AssertionError

    voice = Hanging()
    (failed,) = build(tmp_path, texts(1), voice)
    assert isinstance(failed, Failed)
    assert f"within {RENDER_SECONDS_MAX:g} s" in failed.reason
    assert len(voice.asked) == ATTEMPTS_MAX


def test_a_shelf_that_cannot_be_written_ends_the_build_with_its_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be written"):
        build(tmp_path / "file", texts(5), Voice())


def test_any_voice_can_be_asked_through_its_line(tmp_path: Path) -> None:
    async def story() -> Rendered:
        renderer = VoiceRenderer(Tone())
        try:
            return await renderer.render(want("one two three").words)
        finally:
            await renderer.aclose()

    assert run(story()) == Rendered(tones("one two three"))
