"""What every type of entry is to ``ask``: keys in, and a value or the reason why they are none.

An entry knows nothing of tries, silence or the machine. It is asked after every key how far it is,
and at the end what it comes to; both are pure questions about the keys so far.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import ClassVar, Protocol

from ivr.flow import text
from ivr.flow.expression import Kind, Scope
from ivr.flow.phrases import Phrase, phrase
from ivr.flow.steps.entries.limits import Given, Limit, Limits
from ivr.flow.text import Template
from ivr.flow.values import Value


class Progress(Enum):
    """How far an entry is."""

    MORE = "more"
    """Not yet acceptable."""
    ENOUGH = "enough"
    """Acceptable, and could go on."""
    WHOLE = "whole"
    """No longer entry can match: it ends at once."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What an entry is judged by: the caller's language, and what expressions can read now."""

    locale: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why keys are no such entry, as the line says it of its own accord."""

    what: Phrase
    words: tuple[tuple[str, str], ...] = ()
    """For the places of the phrase."""
    limit: Limit | None = None
    """The limit that is told in it, put into words by ``formatter``."""
    formatter: str = ""

    @property
    def fixed(self) -> bool:
        """Whether it is the same in every call, a limit in it included."""
        # A date is said with its weekday when it is near: that differs from day to day.
        return self.limit is None or (
            isinstance(self.limit, Given) and not self.formatter.startswith("date")
        )

    def template(self, language: str) -> Template:
        """Its text; the limit in it is read as ``limit``."""
        words = self.words
        if self.limit is not None:
            words = (*words, ("limit", f"${{limit | {self.formatter}}}"))
        return _template(self.what, words, language)


@lru_cache(maxsize=512)
def _template(what: Phrase, words: tuple[tuple[str, str], ...], language: str) -> Template:
    return text.compile(phrase(what, language, **dict(words)))


class Entry(Protocol):
    """One type of ``ask … as``; each is a class of this folder and a line in its table."""

    name: ClassVar[str]
    """What stands behind ``as:``."""
    kind: ClassVar[Kind]
    """Of the value, for the checker."""
    secret: ClassVar[bool]
    """It is sensitive whatever the flow says."""

    @property
    def limits(self) -> Limits:
        """What it must lie between."""
        ...

    def takes_star(self, keyed: str) -> bool:
        """Whether a star behind these keys is part of the entry; else it starts it again."""
        ...

    def progress(self, keyed: str, ground: Ground) -> Progress:
        """How far these keys are. Raises :class:`~ivr.flow.values.EvaluationError`."""
        ...

    def value(self, keyed: str, ground: Ground) -> Value | Misfit:
        """What they come to, or why they do not. Raises ``EvaluationError`` as well."""
        ...

    def read_back(self, locale: str) -> str:
        """The formatter that reads a value back."""
        ...

    def misfits(self, locale: str) -> Iterator[Misfit]:
        """Every reason :meth:`value` can give."""
        ...

    @property
    def wanted(self) -> str:
        """How many digits it takes, for messages: ``8``, ``6 or 8``; empty where that is open."""
        ...

    def may_say(self, digits: int) -> bool:
        """Whether a prompt may speak of so many digits, of all or of a part of it."""
        ...
