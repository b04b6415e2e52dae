"""The nearest known word to one that is not known: the remedy of most problems."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

NAME_CHARACTERS_MAX = 100
"""Longer words are no misspelt names."""
LISTED_MAX = 24
"""More known words than these are not listed."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A remedy naming the nearest known word, or all of them where they are few."""
    names = sorted(known)
    comparable = names if len(word) <= NAME_CHARACTERS_MAX else []
    near = difflib.get_close_matches(word, comparable, n=1, cutoff=0.6)
    if near:
        return f"did you mean “{near[0]}”?"
    return f"known here: {', '.join(names)}" if names and len(names) <= LISTED_MAX else ""
