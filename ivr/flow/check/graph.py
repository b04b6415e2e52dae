"""Rules about where steps lead."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.check import functions, runs, ways
from ivr.flow.check.subject import Found, Subject
from ivr.flow.model import RESERVED_DESTINATIONS, Branch, Edge
from ivr.flow.near import did_you_mean
from ivr.flow.steps.giving_back import Return
from ivr.flow.steps.run import RunFlow


def no_such_destination(subject: Subject) -> Iterator[Found]:
    """A destination that does not exist.

    A destination is a step of the same flow, ``hangup``, ``repeat``, ``back``, ``start``, or
    another flow as ``/name``. A caller sent to a step that is not there would hear an apology.
    A flow with ``returns`` is only run (``run: name``), and only such a flow can be; what it
    returns stands in its ``returns``. A function that ``do`` calls has to be registered.

    Wrong::

        fail: operater

    Right::

        fail: operator
    """
    flow = subject.flow
    for branch in _branches(subject):
        target = branch.target
        if target in RESERVED_DESTINATIONS or target in flow.steps:
            continue
        if not target.startswith("/"):
            names = set(flow.steps) | RESERVED_DESTINATIONS
            message = f"there is no step called “{target}”"
            yield Found(message, branch.span, did_you_mean(target, names))
        elif target[1:] not in subject.folder.known:
            message = f"there is no flow called “{target[1:]}”"
            known = {f"/{name}" for name in subject.folder.known}
            yield Found(message, branch.span, did_you_mean(target, known))
        elif (other := subject.folder.readable(target[1:])) is not None and other.returns:
            message = f"{other.id} returns to whoever runs it, and cannot be gone to"
            yield Found(message, branch.span, f"write  run: {other.id}")
    yield from _runs(subject)
    yield from _returns(subject)
    yield from functions.unknown(subject)


def _runs(subject: Subject) -> Iterator[Found]:
    """What is run has to be there, and to come back."""
    for _, _, kind in subject.all_of(RunFlow):
        other = subject.folder.readable(kind.flow)
        if kind.flow not in subject.folder.known:
            message = f"there is no flow called “{kind.flow}”"
            yield Found(message, kind.span, did_you_mean(kind.flow, subject.folder.known))
        elif other is not None and not other.returns:
            message = f"{other.id} returns nothing, so it cannot be run"
            remedy = f"write  goto: /{other.id}  or add  returns: [done]  to it"
            yield Found(message, kind.span, remedy)


def _returns(subject: Subject) -> Iterator[Found]:
    """What is returned has to be declared."""
    known = subject.flow.returns
    for _, _, kind in subject.all_of(Return):
        if kind.outcome not in known:
            message = f"“{kind.outcome}” is not among the returns of this flow"
            remedy = did_you_mean(kind.outcome, known) or f"add  returns: [{kind.outcome}]"
            yield Found(message, kind.span, remedy)


def unreachable(subject: Subject) -> Iterator[Found]:
    """A step no caller can reach.

    Counted from the start step, the ``anytime`` keys, ``on_hangup``, ``on_error`` and
    ``defaults.operator``, whatever the conditions say. A flow that is run leads only where it
    returns to. Usually a destination was changed and the step forgotten.

    Wrong::

        steps:
          main: {say: Goodbye., goto: hangup}
          sales: {transfer: +13125550123, otherwise: main}

    Right: lead somebody there, or delete the step.
    """
    reached = ways.reachable(subject)
    for step in subject.flow.steps.values():
        if step.name not in reached:
            message = f"no caller can reach the step “{step.name}”"
            yield Found(message, step.span, "lead somebody there, or delete it")
    yield from _never_returned(subject)


def _never_returned(subject: Subject) -> Iterator[Found]:
    """Outcomes a flow declares and no caller of it can come to."""
    flow = subject.flow
    reached = ways.reachable(subject)
    returned = {kind.outcome for step, _, kind in subject.all_of(Return) if step.name in reached}
    for number, outcome in enumerate(flow.returns):
        if outcome not in returned:
            span = subject.page.item(subject.page.value(flow.span, "returns"), number)
            message = f"nothing a caller can reach returns “{outcome}”"
            yield Found(message, span, f"add  return: {outcome}  or take it out of returns:")


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


def _branches(subject: Subject) -> Iterator[Branch]:
    flow = subject.flow
    edges = [edge for step in flow.steps.values() for edge in step.edges()]
    edges += [Edge(f"anytime {key}", destination) for key, destination in flow.anytime.items()]
    # One destination may serve two outcomes; it is wrong only once.
    strange = runs.strange_ways(subject)
    seen: set[int] = set()
    for edge in edges:
        if id(edge.destination) not in strange:
            for branch in edge.destination:
                if id(branch) not in seen:
                    seen.add(id(branch))
                    yield branch
