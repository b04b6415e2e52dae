"""How a text says that something is recorded, in the languages the line has words for.

Read by the checker, which warns authors who record without saying so, and at run time, where no
call is recorded before its caller has heard it (LANGUAGE.md §2.11).
"""

from __future__ import annotations

import re
from typing import Final

LANGUAGES: Final = frozenset({"en", "es", "fr", "de", "it"})
"""Those whose words are known here."""

_NOTICE = re.compile(
    r"\b(?:recorded|recordings?|(?:to|will|may|can|we|they|and|or)\s+record"
    r"|record\s+(?:this|the|your|you|all|calls?|conversations?|messages?)"
    r"|graba(?:r|mos|da|das|do|dos|ndo|remos|ción|ciones)?|graban"
    r"|enregistr\w+|aufgezeichnet|aufzeichn\w+|aufnehmen|aufgenommen|mitgeschnitten"
    r"|registrat[aoie]|registrare|registriamo|registrazion[ei]|registrando)\b",
    re.IGNORECASE,
)
_STEMS = ("record", "graba", "registr", "aufge", "aufz", "aufn", "mitges")
"""One of them is in each of these words; few texts have one, and that is quickly seen."""


def says_so(words: str) -> bool:
    """Whether a text says that something is recorded, in one of these languages."""
    small = words.lower()
    for stem in _STEMS:
        if stem in small:
            return _NOTICE.search(words) is not None
    return False


def may_say_so(words: str, language: str) -> bool:
    """Whether it says so, or may: of a language without words here nobody can tell."""
    return says_so(words) or language.partition("-")[0].lower() not in LANGUAGES
