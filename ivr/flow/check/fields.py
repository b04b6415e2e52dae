"""The rule about fields that are not there, with the exact places of the words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from ivr.flow.check.reads import Source, sources
from ivr.flow.check.shapes import Steps, missing
from ivr.flow.check.subject import Found, Subject
from ivr.flow.expression import Expression, Kind, Reference
from ivr.flow.expression.tree import Name, Reach
from ivr.flow.near import did_you_mean
from ivr.flow.problems import Span


def no_such_field(subject: Subject) -> Iterator[Found]:
    """A field the example does not have.

    What is saved of a response are the fields of its ``example``; any other is nothing in every
    call: a text has a hole, a condition never holds. Looked for through ``set``, through the flows
    that are run, in lists and in fields of fields. Opening hours have ``open``, ``closes_at``,
    ``next_open`` and ``reason``.

    Wrong::

        save: found
        example: {name: Ana Gómez}
        …
        say: Thank you, ${found.nmae}.

    Right::

        say: Thank you, ${found.name}.
    """
    for source in sources(subject):
        if not any(len(name.path) > 1 for name in source.expression.names) and (
            "[" not in source.expression.source
        ):
            continue
        for name, steps in _reached(source.expression):
            lacking = missing(subject, name.path[0], steps)
            if lacking is None:
                continue
            reached = (f".{s}" if isinstance(s, str) else "[…]" for s in steps[: lacking.place])
            so_far = name.path[0] + "".join(reached)
            message = f"“{so_far}” has no “{lacking.field}”, by its example"
            remedy = did_you_mean(lacking.field, lacking.known)
            if not lacking.known:
                message = f"“{so_far}” is {lacking.what} by its example, and has no fields"
                remedy = f"write {so_far}[0]" if lacking.what == Kind.LIST.value else ""
            yield Found(message, _span(source, name, lacking.place), remedy)


# --------------------------------------------------------------------------- names and their places


def _reached(expression: Expression) -> Iterator[tuple[Reference, Steps]]:
    """Every name with the fields and items behind it."""
    if "[" not in expression.source:
        for name in expression.names:
            yield name, name.path[1:]
        return
    found = list(_names(expression.tree))
    if len(found) == len(expression.names):
        for name, (first, steps) in zip(expression.names, found, strict=True):
            if name.path[0] == first:
                yield name, steps


def _names(node: object) -> Iterator[tuple[str, Steps]]:
    match node:
        case Name(name):
            yield name, ()
        case Reach(Name(name), steps):
            yield name, steps
            for step in steps:
                yield from _names(step)
        case tuple():
            for each in node:
                yield from _names(each)
        case _ if is_dataclass(node):
            for each in fields(node):
                yield from _names(getattr(node, each.name))


def _span(source: Source, name: Reference, place: int) -> Span:
    """The place of a field, where the way to it is written without spaces and brackets."""
    path = name.path
    if place + 1 < len(path) and name.end_column - name.column == len(".".join(path)):
        begin = name.column + len(".".join(path[: place + 1])) + 1
        return source.place(begin, begin + len(path[place + 1]))
    return source.span(name)
