"""Rules about the kinds of values, and about values that may be missing or must not be heard."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.check import ways
from ivr.flow.check.reads import Source, sources
from ivr.flow.check.subject import Found, Subject
from ivr.flow.expression import Expression, Kind, kind_of, mismatches, result_kind
from ivr.flow.model import Flow
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.assign import Assign
from ivr.flow.text import Template

_CALLER = ("call", "from")
_CALL_KINDS = {
    "from": Kind.TEXT,
    "to": Kind.TEXT,
    "id": Kind.TEXT,
    "language": Kind.TEXT,
    "minutes": Kind.NUMBER,
    "patience": Kind.NUMBER,
    "started": Kind.DATE,
}


def kinds_differ(subject: Subject) -> Iterator[Found]:
    """Values that never go together: a text compared with a number.

    What callers key is a text: ``0042`` keeps its zeros. A comparison of a text with a number is
    always false, so callers never go that way.

    Wrong::

        ask: age
        …
        if: age > 18

    Right::

        if: number(age) > 18
    """
    known = _kinds(subject.flow)

    def kind_of_name(path: tuple[str, ...]) -> Kind:
        match path:
            case ("call", field):
                return _CALL_KINDS.get(field, Kind.ANY)
            case ("hours", _, "open"):
                return Kind.FLAG
            case ("numbers", _):
                return Kind.TEXT
            case (name,):
                return known.get(name, Kind.ANY)
            case _:
                return Kind.ANY

    for source in sources(subject):
        offset = _offset(source)
        for each in mismatches(source.expression, kind_of_name):
            span = source.place(each.column + offset, each.end_column + offset)
            yield Found(each.message, span, each.help)


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


def sensitive_spoken(subject: Subject) -> Iterator[Found]:
    """A sensitive value is read out.

    Whoever stands beside the caller hears it, and so does the voice's vendor. What was computed
    from a sensitive value is sensitive too.

    Wrong::

        ask: pin
        sensitive: yes
        confirm: I have ${pin | digits}. If that is right, press 1.

    Right: ``${card | last 4}``, or ``${pin | digits | reveal}`` where it is meant.
    """
    sensitive = _sensitive(subject.flow)
    if not sensitive:
        return
    for _, action, ask in subject.asks:
        if ask.sensitive and ask.confirms and ask.confirm is None:
            span = subject.page.value(action.span, "confirm")
            message = f"“{ask.variable}” is sensitive, and confirm: yes reads it out"
            yield Found(message, span, "leave confirm: out, or write its text yourself")
    for source in sources(subject):
        if source.says is None or source.says.revealed:
            continue
        for name in source.expression.names:
            if name.path[0] in sensitive:
                message = f"“{name.path[0]}” is sensitive, and this reads it out"
                yield Found(
                    message, source.span(name), "write  | last 4,  or  | reveal  if you mean it"
                )


# --------------------------------------------------------------------------- what is known


def _offset(source: Source) -> int:
    """Columns of the tree count from the expression, those of names from the text around it."""
    if source.conditions and source.expression.names:
        first = source.expression.names[0]
        return max(0, first.column - source.expression.source.find(first.path[0]))
    return 0


def _kinds(flow: Flow) -> dict[str, Kind]:
    """The kind of each variable, where everything that sets it agrees."""
    kinds: dict[str, set[Kind]] = {name: {kind_of(value)} for name, value in flow.vars.items()}
    for step in flow.steps.values():
        for action in step.actions:
            match action.kind:
                case Ask(variable=variable):
                    kinds.setdefault(variable, set()).add(Kind.TEXT)
                case Assign(values=values):
                    for name, value in values.items():
                        kinds.setdefault(name, set()).add(_assigned(value))
    return {name: found.pop() if len(found) == 1 else Kind.ANY for name, found in kinds.items()}


def _assigned(value: object) -> Kind:
    if not isinstance(value, Template):
        return kind_of(value)  # type: ignore[arg-type]
    if len(value.parts) > 1 or not value.placeholders:
        return Kind.TEXT
    part = value.placeholders[0]
    if part.formatters:
        return Kind.TEXT
    return result_kind(part.expression, lambda path: Kind.ANY)


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


def _sensitive(flow: Flow) -> set[str]:
    """The variables that hold a sensitive entry, or were computed from one."""
    tainted = {
        action.kind.variable
        for step in flow.steps.values()
        for action in step.actions
        if isinstance(action.kind, Ask) and action.kind.sensitive
    }
    reads: dict[str, list[str]] = {}
    for step in flow.steps.values():
        for action in step.actions:
            if isinstance(action.kind, Assign):
                for name, value in action.kind.values.items():
                    for part in value.placeholders if isinstance(value, Template) else ():
                        if not part.revealed:
                            for read in part.reads:
                                reads.setdefault(read, []).append(name)
    waiting = list(tainted)
    while waiting:
        for name in reads.get(waiting.pop(), ()):
            if name not in tainted:
                tainted.add(name)
                waiting.append(name)
    return tainted
