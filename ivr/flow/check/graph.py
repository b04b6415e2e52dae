"""Rules about where steps lead."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.check import ways
from ivr.flow.check.subject import Found, Subject
from ivr.flow.model import RESERVED_DESTINATIONS, Branch, Edge, Flow
from ivr.flow.reader import did_you_mean


def no_such_destination(subject: Subject) -> Iterator[Found]:
    """A destination that does not exist.

    A destination is a step of the same flow, ``hangup``, ``repeat``, ``back``, ``start``, or
    another flow as ``/name``. A caller sent to a step that is not there would hear an apology.

    Wrong::

        fail: operater

    Right::

        fail: operator
    """
    flow = subject.flow
    for branch in _branches(flow):
        target = branch.target
        if target in RESERVED_DESTINATIONS or target in flow.steps:
            continue
        if target.startswith("/"):
            if target[1:] in subject.known:
                continue
            names = {f"/{name}" for name in subject.known}
            message = f"there is no flow called “{target[1:]}”"
        else:
            names = set(flow.steps) | RESERVED_DESTINATIONS
            message = f"there is no step called “{target}”"
        yield Found(message, branch.span, did_you_mean(target, names))


def unreachable(subject: Subject) -> Iterator[Found]:
    """A step no caller can reach.

    Counted from the start step and the ``anytime`` keys, whatever the conditions say. Usually a
    destination was changed and the step forgotten.

    Wrong::

        steps:
          main: {say: Goodbye., goto: hangup}
          sales: {transfer: +13125550123, otherwise: main}

    Right: lead somebody there, or delete the step.
    """
    for step in subject.flow.steps.values():
        if step.name not in subject.reachable:
            message = f"no caller can reach the step “{step.name}”"
            yield Found(message, step.span, "lead somebody there, or delete it")


def dead_end(subject: Subject) -> Iterator[Found]:
    """A step that stops without saying where to go.

    After its last action a step needs a way on: ``goto``, a menu, a transfer. A step that only
    speaks and ends would leave the caller with a goodbye nobody wrote.

    Wrong::

        closed:
          say: We are closed.

    Right::

        closed:
          say: We are closed.
          goto: hangup
    """
    for step in subject.flow.steps.values():
        if ways.falls_off(step):
            message = f"the step “{step.name}” ends without a destination"
            yield Found(message, step.span, "add  goto: step  or  goto: hangup")


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
