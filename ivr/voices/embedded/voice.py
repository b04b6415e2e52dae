"""The voice ``embedded``: speech with no account, no key and no network.

English by ``hibari`` in worker threads, Spanish, French, German and Italian by ``nano`` in a child
process; which one is chosen by the language of each text. Everything is said a sentence at a time,
so that the first is heard while the next is made, and every sentence is brought to the level of a
telephone prompt, whoever spoke it. Nothing heavy is imported before ``open``.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import importlib.util
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial

from ivr.audio.frames import BYTES_PER_MS
from ivr.audio.loudness import normalise, trim
from ivr.audio.mulaw import SILENCE, encode
from ivr.audio.resample import to_8khz
from ivr.errors import SettingsError, VoiceError
from ivr.flow.world import VoiceSpec
from ivr.voices.clauses import clauses
from ivr.voices.embedded import choices, hibari, nano
from ivr.voices.embedded.sentences import ends_a_sentence, sentences
from ivr.voices.waits import Stopped, Waits

"""Where everything is installed: de, en, es, fr, it."""
INSTALL = "pip install 'ivr[embedded]'"
TEXT_CHARS_MAX = 5_000
"""Six minutes of speech; a flow that says more in one go has gone wrong."""
SENTENCE_SECONDS_MAX = 6.0
"""Until a sentence is made, the wait for others' included; a tenth of a second is usual."""
SENTENCE_GAP_MS = 400
"""What both voices leave after a full stop by themselves is 300 to 550."""
CLAUSE_GAP_MS = 150
WORKERS = 2
"""Threads that make sentences. One core makes a hundred seconds of speech in a second."""

_PACKAGES = {"hibari": "hibari-tts", "onnxruntime": "onnxruntime", "py_nanotts": "py-nanotts"}
"""What speech needs: module and distribution."""
_SHAPE = 1
"""Counts up when the same words would sound otherwise: level, gaps, trimming, sentences."""


def build(spec: VoiceSpec) -> Embedded:
    """The voice of a settings entry, not yet open; SettingsError for what it does not take."""
    chosen = choices.read(spec)
    return Embedded(speaker=chosen.speaker, speed=chosen.speed)


def installed() -> frozenset[str]:
    """Which of the modules that speak are there; looks for them and imports none."""
    return frozenset(name for name in _PACKAGES if importlib.util.find_spec(name) is not None)


class Embedded:
    """The speech of this machine, for all calls: one pool of threads and one child process."""

    def __init__(
        self,
        *,
        speaker: str = choices.SPEAKERS[0],
        speed: float = 1.0,
        modules: frozenset[str] | None = None,
        child: nano.Nano | None = None,
    ) -> None:
        """``speaker`` is for English; ``modules`` are those ``installed()``, unless given."""
        self._speaker = speaker
        self._speed = speed
        self._modules = installed() if modules is None else modules
        self._has_hibari = self._modules >= {"hibari", "onnxruntime"}
        self._has_nano = self._modules >= {"py_nanotts"}
        self._nano = nano.Nano() if child is None else child
        self._closed = False
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="embedded voice")

    @cached_property
    def key(self) -> str:
        """Speaker, speed, and the versions of everything that makes or shapes the sound."""
        makers = [_PACKAGES[name] for name in sorted(self._modules)]
        versions = [f"{name}={importlib.metadata.version(name)}" for name in [*makers, "soxr"]]
        return " ".join(
            [f"embedded {_SHAPE} speaker={self._speaker} speed={self._speed:g}", *versions]
        )

    def speaks(self, language: str) -> bool:
        """Whether it can say texts of this language, with what is installed here."""
        short = _short(language)
        return (short == "en" and self._has_hibari) or (short in nano.VOICES and self._has_nano)

    async def open(self) -> None:
        """Load the English voice, half a second, while the child of the others starts.

        Raises SettingsError with the command that mends it when nothing is installed, or when what
        is installed does not load.
        """
        if not self._has_hibari and not self._has_nano:
            raise SettingsError(f"The embedded voice is not installed: {INSTALL}")
        if self._has_nano:
            # Whoever needs it will try again, and say why it fails.
            with contextlib.suppress(VoiceError):
                await self._nano.start()
        if not self._has_hibari:
            return
        try:
            await self._in_thread(partial(hibari.warm, self._speaker))
        except Exception as error:
            raise SettingsError(
                f"The embedded English voice does not load ({type(error).__name__}: {error}); "
                f"install it again: {INSTALL} --force-reinstall"
            ) from error

    def lease(self, call: str, *, language: str | None = None) -> EmbeddedLine:
        """A line, at once: there is nothing to dial."""
        return EmbeddedLine(self)

    async def aclose(self) -> None:
        """End the child and the threads; a sentence that is being made is finished and dropped."""
        self._closed = True
        await self._nano.aclose()
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)

    async def make(self, sentence: str, language: str) -> bytes:
        """The sound of one sentence, levelled and without silence around it; perhaps nothing.

        Raises VoiceError. ``language`` must be one it speaks.
        """
        short = _short(language)
        if short == "en" and self._has_hibari:
            return await self._in_thread(
                partial(_say_english, sentence, speaker=self._speaker, speed=self._speed)
            )
        voice = "en-GB" if language.lower() == "en-gb" else nano.VOICES[short]
        pcm16 = await self._nano.say(sentence, voice=voice, speed=self._speed)
        return await self._in_thread(partial(_shape, pcm16, nano.RATE))

    async def _in_thread(self, work: Callable[[], bytes | None]) -> bytes:
        if self._closed:
            raise VoiceError("the voice is closed", retryable=False)
        return await asyncio.get_running_loop().run_in_executor(self._pool, work) or b""


class EmbeddedLine:
    """One call's hold on the voice."""

    def __init__(self, voice: Embedded) -> None:
        self._voice = voice
        self._waits = Waits()

    async def speak(
        self, text: str, *, language: str, before: str = "", after: str = ""
    ) -> AsyncGenerator[bytes, None]:
        """Yield each sentence as soon as it is made, with the pause before it.

        The words around it change nothing: neither voice knows how to use them.
        """
        if sentences(text):
            self._refuse(text, language)
        async with contextlib.aclosing(self._say(_all_of(text), language)) as speech:
            async for chunk in speech:
                yield chunk

    async def narrate(
        self, pieces: AsyncIterator[str], *, language: str
    ) -> AsyncGenerator[bytes, None]:
        """Yield each clause of a text that arrives as soon as it is whole and made."""
        async with contextlib.aclosing(clauses(pieces)) as texts:
            self._refuse("", language)
            async with contextlib.aclosing(self._say(texts, language)) as speech:
                async for chunk in speech:
                    yield chunk

    async def _say(
        self, texts: AsyncGenerator[str, None], language: str
    ) -> AsyncGenerator[bytes, None]:
        """Yield the sentences of all texts, with the pauses between them."""
        gap_ms: int | None = None
        asked = False
        try:
            while text := await self._waits.wait(anext(texts, "")):
                for piece in sentences(text):
                    asked = True
                    audio = await self._made(piece, language)
                    if audio:
                        yield SILENCE * ((gap_ms or 0) * BYTES_PER_MS) + audio
                        ended = ends_a_sentence(piece)
                        gap_ms = SENTENCE_GAP_MS if ended else CLAUSE_GAP_MS
        except Stopped:
            return
        if asked and gap_ms is None:
            # Never the text itself: errors are logged, and it may hold what the caller keyed.
            raise VoiceError(f"the voice cannot read this text in {language}", retryable=False)

    async def _made(self, sentence: str, language: str) -> bytes:
        try:
            return await self._waits.wait(
                self._voice.make(sentence, language), SENTENCE_SECONDS_MAX
            )
        except TimeoutError:
            raise VoiceError(
                f"no sentence within {SENTENCE_SECONDS_MAX:g} s", retryable=True
            ) from None

    def _refuse(self, text: str, language: str) -> None:
        """Raise VoiceError for what it cannot say."""
        if len(text) > TEXT_CHARS_MAX:
            raise VoiceError(
                f"the text has {len(text)} characters; at most {TEXT_CHARS_MAX} are spoken",
                retryable=False,
            )
        if self._voice.speaks(language):
            return
        if _short(language) in choices.LANGUAGES:
            raise VoiceError(
                f"the embedded voice for {language} is not installed: {INSTALL} "
                "(py-nanotts, which has it, is not made for macOS)",
                retryable=False,
            )
        raise VoiceError(
            f"the embedded voice does not speak {language}; it speaks "
            + ", ".join(sorted(choices.LANGUAGES)),
            retryable=False,
        )

    async def aclose(self) -> None:
        """Stop what is being said."""
        self._waits.stop()


async def _all_of(text: str) -> AsyncGenerator[str, None]:
    """A text that is whole already, as one that arrives."""
    yield text


def _say_english(sentence: str, *, speaker: str, speed: float) -> bytes:
    """For a worker thread: make a sentence and shape it."""
    try:
        pcm16 = hibari.say(sentence, speaker=speaker, speed=speed)
    except Exception as error:  # a young library, any text: whatever it raises, the call goes on
        raise VoiceError(f"hibari failed: {type(error).__name__}", retryable=False) from error
    return _shape(pcm16, hibari.RATE)


def _shape(pcm16: bytes, rate: int) -> bytes:
    """From a synthesiser's samples to a telephone's: rate, level, no silence around it."""
    return encode(trim(normalise(to_8khz(pcm16, rate))))


def _short(language: str) -> str:
    """``es`` of ``es-US``."""
    return language.partition("-")[0].lower()
