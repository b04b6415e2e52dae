"""Everything the flows of a folder may ever ask of the world, by the names tests have for it.

A test that answers what nobody could ask, or expects what could never happen, has a slip of the
pen in it: ``answers`` and ``directions`` look here and say which name was probably meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ivr.flow.model import Flow, FlowSet, Kind
from ivr.flow.steps.do import DONE, FAILED, Do
from ivr.flow.steps.event import TellEvent
from ivr.flow.steps.http import Http
from ivr.flow.steps.outcomes import OTHERWISE
from ivr.flow.steps.queue import Queue
from ivr.flow.steps.record import RecordCaller
from ivr.flow.steps.run import RunFlow
from ivr.flow.steps.sms import Sms
from ivr.flow.steps.transfer import TransferTo
from ivr.flow.steps.twiml import Twiml
from ivr.flow.steps.voicemail import Voicemail
from ivr.flow.values import Value
from ivr.rehearsal.patterns import ANYTHING, fits, overlap, request_names


@dataclass(frozen=True, slots=True)
class Known:
    """What could be asked."""

    targets: Mapping[str, str]
    """Everybody the flows may transfer to: the number by the name a flow has for it."""
    queues: frozenset[str]
    documents: frozenset[str]
    """Steps that run TwiML."""
    functions: Mapping[str, frozenset[str]]
    """Of each function ``do`` calls the outcomes it may have."""
    requests: tuple[tuple[str, ...], ...]
    """Of each http step every name of its request, ``*`` for what is computed."""
    events: frozenset[str]
    texts: bool
    """Some step sends text messages."""
    records: bool
    """Some step records what the caller says."""

    @classmethod
    def of(cls, flows: FlowSet) -> Known:
        """Look through every step."""
        kinds = list(_kinds(flows))
        found = [kind for _, _, kind in kinds]
        return cls(
            targets=_targets(kinds),
            queues=frozenset(kind.name for kind in found if isinstance(kind, Queue)),
            documents=frozenset(step for _, step, kind in kinds if isinstance(kind, Twiml)),
            functions=_functions(found, flows),
            requests=tuple(
                tuple(dict.fromkeys(_names(kind, flows.settings)))
                for kind in found
                if isinstance(kind, Http)
            ),
            events=frozenset(kind.name for kind in found if isinstance(kind, TellEvent)),
            texts=any(isinstance(kind, Sms) for kind in found),
            records=any(isinstance(kind, Voicemail | RecordCaller) for kind in found),
        )

    @property
    def callees(self) -> frozenset[str]:
        """Everybody the flows may transfer to, by name and by number."""
        return frozenset({*self.targets, *self.targets.values()})

    @property
    def paths(self) -> tuple[str, ...]:
        """One name of each request: its shortest."""
        return tuple(min(names, key=len) for names in self.requests)

    def may_request(self, pattern: str) -> bool:
        """Whether any step could ever ask for this."""
        return any(overlap(pattern, name) for names in self.requests for name in names)


def fits_any(pattern: str, names: Iterable[str]) -> bool:
    """Whether a pattern means one of these names."""
    return any(fits(pattern, name) for name in names)


def runners(flows: FlowSet, id: str) -> set[str]:
    """The flows that run this one, or one of these; none for a flow that is an entry itself."""
    found: set[str] = set()
    waiting = [id] if flows.flows[id].returns else []
    while waiting:
        inner = waiting.pop()
        for each in flows.flows.values():
            actions = (action for step in each.steps.values() for action in step.actions)
            runs = any(isinstance(a.kind, RunFlow) and a.kind.flow == inner for a in actions)
            if runs and each.id not in found:
                found.add(each.id)
                waiting.append(each.id)
    return found


def _kinds(flows: FlowSet) -> Iterator[tuple[Flow, str, Kind]]:
    for flow in flows.flows.values():
        for step in flow.steps.values():
            for action in step.actions:
                if action.kind is not None:
                    yield flow, step.name, action.kind


def _functions(kinds: Iterable[Kind], flows: FlowSet) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for kind in kinds:
        if isinstance(kind, Do):
            spec = flows.functions.get(kind.function)
            declared = spec.outcomes if spec is not None else ()
            named = {DONE, FAILED, *declared, *kind.outcomes} - {OTHERWISE}
            found[kind.function] = found.get(kind.function, frozenset()) | named
    return found


def _targets(kinds: Iterable[tuple[Flow, str, Kind]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for flow, _, kind in kinds:
        if isinstance(kind, TransferTo):
            for target in kind.targets:
                found.setdefault(target, flow.numbers.get(target, target))
    return found


def _names(kind: Http, settings: Mapping[str, Value]) -> Iterator[str]:
    pieces: list[str] = []
    for part in kind.asked.parts:
        if isinstance(part, str):
            pieces.append(part)
            continue
        path = part.expression.names[0].path if len(part.expression.names) == 1 else ()
        setting = settings.get(path[1]) if len(path) == 2 and path[0] == "settings" else None
        pieces.append(setting if isinstance(setting, str) else ANYTHING)
    url = "".join(pieces)[len(kind.method) :].strip()
    return request_names(kind.method, url, settings)
