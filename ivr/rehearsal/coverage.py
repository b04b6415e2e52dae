"""Which steps and outcomes calls have touched, of all there are.

An outcome is one way out of a step as its author reads it: a key of a menu, ``fail``, a status,
what another flow returned, how a transfer came back, each destination of a list under its own
condition. Those that were not written and happen all the same count too: goodbye after the last
try, going on with the next action. Keys of ``anytime`` count once a flow.

:class:`Coverage` watches the machine from inside: its ``handle`` is the machine's own, with a look
at where each call goes. Used by ``ivr test --coverage`` and ``ivr explore``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ivr.flow.machine import Run, Turn
from ivr.flow.messages import Event, Note, Noted
from ivr.flow.model import Action, Branch, Destination, Edge, Flow, FlowSet
from ivr.flow.problems import Problem, Severity, Span
from ivr.flow.state import State, copied
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.do import Do
from ivr.flow.steps.http import Http
from ivr.flow.steps.menu import Menu, key_name
from ivr.flow.steps.question import Miss
from ivr.flow.steps.queue import Queue
from ivr.flow.steps.record import RecordCaller
from ivr.flow.steps.run import RunFlow
from ivr.flow.steps.sms import Sms
from ivr.flow.steps.transfer import TransferTo
from ivr.flow.steps.twiml import Twiml
from ivr.flow.steps.voicemail import Voicemail

Implied = tuple[str, str, int, str]
"""An outcome nobody wrote: flow, step, number of the action, and what happens there: how the call
ends, what an errand came to, or :data:`_ON`."""

_DEFAULTS = frozenset({"gave_up", "transferred", "not_connected"})
"""The ends the machine gives to outcomes without a destination."""
_CALLED = {("do", "goto"): "done", ("sms", "goto"): "done", ("record", "goto"): "done"}
"""What the machine calls the outcome that authors call ``goto``."""
_CAME = "came "
"""Before what an errand came to."""
_ON = "on"
"""Going on with the next action."""
_TRANSFERS = frozenset({"busy", "no_answer", "failed"})
_QUEUES = frozenset({"full", "too_long", "closed", "failed"})


@dataclass(frozen=True, slots=True)
class Way:
    """One outcome of a step."""

    flow: str
    step: str
    """The step, or ``anytime``."""
    label: str
    """Like ``1``, ``fail``, ``busy``; with its target where one label leads to several places."""
    span: Span

    @property
    def name(self) -> str:
        """As people read it: ``clinic/main: fail``."""
        return f"{self.flow}/{self.step}: {self.label}"


class Coverage:
    """The steps and outcomes of a flow set, or of one flow of it, and which were touched."""

    def __init__(self, flows: FlowSet, flow: str | None = None) -> None:
        self.steps: dict[str, Span] = {}
        """Every step by ``flow/step``, with its place."""
        self.ways: dict[int | Implied, Way] = {}
        """Every outcome; written ones by the identity of their branch."""
        self.steps_seen: set[str] = set()
        self.ways_seen: set[int | Implied] = set()
        # The branches are told apart by identity, so the set must live as long as this does.
        self._flows = flows
        for each in flows.flows.values():
            if flow in (None, each.id):
                self.steps.update({f"{each.id}/{s.name}": s.span for s in each.steps.values()})
                for key, way in _ways(each, flows):
                    self.ways.setdefault(key, way)

    def handle(self, flows: FlowSet, state: State, event: Event, now: int, /) -> Turn:
        """What ``ivr.flow.machine.handle`` answers, watched."""
        if state.ended is not None:
            return Turn(state, ())
        own = copied(state)
        own.now = max(now, state.now)
        run = _Watched(flows, own, self.ways_seen.add)
        run.attempt(lambda: run.take(event))
        run.settle()
        for command in run.commands:
            if isinstance(command, Note) and command.what is Noted.STEP:
                self.steps_seen.add(command.detail)
        return Turn(run.state, tuple(run.commands))

    # ------------------------------------------------------------------ what was found

    @property
    def whole(self) -> bool:
        """Whether nothing was left out."""
        return not self.untouched_steps and not self.untouched_ways

    @property
    def untouched_steps(self) -> list[str]:
        """The steps no call has entered, in file order."""
        return [name for name in self.steps if name not in self.steps_seen]

    @property
    def untouched_ways(self) -> list[Way]:
        """The outcomes no call has had, in file order."""
        return [way for key, way in self.ways.items() if key not in self.ways_seen]

    def problems(self) -> list[Problem]:
        """C001: what no call touches, at its place; steps first name their outcomes too."""
        missing = set(self.untouched_steps)
        found = [
            Problem("C001", f"no call comes to the step {name}", self.steps[name])
            for name in self.untouched_steps
        ]
        found += [
            Problem("C001", f"no call has the outcome {way.name}", way.span)
            for way in self.untouched_ways
            if f"{way.flow}/{way.step}" not in missing
        ]
        return sorted((replace(p, severity=Severity.INFO) for p in found), key=Problem.sort_key)

    def as_plain(self) -> dict[str, object]:
        """For programs: every step and outcome, and whether it was touched."""
        return {
            "steps": [
                {"step": name, "place": str(span), "touched": name in self.steps_seen}
                for name, span in self.steps.items()
            ],
            "outcomes": [
                {
                    "step": f"{way.flow}/{way.step}",
                    "outcome": way.label,
                    "place": str(way.span),
                    "touched": key in self.ways_seen,
                }
                for key, way in self.ways.items()
            ],
        }


def summary(coverages: Iterable[Coverage]) -> str:
    """``coverage: steps 12/14 outcomes 27/31``, over all of them."""
    steps = steps_seen = ways = ways_seen = 0
    for coverage in coverages:
        steps += len(coverage.steps)
        ways += len(coverage.ways)
        steps_seen += len(coverage.steps) - len(coverage.untouched_steps)
        ways_seen += len(coverage.ways) - len(coverage.untouched_ways)
    return f"coverage: steps {steps_seen}/{steps} outcomes {ways_seen}/{ways}"


class _Watched(Run):
    """The machine's own run, which also tells each way it takes."""

    __slots__ = ("_back", "_took")

    def __init__(
        self, flows: FlowSet, state: State, took: Callable[[int | Implied], object]
    ) -> None:
        super().__init__(flows, state)
        self._took = took
        self._back = False
        """Another flow has just returned to the action the call stands at."""

    def go(self, destination: Destination) -> bool:
        """Go there, as ever; the branch is chosen here so that it can be told."""
        for branch in destination:
            if branch.condition is None or self.evaluate(branch.condition):
                self._took(id(branch))
                return super().go((_unconditional(branch),))
        return False

    def advance(self, destination: Destination | None = None) -> None:
        """Go on, as ever; without a destination that is an outcome nobody wrote."""
        if destination is None and (self._back or self.state.wait is not None):
            self._implied(_ON)
        self._back = False
        super().advance(destination)

    def come_back(self) -> Action | None:
        """Return to the flow that runs this one, as ever."""
        back = super().come_back()
        self._back = back is not None
        return back

    def note(self, what: Noted, detail: str = "") -> None:
        """Tell the record, as ever; what an errand came to is an outcome."""
        if what is Noted.CAME_BACK:
            self._implied(_CAME + detail)
        super().note(what, detail)

    def _implied(self, what: str) -> None:
        place = self.state.place
        self._took((place.flow, place.step, place.action, what))

    def end(self, outcome: str) -> None:
        """End the call, as ever; some ends stand for an outcome nobody wrote."""
        if outcome in _DEFAULTS:
            self._implied(outcome)
        super().end(outcome)


def _unconditional(branch: Branch) -> Branch:
    return branch if branch.condition is None else replace(branch, condition=None)


def _ways(flow: Flow, flows: FlowSet) -> Iterator[tuple[int | Implied, Way]]:
    """Every outcome of a flow, in file order."""
    for step in flow.steps.values():
        for number, action in enumerate(step.actions):
            edges = list(action.kind.edges()) if action.kind is not None else []
            if action.goto is not None:
                edges.append(Edge("goto", action.goto))
            for edge in edges:
                yield from _branches(flow, step.name, edge)
            for what, label in _implied(action, flows):
                key = (flow.id, step.name, number, what)
                yield key, Way(flow.id, step.name, label, action.span)
    for pressed, destination in flow.anytime.items():
        yield from _branches(flow, "anytime", Edge(key_name(pressed), destination))


def _branches(flow: Flow, step: str, edge: Edge) -> Iterator[tuple[int, Way]]:
    several = len(edge.destination) > 1
    for branch in edge.destination:
        label = f"{edge.label} → {branch.target}" if several else edge.label
        yield id(branch), Way(flow.id, step, label, branch.span)


def _implied(action: Action, flows: FlowSet) -> Iterator[tuple[str, str]]:
    """What happens at an action without being written, and the name of that outcome."""
    kind = action.kind
    match kind:
        case Menu(question=question) | Ask(question=question):
            if not question.fail.keys() >= set(Miss):
                yield "gave_up", "fail"
            if isinstance(kind, Ask) and action.goto is None:
                yield _ON, "goto"
        case TransferTo(outcomes=outcomes):
            yield from _of_leg(outcomes, _TRANSFERS)
        case Queue(outcomes=outcomes):
            yield from _of_leg(outcomes, _QUEUES)
        case Twiml(outcomes=outcomes):
            yield from _of_leg(outcomes, {"failed"})
        case RunFlow(flow=flow, outcomes=outcomes):
            returns = flows.flows[flow].returns if flow in flows.flows else ()
            if "otherwise" not in outcomes and not outcomes.keys() >= {*returns}:
                yield _ON, "goto"
        case Http() | Do() | Sms() | RecordCaller() | Voicemail():
            for came in _of_errand(kind, flows):
                if came not in kind.outcomes and not (came == "goto" and action.goto is not None):
                    yield _CAME + _CALLED.get((kind.kind, came), came), came
        case _:
            pass


def _of_leg(
    outcomes: Mapping[str, Destination], others: Collection[str]
) -> Iterator[tuple[str, str]]:
    if "done" not in outcomes:
        yield "transferred", "done"
    if "otherwise" not in outcomes and not outcomes.keys() >= {*others}:
        yield "not_connected", "otherwise"


def _of_errand(kind: Http | Do | Sms | RecordCaller | Voicemail, flows: FlowSet) -> tuple[str, ...]:
    """Everything an errand can come to, as authors call it."""
    match kind:
        case Http():
            return ("goto", "error")
        case Do(function=function, outcomes=outcomes):
            spec = flows.functions.get(function)
            others = () if "otherwise" in outcomes else (*(spec.outcomes if spec else ()), "failed")
            return ("goto", *others)
        case Sms():
            return ("goto", "failed")
        case RecordCaller():
            return ("goto", "empty")
        case Voicemail():
            return ("done", "empty")
