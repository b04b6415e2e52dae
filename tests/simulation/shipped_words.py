"""Words that survive being made louder: each is a rhythm of signs that no other word has.

Live speech beside takes is cut and levelled (``ivr.prompts.joints``), so its bytes tell nothing;
the sign of a sample stays. A word is ``WORD_MS`` of 16 signs again and again, eight of each. The
vendor and the local voice have different rhythms for a word. Silence is left out in reading, so a
word with a hole in it is one word. Used by ``shipped_line``.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import combinations

from ivr.audio import mulaw, tones
from ivr.audio.mulaw import SILENCE
from ivr.fakes.elevenlabs.catalogue import Format
from ivr.fakes.elevenlabs.sound import Letter, Mouth, Piece
from tests.simulation.vendor_words import CUT_MS, LOCAL_SECONDS, WORD_MS
from tests.virtual import pass_time

SIGNS = 16
UNCLEAR_MS = 4.0
"""Where two words meet, so much of them may be read as neither, or as any."""
TAKE_AMPLITUDE = 3_276
"""-20 dBFS, the level of takes."""
LIVE_AMPLITUDE = 1_640
"""6 dB less: a vendor's voice is not as loud as our takes."""
_SAMPLES = WORD_MS * 8
_CODES = bytes(code >> 7 for code in range(256))
"""The sign of each mu-law code."""
_SILENT = bytes([SILENCE[0], SILENCE[0] ^ 0x80])


def bare(word: str) -> str:
    """A word without its marks: a digit sounds alike wherever it stands."""
    return word.strip(".,;:?!¿¡").lower()


@dataclass(frozen=True)
class Run:
    """A word as it was heard, without another one between."""

    word: str
    ms: float
    local: bool


class Lexicon:
    """The rhythm of each word, in each voice."""

    def __init__(self, texts: Iterable[str]) -> None:
        words = dict.fromkeys(bare(word) for text in texts for word in text.split())
        free = _rhythms()
        self._rhythms: dict[tuple[str, bool], bytes] = {}
        self._read: dict[bytes, tuple[str, bool]] = {}
        for word in words:
            for local in (False, True):
                rhythm = next(free)
                self._rhythms[word, local] = rhythm
                for turn in range(SIGNS):
                    self._read[rhythm[turn:] + rhythm[:turn]] = (word, local)

    def audio(self, text: str, *, local: bool = False, take: bool = False) -> bytes:
        """A text in one voice, live or as its take."""
        amplitude = TAKE_AMPLITUDE if take or local else LIVE_AMPLITUDE
        minus, plus = mulaw.encode(
            (-amplitude).to_bytes(2, "little", signed=True) + amplitude.to_bytes(2, "little")
        )
        codes = bytes([minus, plus])
        table = codes + bytes(254)
        rhythms = (self._rhythms[bare(word), local] for word in text.split())
        return b"".join(rhythm.translate(table) * (_SAMPLES // SIGNS) for rhythm in rhythms)

    def read(self, audio: bytes) -> list[Run]:
        """The words of some audio; what is shorter than ``UNCLEAR_MS`` is left out, and so is the
        tone before a recording."""
        audio = audio.replace(tones.beep(), SILENCE * len(tones.beep()))
        signs = audio.translate(_CODES, _SILENT)
        runs = list[Run]()
        at = unclear = 0
        while at + SIGNS <= len(signs):
            rhythm = signs[at : at + SIGNS]
            found = self._read.get(rhythm)
            if found is None:
                at += 1
                unclear += 1
                continue
            end = at + _alike(signs, at, rhythm)
            if end - at >= UNCLEAR_MS * 8:
                runs.append(Run(found[0], (end - at) / 8, found[1]))
                assert unclear < UNCLEAR_MS * 8, f"{unclear} samples before {runs[-1]} are no word"
                unclear = 0
            else:
                unclear += end - at
            at = end
        return runs


def _rhythms() -> Iterator[bytes]:
    """Rhythms of which none is another one turned, as bytes 0 and 1."""
    seen = set[bytes]()
    for chosen in combinations(range(SIGNS), SIGNS // 2):
        rhythm = bytes(place in chosen for place in range(SIGNS))
        if rhythm[:8] == rhythm[8:]:
            continue  # it would be shorter than the others
        first = min(rhythm[turn:] + rhythm[:turn] for turn in range(SIGNS))
        if first not in seen:
            seen.add(first)
            yield first


def _alike(signs: bytes, at: int, rhythm: bytes) -> int:
    """How many signs from there on keep the rhythm."""
    low, step = SIGNS, SIGNS
    while step:
        wanted = (rhythm * ((low + step) // SIGNS + 1))[: low + step]
        if signs[at : at + low + step] == wanted:
            low += step
            step *= 2
        else:
            step //= 2
    return low


# --------------------------------------------------------------------------- who speaks


@dataclass(frozen=True)
class RhythmSound:
    """The fake vendor's voices; mu-law only."""

    lexicon: Lexicon

    async def open(self) -> None:
        """There is nothing to open."""

    def mouth(self, form: Format) -> Mouth:
        """It has no memory."""
        assert form.name == "ulaw_8000", "the signs are words"
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
class RhythmVoice:
    """The local voice: quick, never wrong."""

    lexicon: Lexicon
    key: str = "rhythms"

    def speaks(self, language: str) -> bool:
        """Everything."""
        return True

    async def open(self) -> None:
        """There is nothing to open."""

    def lease(self, call: str, *, language: str | None = None) -> RhythmVoice:
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
        async with aclosing(self.speak(text, language=language)) as speech:
            async for chunk in speech:
                yield chunk

    async def aclose(self) -> None:
        """There is nothing to close."""


# --------------------------------------------------------------------------- what was heard


def take_off(text: str, runs: list[Run], falls: int, *, stopped: bool = False) -> bool:
    """Take the words of a text off the runs; returns whether the local voice said any of them.

    AssertionError unless each word was heard whole (but for ``CUT_MS`` at its end) and in order. A
    voice that failed may have begun a word that another one then said whole, so no more than
    ``falls`` words may be too long, each by less than a word. A ``stopped`` text may end anywhere.
    """
    local, changes, done = False, 0, 0
    groups = list(_groups(text))
    for number, (word, times) in enumerate(groups):
        ms = 0.0
        while runs and runs[0].word == word:
            run = runs.pop(0)
            ms += run.ms
            local = local or run.local
        wanted = times * WORD_MS
        so_far = " ".join(each for each, _ in groups[:number])
        if stopped and ms < wanted - CUT_MS:
            break
        told = f"{ms:g} ms of {word!r} after {so_far!r} of {text!r}, then {runs[:1]}"
        assert ms >= wanted - CUT_MS - 2 * UNCLEAR_MS, f"only {told}"
        if ms > wanted + UNCLEAR_MS:
            changes += 1
            assert ms < wanted + falls * (WORD_MS - UNCLEAR_MS), f"more than once: {told}"
        done += 1
    assert changes <= falls, f"{changes} words were begun twice in {text!r}, with {falls} falls"
    assert not stopped or done, f"nothing was heard of {text!r}"
    return local


def _groups(text: str) -> Iterator[tuple[str, int]]:
    """Each word with how often it stands there in a row."""
    words: Sequence[str] = [bare(word) for word in text.split()]
    start = 0
    for end in range(1, len(words) + 1):
        if end == len(words) or words[end] != words[start]:
            yield words[start], end - start
            start = end
