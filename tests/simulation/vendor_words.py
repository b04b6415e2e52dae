"""Speech that can be read back: every word of a text is a sound that no other word has.

A word is ``WORD_MS`` of one byte, with its highest bit set where the local voice says it. So the
audio that came out of a telephone tells which words were heard, how much of each, and in whose
voice. Used by ``vendor_line``, whose fake vendor and whose local voice speak like this.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass

from ivr.fakes.elevenlabs.catalogue import Format
from ivr.fakes.elevenlabs.sound import Letter, Mouth, Piece
from tests.simulation.carrier import SILENCE
from tests.virtual import pass_time

WORD_MS = 100
CUT_MS = 20
"""A word that lacks no more of its end counts as whole: the client's own tolerance for timing."""
LOCAL_SECONDS = 0.08
"""What the local voice needs for its first audio."""

_RUN = re.compile(rb"(.)\1*", re.DOTALL)


class Lexicon:
    """The byte of each word."""

    def __init__(self, texts: Iterable[str]) -> None:
        words = dict.fromkeys(word for text in texts for word in text.split())
        assert len(words) < SILENCE & 0x7F, "one byte for each word, and one for nothing"
        self._bytes = {word: number for number, word in enumerate(words)}
        self._words = list(words)

    def sound(self, word: str, *, local: bool) -> bytes:
        """A word, by the vendor or by the local voice."""
        value = self._bytes[word] | (0x80 if local else 0)
        return bytes([value]) * (WORD_MS * 8)

    def audio(self, text: str, *, local: bool = False) -> bytes:
        """A text in one voice."""
        return b"".join(self.sound(word, local=local) for word in text.split())

    def ends(self, text: str) -> tuple[bytes, bytes]:
        """How a text ends when it was heard whole, in each voice."""
        last = text.split()[-1]
        vendor, local = self.sound(last, local=False), self.sound(last, local=True)
        return vendor[: -CUT_MS * 8], local[: -CUT_MS * 8]

    def read(self, audio: bytes) -> list[Run]:
        """The words of some audio, silence left out; a word and its repetition are one run."""
        runs = (run.group() for run in _RUN.finditer(audio.replace(bytes([SILENCE]), b"")))
        return [Run(self._words[run[0] & 0x7F], len(run) / 8, local=run[0] >= 0x80) for run in runs]


@dataclass(frozen=True)
class Run:
    """A word as it was heard, without a break."""

    word: str
    ms: float
    local: bool


@dataclass(frozen=True)
class WordSound:
    """The fake vendor's voices, saying words by their bytes; mu-law only."""

    lexicon: Lexicon

    async def open(self) -> None:
        """There is nothing to open."""

    def mouth(self, form: Format) -> Mouth:
        """It has no memory."""
        assert form.name == "ulaw_8000", "the bytes are words"
        return self

    async def say(self, text: str, language: str) -> AsyncIterator[Piece]:
        """A text, with the times of its characters."""
        letters, at_ms = list[Letter](), 0.0
        for number, word in enumerate(text.split()):
            if number:
                letters.append(Letter(" ", at_ms, 0))
            each = WORD_MS / len(word)
            letters += [Letter(c, at_ms + n * each, each) for n, c in enumerate(word)]
            at_ms += WORD_MS
        yield Piece(self.lexicon.audio(text), tuple(letters))

    async def aclose(self) -> None:
        """There is nothing to close."""


@dataclass
class WordVoice:
    """The local voice: quick, never wrong, and told from the vendor by every one of its bytes."""

    lexicon: Lexicon
    key: str = "words"

    def speaks(self, language: str) -> bool:
        """Everything."""
        return True

    async def open(self) -> None:
        """There is nothing to open."""

    def lease(self, call: str, *, language: str | None = None) -> WordVoice:
        """All calls share it."""
        return self

    async def speak(
        self, text: str, *, language: str, before: str = "", after: str = ""
    ) -> AsyncGenerator[bytes, None]:
        """The words of the text at one go."""
        await pass_time(LOCAL_SECONDS)
        if audio := self.lexicon.audio(text, local=True):
            yield audio

    async def narrate(
        self, pieces: AsyncIterator[str], *, language: str
    ) -> AsyncGenerator[bytes, None]:
        """The words of the text, once all of it is there."""
        text = "".join([piece async for piece in pieces])
        async with contextlib.aclosing(self.speak(text, language=language)) as speech:
            async for chunk in speech:
                yield chunk

    async def aclose(self) -> None:
        """There is nothing to close."""


# --------------------------------------------------------------------------- what was heard


def longest_silence(
    sounds: Sequence[tuple[float, float]],
    started_at: float,
    pressed: Collection[float],
    ended_at: float,
) -> float:
    """The longest span without a sound that does not end with a key, in seconds."""
    edges = sorted([*sounds, *((at, at) for at in (started_at, *pressed, ended_at))])
    longest, quiet_since = 0.0, edges[0][1]
    for start, end in edges[1:]:
        if start not in pressed:
            longest = max(longest, start - quiet_since)
        quiet_since = max(quiet_since, end)
    return round(longest, 6)


@dataclass(frozen=True)
class Spoken:
    """One utterance as it was heard."""

    text: str
    changes: int
    """Words that were begun, broken off, and said whole by another voice."""
    local_rest: str
    """What the local voice said of it: its end, perhaps nothing, perhaps all."""


def spoken_of(text: str, runs: list[Run]) -> Spoken:
    """Take the words of a text off the runs."""
    words, changes, local_from = text.split(), 0, None
    for number, word in enumerate(words):
        so_far = " ".join(words[:number])
        assert runs, f"nothing was heard after {so_far!r} of {text!r}"
        run = runs.pop(0)
        assert run.word == word, f"{run} was heard after {so_far!r} of {text!r}"
        if run.ms < WORD_MS - CUT_MS:
            assert runs, f"only the beginning of {run} was heard"
            begun, run = run, runs.pop(0)
            assert (run.word, run.ms, run.local) == (word, WORD_MS, True), f"{begun}, then {run}"
            assert not begun.local, f"{begun} was broken off by the voice that never breaks off"
            changes += 1
        elif run.ms > WORD_MS:
            # Both by the vendor, on a socket and over HTTP: the bytes are the same.
            assert run.ms < 2 * WORD_MS - CUT_MS, f"{run} was said twice"
            assert not run.local, f"{run} was said more than once"
            changes += 1
        if run.local and local_from is None:
            local_from = number
        assert run.local == (local_from is not None), f"the vendor came back with {run}"
    rest = [] if local_from is None else words[local_from:]
    return Spoken(text, changes, " ".join(rest))


def nothing_more(runs: list[Run]) -> list[Spoken]:
    """No utterance, where everything that was heard belongs to one."""
    assert not runs, f"more was heard than was to be said: {runs}"
    return []
