"""Values as an author writes them: plain ones, texts with placeholders, and lists and maps of both.

``set``, ``with``, ``body``, ``query`` and ``value`` hold such. A text that is exactly one ``${…}``
keeps the type of what it names. Pure; the reader is :meth:`ivr.flow.reader.Reader`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ivr.flow.expression import Scope
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar, Sequence
from ivr.flow.text import Placeholder, Template
from ivr.flow.values import Value

COMPUTED_MAX = 1_000
"""Values with a placeholder in one list or map: who needs more has them from a service."""


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list with something to compute in it."""

    items: tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class MapOf:
    """A map with something to compute in it."""

    items: Mapping[str, Written]


@dataclass(frozen=True, slots=True)
class Plain:
    """A value that is as it stands."""

    value: Value


Written = Plain | Template | ListOf | MapOf


def read(reader: Reader, node: Node) -> Written:
    """A value as it is written; what cannot be read is reported, and null."""
    computed = 0 if isinstance(node, Scalar) else _computed(node)
    if computed > COMPUTED_MAX:
        message = f"{computed} values with ${{…}} in one place; {COMPUTED_MAX} is the most"
        reader.report("S007", message, node.span, "let a service put them together")
        return Plain(None)
    return _read(reader, node)


def _computed(node: Node) -> int:
    """How many values below a node have something to compute."""
    found, waiting = 0, [node]
    while waiting:
        match waiting.pop():
            case Scalar(text):
                found += "${" in text
            case Sequence(items):
                waiting += items
            case MappingNode(pairs):
                waiting += [value for _, value in pairs]
    return found


def _read(reader: Reader, node: Node) -> Written:
    match node:
        case Scalar():
            if "${" not in node.text:
                return Plain(reader.value(node))
            return reader.template(node) or Plain(None)
        case Sequence():
            items = tuple(_read(reader, item) for item in node.items)
            known = [item.value for item in items if isinstance(item, Plain)]
            return Plain(known) if len(known) == len(items) else ListOf(items)
        case MappingNode():
            fields = {name.text: _read(reader, item) for name, item in node.items}
            values = {k: item.value for k, item in fields.items() if isinstance(item, Plain)}
            return Plain(values) if len(values) == len(fields) else MapOf(fields)


def read_map(reader: Reader, node: Node | None, wanted: str) -> Mapping[str, Written]:
    """A map of such values; empty where there is none, or after a report."""
    found = reader.mapping(node, wanted) if node is not None else None
    return {name.text: read(reader, item) for name, item in found.items} if found else {}


def compute(written: Written, scope: Scope) -> Value:
    """What it comes to. Raises :class:`~ivr.flow.values.EvaluationError`."""
    match written:
        case Plain(value):
            return value
        case Template():
            return written.value(scope)
        case ListOf(items):
            return [compute(item, scope) for item in items]
        case MapOf(fields):
            return {name: compute(item, scope) for name, item in fields.items()}


def templates(written: Written) -> Iterator[Template]:
    """The texts in it, in the order of the file."""
    match written:
        case Plain():
            return
        case Template():
            yield written
        case ListOf(items):
            for item in items:
                yield from templates(item)
        case MapOf(fields):
            for item in fields.values():
                yield from templates(item)


def tainted(written: Written, sensitive: frozenset[str]) -> bool:
    """Whether anything in it reads a sensitive value."""
    if not sensitive:
        return False
    return any(
        part.reads_any(sensitive)
        for template in templates(written)
        for part in template.parts
        if isinstance(part, Placeholder)
    )
