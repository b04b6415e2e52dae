"""What rules have to say of ``do``: the functions it calls, and what they are given.

Only where functions are known: a folder that is checked without them is not judged by them.
"""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.check.shapes import kind_of_written
from ivr.flow.check.subject import Found, Subject
from ivr.flow.expression import Kind
from ivr.flow.model import Action
from ivr.flow.near import did_you_mean
from ivr.flow.steps.do import Do
from ivr.flow.values import moment_in, number_in
from ivr.flow.world import FunctionSpec, Parameter
from ivr.flow.written import Plain, Written

_FIT = {
    "text": {Kind.TEXT, Kind.NUMBER, Kind.DATE, Kind.TIME},
    "whole number": {Kind.NUMBER, Kind.TEXT},
    "number": {Kind.NUMBER, Kind.TEXT},
    "yes or no": {Kind.FLAG, Kind.TEXT},
    "date": {Kind.DATE, Kind.TEXT},
    "date and time": {Kind.DATE, Kind.TEXT},
    "time of day": {Kind.TIME, Kind.TEXT},
    "list": {Kind.LIST},
    "map": {Kind.MAP},
}
"""Which kinds of values a parameter takes; a text may be written as a number or a date."""


def unknown(subject: Subject) -> Iterator[Found]:
    """A function that nobody registered. (F001)"""
    known = subject.flows.functions
    for _, action, kind in subject.all_of(Do) if known else ():
        if kind.function not in known:
            span = subject.page.value(action.span, "do")
            message = f"there is no function called “{kind.function}”"
            yield Found(message, span, did_you_mean(kind.function, known))


def unknown_inputs(subject: Subject) -> Iterator[Found]:
    """A name under ``with:`` that the function does not take. (S001)"""
    for action, kind, spec in _calls(subject):
        names = [each.name for each in spec.parameters]
        for name in kind.arguments:
            if name not in names:
                message = f"{spec.name} has no parameter “{name}”"
                remedy = did_you_mean(name, names) or "leave it out"
                yield Found(message, subject.page.key(action.span, "with", name), remedy)


def not_given(subject: Subject) -> Iterator[Found]:
    """A parameter that has to be given and is not. (X002)"""
    for action, kind, spec in _calls(subject):
        for each in spec.parameters:
            if each.required and each.name not in kind.arguments:
                message = f"{spec.name} wants “{each.name}”, {_a(each.kind)}, and is not given it"
                span = subject.page.value(action.span, "do")
                yield Found(message, span, f"add  with: {{{each.name}: …}}")


def wrong_kinds(subject: Subject) -> Iterator[Found]:
    """A value that the parameter does not take. (X005)"""
    for action, kind, spec in _calls(subject):
        for each in spec.parameters:
            given = kind.arguments.get(each.name)
            wrong = _wrong(subject, each, given) if given is not None else None
            if wrong is not None:
                message = f"“{each.name}” of {spec.name} takes {_a(each.kind)}, and this is {wrong}"
                yield Found(message, subject.page.value(action.span, "with", each.name))


def _calls(subject: Subject) -> Iterator[tuple[Action, Do, FunctionSpec]]:
    for _, action, kind in subject.all_of(Do):
        spec = subject.flows.functions.get(kind.function)
        if spec is not None:
            yield action, kind, spec


def _wrong(subject: Subject, parameter: Parameter, given: Written) -> str | None:
    """What a value is, where the parameter does not take it."""
    fitting = _FIT.get(parameter.kind)
    if given == Plain(None):
        return None if parameter.nullable else "nothing"
    kind = kind_of_written(subject, given)
    if fitting is None or kind is Kind.ANY:
        return None
    written = given.value if isinstance(given, Plain) else None
    fits = kind in fitting and (not isinstance(written, str) or _reads(parameter.kind, written))
    return None if fits else str(kind.value)


def _reads(wanted: str, text: str) -> bool:
    """Whether a text that was written down can be read as what is wanted."""
    match wanted:
        case "number" | "whole number":
            return number_in(text) is not None
        case "yes or no":
            return text in ("true", "false")
        case "date" | "date and time" | "time of day":
            return moment_in(text) is not None
        case _:
            return True


def _a(kind: str) -> str:
    return kind if kind == "yes or no" else f"a {kind}"
