"""Cuts a text that arrives in pieces into clauses that can be spoken as soon as they are whole.

A clause ends at a full stop, at a comma once it is long enough, or between two words when there is
nothing else. Nothing is changed or lost: the clauses joined are the pieces joined. Where a text is
whole, ``embedded/sentences`` cuts better. Used by the voices for ``narrate``.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator

CLAUSE_CHARS_MIN = 32
"""A shorter part before a comma is spoken with what follows: one word alone sounds shouted."""
SENTENCE_CHARS_MIN = 8
CLAUSE_CHARS_MAX = 240

_STOP = re.compile(r"[.!?…。！？][\"”’»)\]]*\s+|\n\s*")
_COMMA = re.compile(r"[,;:—–][\"”’»)\]]*\s+")
_ABBREVIATED = re.compile(r"(^|\W)([A-Z][a-z]{0,2}|[a-z]|ca|nr|vs|tel|ext|approx)\.\s+$")
"""``Dr.``, ``J.``, ``ca.``: what follows may belong to it, so it is waited for."""


class Clauses:
    """What arrived and was not yet cut off."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = ""

    def push(self, piece: str) -> list[str]:
        """Take the next piece; return the clauses that are whole by it."""
        self._rest += piece
        clauses = []
        while (end := _end(self._rest)) is not None:
            clauses.append(self._rest[:end])
            self._rest = self._rest[end:]
        return clauses

    def flush(self) -> str:
        """What is left, when no more will come; perhaps nothing, perhaps blank."""
        rest, self._rest = self._rest, ""
        return rest


async def clauses(pieces: AsyncIterator[str]) -> AsyncGenerator[str, None]:
    """The clauses of a text as it arrives, none blank; closing it closes ``pieces``."""
    held = Clauses()
    try:
        async for piece in pieces:
            for clause in held.push(piece):
                yield clause
        rest = held.flush()
        if rest.strip():
            yield rest
    finally:
        aclose = getattr(pieces, "aclose", None)
        if aclose is not None:
            await aclose()


def _end(text: str) -> int | None:
    """Where the first clause of a text ends; None if it may go on."""
    for stop in _STOP.finditer(text):
        clause = text[: stop.end()]
        if len(clause.strip()) >= SENTENCE_CHARS_MIN and not _ABBREVIATED.search(clause):
            return stop.end()
    for comma in _COMMA.finditer(text):
        if len(text[: comma.end()].strip()) >= CLAUSE_CHARS_MIN:
            return comma.end()
    if len(text) > CLAUSE_CHARS_MAX:
        return text.rfind(" ", 1, CLAUSE_CHARS_MAX) + 1 or CLAUSE_CHARS_MAX
    return None
