"""What a rehearsed call sounded like: every spoken word with the moment it begins, in order.

Between the words stand the times the caller was away, because a test listens to both in one order.
Texts take 2.6 words a second, clips and silences their own length. Made by ``line``; knows no
machine and no caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, assert_never

from ivr.flow.messages import (
    Clip,
    Hold,
    Leg,
    Narration,
    Part,
    Playback,
    Silence,
    Tones,
    Utterance,
    Words,
)
from ivr.rehearsal.words import words_of

WORDS_PER_SECOND = 2.6
"""How fast a voice reads a menu; the checker's P001 counts with the same."""
TONE_MS = 200
"""One key of several that are played, with the pause behind it."""
TONE_WAIT_MS = 500
"""A ``w`` among them."""


class Word(NamedTuple):
    """One spoken word on the tape."""

    text: str
    """As words are compared."""
    at: int
    """When it begins, in milliseconds since the call was answered."""
    spoken_in: Words
    """The text it belongs to."""
    utterance: int


@dataclass(frozen=True, slots=True)
class Unsaid:
    """Where a word would have stood that was cut off before it began."""


@dataclass(frozen=True, slots=True)
class Left:
    """The caller was connected to somebody else, or waits in a queue."""

    leg: Leg
    at: int


@dataclass(slots=True)
class Lengths:
    """How long the parts of an utterance last that have no words of their own."""

    clips: Mapping[str, int] = field(default_factory=dict)
    """By file, in milliseconds."""
    narrated: dict[int, str] = field(default_factory=dict)
    """The texts functions have brought, by errand."""
    recorded: dict[int, int] = field(default_factory=dict)
    """Recordings, by errand, in milliseconds."""

    def of(self, part: Part) -> int:
        """Milliseconds."""
        match part:
            case Words(text=text):
                return reading_ms(text)
            case Narration(errand=errand):
                return reading_ms(self.narrated.get(errand, ""))
            case Clip(file=file):
                return self.clips.get(file, 0)
            case Silence(ms=ms) | Hold(ms=ms):
                return ms
            case Playback(errand=errand):
                return self.recorded.get(errand, 0)
            case Tones(keys=keys):
                return sum(TONE_WAIT_MS if key == "w" else TONE_MS for key in keys)
            case _:
                assert_never(part)

    def whole(self, utterance: Utterance) -> int:
        """Milliseconds of all of it."""
        return sum(map(self.of, utterance.parts))

    def spoken(self, utterance: Utterance, at: int) -> list[Word]:
        """Its words, if it begins at this moment."""
        found: list[Word] = []
        for part in utterance.parts:
            text = self.text_of(part)
            if text is not None:
                timed, id = _timed(text.text), utterance.id
                found += [Word(word, at + after, text, id) for word, after in timed]
            at += self.of(part)
        return found

    def text_of(self, part: Part) -> Words | None:
        """The text of a part that has one."""
        match part:
            case Words():
                return part
            case Narration(errand, language, voice):
                return Words(self.narrated.get(errand, ""), language, voice, fixed=False)
            case _:
                return None

    def shown(self, utterance: Utterance) -> str:
        """What is said, as it may be written down: texts, and in brackets what has no words."""
        return " ".join(filter(None, map(self._shown, utterance.parts)))

    def _shown(self, part: Part) -> str:
        text = self.text_of(part)
        if text is not None:
            return text.public
        match part:
            case Clip(file=file):
                return f"[{file}]"
            case Hold(file=file):
                return f"[{file or 'a soft tone'}]"
            case Playback():
                return "[what was recorded]"
            case Tones(keys=keys):
                return f"[keys {keys}]"
            case _:
                return ""


def reading_ms(text: str) -> int:
    """How long a voice takes to read a text."""
    return _at_ms(len(words_of(text)))


def _at_ms(words: int) -> int:
    return round(words * 1000 / WORDS_PER_SECOND)


@lru_cache(maxsize=4096)
def _timed(text: str) -> tuple[tuple[str, int], ...]:
    """The words of a text, each with when it begins, counted from the text's beginning."""
    return tuple((word, _at_ms(place)) for place, word in enumerate(words_of(text)))
