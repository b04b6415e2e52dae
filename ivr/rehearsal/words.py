"""Whether words were spoken: case, punctuation, apostrophes and spacing do not count.

``didn't hear`` is found in “I didn’t hear anything”, and ``12345678`` in “1 2 3 4, 5 6 7 8”; what
is found begins and ends with whole words, so ``press 1`` is not found in “press 12”. Knows nothing
of calls and time. Used by the line, which turns speech into words, and by ``hears:``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_APOSTROPHES = str.maketrans("", "", "'’‘ʼ`´")
_WORD = re.compile(r"[^\W_]+")
_SKIP = re.compile(r"…|\.\.\.")


@lru_cache(maxsize=4096)
def words_of(text: str) -> tuple[str, ...]:
    """The words of a text in the form they are compared in."""
    plain = unicodedata.normalize("NFC", text.casefold().translate(_APOSTROPHES))
    return tuple(_WORD.findall(plain))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a test wants to hear: pieces in order, with anything between them."""

    pieces: tuple[str, ...]
    """Each without its spaces; never empty."""

    @classmethod
    def of(cls, text: str) -> Wanted | None:
        """As an author writes it, ``…`` between the pieces; None if there is no word in it."""
        pieces = tuple("".join(words_of(piece)) for piece in _SKIP.split(text))
        wanted = tuple(piece for piece in pieces if piece)
        return cls(wanted) if wanted else None

    def find(self, words: Sequence[str | None], start: int = 0) -> tuple[int, int] | None:
        """Where the last piece stands (first word, one past its last), all pieces in order.

        None in ``words`` is a break that no piece can reach over. Returns None if not all of it
        is there, from ``start`` on.
        """
        found = None
        for piece in self.pieces:
            found = _find_piece(piece, words, start)
            if found is None:
                return None
            start = found[1]
        return found


def _find_piece(piece: str, words: Sequence[str | None], start: int) -> tuple[int, int] | None:
    for first in range(start, len(words)):
        rest = piece
        for place in range(first, len(words)):
            word = words[place]
            if word is None or not rest.startswith(word):
                break
            rest = rest[len(word) :]
            if not rest:
                return first, place + 1
    return None
