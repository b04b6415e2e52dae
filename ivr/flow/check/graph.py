"""Rules about where steps lead."""

from __future__ import annotations

from collections.abc import Iterator, Set

from ivr.flow.model import RESERVED_DESTINATIONS, Action, Branch, Edge, Flow
from ivr.flow.problems import Problem, Severity
from ivr.flow.reader import did_you_mean


def no_such_destination(flow: Flow, known: Set[str]) -> Iterator[Problem]:
    """F001: a destination that does not exist.

    A destination is a step of the same flow, ``hangup``, ``repeat``, ``back``, ``start``, or
    another flow as ``/name``. A caller sent to a step that is not there would hear an apology.
    """
    for branch in _branches(flow):
        target = branch.target
        if target in RESERVED_DESTINATIONS or target in flow.steps:
            continue
        if target.startswith("/"):
            if target[1:] in known:
                continue
            names = {f"/{name}" for name in known}
            message = f"there is no flow called “{target[1:]}”"
        else:
            names = set(flow.steps) | RESERVED_DESTINATIONS
            message = f"there is no step called “{target}”"
        yield Problem("F001", message, branch.span, did_you_mean(target, names))


def unreachable(flow: Flow) -> Iterator[Problem]:
    """F002: a step no caller can reach.

    Counted from the start step and the ``anytime`` keys, whatever the conditions say.
    """
    reached = flow.reachable()
    for step in flow.steps.values():
        if step.name not in reached:
            message = f"no caller can reach the step “{step.name}”"
            remedy = "lead somebody there, or delete it"
            yield Problem("F002", message, step.span, remedy, Severity.WARNING)


def dead_end(flow: Flow) -> Iterator[Problem]:
    """F003: a step that stops without saying where to go.

    After its last action a step needs a way on: ``goto``, a menu, a transfer. A step that only
    speaks and ends would leave the caller with a goodbye nobody wrote.
    """
    for step in flow.steps.values():
        if not step.actions or not _ends(step.actions[-1]):
            message = f"the step “{step.name}” ends without a destination"
            yield Problem("F003", message, step.span, "add  goto: step  or  goto: hangup")


def _ends(action: Action) -> bool:
    """Whether nobody falls off the end after this action."""
    if action.condition is not None:
        return False
    if action.kind is not None and not action.kind.goes_on:
        return True
    return action.goto is not None


def _branches(flow: Flow) -> Iterator[Branch]:
    edges = [edge for step in flow.steps.values() for edge in step.edges()]
    edges += [Edge(f"anytime {key}", destination) for key, destination in flow.anytime.items()]
    seen: set[int] = set()
    for edge in edges:
        for branch in edge.destination:
            # One destination may serve two outcomes; it is wrong only once.
            if id(branch) not in seen:
                seen.add(id(branch))
                yield branch
