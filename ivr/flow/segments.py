"""A text with values, cut where its audio can be cut.

``Thank you, ${name}. To go on, press 1.`` becomes ``Thank you,`` (fixed: its take is made ahead),
``${name}.`` (live: only a voice can say it) and ``To go on, press 1.`` (fixed). So a caller hears
the beginning at once, and the rest is spoken meanwhile. The cut depends on the text as written and
never on its values, so that what can be made ahead is known before any call.

Where to cut is a matter of how it sounds:

* Between words only. The full stop that touches a value is said with it, for its tone.
* A value is spoken to the end of its clause, because half a clause in another breath sounds broken.
  Digits are not: they are put together from takes and have no tone of their own.
* A few words between two values belong to both: one breath, one request.

Used by :mod:`ivr.flow.text`, whose placeholders know their kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.flow.messages import SegmentKind

if TYPE_CHECKING:
    from ivr.flow.text import Placeholder

BETWEEN_CHARS_MAX = 24
"""Fixed words between two values that are spoken with them, if no sentence ends there."""

_FIXED, _DIGITS, _LIVE = SegmentKind.FIXED, SegmentKind.DIGITS, SegmentKind.LIVE
_SENTENCE_MARKS = (".", "?", "!", "…")
_CLAUSE_MARKS = (*_SENTENCE_MARKS, ",", ";", ":")


@dataclass(frozen=True, slots=True)
class Word:
    """Letters and values without a space between them."""

    pieces: tuple[str | Placeholder, ...]

    @property
    def kind(self) -> SegmentKind:
        """Digits stay digits with a mark behind them; with anything else they are spoken."""
        if len(self.pieces) == 1 and isinstance(self.pieces[0], str):
            return _FIXED
        values = [each for each in self.pieces if not isinstance(each, str)]
        kinds = {value.segment for value in values} - {_FIXED}
        if not kinds:
            return _FIXED
        marks = "".join(each for each in self.pieces[1:] if isinstance(each, str))
        alone = len(values) == 1 and values[0] is self.pieces[0] and not marks.strip(",.;:?!…")
        return _DIGITS if kinds == {_DIGITS} and alone else _LIVE

    def ends(self, marks: tuple[str, ...]) -> bool:
        """Whether one of these marks is its last letter."""
        last = self.pieces[-1]
        return isinstance(last, str) and last.endswith(marks)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole words of a text, in order, that become one piece of audio."""

    kind: SegmentKind
    words: tuple[Word, ...]

    def joined(self) -> Iterator[str | Placeholder]:
        """Its letters and values, with the spaces between the words."""
        for position, word in enumerate(self.words):
            if position:
                yield " "
            yield from word.pieces


def cut(parts: Sequence[str | Placeholder]) -> tuple[Stretch, ...]:
    """The stretches of a compiled text; none where nothing is gained by cutting it."""
    words = tuple(_words(parts))
    kinds = [word.kind for word in words]
    _speak_whole_clauses(words, kinds)
    _speak_in_one_breath(words, kinds)
    found = tuple(Stretch(kind, words[run[0] : run[-1] + 1]) for kind, run in _runs(kinds))
    gained = len(found) > 1 and any(stretch.kind is not _LIVE for stretch in found)
    return found if gained or any(stretch.kind is _DIGITS for stretch in found) else ()


def _words(parts: Iterable[str | Placeholder]) -> Iterator[Word]:
    touching: list[str | Placeholder] = []
    for part in parts:
        if not isinstance(part, str):
            touching.append(part)
            continue
        pieces = part.split()
        if touching and (not pieces or part[:1].isspace()):
            yield Word(tuple(touching))
            touching = []
        for number, piece in enumerate(pieces):
            if number:
                yield Word(tuple(touching))
                touching = []
            touching.append(piece)
        if pieces and part[-1:].isspace():
            yield Word(tuple(touching))
            touching = []
    if touching:
        yield Word(tuple(touching))


def _speak_whole_clauses(words: Sequence[Word], kinds: list[SegmentKind]) -> None:
    speaking = False
    for position, word in enumerate(words):
        if speaking and kinds[position] is _FIXED:
            kinds[position] = _LIVE
        speaking = kinds[position] is _LIVE and not word.ends(_CLAUSE_MARKS)


def _speak_in_one_breath(words: Sequence[Word], kinds: list[SegmentKind]) -> None:
    runs = _runs(kinds)
    for before, (kind, run), after in zip(runs, runs[1:], runs[2:], strict=False):
        if kind is not _FIXED or _LIVE not in (before[0], after[0]):
            continue
        between = [words[position] for position in run]
        chars = sum(
            len(piece) for word in between for piece in word.pieces if isinstance(piece, str)
        )
        short = chars < BETWEEN_CHARS_MAX and all(len(word.pieces) == 1 for word in between)
        letters = all(isinstance(word.pieces[0], str) for word in between)
        around = [words[before[1][-1]], *between]
        ended = any(word.ends(_SENTENCE_MARKS) for word in around)
        if short and letters and not ended:
            for position in run:
                kinds[position] = _LIVE


def _runs(kinds: Sequence[SegmentKind]) -> list[tuple[SegmentKind, range]]:
    """Neighbouring words of one kind, by their places."""
    found: list[tuple[SegmentKind, range]] = []
    begin = 0
    for place in range(1, len(kinds) + 1):
        if place == len(kinds) or kinds[place] is not kinds[begin]:
            found.append((kinds[begin], range(begin, place)))
            begin = place
    return found
