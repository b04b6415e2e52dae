"""The voice ``elevenlabs``: leases its lines, and speaks over whichever way its options say.

Here an utterance is written, heard and stopped; how the vendor is reached is ``pool`` (many
utterances on one socket), ``single`` (one on each) and ``http``. Built by ``ivr.voices.table``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable

import aiohttp

from ivr.errors import SettingsError, VoiceError
from ivr.flow.world import VoiceSpec
from ivr.voices.access import Access
from ivr.voices.clauses import clauses
from ivr.voices.elevenlabs import account, http, options
from ivr.voices.elevenlabs.failures import Failure
from ivr.voices.elevenlabs.options import Config
from ivr.voices.elevenlabs.pool import Lease, Pool
from ivr.voices.elevenlabs.single import Opener
from ivr.voices.elevenlabs.sound import Decoder
from ivr.voices.elevenlabs.utterance import Ahead, Limits, Speech, Utterance
from ivr.voices.tasks import Tasks
from ivr.voices.waits import Stopped, Waits

TEXT_CHARS_MAX = 5_000
"""Six minutes of speech; a flow that says more in one go has gone wrong."""
NARRATION_CHARS_MAX = 40_000
"""The vendor's own maximum for one utterance."""
FIRST_LANGUAGE = "en"
"""What a socket is dialled for before anybody spoke; the wrong guess costs one handshake."""

STALL_SECONDS = 0.6
"""Without audio in the middle of a text before the next voice of the ladder goes on: with the 0.4 s
which that one may need, and a local one after it, a caller hears nothing for 1.2 s at most."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_HALVES = re.compile(r"[\ud800-\udfff]")

log = logging.getLogger(__name__)


def build(spec: VoiceSpec, access: Access) -> ElevenLabs:
    """The voice of a settings entry, not yet open; SettingsError for options that cannot work.

    Without a key it can be built, and so be checked, but not opened.
    """
    # Where another voice can go on, a silence in the middle is not waited out.
    limits = Limits(more_audio=STALL_SECONDS) if spec.fallback else None
    config = options.read(spec, access)
    return ElevenLabs(config, access.elevenlabs_key, name=spec.name, limits=limits)


class ElevenLabs:
    """A voice of ElevenLabs, for all calls."""

    def __init__(
        self,
        config: Config,
        key: str | None,
        *,
        name: str = "elevenlabs",
        limits: Limits | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """``name`` is for logs; ``chance`` gives numbers from 0 to 1, for redialling."""
        self.config = config
        self.limits = limits or Limits()
        self.tasks = Tasks()
        self.lines: set[Line] = set()
        """Those that were not given back."""
        self._key = key
        self._name = name
        self._chance = chance
        self._pools: dict[str | None, Pool] = {}
        self._session: aiohttp.ClientSession | None = None
        self._language = FIRST_LANGUAGE

    @property
    def key(self) -> str:
        """Everything that shapes the sound beside text and language."""
        return self.config.key

    def speaks(self, language: str) -> bool:
        """Whether the model knows this language."""
        return self.config.speaks(language)

    async def open(self) -> None:
        """Make ready to dial; SettingsError without a key. The vendor is not asked anything."""
        self._secret()
        for remark in self.config.remarks:
            log.warning("elevenlabs voice %s: %s", self._name, remark)
        if self.config.socket == "http":
            self._session = http.session(self._secret(), self.config)
        await self.tasks.open()

    def lease(self, call: str, *, language: str | None = None) -> Line:
        """A line for a call. Its socket is taken or dialled at once, in the background, for this
        language, or for the one that was spoken last where nobody says."""
        line = Line(self, call)
        self.lines.add(line)
        language = language or self._language
        if self.speaks(language):
            line.prepare(language)
        return line

    async def aclose(self) -> None:
        """Say goodbye to the vendor everywhere; returns when nothing is left, after 3 s at most."""
        for line in list(self.lines):
            await line.aclose()
        for pool in self._pools.values():
            await pool.aclose()
        await self.tasks.aclose()
        if self._session is not None:
            await self._session.close()

    async def check(self) -> list[str]:
        """What the vendor says of this voice and its model: problems, a sentence each."""
        if not self._key:
            return [_NO_KEY]
        return await account.problems(self.config, self._key)

    # ------------------------------------------------------------------- for its lines

    def pool(self, language_code: str | None) -> Pool:
        """The sockets for one language code."""
        pool = self._pools.get(language_code)
        if pool is None:
            pool = self._pools[language_code] = Pool(
                self.config,
                self._secret(),
                language_code,
                self.tasks,
                name="-".join([self._name, language_code or "any"]),
                limits=self.limits,
                chance=self._chance,
            )
        return pool

    def opener(self, language_code: str | None, call: str) -> Opener:
        """Sockets for one utterance each."""
        return Opener(
            self.config,
            self._secret(),
            language_code,
            self.tasks,
            name="-".join([self._name, language_code or "any", call]),
            limits=self.limits,
        )

    @property
    def session(self) -> aiohttp.ClientSession:
        """For HTTP; only where that is used."""
        assert self._session is not None, "the voice is open, and speaks over HTTP"
        return self._session

    def refuse(self, text: str, language: str) -> None:
        """Raise VoiceError for what cannot be said."""
        if len(text) > TEXT_CHARS_MAX:
            raise VoiceError(
                f"the text has {len(text)} characters; at most {TEXT_CHARS_MAX} are spoken",
                retryable=False,
                spoken=0,
            )
        if not self.speaks(language):
            raise VoiceError(
                f"{self.config.model} does not speak {language}", retryable=False, spoken=0
            )
        self._language = language

    def _secret(self) -> str:
        if not self._key:
            raise SettingsError(_NO_KEY)
        return self._key


_NO_KEY = (
    "ELEVENLABS_API_KEY is not set; make a key at elevenlabs.io → Developers → API keys, "
    "or use provider: embedded"
)


class Line:
    """One call's hold on the voice."""

    def __init__(self, voice: ElevenLabs, call: str) -> None:
        self._voice = voice
        self._call = call
        self._waits = Waits()
        self._sources: dict[str | None, Lease | Opener] = {}
        self._http = http.Requests(voice.config)

    def prepare(self, language: str) -> None:
        """Have a socket dialled for texts of a language."""
        if self._voice.config.socket != "http":
            self._source(language)

    async def speak(
        self, text: str, *, language: str, before: str = "", after: str = ""
    ) -> AsyncGenerator[bytes, None]:
        """Yield the audio of a text as the vendor sends it.

        The words around it are used over HTTP only; the vendor's sockets take none.
        """
        words = printable(text)
        if not words.strip() or self._waits.stopped:
            return
        self._voice.refuse(words, language)
        lead = len(words) - len(words.lstrip())
        try:
            if self._voice.config.socket == "http":
                speech = self._request(words.strip(), language, before, after)
            else:
                speech = self._utter(words.strip(), language)
            async with contextlib.aclosing(speech) as chunks:
                async for chunk in chunks:
                    yield chunk
        except Stopped:
            return
        except VoiceError as error:
            if error.spoken:
                error.spoken += lead
            raise

    async def narrate(
        self, pieces: AsyncIterator[str], *, language: str
    ) -> AsyncGenerator[bytes, None]:
        """Speak a text while it arrives, clause by clause."""
        try:
            async with contextlib.aclosing(clauses(pieces)) as texts:
                self._voice.refuse("", language)
                narrated = (
                    self._request_each(texts, language)
                    if self._voice.config.socket == "http"
                    else self._utter_each(texts, language)
                )
                async with contextlib.aclosing(narrated) as chunks:
                    async for chunk in chunks:
                        yield chunk
        except Stopped:
            return

    async def aclose(self) -> None:
        """Stop what is being said, and give the sockets back."""
        self._waits.stop()
        self._voice.lines.discard(self)
        for source in self._sources.values():
            source.give_back()
        self._sources.clear()

    # ------------------------------------------------------------------- over sockets

    def _source(self, language: str) -> Lease | Opener:
        code = self._voice.config.language(language)
        source = self._sources.get(code)
        if source is None:
            if self._voice.config.socket == "single":
                source = self._voice.opener(code, self._call)
            else:
                source = self._voice.pool(code).lease(self._call)
            self._sources[code] = source
        return source

    async def _begin(self, language: str) -> Speech:
        if self._waits.stopped:
            raise Stopped
        seconds = self._voice.limits.first_audio
        try:
            return await self._waits.wait(self._source(language).begin(), seconds)
        except TimeoutError:
            raise VoiceError(
                f"no connection to ElevenLabs within {seconds:g} s", retryable=True, spoken=0
            ) from None

    async def _utter(self, words: str, language: str) -> AsyncGenerator[bytes, None]:
        speech = await self._begin(language)
        try:
            speech.utterance.say(words)
            speech.utterance.end()
            async with contextlib.aclosing(self._hear(speech.utterance)) as chunks:
                async for chunk in chunks:
                    yield chunk
        finally:
            speech.abandon()

    async def _utter_each(
        self, texts: AsyncGenerator[str, None], language: str
    ) -> AsyncGenerator[bytes, None]:
        first = await self._waits.wait(anext(texts, ""))
        if not first:
            return
        speech = await self._begin(language)
        writing = self._voice.tasks.start(_write(speech.utterance, first, texts))
        try:
            async with contextlib.aclosing(self._hear(speech.utterance)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except VoiceError:
            if writing.done() and (error := writing.result()) is not None:
                raise error from None
            raise
        finally:
            speech.abandon()
            writing.cancel()
            await asyncio.wait([writing])

    async def _hear(self, utterance: Utterance) -> AsyncGenerator[bytes, None]:
        """The audio of an utterance, until it is over; raises what cut it short."""
        decoder = Decoder(self._voice.config.format)
        ahead = Ahead(self._voice.config.format)
        while not self._waits.stopped:
            audio = utterance.take()
            if audio:
                ahead.came(len(audio))
                chunk = decoder.push(audio)
                if chunk:
                    yield chunk
                continue
            if utterance.over:
                break
            try:
                await self._waits.wait(utterance.news(), utterance.patience)
            except TimeoutError:
                if not (ahead and utterance.unsaid):
                    utterance.overdue()
        else:
            return
        rest = decoder.flush()
        if rest:
            yield rest
        if (error := utterance.error()) is not None:
            raise error

    # ------------------------------------------------------------------- over HTTP

    async def _request(
        self, words: str, language: str, before: str, after: str
    ) -> AsyncGenerator[bytes, None]:
        speech = self._http.speak(
            self._voice.session,
            self._waits,
            words,
            language_code=self._voice.config.language(language),
            before=before,
            after=after,
            limits=self._voice.limits,
        )
        async with contextlib.aclosing(speech) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _request_each(
        self, texts: AsyncGenerator[str, None], language: str
    ) -> AsyncGenerator[bytes, None]:
        before = ""
        while words := printable(await self._waits.wait(anext(texts, ""))).strip():
            speech = self._request(words, language, before, "")
            async with contextlib.aclosing(speech) as chunks:
                async for chunk in chunks:
                    yield chunk
            before = words


async def _write(
    utterance: Utterance, first: str, texts: AsyncGenerator[str, None]
) -> Exception | None:
    """Send clauses as they become whole; returns what went wrong with the text, if anything."""
    try:
        utterance.say(printable(first))
        async for words in texts:
            if len(utterance.sent) + len(words) > NARRATION_CHARS_MAX:
                sentence = f"more than {NARRATION_CHARS_MAX} characters in one utterance"
                utterance.fail(Failure(sentence, retryable=False))
                return None
            utterance.say(printable(words))
        utterance.end()
    except Exception as error:
        # Whatever the text's source raised belongs to whoever listens.
        utterance.fail(Failure("the text broke off", retryable=False))
        return error
    return None


def printable(text: str) -> str:
    """The text without what no wire takes: a space for each control character, ``?`` for half a
    character. As many characters as before, so that places in it stay where they are."""
    return _HALVES.sub("?", _CONTROLS.sub(" ", text))
