"""The rules for voices bite: for each of them there is a voice that breaks it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

import pytest

from ivr.errors import VoiceError
from ivr.voices.tone import Tone, ToneLine, tones
from tests.conformance.check_voice import check_voice
from tests.virtual import pass_time, run

TEXT = "Welcome to Acme. For sales, press one. For support, press two."

Speech = Callable[["Odd", str], AsyncGenerator[bytes, None]]


class Odd(ToneLine):
    """A line that speaks as a function says."""

    def __init__(self, voice: OddVoice) -> None:
        super().__init__(voice)
        self.voice = voice

    async def speak(
        self, text: str, *, language: str, before: str = "", after: str = ""
    ) -> AsyncGenerator[bytes, None]:
        async for chunk in self.voice.how(self, text):
            yield chunk

    def as_usual(self, text: str) -> AsyncGenerator[bytes, None]:
        return super().speak(text, language="en-US")


class OddVoice(Tone):
    """A voice whose lines speak as a function says."""

    def __init__(self, how: Speech) -> None:
        super().__init__(delay_ms=50, chunk_ms=1_000)
        self.how = how
        self.said = 0

    def lease(self, call: str, *, language: str | None = None) -> Odd:
        return Odd(self)


async def as_it_should(line: Odd, text: str) -> AsyncGenerator[bytes, None]:
    async for chunk in line.as_usual(text):
        yield chunk


async def an_empty_chunk(line: Odd, text: str) -> AsyncGenerator[bytes, None]:
    yield b""


async def no_bytes(line: Odd, text: str) -> AsyncGenerator[bytes, None]:
    yield bytearray(tones(text))  # type: ignore[misc]


async def half_of_it(line: Odd, text: str) -> AsyncGenerator[bytes, None]:
    if text.strip():
        yield tones("short")


async def silence(line: Odd, text: str) -> AsyncGenerator[bytes, None]:
    if text.strip():
        yield b"\xff" * len(tones(text))


async def something_of_nothing(line: Odd, text: str) -> AsyncGenerator[bytes, None]:
    yield tones(text or "nothing")


async def another_error(line: Odd, text: str) -> AsyncGenerator[bytes, None]:
    if "\x00" in text:
        raise UnicodeError(text)
    async for chunk in line.as_usual(text):
        yield chunk


async def an_error_that_tells(line: Odd, text: str) -> AsyncGenerator[bytes, None]:
    if "9" in text:
        raise VoiceError(f"cannot say {text}", retryable=False)
    async for chunk in line.as_usual(text):
        yield chunk


async def forever(line: Odd, text: str) -> AsyncGenerator[bytes, None]:
    await asyncio.Event().wait()
    yield b"never"


async def less_each_time(line: Odd, text: str) -> AsyncGenerator[bytes, None]:
    line.voice.said += bool(text.strip())
    async for chunk in line.as_usual(text):
        yield chunk
        if line.voice.said > 2:
            return


async def although_cancelled(line: Odd, text: str) -> AsyncGenerator[bytes, None]:
    try:
        async for chunk in line.as_usual(text):
            yield chunk
    except asyncio.CancelledError:
        yield tones(text)


async def although_given_back(line: Odd, text: str) -> AsyncGenerator[bytes, None]:
    async for chunk in ToneLine(line.voice).speak(text, language="en-US"):
        yield chunk


class Mixing(OddVoice):
    """Its lines pour what they say into one bucket."""

    def __init__(self) -> None:
        super().__init__(self.out_of_the_bucket)
        self.bucket = b""

    async def out_of_the_bucket(self, line: Odd, text: str) -> AsyncGenerator[bytes, None]:
        async for chunk in line.as_usual(text):
            self.bucket += chunk
            await pass_time(0)
        audio, self.bucket = self.bucket, b""
        if audio:
            yield audio


class Set(OddVoice):
    """Its lines say a text whole only in the language they were leased for."""

    def __init__(self) -> None:
        super().__init__(as_it_should)

    def lease(self, call: str, *, language: str | None = None) -> Odd:
        if language not in (None, "en-US"):
            return Odd(OddVoice(half_of_it))
        return Odd(self)


class Deaf(Tone):
    """It does not say that it speaks."""

    def speaks(self, language: str) -> bool:
        return False


class Keyless(Tone):
    """Its takes could not be told from another voice's."""

    @property
    def key(self) -> str:
        return ""


@pytest.mark.parametrize(
    ("voice", "complaint"),
    [
        (Deaf, "does not speak en-US"),
        (Keyless, "no key"),
        (lambda: OddVoice(an_empty_chunk), "empty chunk"),
        (lambda: OddVoice(no_bytes), "bytearray, not bytes"),
        (lambda: OddVoice(half_of_it), "11 words take"),
        (lambda: OddVoice(silence), "cannot be heard"),
        (lambda: OddVoice(something_of_nothing), "speaks ''"),
        (lambda: OddVoice(an_error_that_tells), "must not show the text"),
        (lambda: OddVoice(less_each_time), "not whole"),
        (lambda: OddVoice(although_cancelled), "after it was cancelled"),
        (lambda: OddVoice(although_given_back), "goes on speaking"),
        (Mixing, "side by side mixes"),
        (Set, "not whole"),
    ],
)
def test_a_voice_that_breaks_a_rule_is_told_which(
    voice: Callable[[], Tone], complaint: str
) -> None:
    with pytest.raises(AssertionError, match=complaint):
        run(check_voice(voice, language="en-US", text=TEXT))


def test_an_error_that_is_no_voice_error_comes_through() -> None:
    with pytest.raises(UnicodeError):
        run(check_voice(lambda: OddVoice(another_error), language="en-US", text=TEXT))


def test_a_voice_that_never_speaks_is_given_up() -> None:
    with pytest.raises(TimeoutError):
        run(check_voice(lambda: OddVoice(forever), language="en-US", text=TEXT))


def test_a_voice_that_keeps_every_rule_passes() -> None:
    run(check_voice(lambda: OddVoice(as_it_should), language="en-US", text=TEXT))
