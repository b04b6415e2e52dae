"""Rules about the kinds of values, and about the caller's number, which may be missing."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.check import functions, ways
from ivr.flow.check.reads import Source, Use, sources
from ivr.flow.check.shapes import kind_at, kind_of_written
from ivr.flow.check.subject import Found, Subject
from ivr.flow.expression import Expression, Kind, mismatches, result_kind
from ivr.flow.expression.tree import Choose, Default, Name, Node, Reach

_CALLER = ("call", "from")
_SAID = frozenset({Use.SPOKEN, Use.WHISPER, Use.SMS})
_WRITTEN = frozenset({Use.ADDRESS, Use.HEADER, Use.QUERY, Use.TWIML})


def kinds_differ(subject: Subject) -> Iterator[Found]:
    """Values that never go together: a text compared with a number.

    What callers key is a text unless ``as:`` says otherwise: ``0042`` keeps its zeros. A comparison
    of a text with a number is always false, so callers never go that way. A map cannot be said, and
    neither a map nor a list can stand in an address. What ``min:`` and ``max:`` compute must be
    what is asked for.

    Wrong::

        ask: age
        …
        if: age > 18

    Right::

        if: number(age) > 18        (or  as: number  beside  ask: age)
    """
    for source in sources(subject):
        if (kind := _unsayable(subject, source)) is not None:
            said = source.expression.source.strip()
            message = f"“{said}” is {kind.value}, and cannot stand in a text"
            remedy = f"name one of its {'fields' if kind is Kind.MAP else 'items'}"
            yield Found(message, source.span(source.expression.names[0]), remedy)
        if isinstance(source.expression.tree, (Name, Reach)):
            continue  # it compares and computes nothing
        offset = _offset(source)
        for each in mismatches(source.expression, lambda path: kind_at(subject, path)):
            span = source.place(each.column + offset, each.end_column + offset)
            yield Found(each.message, span, each.help)
    yield from functions.wrong_kinds(subject)
    for _, action, ask in subject.asks:
        for key, limit in ask.entry.limits.templates:
            kind = kind_of_written(subject, limit)
            # A text may be written as a number or a date, as services send them.
            if kind not in (ask.entry.kind, Kind.TEXT, Kind.ANY):
                message = f"this is {kind.value}, and what is asked for is {ask.entry.kind.value}"
                yield Found(message, subject.page.value(action.span, key))


def caller_unknown(subject: Subject) -> Iterator[Found]:
    """``call.from`` is used where it may be withheld.

    Callers may hide their number, and some lines have none. Then it is nothing, and a text with it
    has a hole. A condition that asks for it, on the text, the step or the way there, is enough.

    Wrong::

        say: We will call you back on ${call.from | phone}.

    Right::

        - en: We will call you back on ${call.from | phone}.
          if: has(call.from)
    """
    speaking = [s for s in sources(subject) if s.step is not None and not s.is_condition]
    if not any(name.path == _CALLER for s in speaking for name in s.expression.names):
        return
    unasked = _reached_unasked(subject)
    for source in speaking:
        if source.step is None or source.step.name not in unasked:
            continue
        if any(_asks_for_caller(condition) for condition in source.conditions):
            continue
        if any(name.path == _CALLER and name.guarded for name in source.expression.names):
            continue
        for name in source.expression.names:
            if name.path == _CALLER:
                message = "call.from is nothing where the caller's number is withheld"
                yield Found(
                    message, source.span(name), "add  if: has(call.from)  or default(call.from, …)"
                )


# --------------------------------------------------------------------------- what is known


def _unsayable(subject: Subject, source: Source) -> Kind | None:
    """What is put into a text and can be no part of one."""
    part = source.part
    if part is None or part.formatters or not source.expression.names:
        return None
    whole = source.expression
    kinds = [
        result_kind(
            Expression(whole.source, each, whole.names), lambda path: kind_at(subject, path)
        )
        for each in _branches(whole.tree)
    ]
    as_text = source.use in _WRITTEN or not source.alone
    if Kind.MAP in kinds and (source.use in _SAID or as_text):
        return Kind.MAP
    return Kind.LIST if Kind.LIST in kinds and as_text and source.use not in _SAID else None


def _branches(tree: Node) -> Iterator[Node]:
    """Everything an expression may come to."""
    match tree:
        case Default(first, second) | Choose(_, first, second):
            yield from _branches(first)
            yield from _branches(second)
        case _:
            yield tree


def _offset(source: Source) -> int:
    """Columns of the tree count from the expression, those of names from the text around it."""
    if source.part is not None and source.expression.names:
        first = source.expression.names[0]
        return max(0, first.column - source.expression.source.find(first.path[0]))
    return 0


def _asks_for_caller(condition: Expression | None) -> bool:
    return condition is not None and any(name.path == _CALLER for name in condition.names)


def _reached_unasked(subject: Subject) -> set[str]:
    """The steps a caller without a number can come to: no condition on the way asked for it."""
    flow, reached = subject.flow, set[str]()
    waiting = [flow.start]
    while waiting:
        step = flow.steps.get(waiting.pop())
        if step is None or step.name in reached:
            continue
        reached.add(step.name)
        for destination in subject.ways_of(step):
            if not any(_asks_for_caller(branch.condition) for branch in destination):
                waiting += [branch.target for branch in destination]
        if step.name in ways.graph(subject).waits:
            waiting += [b.target for way in flow.anytime.values() for b in way]
    return reached
