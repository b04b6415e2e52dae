"""Where sensitive values go: into what is said, sent or written down, and from flow to flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field

from ivr.flow.check.folder import Folder
from ivr.flow.check.reads import Source, Use, sources
from ivr.flow.check.subject import Found, Subject
from ivr.flow.steps.assign import Assign
from ivr.flow.steps.do import Do
from ivr.flow.steps.giving_back import Return
from ivr.flow.steps.run import RunFlow
from ivr.flow.written import Written, templates

_TOLD = {
    Use.SPOKEN: "reads it out",
    Use.WHISPER: "reads it to whoever answers",
    Use.SMS: "sends it in a text message",
    Use.ADDRESS: "puts it into an address, which others write down",
    Use.QUERY: "puts it into an address, which others write down",
    Use.HEADER: "puts it into a header, which others write down",
    Use.EVENT: "tells it to everybody who listens to events",
    Use.TWIML: "writes it into a document for the carrier",
}
"""Where a sensitive value must not go, in words."""
_REVEALED = frozenset({Use.SPOKEN, Use.WHISPER, Use.SMS})
"""Where ``reveal`` and ``last`` let a part of it, or all, be read by people."""
_SECRETS = frozenset({Use.HEADER, Use.BODY, Use.TWIML, Use.ADDRESS, Use.QUERY})
"""Where a secret of the line may be written; of addresses H004 speaks."""


def sensitive_told(subject: Subject) -> Iterator[Found]:
    """A sensitive value is read out, sent or written down.

    It may go into the body of a request, into a function and into the flows that are run, and no
    further. Who stands beside the caller hears what is said, and so does the voice's vendor;
    addresses, headers and events are written down by many. What was computed from a sensitive value
    is sensitive too, in every flow it is given to. Secrets of the line are for headers, bodies
    and ``twiml``.

    Wrong::

        ask: pin
        sensitive: yes
        confirm: I have ${pin | digits}. If that is right, press 1.

    Right: ``${card | last 4}``, or ``${pin | digits | reveal}`` where it is meant.
    """
    tainted = _tainted(subject.folder).get(subject.flow.id, frozenset())
    for source in sources(subject):
        for name in source.expression.names:
            hidden = _hidden(name.path, tainted)
            if name.path[0] == "secrets" and source.use not in _SECRETS:
                message = "secrets are for the headers and bodies of requests, and for twiml"
                yield Found(message, source.span(name), "send it in a header of a request")
            elif hidden is not None and source.use in _TOLD and not _is_meant(source):
                remedy = "write  | last 4,  or  | reveal  if you mean it"
                if source.use not in _REVEALED:
                    remedy = "send it in the body of a request, or not at all"
                message = f"“{hidden}” is sensitive, and this {_TOLD[source.use]}"
                yield Found(message, source.span(name), remedy)


def _hidden(path: tuple[str, ...], tainted: Set[str]) -> str | None:
    """The name by which a sensitive value is read; None if it is not."""
    for name in (path[0], ".".join(path[:2])) if tainted else ():
        if name in tainted:
            return name
    return None


def _is_meant(source: Source) -> bool:
    """Whether people may read so much of it, by the author's word."""
    return source.use in _REVEALED and source.part is not None and source.part.revealed


# --------------------------------------------------------------------------- what is sensitive


@dataclass(slots=True)
class _Spread:
    """Where a sensitive value goes on to, by flow and name: ``("bank", "card")``."""

    to: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)

    def add(self, flow: str, value: Written, to: tuple[str, str]) -> None:
        for template in templates(value):
            for part in template.placeholders:
                if not part.revealed:
                    for read in part.reads:
                        self.to.setdefault((flow, read), []).append(to)


_VALUE = "return value"
"""Stands for what a flow gives back; no variable can have a space in its name."""


def _tainted(folder: Folder) -> Mapping[str, Set[str]]:
    """By flow: the variables and inputs that hold a sensitive entry, or what was made of one."""
    return folder.once(_tainted, lambda: _spread(folder))


def _spread(folder: Folder) -> Mapping[str, Set[str]]:
    begin = [
        (id, ask.variable)
        for id, subject in folder.subjects.items()
        for _, _, ask in subject.asks
        if ask.sensitive
    ]
    if not begin:
        return {}
    spread = _Spread()
    for id, subject in folder.subjects.items():
        _follow(spread, id, subject)
    found: dict[str, set[str]] = {}
    waiting = list(begin)
    while waiting:
        id, name = waiting.pop()
        names = found.setdefault(id, set())
        if name not in names:
            names.add(name)
            waiting += spread.to.get((id, name), ())
    return found


def _follow(spread: _Spread, id: str, subject: Subject) -> None:
    """Every way on for the values of a flow."""
    for _, _, kind in subject.all_of(Assign):
        for name, value in kind.values.items():
            spread.add(id, value, (id, name))
    for _, _, calling in subject.all_of(Do):
        for value in calling.arguments.values():
            if calling.save is not None:
                spread.add(id, value, (id, calling.save))
    for _, _, back in subject.all_of(Return):
        spread.add(id, back.value, (id, _VALUE))
    for _, _, running in subject.all_of(RunFlow):
        for name, value in running.inputs.items():
            spread.add(id, value, (running.flow, f"inputs.{name}"))
        if running.save is not None:
            spread.to.setdefault((running.flow, _VALUE), []).append((id, running.save))
