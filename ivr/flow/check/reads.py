"""Every name a flow reads, with its step and its exact place: what the rules about values go by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from ivr.flow.check.subject import Role, Subject
from ivr.flow.expression import Expression, Reference
from ivr.flow.model import Action, Destination, Item, Kind, SayItem, Step
from ivr.flow.problems import Span
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.assign import Assign
from ivr.flow.steps.do import Do
from ivr.flow.steps.event import TellEvent
from ivr.flow.steps.giving_back import Return
from ivr.flow.steps.http import Http
from ivr.flow.steps.run import RunFlow
from ivr.flow.steps.sms import Sms
from ivr.flow.steps.twiml import Twiml
from ivr.flow.text import Placeholder, Template
from ivr.flow.written import Written, templates

Place = Callable[[int, int], Span]
"""From columns of an expression's source to a place in the file."""


class Use(Enum):
    """What becomes of a value that is read; the text is how a finding speaks of it."""

    CONDITION = "a condition"
    SPOKEN = "what callers hear"
    WHISPER = "what the other side hears"
    VALUE = "a value"
    BODY = "the body of a request"
    HEADER = "a header"
    ADDRESS = "an address"
    QUERY = "the query of an address"
    EVENT = "an event"
    SMS = "a text message"
    TWIML = "a document for the carrier"
    LIMIT = "a limit of an entry"


@dataclass(frozen=True, slots=True)
class Source:
    """An expression of the flow, in a text, a condition or a value."""

    step: Step | None
    """None: it belongs to the anytime keys."""
    action: Action | None
    expression: Expression
    place: Place
    use: Use
    part: Placeholder | None = None
    """The placeholder it stands in, unless it is a condition."""
    conditions: tuple[Expression | None, ...] = ()
    """Under which it is read."""
    after: bool = False
    """It is read after what the step asked for has been keyed."""
    alone: bool = False
    """It is all of its text, so that null stays null and leaves no hole."""

    def span(self, name: Reference) -> Span:
        """Where one of its names stands."""
        return self.place(name.column, name.end_column)

    @property
    def is_condition(self) -> bool:
        """Whether it decides something, so that null is just false."""
        return self.use is Use.CONDITION

    @property
    def makes_a_hole(self) -> bool:
        """Whether a text has a hole, or something cannot be done, where it is null."""
        return self.use not in (Use.CONDITION, Use.LIMIT) and not (self.alone and self.use in _DATA)


_DATA = frozenset({Use.VALUE, Use.BODY, Use.QUERY, Use.EVENT})


def sources(subject: Subject) -> tuple[Source, ...]:
    """Every expression of a flow, in file order."""
    return subject.once(sources, lambda: tuple(_sources(subject)))


def _sources(subject: Subject) -> Iterator[Source]:
    for step, action in subject.actions:
        yield from _of_action(subject, step, action)
    flow = subject.flow
    for destination in (*flow.anytime.values(), flow.on_hangup, flow.on_error, flow.operator):
        if destination is not None:
            yield from _of_destination(subject, None, None, destination)


def _of_action(subject: Subject, step: Step, action: Action) -> Iterator[Source]:
    kind = action.kind
    if action.condition is not None:
        yield _condition(subject, step, action, action.condition, action.span)
    for each in subject.spoken_by(action):
        after = isinstance(kind, Ask) and each.prompt is kind.confirm
        use = _HEARD.get(each.role, Use.SPOKEN)
        for item in each.prompt.items:
            yield from _of_item(subject, step, action, item, use, after)
    if kind is not None and (written := _WRITTEN.get(type(kind))) is not None:
        for use, path, value in written(kind):
            for template in templates(value):
                for part in template.placeholders:
                    yield _value(subject, step, action, part, template, use, path)
    if isinstance(kind, Ask) and kind.check is not None:
        yield _condition(subject, step, action, kind.check, action.span, after=True)
    seen: set[int] = set()
    for destination in subject.ways(action):
        judged = len(destination) > 1 or destination[0].condition is not None
        if judged and id(destination) not in seen:
            seen.add(id(destination))
            yield from _of_destination(subject, step, action, destination)


def _of_item(
    subject: Subject, step: Step, action: Action, item: Item, use: Use, after: bool
) -> Iterator[Source]:
    if item.condition is not None:
        yield _condition(subject, step, action, item.condition, item.span, after=after)
    if not isinstance(item, SayItem):
        return
    for code, template in item.texts.items():
        if template.literal:
            continue
        place, conditions = _in_text(subject, item, code), (item.condition, action.condition)
        for part in template.placeholders:
            yield Source(step, action, part.expression, place, use, part, conditions, after)


def _in_text(subject: Subject, item: SayItem, code: str) -> Place:
    return lambda start, end: subject.page.words(item, code, start, end)


def _value(
    subject: Subject,
    step: Step,
    action: Action,
    part: Placeholder,
    value: Template,
    use: Use,
    path: tuple[str, ...],
) -> Source:
    def place(start: int, end: int) -> Span:
        at = subject.page.value(action.span, *path)
        return subject.page.in_value(at, value, start, end)

    conditions = (action.condition,)
    alone = len(value.parts) == 1
    return Source(step, action, part.expression, place, use, part, conditions, alone=alone)


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

    return Source(step, action, condition, place, Use.CONDITION, after=after)


def _of_destination(
    subject: Subject, step: Step | None, action: Action | None, destination: Destination
) -> Iterator[Source]:
    for branch in destination:
        if branch.condition is not None:
            yield _condition(subject, step, action, branch.condition, branch.span)


# --------------------------------------------------------------------------- values of the kinds

_HEARD = {Role.WHISPER: Use.WHISPER, Role.SMS: Use.SMS}
Values = Iterator[tuple[Use, tuple[str, ...], Written]]
"""What becomes of a value, the keys under which it stands, and the value."""


def _of_http(kind: Http) -> Values:
    yield Use.ADDRESS, ("http",), kind.asked
    for name, text in kind.headers.items():
        yield Use.HEADER, ("headers", name), text
    for name, value in kind.query.items():
        yield Use.QUERY, ("query", name), value
    if kind.body is not None:
        yield Use.BODY, ("body",), kind.body


def _of_ask(kind: Ask) -> Values:
    for key, limit in kind.entry.limits.templates:
        yield Use.LIMIT, (key,), limit


def _under(key: str, use: Use, values: Mapping[str, Written]) -> Values:
    for name, value in values.items():
        yield use, (key, name), value


_WRITTEN: Mapping[type[Kind], Callable[..., Values]] = {
    Ask: _of_ask,
    Assign: lambda kind: _under("set", Use.VALUE, kind.values),
    Do: lambda kind: _under("with", Use.VALUE, kind.arguments),
    Http: _of_http,
    Return: lambda kind: iter([(Use.VALUE, ("value",), kind.value)]),
    RunFlow: lambda kind: _under("with", Use.VALUE, kind.inputs),
    Sms: lambda kind: iter([(Use.SMS, ("sms",), kind.to)]),
    TellEvent: lambda kind: _under("with", Use.EVENT, kind.data),
    Twiml: lambda kind: iter([(Use.TWIML, ("twiml",), kind.document)]),
}
