"""Which variables a caller may not have set when they come to an action.

A forward walk over the graph with sets of names, until nothing changes. A way that is taken under
a condition on a variable counts as having set it: the author has thought of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set

from ivr.flow.model import Action, Destination, Edge, Flow, Step
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.assign import Assign
from ivr.flow.steps.menu import Menu

ROUNDS_MAX = 12
"""Visits of a step, on average; a graph that needs more is left unjudged."""

Names = frozenset[str]


def maybe_unset(flow: Flow, known: Set[str]) -> Mapping[int, Names]:
    """By the id of each action: the variables that may be unset when it begins."""
    unset = frozenset(known - flow.vars.keys())
    if not unset or flow.start not in flow.steps:
        return {}
    entering: dict[str, Names] = {flow.start: unset}
    waiting = [flow.start]
    visits = 0
    while waiting:
        visits += 1
        if visits > ROUNDS_MAX * len(flow.steps):
            return {}
        name = waiting.pop()
        for target, names in _leaving(flow, flow.steps[name], entering[name]):
            before = entering.get(target, frozenset())
            if target not in entering or not names <= before:
                entering[target] = before | names
                waiting.append(target)
    found: dict[int, Names] = {}
    for name, names in entering.items():
        for action, here in _inside(flow.steps[name], names):
            found[id(action)] = here
    return found


def _inside(step: Step, unset: Names) -> Iterator[tuple[Action, Names]]:
    """The actions of a step with what may be unset when each begins."""
    for action in step.actions:
        yield action, unset
        unset = _after(action, unset)


def _after(action: Action, unset: Names) -> Names:
    """What may be unset when the next action begins, or where ``goto`` leads."""
    if action.condition is not None:
        return unset
    return unset - _sets(action)


def _sets(action: Action) -> Set[str]:
    match action.kind:
        case Ask(variable=variable):
            return {variable}
        case Assign(values=values):
            return values.keys()
        case _:
            return frozenset()


def _leaving(flow: Flow, step: Step, unset: Names) -> Iterator[tuple[str, Names]]:
    """Where a step leads, with what may be unset there."""
    for action, here in _inside(step, unset):
        edges: Iterable[Edge] = action.kind.edges() if action.kind is not None else ()
        for edge in edges:
            yield from _along(flow, edge.destination, here)
        if action.goto is not None:
            yield from _along(flow, action.goto, here - _sets(action))
        if isinstance(action.kind, (Menu, Ask)):
            for destination in flow.anytime.values():
                yield from _along(flow, destination, here)


def _along(flow: Flow, destination: Destination, unset: Names) -> Iterator[tuple[str, Names]]:
    asked = {
        name.path[0]
        for branch in destination
        if branch.condition
        for name in branch.condition.names
    }
    for branch in destination:
        target = flow.start if branch.target == "start" else branch.target
        if target in flow.steps:
            yield target, unset - asked
