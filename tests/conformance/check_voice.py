"""What every voice must do, whoever makes it: ``ivr/voices/base.py`` as one function.

Run it for each provider, on the virtual clock where the voice allows it, otherwise on a real loop
(then nothing is timed but the bounds). An AssertionError says which rule is broken.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

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

Check = Callable[[Voice, str, str], Awaitable[None]]


async def check_voice(make_voice: Callable[[], Voice], *, language: str, text: str) -> None:
    """Hold a voice to its contract; ``text`` is two sentences or more in a language it speaks."""
    assert len(text.split()) >= 8, "the rules need a text that takes a while"
    before = asyncio.all_tasks()
    for check in CHECKS:
        voice = make_voice()
        async with asyncio.timeout(RULE_SECONDS_MAX):
            await voice.open()
            try:
                await check(voice, language, text)
            finally:
                await voice.aclose()
    assert asyncio.all_tasks() == before, "tasks are left after a voice was closed"


# --- rules ---------------------------------------------------------------------------------------


async def says_what_it_is(voice: Voice, language: str, text: str) -> None:
    assert voice.speaks(language), f"does not speak {language}"
    assert voice.key, "has no key to keep takes under"
    assert voice.key == voice.key, "has another key each time"


async def speaks_the_whole_text(voice: Voice, language: str, text: str) -> None:
    audio = await spoken(voice.lease("call"), text, language)
    ms = len(audio) / BYTES_PER_MS
    words = len(text.split())
    assert WORD_MS_MIN * words <= ms <= WORD_MS_MAX * words, f"{words} words take {ms} ms"
    assert first_audible(audio) is not None, "cannot be heard"


async def says_nothing_of_a_blank_text(voice: Voice, language: str, text: str) -> None:
    line = voice.lease("call")
    for blank in BLANK_TEXTS:
        assert await spoken(line, blank, language) == b"", f"speaks {blank!r}"


async def speaks_any_text_or_raises_a_voice_error(voice: Voice, language: str, text: str) -> None:
    line = voice.lease("call")
    for strange in STRANGE_TEXTS:
        sentence = await refusal_of(line, strange, language)
        assert "\n" not in sentence, f"no one sentence: {sentence}"
        assert strange not in sentence, "an error must not show the text"
    await same_as_alone(voice, line, text, language)


async def speaks_two_texts_in_a_row_on_one_line(voice: Voice, language: str, text: str) -> None:
    line = voice.lease("call")
    for each in (text, half(text), text):
        await same_as_alone(voice, line, each, language)


async def is_whole_again_after_a_closed_one(voice: Voice, language: str, text: str) -> None:
    line = voice.lease("call")
    await first_chunk(line, text, language)
    never_asked = line.speak(text, language=language)
    await never_asked.aclose()
    await same_as_alone(voice, line, half(text), language)


async def stops_when_it_is_cancelled(voice: Voice, language: str, text: str) -> None:
    line = voice.lease("call")
    waiting = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        speech = tasks.create_task(spoken(line, text, language, waiting))
        await waiting.wait()
        speech.cancel()
        async with asyncio.timeout(STOP_SECONDS_MAX):
            await asyncio.wait([speech])
    assert speech.cancelled(), "goes on after it was cancelled"
    await same_as_alone(voice, line, half(text), language)


async def stops_when_its_line_is_given_back(voice: Voice, language: str, text: str) -> None:
    line = voice.lease("call")
    waiting = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        speech = tasks.create_task(spoken(line, text, language, waiting))
        await waiting.wait()
        await line.aclose()
        async with asyncio.timeout(STOP_SECONDS_MAX):
            heard = await speech
    assert len(heard) < len(await spoken(voice.lease("other"), text, language)), "goes on speaking"
    await line.aclose()


async def does_not_mix_what_is_said_side_by_side(voice: Voice, language: str, text: str) -> None:
    one, two = voice.lease("one"), voice.lease("two")
    asked = [(one, text), (two, half(text)), (one, half(text)), (two, text)]
    async with asyncio.TaskGroup() as tasks:
        speeches = [tasks.create_task(spoken(line, each, language)) for line, each in asked]
    for speech, (_, each) in zip(speeches, asked, strict=True):
        alone = await spoken(voice.lease("alone"), each, language)
        assert same(speech.result(), alone), "speech asked for side by side mixes"


async def narrates_what_arrives(voice: Voice, language: str, text: str) -> None:
    line = voice.lease("call")
    for cut in (1, 7, len(text)):
        pieces = Pieces([text[start : start + cut] for start in range(0, len(text), cut)])
        audio = b"".join(
            [checked(chunk) async for chunk in line.narrate(pieces, language=language)]
        )
        assert pieces.closed, "does not close the text it narrated"
        ms, words = len(audio) / BYTES_PER_MS, len(text.split())
        assert WORD_MS_MIN * words <= ms <= WORD_MS_MAX * words, (
            f"narrates {words} words in {ms} ms"
        )
        assert first_audible(audio) is not None, "cannot be heard when it narrates"
    await same_as_alone(voice, line, text, language)


async def narrates_nothing_of_nothing(voice: Voice, language: str, text: str) -> None:
    line = voice.lease("call")
    for pieces in (Pieces([]), Pieces([" ", "", "\n"])):
        chunks = [chunk async for chunk in line.narrate(pieces, language=language)]
        assert chunks == [], "narrates a blank text"
        assert pieces.closed, "does not close a blank text"


async def begins_to_narrate_before_the_text_has_ended(
    voice: Voice, language: str, text: str
) -> None:
    line = voice.lease("call")
    pieces = Pieces([f"{text} ", f"{text} "], hangs=True)
    narration = line.narrate(pieces, language=language)
    checked(await anext(narration))
    async with asyncio.timeout(STOP_SECONDS_MAX):
        await narration.aclose()
    assert pieces.closed, "does not close the text when it is closed itself"
    await same_as_alone(voice, line, half(text), language)


async def stops_narrating_when_its_line_is_given_back(
    voice: Voice, language: str, text: str
) -> None:
    line = voice.lease("call")
    pieces = Pieces([f"{text} "], hangs=True)
    narration = line.narrate(pieces, language=language)
    checked(await anext(narration))
    await line.aclose()
    async with asyncio.timeout(STOP_SECONDS_MAX):
        async for chunk in narration:
            checked(chunk)
    assert pieces.closed, "does not close the text when its line is given back"


async def lets_errors_of_a_narrated_text_through(voice: Voice, language: str, text: str) -> None:
    line = voice.lease("call")
    try:
        async for chunk in line.narrate(Pieces([f"{text} "], breaks=True), language=language):
            checked(chunk)
    except TextBroke:
        await same_as_alone(voice, line, half(text), language)
        return
    raise AssertionError("hides that a narrated text broke off")


async def gives_lines_back_twice(voice: Voice, language: str, text: str) -> None:
    line = voice.lease("call")
    await line.aclose()
    await line.aclose()
    await same_as_alone(voice, voice.lease("next"), text, language)


CHECKS: tuple[Check, ...] = (
    says_what_it_is,
    speaks_the_whole_text,
    says_nothing_of_a_blank_text,
    speaks_any_text_or_raises_a_voice_error,
    speaks_two_texts_in_a_row_on_one_line,
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


async def same_as_alone(voice: Voice, line: Line, text: str, language: str) -> None:
    """The text on this line must be what it is on a fresh one."""
    alone = await spoken(voice.lease("alone"), text, language)
    assert same(await spoken(line, text, language), alone), "speech is not whole"


def checked(chunk: object) -> bytes:
    assert isinstance(chunk, bytes), f"yields {type(chunk).__name__}, not bytes"
    assert chunk, "yields an empty chunk"
    return chunk


def same(one: bytes, other: bytes) -> bool:
    return abs(len(one) - len(other)) <= SAME_WITHIN * len(other)


def half(text: str) -> str:
    words = text.split()
    return " ".join(words[: len(words) // 2])
