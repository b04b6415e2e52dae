"""Rules about conditions."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.check.reads import sources
from ivr.flow.check.subject import Found, Subject
from ivr.flow.expression import EvaluationError, Expression
from ivr.flow.model import Destination


def always_the_same(subject: Subject) -> Iterator[Found]:
    """A condition that always holds, never holds, or is shadowed by one before it.

    Also an entry of a destination list behind one without a condition (told while reading).

    Wrong::

        goto:
          - if: tries > 2
            goto: operator
          - if: tries > 2
            goto: sorry
          - else: main

    Right: two conditions that differ.
    """
    for source in sources(subject):
        if source.is_condition and (verdict := _constant(source.expression)) is not None:
            span = source.place(0, len(source.expression.source))
            word = "holds" if verdict else "never holds"
            message = f"this condition always {word}" if verdict else f"this condition {word}"
            yield Found(message, span, "leave it out, or compare with something that changes")
    for destination in _destinations(subject):
        seen: set[str] = set()
        for branch in destination:
            condition = branch.condition.source.strip() if branch.condition else None
            if condition is not None and condition in seen:
                message = f"“{branch.target}” is never reached: an entry above has this condition"
                yield Found(message, branch.span, "let the conditions differ")
            if condition is not None:
                seen.add(condition)


def _constant(expression: Expression) -> bool | None:
    """What a condition that reads nothing always gives; None if it depends."""
    source = expression.source
    if expression.names or "now" in source or "today" in source:
        return None
    try:
        return bool(expression.evaluate({}))
    except EvaluationError:
        return None


def _destinations(subject: Subject) -> Iterator[Destination]:
    seen: set[int] = set()
    ways = [way for _, action in subject.actions for way in subject.ways(action)]
    for destination in [*ways, *subject.flow.anytime.values()]:
        if len(destination) > 1 and id(destination) not in seen:
            seen.add(id(destination))
            yield destination
