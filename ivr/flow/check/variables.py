"""Rules about what expressions and texts read."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.check import functions, runs
from ivr.flow.check.assigned import maybe_unset, variables
from ivr.flow.check.reads import sources
from ivr.flow.check.subject import Found, Subject
from ivr.flow.near import did_you_mean
from ivr.flow.reader import SCOPES
from ivr.flow.scope import CALL_FIELDS


def never_set(subject: Subject) -> Iterator[Found]:
    """A name nothing in the flow ever sets, or nothing on the way to where it is read.

    Variables come from ``vars``, ``ask``, ``set`` and ``save``; beside them a flow reads
    ``call.*``, ``hours.*``, ``settings.*``, ``numbers.*`` and, where it is run by another one,
    the ``inputs`` it declares; of that flow's variables it sees nothing. A name that is none of
    these would be nothing at run time: a condition on it is false, and a text is read with a hole.
    A text may read a variable that some callers have not set only under a condition, with
    ``default(…)`` or a first value. Told as well where an input or a function's parameter that is
    wanted is not given.

    Wrong::

        say: Thank you, ${frist_name}.

    Right::

        vars: {first_name: ""}
        …
        say: Thank you, ${first_name}.
    """
    known = variables(subject.flow)
    unset = maybe_unset(subject, known)
    for source in sources(subject):
        for name in source.expression.names:
            unknown = _unknown(subject, known, name.path)
            if unknown is not None:
                message, remedy = unknown
                yield Found(message, source.span(name), remedy)
                continue
            first = name.path[0]
            if source.step is None or not source.makes_a_hole or source.after or name.guarded:
                continue
            guarded = any(c and any(n.path[0] == first for n in c.names) for c in source.conditions)
            if unset.may_be(source.action, first) and not guarded:
                message = f"“{first}” may not be set when a caller comes here"
                remedy = f"give it a first value in vars:, or write default({first}, '')"
                yield Found(message, source.span(name), remedy)
    yield from runs.not_given(subject)
    yield from functions.not_given(subject)


def _unknown(subject: Subject, known: set[str], path: tuple[str, ...]) -> tuple[str, str] | None:
    """What is wrong with a name: the sentence, and what may have been meant."""
    flow = subject.flow
    first, *fields = path
    if first not in known and first not in SCOPES:
        message = f"nothing sets “{first}”"
        for each in subject.folder.runners.get(flow.id, ()):
            if first in variables(each.subject.flow):
                outer = each.subject.flow.id
                message = f"“{first}” belongs to {outer}, and a flow sees only what it is given"
                remedy = f"give it with the run step: with: {{{first}: ${{{first}}}}}, and read "
                return message, f"{remedy}inputs.{first}"
        return message, did_you_mean(first, known | SCOPES)
    if not fields:
        return None
    field = fields[0]
    match first:
        case "call" if field not in CALL_FIELDS:
            return f"a call has no “{field}”", did_you_mean(field, CALL_FIELDS)
        case "hours" if field not in flow.hours:
            message = f"there are no opening hours called “{field}”"
            return message, did_you_mean(field, flow.hours)
        case "numbers" if field not in flow.numbers:
            return f"there is no number called “{field}”", did_you_mean(field, flow.numbers)
        case "inputs" if field not in flow.inputs:
            remedy = did_you_mean(field, flow.inputs) or f"add  inputs: [{field}]"
            return f"“{field}” is not among the inputs of this flow", remedy
        case _:
            return None
