"""Cuts a text into sentences, for voices that are quicker with one sentence than with all of them.

It changes no words: numbers and abbreviations are the voice's, or better the flow's, which renders
them as words first. Pure. Used by the embedded voice.
"""

from __future__ import annotations

import re
import unicodedata

SENTENCE_CHARS_MAX = 240
"""A longer one is cut at a comma: the voices take about half a millisecond a letter, and one of
them has been seen to hang for good on 400 letters without a space."""
WORD_CHARS_MAX = 60
"""Longer than any word of the languages spoken here."""

_END = re.compile(r"(?<=[.!?…])([\"”’»)\]]*)\s+(?=\S)|\n\s*\n\s*")
_CLAUSE = re.compile(r"[,;:—–][\"”’»)\]]*\s")
_SENTENCE_END = re.compile(r"[.!?…][\"”’»)\]]*$")
_LONG_WORD = re.compile(rf"(\S{{{WORD_CHARS_MAX}}})(?=\S)")
_SPOKEN_SYMBOLS = frozenset("#*%&@+=$€£°")
_ABBREVIATIONS = frozenset(
    {
        *("mr", "mrs", "ms", "dr", "prof", "st", "jr", "no", "ext", "tel", "approx", "vs"),
        *("sr", "sra", "srta", "ud", "uds", "núm"),
        *("hr", "fr", "nr", "str", "bzw", "ca"),
        *("mme", "mlle", "sig", "sigg", "dott", "avv"),
    }
)


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text in order, none longer than SENTENCE_CHARS_MAX, each with something
    in it that can be spoken; of a text without any (blank, emoji, dots) none."""
    text = "".join(map(_printable, text))
    pieces: list[str] = []
    start = 0
    for end in _END.finditer(text):
        paragraph = end[0].count("\n") > 1
        if paragraph or _ends(text[start : end.start()], text[end.end() :]):
            pieces.append(text[start : end.start()] + (end[1] or ""))
            start = end.end()
    pieces.append(text[start:])
    words = (_LONG_WORD.sub(r"\1 ", " ".join(piece.split())) for piece in pieces)
    return tuple(part for piece in words for part in _short(piece) if _can_be_spoken(part))


def ends_a_sentence(piece: str) -> bool:
    """Whether a piece was cut at the end of a sentence, and not within one that was too long."""
    return _SENTENCE_END.search(piece) is not None


def _printable(character: str) -> str:
    """Control characters become spaces (one voice ends at NUL), invisible ones disappear."""
    match unicodedata.category(character):
        case "Cc":
            return character if character == "\n" else " "
        case "Cf" | "Cs" | "Co" | "Cn":
            return ""
        case _:
            return character


def _ends(before: str, after: str) -> bool:
    """Whether a sentence ends here: not after ``Dr.`` or ``J.``, nor before a small letter."""
    if after[:1].islower():
        return False
    if not before.endswith("."):
        return True
    word = before.split()[-1].strip(".([{\"'“‘«¿¡").lower()
    return word not in _ABBREVIATIONS and not (len(word) == 1 and word.isalpha())


def _short(piece: str) -> list[str]:
    """Cut a sentence that is too long: after its last comma that fits, or else between words."""
    parts = []
    while len(piece) > SENTENCE_CHARS_MAX:
        head = piece[:SENTENCE_CHARS_MAX]
        cuts = [clause.end() for clause in _CLAUSE.finditer(head)] or [head.rfind(" ") + 1]
        parts.append(piece[: cuts[-1]].rstrip())
        piece = piece[cuts[-1] :]
    return [*parts, piece]


def _can_be_spoken(piece: str) -> bool:
    return any(each.isalnum() or each in _SPOKEN_SYMBOLS for each in piece)
