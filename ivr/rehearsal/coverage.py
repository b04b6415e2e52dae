"""Which steps and outcomes calls have touched, of all there are.

An outcome is one way out of a step as its author reads it: a key of a menu, ``fail``, how a
transfer came back, each destination of a list under its own condition; also those that were not
written and happen all the same (goodbye after the last try). Keys of ``anytime`` count once a flow.

:class:`Coverage` watches the machine from inside: its ``handle`` is the machine's own, with a look
at where each call goes. Used by ``ivr test --coverage`` and ``ivr explore``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from operator import attrgetter

from ivr.flow.machine import Run, Turn
from ivr.flow.messages import Event, LegOutcome, Note, Noted
from ivr.flow.model import Action, Branch, Destination, Edge, Flow, FlowSet
from ivr.flow.problems import Problem, Severity, Span
from ivr.flow.state import State
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.menu import Menu, key_name
from ivr.flow.steps.question import Miss
from ivr.flow.steps.transfer import TransferTo

Implied = tuple[str, str, int, str]
"""An outcome nobody wrote: flow, step, number of the action, how the call would end there."""

_DEFAULTS = {"gave_up": "fail", "transferred": "done", "not_connected": "otherwise"}
"""The ends the machine gives to outcomes without a destination, and the names of these."""
_FIELDS_OF = attrgetter(*(each.name for each in fields(State)))
_REST = frozenset(outcome.value for outcome in LegOutcome if outcome is not LegOutcome.DONE)


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
                for key, way in _ways(each):
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


def copied(state: State) -> State:
    """A state of its own; several times as quick as ``dataclasses.replace``."""
    return State(*_FIELDS_OF(state))


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

    __slots__ = ("_took",)

    def __init__(
        self, flows: FlowSet, state: State, took: Callable[[int | Implied], object]
    ) -> None:
        super().__init__(flows, state)
        self._took = took

    def go(self, destination: Destination) -> bool:
        """Go there, as ever; the branch is chosen here so that it can be told."""
        for branch in destination:
            if branch.condition is None or self.evaluate(branch.condition):
                self._took(id(branch))
                return super().go((_unconditional(branch),))
        return False

    def end(self, outcome: str) -> None:
        """End the call, as ever; some ends stand for an outcome nobody wrote."""
        if outcome in _DEFAULTS:
            place = self.state.place
            self._took((place.flow, place.step, place.action, outcome))
        super().end(outcome)


def _unconditional(branch: Branch) -> Branch:
    return branch if branch.condition is None else replace(branch, condition=None)


def _ways(flow: Flow) -> Iterator[tuple[int | Implied, Way]]:
    """Every outcome of a flow, in file order."""
    for step in flow.steps.values():
        for number, action in enumerate(step.actions):
            edges = list(action.kind.edges()) if action.kind is not None else []
            if action.goto is not None:
                edges.append(Edge("goto", action.goto))
            for edge in edges:
                yield from _branches(flow, step.name, edge)
            for outcome in _implied(action):
                key = (flow.id, step.name, number, outcome)
                yield key, Way(flow.id, step.name, _DEFAULTS[outcome], action.span)
    for pressed, destination in flow.anytime.items():
        yield from _branches(flow, "anytime", Edge(key_name(pressed), destination))


def _branches(flow: Flow, step: str, edge: Edge) -> Iterator[tuple[int, Way]]:
    several = len(edge.destination) > 1
    for branch in edge.destination:
        label = f"{edge.label} → {branch.target}" if several else edge.label
        yield id(branch), Way(flow.id, step, label, branch.span)


def _implied(action: Action) -> Iterator[str]:
    """The ends of an action that happen without being written."""
    match action.kind:
        case Menu(question=question) | Ask(question=question):
            if not question.fail.keys() >= set(Miss):
                yield "gave_up"
        case TransferTo(outcomes=outcomes):
            if "done" not in outcomes:
                yield "transferred"
            if "otherwise" not in outcomes and not outcomes.keys() >= _REST:
                yield "not_connected"
        case _:
            pass
