"""What every voice must do, whoever makes it: ``ivr/voices/base.py`` as one function.

Run it for each provider, on the virtual clock where the voice allows it, otherwise on a real loop
(then nothing is timed but the bounds). An AssertionError says which rule is broken. Where speech is
paid for (``tests/live``), some of the rules are chosen, with a short text.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from ivr.audio.frames import BYTES_PER_MS
from ivr.audio.loudness import first_audible
from ivr.errors import VoiceError
from ivr.voices.base import Line, Voice

RULE_SECONDS_MAX = 20.0
"""For everything that one rule does."""
STOP_SECONDS_MAX = 1.0
"""From closing or cancelling to the end of it."""
WORD_MS_MIN = 120
WORD_MS_MAX = 2_000
"""Nobody speaks quicker or slower, pauses included."""
SAME_WITHIN = 0.05
"""How much the length of the same text may differ from one time to the next."""

OTHER_LANGUAGE = "is-IS"
"""Few voices know it."""
BLANK_TEXTS = ("", " ", "\n \t\n", "\u00a0")
STRANGE_TEXTS = (
    "🙂",
    "…",
    "***",
    "a\x00b\x07c",
    "x" * 400,
    "9" * 60,
    "<speed level='300'>uno</speed> & </p>",
    "ok 🙂 漢字 Привет مرحبا",
    "e\u0301\u200b\ufeff",
    "please wait " * 1_700,
)


@dataclass(frozen=True, slots=True)
class Trial:
    """What one rule works with: a voice of its own, opened, and a text it has to say."""

    voice: Voice
    language: str
    text: str
    same_within: float = SAME_WITHIN
    lengths: dict[str, int] = field(default_factory=dict)
    """Bytes of each text as it is on a line of its own; spoken once for all rules."""

    async def alone(self, text: str) -> int:
        """How many bytes the text has on a line of its own."""
        if text not in self.lengths:
            speech = await spoken(self.voice.lease("alone"), text, self.language)
            self.lengths[text] = len(speech)
        return self.lengths[text]

    async def same_as_alone(self, line: Line, text: str) -> None:
        """The text on this line must be what it is on a fresh one."""
        heard = await spoken(line, text, self.language)
        assert await self.is_whole(heard, text), "speech is not whole"

    async def is_whole(self, heard: bytes, text: str) -> bool:
        """Whether this is all of a text, and nothing besides."""
        alone = await self.alone(text)
        return abs(len(heard) - alone) <= self.same_within * alone


Check = Callable[[Trial], Awaitable[None]]


async def check_voice(
    make_voice: Callable[[], Voice],
    *,
    language: str,
    text: str,
    checks: Sequence[Check] | None = None,
    same_within: float = SAME_WITHIN,
) -> None:
    """Hold a voice to its contract; ``text`` is two sentences or more in a language it speaks.

    ``checks``: all of them, unless they cost too much. ``same_within``: how much the length of the
    same text may differ; more for a voice that never says it twice alike.
    """
    assert len(text.split()) >= 8, "the rules need a text that takes a while"
    before = asyncio.all_tasks()
    lengths: dict[str, int] = {}
    for check in CHECKS if checks is None else checks:
        voice = make_voice()
        async with asyncio.timeout(RULE_SECONDS_MAX):
            await voice.open()
            try:
                await check(Trial(voice, language, text, same_within, lengths))
            finally:
                await voice.aclose()
    assert asyncio.all_tasks() == before, "tasks are left after a voice was closed"


# --- rules ---------------------------------------------------------------------------------------


async def says_what_it_is(trial: Trial) -> None:
    assert trial.voice.speaks(trial.language), f"does not speak {trial.language}"
    assert trial.voice.key, "has no key to keep takes under"
    assert trial.voice.key == trial.voice.key, "has another key each time"


async def speaks_the_whole_text(trial: Trial) -> None:
    audio = await spoken(trial.voice.lease("call"), trial.text, trial.language)
    trial.lengths[trial.text] = len(audio)
    ms = len(audio) / BYTES_PER_MS
    words = len(trial.text.split())
    assert WORD_MS_MIN * words <= ms <= WORD_MS_MAX * words, f"{words} words take {ms} ms"
    assert first_audible(audio) is not None, "cannot be heard"


async def says_nothing_of_a_blank_text(trial: Trial) -> None:
    line = trial.voice.lease("call")
    for blank in BLANK_TEXTS:
        assert await spoken(line, blank, trial.language) == b"", f"speaks {blank!r}"


async def speaks_any_text_or_raises_a_voice_error(trial: Trial) -> None:
    line = trial.voice.lease("call")
    for strange in STRANGE_TEXTS:
        sentence = await refusal_of(line, strange, trial.language)
        assert "\n" not in sentence, f"no one sentence: {sentence}"
        assert strange not in sentence, "an error must not show the text"
    await trial.same_as_alone(line, trial.text)


async def speaks_two_texts_in_a_row_on_one_line(trial: Trial) -> None:
    line = trial.voice.lease("call")
    for each in (trial.text, half(trial.text), trial.text):
        await trial.same_as_alone(line, each)


async def speaks_on_a_line_that_was_leased_for_another_language(trial: Trial) -> None:
    for leased_for in (trial.language, OTHER_LANGUAGE):
        line = trial.voice.lease("call", language=leased_for)
        await trial.same_as_alone(line, half(trial.text))


async def is_whole_again_after_a_closed_one(trial: Trial) -> None:
    line = trial.voice.lease("call")
    await first_chunk(line, trial.text, trial.language)
    never_asked = line.speak(trial.text, language=trial.language)
    await never_asked.aclose()
    await trial.same_as_alone(line, half(trial.text))


async def stops_when_it_is_cancelled(trial: Trial) -> None:
    line = trial.voice.lease("call")
    waiting = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        speech = tasks.create_task(spoken(line, trial.text, trial.language, waiting))
        await waiting.wait()
        speech.cancel()
        async with asyncio.timeout(STOP_SECONDS_MAX):
            await asyncio.wait([speech])
    assert speech.cancelled(), "goes on after it was cancelled"
    await trial.same_as_alone(line, half(trial.text))


async def stops_when_its_line_is_given_back(trial: Trial) -> None:
    line = trial.voice.lease("call")
    waiting = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        speech = tasks.create_task(spoken(line, trial.text, trial.language, waiting))
        await waiting.wait()
        await line.aclose()
        async with asyncio.timeout(STOP_SECONDS_MAX):
            heard = await speech
    assert len(heard) < await trial.alone(trial.text), "goes on speaking"
    await line.aclose()


async def does_not_mix_what_is_said_side_by_side(trial: Trial) -> None:
    one, two = trial.voice.lease("one"), trial.voice.lease("two")
    asked = [(one, trial.text), (two, half(trial.text)), (one, half(trial.text)), (two, trial.text)]
    async with asyncio.TaskGroup() as tasks:
        speeches = [tasks.create_task(spoken(line, each, trial.language)) for line, each in asked]
    for speech, (_, each) in zip(speeches, asked, strict=True):
        whole = await trial.is_whole(speech.result(), each)
        assert whole, "speech asked for side by side mixes"


async def narrates_what_arrives(trial: Trial) -> None:
    line = trial.voice.lease("call")
    for cut in (1, 7, len(trial.text)):
        pieces = Pieces(
            [trial.text[start : start + cut] for start in range(0, len(trial.text), cut)]
        )
        audio = b"".join(
            [checked(chunk) async for chunk in line.narrate(pieces, language=trial.language)]
        )
        assert pieces.closed, "does not close the text it narrated"
        ms, words = len(audio) / BYTES_PER_MS, len(trial.text.split())
        assert WORD_MS_MIN * words <= ms <= WORD_MS_MAX * words, (
            f"narrates {words} words in {ms} ms"
        )
        assert first_audible(audio) is not None, "cannot be heard when it narrates"
    await trial.same_as_alone(line, trial.text)


async def narrates_nothing_of_nothing(trial: Trial) -> None:
    line = trial.voice.lease("call")
    for pieces in (Pieces([]), Pieces([" ", "", "\n"])):
        chunks = [chunk async for chunk in line.narrate(pieces, language=trial.language)]
        assert chunks == [], "narrates a blank text"
        assert pieces.closed, "does not close a blank text"


async def begins_to_narrate_before_the_text_has_ended(trial: Trial) -> None:
    line = trial.voice.lease("call")
    pieces = Pieces([f"{trial.text} ", f"{trial.text} "], hangs=True)
    narration = line.narrate(pieces, language=trial.language)
    checked(await anext(narration))
    async with asyncio.timeout(STOP_SECONDS_MAX):
        await narration.aclose()
    assert pieces.closed, "does not close the text when it is closed itself"
    await trial.same_as_alone(line, half(trial.text))


async def stops_narrating_when_its_line_is_given_back(trial: Trial) -> None:
    line = trial.voice.lease("call")
    pieces = Pieces([f"{trial.text} "], hangs=True)
    narration = line.narrate(pieces, language=trial.language)
    checked(await anext(narration))
    await line.aclose()
    async with asyncio.timeout(STOP_SECONDS_MAX):
        async for chunk in narration:
            checked(chunk)
    assert pieces.closed, "does not close the text when its line is given back"


async def lets_errors_of_a_narrated_text_through(trial: Trial) -> None:
    line = trial.voice.lease("call")
    try:
        async for chunk in line.narrate(
            Pieces([f"{trial.text} "], breaks=True), language=trial.language
        ):
            checked(chunk)
    except TextBroke:
        await trial.same_as_alone(line, half(trial.text))
        return
    raise AssertionError("hides that a narrated text broke off")


async def gives_lines_back_twice(trial: Trial) -> None:
    line = trial.voice.lease("call")
    await line.aclose()
    await line.aclose()
    await trial.same_as_alone(trial.voice.lease("next"), trial.text)


CHECKS: tuple[Check, ...] = (
    says_what_it_is,
    speaks_the_whole_text,
    says_nothing_of_a_blank_text,
    speaks_any_text_or_raises_a_voice_error,
    speaks_two_texts_in_a_row_on_one_line,
    speaks_on_a_line_that_was_leased_for_another_language,
    is_whole_again_after_a_closed_one,
    stops_when_it_is_cancelled,
    stops_when_its_line_is_given_back,
    does_not_mix_what_is_said_side_by_side,
    narrates_what_arrives,
    narrates_nothing_of_nothing,
    begins_to_narrate_before_the_text_has_ended,
    stops_narrating_when_its_line_is_given_back,
    lets_errors_of_a_narrated_text_through,
    gives_lines_back_twice,
)


# --- what the rules are made of ------------------------------------------------------------------


async def spoken(
    line: Line, text: str, language: str, waiting: asyncio.Event | None = None
) -> bytes:
    """Everything of a text; ``waiting`` is set in the turn in which it begins to be waited for."""
    speech = line.speak(text, language=language)
    if waiting is not None:
        waiting.set()
    return b"".join([checked(chunk) async for chunk in speech])


class TextBroke(Exception):
    """What the source of a narrated text may raise."""


class Pieces:
    """A text that arrives, and then ends, hangs or breaks."""

    def __init__(self, pieces: list[str], *, hangs: bool = False, breaks: bool = False) -> None:
        self._pieces = list(pieces)
        self._hangs = hangs
        self._breaks = breaks
        self.closed = False

    def __aiter__(self) -> Pieces:
        return self

    async def __anext__(self) -> str:
        if self._pieces:
            return self._pieces.pop(0)
        if self._hangs:
            await asyncio.Event().wait()
        if self._breaks:
            raise TextBroke
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self.closed = True


async def first_chunk(line: Line, text: str, language: str) -> None:
    """Wait for the beginning of a text, then close it, which must not take long."""
    speech: AsyncGenerator[bytes, None] = line.speak(text, language=language)
    try:
        async for chunk in speech:
            checked(chunk)
            break
    finally:
        async with asyncio.timeout(STOP_SECONDS_MAX):
            await speech.aclose()


async def refusal_of(line: Line, text: str, language: str) -> str:
    """What the voice says instead of the beginning of a text; nothing if it speaks."""
    try:
        await first_chunk(line, text, language)
    except VoiceError as error:
        return str(error)
    return ""


def checked(chunk: object) -> bytes:
    assert isinstance(chunk, bytes), f"yields {type(chunk).__name__}, not bytes"
    assert chunk, "yields an empty chunk"
    return chunk


def half(text: str) -> str:
    words = text.split()
    return " ".join(words[: len(words) // 2])
