"""Every name a flow reads, with its step and its exact place: what the rules about values go by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ivr.flow.check.subject import Subject
from ivr.flow.expression import Expression, Reference
from ivr.flow.model import Action, Destination, Item, SayItem, Step
from ivr.flow.problems import Span
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.assign import Assign
from ivr.flow.text import Placeholder, Template

Place = Callable[[int, int], Span]
"""From columns of an expression's source to a place in the file."""


@dataclass(frozen=True, slots=True)
class Source:
    """An expression of the flow, in a text, a condition or a value."""

    step: Step | None
    """None: it belongs to the anytime keys."""
    action: Action | None
    expression: Expression
    place: Place
    says: Placeholder | None = None
    """The placeholder, where callers hear the value."""
    conditions: tuple[Expression | None, ...] = ()
    """Under which it is read."""
    after: bool = False
    """It is read after what the step asked for has been keyed."""

    def span(self, name: Reference) -> Span:
        """Where one of its names stands."""
        return self.place(name.column, name.end_column)

    @property
    def is_condition(self) -> bool:
        """Whether it decides something, so that null is just false."""
        return not self.conditions


def sources(subject: Subject) -> tuple[Source, ...]:
    """Every expression of a flow, in file order."""
    return subject.once(sources, lambda: tuple(_sources(subject)))


def _sources(subject: Subject) -> Iterator[Source]:
    for step, action in subject.actions:
        yield from _of_action(subject, step, action)
    for destination in subject.flow.anytime.values():
        yield from _of_destination(subject, None, None, destination)


def _of_action(subject: Subject, step: Step, action: Action) -> Iterator[Source]:
    kind = action.kind
    if action.condition is not None:
        yield _condition(subject, step, action, action.condition, action.span)
    for each in subject.spoken_by(action):
        after = isinstance(kind, Ask) and each.prompt is kind.confirm
        for item in each.prompt.items:
            yield from _of_item(subject, step, action, item, after)
    if isinstance(kind, Ask) and kind.check is not None:
        yield _condition(subject, step, action, kind.check, action.span, after=True)
    if isinstance(kind, Assign):
        for name, value in kind.values.items():
            if isinstance(value, Template):
                for part in value.placeholders:
                    yield _value(subject, step, action, part, value, name)
    seen: set[int] = set()
    for destination in subject.ways(action):
        judged = len(destination) > 1 or destination[0].condition is not None
        if judged and id(destination) not in seen:
            seen.add(id(destination))
            yield from _of_destination(subject, step, action, destination)


def _of_item(
    subject: Subject, step: Step, action: Action, item: Item, after: bool
) -> Iterator[Source]:
    if item.condition is not None:
        yield _condition(subject, step, action, item.condition, item.span, after=after)
    if not isinstance(item, SayItem):
        return
    for code, template in item.texts.items():
        place = _in_text(subject, item, code)
        for part in template.placeholders:
            conditions = (item.condition, action.condition)
            yield Source(step, action, part.expression, place, part, conditions, after)


def _in_text(subject: Subject, item: SayItem, code: str) -> Place:
    return lambda start, end: subject.page.words(item, code, start, end)


def _value(
    subject: Subject, step: Step, action: Action, part: Placeholder, value: Template, name: str
) -> Source:
    def place(start: int, end: int) -> Span:
        at = subject.page.value(action.span, "set", name)
        return subject.page.in_value(at, value, start, end)

    return Source(step, action, part.expression, place, None, (action.condition, None))


def _condition(
    subject: Subject,
    step: Step | None,
    action: Action | None,
    condition: Expression,
    near: Span,
    *,
    after: bool = False,
) -> Source:
    def place(start: int, end: int) -> Span:
        return subject.page.in_expression(near, condition, start, end)

    return Source(step, action, condition, place, after=after)


def _of_destination(
    subject: Subject, step: Step | None, action: Action | None, destination: Destination
) -> Iterator[Source]:
    for branch in destination:
        if branch.condition is not None:
            yield _condition(subject, step, action, branch.condition, branch.span)
