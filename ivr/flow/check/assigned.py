"""Which variables a flow sets, and which of them a caller may not have set at an action.

A forward walk over the graph with sets of names, until nothing changes. A way that is taken under
a condition on a variable counts as having set it: the author has thought of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

from ivr.flow.check import ways
from ivr.flow.check.subject import Subject
from ivr.flow.model import Action, Destination, Flow, Kind, Step
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.assign import PATIENCE, Assign
from ivr.flow.steps.do import FAILED, Do
from ivr.flow.steps.http import Http
from ivr.flow.steps.menu import Menu
from ivr.flow.steps.outcomes import OTHERWISE
from ivr.flow.steps.record import RecordCaller
from ivr.flow.steps.recording import EMPTY
from ivr.flow.steps.run import RunFlow

ROUNDS_MAX = 12
"""Visits of a step, on average; a graph that needs more is left unjudged."""

NONE: frozenset[str] = frozenset()


def variables(flow: Flow) -> set[str]:
    """Every variable that is set somewhere in a flow."""
    known = set(flow.vars)
    for step in flow.steps.values():
        for action in step.actions:
            if action.kind is not None:
                known |= set_by(action.kind)
    return known - {PATIENCE}


def set_by(kind: Kind) -> Set[str]:
    """The variables a kind sets, if all goes well."""
    match kind:
        case Ask(variable=variable) | RecordCaller(variable=variable):
            return {variable}
        case Assign(values=values):
            return values.keys()
        case Http(save=save) | Do(save=save) | RunFlow(save=save) | Menu(save=save):
            return {save} if save is not None else NONE
        case _:
            return NONE


@dataclass(frozen=True, slots=True)
class Unset:
    """What may be unset when each action begins."""

    bits: Mapping[str, int]
    """One for each variable: sets of thousands of names are whole numbers here."""
    at: Mapping[int, int]
    """By the id of each action."""

    def may_be(self, action: Action | None, name: str) -> bool:
        """Whether a caller may not have set a variable when an action begins."""
        return bool(self.at.get(id(action), 0) & self.bits.get(name, 0))


def maybe_unset(subject: Subject, known: Set[str]) -> Unset:
    """What may be unset anywhere in a flow."""
    flow = subject.flow
    names = sorted(known - flow.vars.keys())
    bits = {name: 1 << place for place, name in enumerate(names)}
    if not names or flow.start not in flow.steps:
        return Unset({}, {})
    walk = _Walk(subject, bits)
    unset = (1 << len(names)) - 1
    entering: dict[str, int] = {}
    for way in (flow.on_hangup, flow.on_error, flow.operator):
        # They may be taken at any moment.
        entering.update(walk.along(way, unset) if way is not None else ())
    entering[flow.start] = unset
    waiting = dict.fromkeys(entering)
    visits = 0
    while waiting:
        visits += 1
        if visits > ROUNDS_MAX * len(flow.steps):
            return Unset({}, {})
        name = next(iter(waiting))
        del waiting[name]
        for target, here in walk.leaving(flow.steps[name], entering[name]):
            before = entering.get(target, 0)
            if target not in entering or here & ~before:
                entering[target] = before | here
                waiting[target] = None
    at = {
        id(action): here
        for name, entered in entering.items()
        for action, here in walk.inside(flow.steps[name], entered)
    }
    return Unset(bits, at)


@dataclass(frozen=True, slots=True)
class _Walk:
    """From step to step, with what may be unset as bits."""

    subject: Subject
    bits: Mapping[str, int]

    def without(self, unset: int, names: Iterable[str]) -> int:
        """What is left once these are set."""
        for name in names:
            unset &= ~self.bits.get(name, 0)
        return unset

    def inside(self, step: Step, unset: int) -> Iterator[tuple[Action, int]]:
        """The actions of a step with what may be unset when each begins."""
        for action in step.actions:
            yield action, unset
            if action.condition is None and action.kind is not None:
                unset = self.without(unset, _set_going_on(self.subject, action.kind))

    def leaving(self, step: Step, unset: int) -> Iterator[tuple[str, int]]:
        """Where a step leads, with what may be unset there."""
        for action, here in self.inside(step, unset):
            kind = action.kind
            if kind is not None:
                for edge in kind.edges():
                    on_the_way = _set_on_the_way(self.subject, kind, edge.label)
                    yield from self.along(edge.destination, self.without(here, on_the_way))
            if action.goto is not None:
                on = _set_going_on(self.subject, kind) if kind is not None else NONE
                yield from self.along(action.goto, self.without(here, on))
            if isinstance(kind, (Menu, Ask, RunFlow)):
                for destination in self.subject.flow.anytime.values():
                    yield from self.along(destination, here)

    def along(self, destination: Destination, unset: int) -> Iterator[tuple[str, int]]:
        """Where a destination leads; what its conditions ask for counts as set."""
        flow = self.subject.flow
        for branch in destination:
            if branch.condition is not None:
                unset = self.without(unset, (name.path[0] for name in branch.condition.names))
        for branch in destination:
            target = flow.start if branch.target == "start" else branch.target
            if target in flow.steps:
                yield target, unset


def _set_going_on(subject: Subject, kind: Kind) -> Set[str]:
    """What is set when the next action begins, or where ``goto`` leads."""
    match kind:
        case RecordCaller(outcomes=outcomes) if EMPTY not in outcomes:
            return NONE
        case RunFlow(save=str(save)):
            summary = subject.folder.summary(kind.flow)
            on = {o for o, way in ways.outcomes_of(kind, summary) if way is None}
            return {save} if on <= summary.given else NONE
        case _:
            return set_by(kind)


def _set_on_the_way(subject: Subject, kind: Kind, label: str) -> Set[str]:
    """What is set where one of its own ways is taken."""
    match kind:
        case Menu(save=str(save)):
            return {save} if not label.startswith("fail") else NONE
        case Do(save=str(save)):
            return {save} if label != FAILED else NONE
        case RunFlow(save=str(save)):
            summary = subject.folder.summary(kind.flow)
            outcomes = {label}
            if label == OTHERWISE and summary.outcomes is not None:
                outcomes = set(summary.outcomes - kind.outcomes.keys())
            return {save} if summary.outcomes is None or outcomes <= summary.given else NONE
        case _:
            return NONE
