"""What is said, without where it stands: two versions of a flow are compared by it.

:func:`plain` turns any part of a compiled flow into plain data in which places in files are left
out, texts and expressions are their sources, and the line breaks within a spoken text are spaces.
Two parts with the same plain data mean the same. Used by the ``diff`` modules.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence, Set
from enum import Enum
from zoneinfo import ZoneInfo

from ivr.flow.expression import Expression
from ivr.flow.model import SayItem
from ivr.flow.problems import Span
from ivr.flow.text import Template
from ivr.flow.written import ListOf, MapOf, Plain

DERIVED = frozenset({"hash", "secrets"})
"""Fields that follow from others."""
ATOMS = frozenset({str, bytes, int, float, bool, type(None)})
"""What is plain data already, and most of what there is."""


def same(one: object, other: object) -> bool:
    """Whether two parts of flows say the same, wherever they stand."""
    return one is other or plain(one) == plain(other)


def plain(part: object) -> object:
    """A part of a flow as plain data without its places."""
    if type(part) in ATOMS:
        return part
    match part:
        case Expression() | Template():
            return part.source
        case Plain(inner) | ListOf(inner) | MapOf(inner):
            return plain(inner)
        case SayItem():
            texts = {code: " ".join(text.source.split()) for code, text in part.texts.items()}
            return {"say": texts, "language": part.language, "if": plain(part.condition)} | (
                {"whole": True} if part.whole else {}
            )
        case Enum():
            return part.value
        case ZoneInfo():
            return part.key
        case Mapping() if not hasattr(part, "country"):
            return {str(key): plain(value) for key, value in part.items()}
        case _ if dataclasses.is_dataclass(part) and not isinstance(part, type):
            return {"": type(part).__name__} | fields(part)
        case str() | bytes():
            return part
        case Sequence():
            return [plain(each) for each in part]
        case Set():
            return sorted(map(str, part))
        case _ if hasattr(part, "country"):
            return calendar(part)
        case _:
            return part


def fields(part: object) -> dict[str, object]:
    """The fields of a part as plain data; places, and what follows from others, are left out."""
    return {name: plain(value) for name, value in _values(part).items()}


def _values(part: object) -> dict[str, object]:
    assert dataclasses.is_dataclass(part)
    values = {field.name: getattr(part, field.name) for field in dataclasses.fields(part)}
    return {
        name: value
        for name, value in values.items()
        if not isinstance(value, Span) and name not in DERIVED
    }


def calendar(part: object) -> str:
    """The name of a calendar of public holidays, as authors write it."""
    pieces = [getattr(part, "country", None), getattr(part, "subdiv", None), "holidays"]
    return "-".join(str(piece).lower() for piece in pieces if piece)


def others(one: object, other: object, known: Set[str]) -> Iterator[tuple[str, object, object]]:
    """The fields that differ and are not ``known``, with both values as plain data."""
    before, after = _values(one), _values(other)
    for name in dict.fromkeys([*after, *before]):
        was, now = before.get(name), after.get(name)
        if name not in known and not same(was, now):
            yield name, plain(was), plain(now)
