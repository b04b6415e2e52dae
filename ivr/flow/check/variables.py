"""Rules about what expressions and texts read."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.check.assigned import maybe_unset
from ivr.flow.check.reads import sources
from ivr.flow.check.subject import Found, Subject
from ivr.flow.model import Flow
from ivr.flow.reader import SCOPES, did_you_mean
from ivr.flow.scope import CALL_FIELDS
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.assign import Assign


def never_set(subject: Subject) -> Iterator[Found]:
    """A name nothing in the flow ever sets, or nothing on the way to where it is read.

    Variables come from ``vars``, ``ask`` and ``set``; beside them a flow reads ``call.*``,
    ``hours.*``, ``settings.*`` and ``numbers.*``. A name that is none of these would be nothing at
    run time: a condition on it is false, and a text is read with a hole. A text may read a variable
    that some callers have not set only under a condition, with ``default(…)`` or a first value.

    Wrong::

        say: Thank you, ${frist_name}.

    Right::

        vars: {first_name: ""}
        …
        say: Thank you, ${first_name}.
    """
    known = variables(subject.flow)
    unset = maybe_unset(subject.flow, known)
    for source in sources(subject):
        for name in source.expression.names:
            unknown = _unknown(subject.flow, known, name.path)
            if unknown is not None:
                message, word, names = unknown
                yield Found(message, source.span(name), did_you_mean(word, names))
                continue
            first = name.path[0]
            if source.step is None or source.is_condition or source.after or name.guarded:
                continue
            guarded = any(c and any(n.path[0] == first for n in c.names) for c in source.conditions)
            if first in unset.get(id(source.action), ()) and not guarded:
                message = f"“{first}” may not be set when a caller comes here"
                remedy = f"give it a first value in vars:, or write default({first}, '')"
                yield Found(message, source.span(name), remedy)


def variables(flow: Flow) -> set[str]:
    """Every variable that is set somewhere in a flow."""
    known = set(flow.vars)
    for step in flow.steps.values():
        for action in step.actions:
            match action.kind:
                case Ask(variable=variable):
                    known.add(variable)
                case Assign(values=values):
                    known |= values.keys()
    return known


def _unknown(
    flow: Flow, known: set[str], path: tuple[str, ...]
) -> tuple[str, str, set[str]] | None:
    """What is wrong with a name: the sentence, the word, and what it may have been meant for."""
    first, *fields = path
    if first not in known and first not in SCOPES:
        return f"nothing sets “{first}”", first, known | SCOPES
    if not fields:
        return None
    field = fields[0]
    if first == "call" and field not in CALL_FIELDS:
        return f"a call has no “{field}”", field, set(CALL_FIELDS)
    if first == "hours" and field not in flow.hours:
        return f"there are no opening hours called “{field}”", field, set(flow.hours)
    if first == "numbers" and field not in flow.numbers:
        return f"there is no number called “{field}”", field, set(flow.numbers)
    return None
