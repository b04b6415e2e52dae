"""What values look like before any call: from examples, first values and what is computed of them.

A variable may come from several places: every way it may come about is a :data:`Form`. What is not
known stays unknown and is never judged. Followed through ``set``, into the flows that are run
(``inputs``) and out of them (``value``, ``save``). Used by the rules about fields and kinds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time

from ivr.flow.check import ways
from ivr.flow.check.subject import Subject
from ivr.flow.expression import Expression, Kind, kind_of, result_kind
from ivr.flow.expression.tree import Choose, Constant, Default, Name, Node, Reach
from ivr.flow.hours import OPENING_FIELDS
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.assign import Assign
from ivr.flow.steps.do import Do
from ivr.flow.steps.giving_back import Return
from ivr.flow.steps.http import Http
from ivr.flow.steps.menu import Menu
from ivr.flow.steps.record import RecordCaller
from ivr.flow.steps.run import RunFlow
from ivr.flow.text import Template
from ivr.flow.values import Value
from ivr.flow.written import ListOf, MapOf, Plain, Written

WAYS_MAX = 20
"""In which a variable may come about; of one with more nothing is known."""
DEEP_MAX = 12
"""How many variables a value is followed through."""
_RECORDING: Mapping[str, Value] = {"id": "", "seconds": 0}
_OF_KIND: Mapping[Kind, Value] = {
    Kind.FLAG: False,
    Kind.NUMBER: 0,
    Kind.TEXT: "",
    Kind.DATE: date(2000, 1, 1),
    Kind.TIME: time(),
    Kind.LIST: [],
    Kind.MAP: {},
}
_CALL: Mapping[str, Value] = {
    "from": "",
    "to": "",
    "id": "",
    "language": "",
    "minutes": 0,
    "patience": 0,
    "started": date(2000, 1, 1),
}


@dataclass(frozen=True, slots=True)
class Computed:
    """A list or a map that is put together in a flow."""

    subject: Subject
    written: ListOf | MapOf


Form = Value | Computed
"""One way a value may come about: an example of it, or the way it is computed."""
Forms = tuple[Form, ...] | None
"""All of them; None: nobody knows."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A field that a value does not have."""

    place: int
    """Which step of the way."""
    field: str
    what: str
    """Of the value: “a text”."""
    known: tuple[str, ...]


Steps = tuple[str | Node, ...]
"""The fields and items behind a name; a node is what stood in brackets."""


def kind_at(subject: Subject, path: tuple[str, ...], deep: int = 0) -> Kind:
    """The kind of a name with its fields, where all that is known of it agrees."""
    forms = _forms(subject, path[0], path[1:], deep)
    if isinstance(forms, Missing) or not forms:
        return Kind.ANY
    kinds = {_kind(form) for form in forms}
    return kinds.pop() if len(kinds) == 1 else Kind.ANY


def kind_of_written(subject: Subject, written: Written) -> Kind:
    """The kind of a value as it is written."""
    forms = _of_written(subject, written, 0)
    kinds = {_kind(form) for form in forms or ()}
    return kinds.pop() if len(kinds) == 1 else Kind.ANY


# --------------------------------------------------------------------------- what is known


def missing(subject: Subject, name: str, steps: Steps) -> Missing | None:
    """The first field on the way that is not there; None if all are, or nobody knows."""
    if not steps or name in ("call", "numbers", "secrets", "texts"):
        return None
    if name == "inputs" and len(steps) == 1:
        return None
    if name == "hours" and len(steps) == 2 and isinstance(field := steps[1], str):
        known = field in OPENING_FIELDS
        return None if known else Missing(1, field, Kind.MAP.value, tuple(OPENING_FIELDS))
    found = _forms(subject, name, steps, 0)
    return found if isinstance(found, Missing) else None


def _forms(subject: Subject, name: str, steps: Steps, deep: int) -> Forms | Missing:
    """Every way in which what a name leads to may come about."""
    begin = 0
    forms: Forms
    match name, steps:
        case "call", (str(field),):
            return (_CALL[field],) if field in _CALL else None
        case "hours", (_,):
            return ({},)
        case "hours", (_, "open"):
            return (False,)
        case "numbers", (_,):
            return ("",)
        case "settings", (str(field), *_):
            known = subject.flows.settings.get(field)
            forms, begin = ((known,) if known is not None else None), 1
        case "inputs", (str(field), *_):
            forms, begin = _input(subject, field, deep), 1
        case (("call" | "hours" | "numbers" | "settings" | "inputs" | "secrets" | "texts"), _):
            return None
        case _:
            forms = _variable(subject, name, deep)
    for place in range(begin, len(steps)):
        if not forms:
            return None
        further = _step(forms, steps[place], deep)
        if isinstance(further, Missing):
            return Missing(place, further.field, further.what, further.known)
        forms = further
    return forms


def _step(forms: tuple[Form, ...], step: str | Node, deep: int) -> Forms | Missing:
    """What a field or an item of these is."""
    key = step if isinstance(step, str) else step.constant if isinstance(step, Constant) else None
    found: list[Form] = []
    for form in forms:
        inner = _inside(form, key, deep)
        if inner is None:
            return None
        found += inner
    if found:
        return tuple(found[:WAYS_MAX])
    if not isinstance(key, str):
        return None
    what = {_kind(form) for form in forms}
    known = {name for form in forms for name in _field_names(form)}
    return Missing(0, key, what.pop().value if len(what) == 1 else "a value", tuple(sorted(known)))


def _inside(form: Form, key: Value, deep: int) -> Forms:
    """What one form has there; nothing where it has no such field, None where nobody knows."""
    match form:
        case Computed(subject, ListOf(items)):
            if isinstance(key, str):
                return ()
            every = [_of_written(subject, item, deep + 1) for item in items[:WAYS_MAX]]
            known = [each for each in every if each is not None]
            return (
                tuple(one for each in known for one in each) if len(known) == len(every) else None
            )
        case Computed(subject, MapOf(values)):
            if not isinstance(key, str):
                return None
            return _of_written(subject, values[key], deep + 1) if key in values else ()
        case Mapping():
            if not isinstance(key, str):
                return None
            return () if key not in form else None if form[key] is None else (form[key],)
        case list():
            if isinstance(key, str):
                return ()
            return (form[0],) if form and form[0] is not None else None
        case _:
            return () if isinstance(key, str) else None


def _field_names(form: Form) -> Iterator[str]:
    match form:
        case Computed(_, MapOf(values)):
            yield from values
        case Mapping():
            yield from form


def _kind(form: Form) -> Kind:
    match form:
        case Computed(_, ListOf()):
            return Kind.LIST
        case Computed():
            return Kind.MAP
        case _:
            return kind_of(form)


# --------------------------------------------------------------------------- where it comes from

Giver = Written | RunFlow | None
"""What a variable is given by: a value as written, another flow, or something unknown."""


def _givers(subject: Subject) -> Mapping[str, list[Giver]]:
    """By variable: everything that sets it."""

    def make() -> Mapping[str, list[Giver]]:
        found: dict[str, list[Giver]] = {
            name: [Plain(value)] for name, value in subject.flow.vars.items()
        }
        for _, action in subject.actions:
            for name, giver in _given_by(action.kind):
                found.setdefault(name, []).append(giver)
        return found

    return subject.once(_givers, make)


def _given_by(kind: object) -> Iterator[tuple[str, Giver]]:
    match kind:
        case Ask(variable=variable, entry=entry):
            known = entry.kind in _OF_KIND
            yield variable, Plain(_OF_KIND[entry.kind]) if known else None
        case Assign(values=values):
            yield from values.items()
        case Http(save=str(save), example=example):
            yield save, Plain(example) if example is not None else None
        case Do(save=str(save), example=example):
            yield save, Plain(example) if example is not None else None
        case RecordCaller(variable=variable):
            yield variable, Plain(_RECORDING)
        case Menu(save=str(save)):
            yield save, Plain("")
        case RunFlow(save=str(save)):
            yield save, kind


def _variable(subject: Subject, name: str, deep: int) -> Forms:
    """Every way in which a variable may come about."""
    known: dict[str, Forms] = subject.once(_variable, dict)
    if name not in known:
        # Who asks for it again meanwhile is told that nobody knows.
        known[name] = None
        known[name] = _given(subject, _givers(subject).get(name, []), deep)
    return known[name]


def _given(subject: Subject, givers: list[Giver], deep: int) -> Forms:
    found: list[Form] = []
    if not givers or len(givers) > WAYS_MAX or deep > DEEP_MAX:
        return None
    for giver in givers:
        if isinstance(giver, RunFlow):
            forms = _returned(subject, giver, deep)
        else:
            forms = _of_written(subject, giver, deep + 1) if giver is not None else None
        if forms is None:
            return None
        found += forms
    return tuple(found) if len(found) <= WAYS_MAX else None


def _returned(subject: Subject, kind: RunFlow, deep: int) -> Forms:
    """What a flow that is run may give back."""
    folder = subject.folder
    if folder.readable(kind.flow) is None:
        return None
    other = folder.subjects[kind.flow]
    reached = ways.reachable(other)
    values: list[Giver] = [
        back.value for step, _, back in other.all_of(Return) if step.name in reached
    ]
    return _given(other, values, deep + 1)


def _input(subject: Subject, name: str, deep: int) -> Forms:
    """What a flow may be given under a name."""
    found: list[Form] = []
    runners = subject.folder.runners.get(subject.flow.id, ())
    if not runners or len(runners) > WAYS_MAX or deep > DEEP_MAX:
        return None
    for each in runners:
        given = each.kind.inputs.get(name)
        forms = _of_written(each.subject, given, deep + 1) if given is not None else ()
        if forms is None:
            return None
        found += forms
    return tuple(found) if len(found) <= WAYS_MAX else None


def _of_written(subject: Subject, written: Written, deep: int) -> Forms:
    match written:
        case Plain(value):
            return (value,) if value is not None else ()
        case Template():
            if len(written.parts) > 1 or not written.placeholders:
                return ("",)
            part = written.placeholders[0]
            if part.formatters:
                return ("",)
            return _of_node(subject, part.expression, part.expression.tree, deep)
        case _:
            return (Computed(subject, written),)


def _of_node(subject: Subject, whole: Expression, node: Node, deep: int) -> Forms:
    if deep > DEEP_MAX:
        return None
    match node:
        case Constant(value):
            return (value,) if value is not None else ()
        case Name(name):
            return _known(_forms(subject, name, (), deep + 1))
        case Reach(Name(name), steps):
            return _known(_forms(subject, name, steps, deep + 1))
        case Default(first, second) | Choose(_, first, second):
            one = _of_node(subject, whole, first, deep + 1)
            other = _of_node(subject, whole, second, deep + 1)
            return (*one, *other) if one is not None and other is not None else None
        case _:
            kind = result_kind(
                Expression(whole.source, node, whole.names),
                lambda path: kind_at(subject, path, deep + 1),
            )
            return (_OF_KIND[kind],) if kind in _OF_KIND else None


def _known(forms: Forms | Missing) -> Forms:
    return None if isinstance(forms, Missing) else forms
