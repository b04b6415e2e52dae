"""What may stand under a key, as data: the vocabulary in which the language describes itself.

The loader reads with code of its own (:mod:`ivr.flow.reader`, the kinds, the rest of the room);
what it takes is said here once more, in a form from which an editor's schema and the reference are
made. A test holds every shape to the loader, with values it must take and values it must refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True, slots=True)
class Flag:
    """``yes`` or ``no``."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number in bounds."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Duration:
    """A time like ``5s``, in bounds of milliseconds."""

    low_ms: int
    high_ms: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """A single value of a certain form."""

    what: str
    """Like ``a step's name``, in Markdown."""
    pattern: str = ""
    """That it has from its beginning to its end; empty: any."""
    like: tuple[str, ...] = ()
    """Values worth offering."""


class Any(Enum):
    """Shapes without details."""

    TEXT = "a text"
    """What callers hear: alone, by language, or a list of items."""
    BY_LANGUAGE = "a text, or one by language"
    DESTINATION = "a destination"
    NUMBER = "a number like `+13125550123`, or a name from `numbers`"
    FILE = "a WAV file of the flows folder"
    CONDITION = "an expression"
    VALUE = "any value"
    VALUES = "a map of values"
    LANGUAGE = "a language, like `en-US`"
    VARIABLE = "a variable's name"


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list, or one alone."""

    item: Shape
    most: int = 0
    """0: as many as one likes."""
    alone: bool = True
    """Whether one may stand there without a list."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several shapes."""

    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class MapOf:
    """A map whose keys have a form and whose values have a shape."""

    keys: str
    """What the keys are, in words."""
    pattern: str
    """What they match; empty: anything."""
    value: Shape
    likely: tuple[Field, ...] = ()
    """Keys worth offering."""


@dataclass(frozen=True, slots=True)
class Record:
    """A map of known keys."""

    fields: tuple[Field, ...]


Shape = Flag | Whole | Duration | Choice | Word | Any | ListOf | OneOf | MapOf | Record


@dataclass(frozen=True, slots=True)
class Field:
    """A key: what may stand under it, and what it means."""

    name: str
    shape: Shape
    about: str
    """One sentence or two, in the author's words."""
    default: str = ""
    """What counts without it, as it would be written or in words in brackets."""
    example: str = ""
    """A value, as YAML in one line."""
    needed: bool = False
    types: tuple[str, ...] = ()
    """Of ``ask``: the types of entry it goes with; none: all."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A way out of a step."""

    name: str
    about: str
    failure: bool = False
    """Whether it is no answer: drawn quietly in pictures."""


@dataclass(frozen=True, slots=True)
class Page:
    """Everything there is to know of one kind of step."""

    name: str
    about: str
    """What it does: one or two sentences."""
    value: Field
    """What stands behind the kind's own name."""
    options: tuple[Field, ...]
    outcomes: tuple[Outcome, ...]
    goto: str
    """What ``goto`` means beside it; empty: it cannot stand there."""
    example: str
    """A step of YAML."""
    others: str = ""
    """What further keys are taken for; empty: there are none."""
    beside: Mapping[str, str] = field(default_factory=dict)
    """What its options need beside them in order to be tried out, by option."""
