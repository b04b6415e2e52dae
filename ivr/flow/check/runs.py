"""Rules about flows that run flows, and about outcomes: of those flows, and of functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from ivr.flow.check.reads import sources
from ivr.flow.check.subject import Found, Subject
from ivr.flow.frames import DEPTH_MAX
from ivr.flow.model import Action, Destination
from ivr.flow.near import did_you_mean
from ivr.flow.problems import Span
from ivr.flow.steps import do, run
from ivr.flow.steps.common import COMMON
from ivr.flow.steps.do import DONE, FAILED, Do
from ivr.flow.steps.outcomes import OTHERWISE
from ivr.flow.steps.run import RunFlow

_OPTIONS = {"run": run.OPTIONS | {OTHERWISE}, "do": do.OPTIONS | {OTHERWISE, FAILED}}


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What an action may come to by what it runs or calls, and what the flow says about that."""

    action: Action
    kind: RunFlow | Do
    named: str
    """Who has these outcomes: “identify”."""
    known: tuple[str, ...]
    handled: Mapping[str, Destination]
    span: Span

    @property
    def strange(self) -> Iterator[str]:
        """What is handled and never happens; misspelt options are among these."""
        always = (OTHERWISE, FAILED) if isinstance(self.kind, Do) else (OTHERWISE,)
        for name in self.handled:
            if name not in self.known and name not in always:
                yield name


def outcomes(subject: Subject) -> tuple[Outcomes, ...]:
    """Every action whose outcomes are named elsewhere, as far as it is known there."""
    return subject.once(outcomes, lambda: tuple(_outcomes(subject)))


def _outcomes(subject: Subject) -> Iterator[Outcomes]:
    for _, action, running in subject.all_of(RunFlow):
        flow = subject.folder.readable(running.flow)
        if flow is not None and flow.returns:
            handled = running.outcomes
            yield Outcomes(action, running, flow.id, flow.returns, handled, running.span)
    for _, action, calling in subject.all_of(Do):
        spec = subject.flows.functions.get(calling.function)
        if spec is not None:
            span = subject.page.value(action.span, "do")
            yield Outcomes(action, calling, spec.name, spec.outcomes, calling.outcomes, span)


def unhandled(subject: Subject) -> Iterator[Found]:
    """An outcome that is not handled.

    A flow that is run names its outcomes under ``returns``, a function declares its own: whoever
    runs it says where each of them leads. ``otherwise`` leads all that are not named, and so does
    ``goto``, as the way on after success. A flow with one single outcome may also be followed by
    the next action of its step.

    Wrong::

        run: identify            # returns: [verified, locked]
        verified: balance

    Right::

        run: identify
        verified: balance
        locked: fraud_desk
    """
    last = {id(step.actions[-1]) for step in subject.flow.steps.values() if step.actions}
    for each in outcomes(subject):
        if OTHERWISE in each.handled:
            continue
        missing = [name for name in each.known if name not in each.handled]
        if isinstance(each.kind, RunFlow):
            goes_on = len(each.known) == 1 and id(each.action) not in last
            if each.action.goto is not None or goes_on:
                continue
        if missing:
            names = ", ".join(f"“{name}”" for name in missing)
            message = f"{each.named} may end with {names}, and nothing is said about that"
            yield Found(message, each.span, f"add  {missing[0]}: step, or  otherwise: step")


def never_happens(subject: Subject) -> Iterator[Found]:
    """An outcome that never happens.

    The flow that is run does not return it, or the function does not have it. Often it is an
    option that was misspelt. After success a function goes to ``goto``.

    Wrong::

        run: identify            # returns: [verified, locked]
        verifed: balance
        svae: customer

    Right::

        run: identify
        verified: balance
        save: customer
    """
    for each in outcomes(subject):
        for name in each.strange:
            known = {*each.known, *_OPTIONS[each.kind.kind], *COMMON}
            message = f"{each.named} never ends with “{name}”"
            remedy = did_you_mean(name, known)
            if not remedy.startswith("did"):
                remedy = f"its outcomes are: {', '.join(each.known) or 'none but failed'}"
            if name == DONE and isinstance(each.kind, Do):
                remedy = "after success it goes on: write  goto: step"
            yield Found(message, subject.page.key(each.action.span, name), remedy)


def strange_ways(subject: Subject) -> Set[int]:
    """The ids of the destinations of such outcomes: what they lead to is not looked at."""
    return {id(each.handled[name]) for each in outcomes(subject) for name in each.strange}


def recursion(subject: Subject) -> Iterator[Found]:
    """Flows that run each other in a circle, or too many in each other.

    A flow that is run has to come back to the one that runs it; in a circle it goes deeper with
    every round, until the line gives up. Flows may run flows eight deep.

    Wrong: ``identify`` runs ``help``, and ``help`` runs ``identify``.

    Right: ``help`` returns an outcome, and ``identify`` goes on with it.
    """
    folder, id = subject.folder, subject.flow.id
    for each in folder.runs[id]:
        other = each.kind.flow
        if id == other:
            message = f"{id} runs itself"
            yield Found(message, each.kind.span, "lead to one of its steps with  goto:")
        elif id in folder.run_below.get(other, ()):
            message = f"{id} runs {other}, which leads to {id} being run again"
            yield Found(message, each.kind.span, "let one of them return an outcome instead")
        elif folder.heights.get(other, 0) == DEPTH_MAX:
            message = f"from here flows run flows {DEPTH_MAX + 1} deep; {DEPTH_MAX} is the most"
            yield Found(message, each.kind.span, "let one of them return before the next is run")


# --------------------------------------------------------------------------- what they are given


def unknown_inputs(subject: Subject) -> Iterator[Found]:
    """A name under ``with:`` that the flow or the function does not have. (S001)"""
    for each in subject.folder.runs[subject.flow.id]:
        flow = subject.folder.readable(each.kind.flow)
        if flow is None or not flow.returns:
            continue
        for name in each.kind.inputs:
            if name not in flow.inputs:
                message = f"{flow.id} has no input “{name}”"
                remedy = did_you_mean(name, flow.inputs) or f"add  inputs: [{name}]  to {flow.id}"
                yield Found(message, subject.page.key(each.action.span, "with", name), remedy)


def not_given(subject: Subject) -> Iterator[Found]:
    """An input that the flow reads and is not given. (X002)"""
    for each in subject.folder.runs[subject.flow.id]:
        flow = subject.folder.readable(each.kind.flow)
        if flow is None or not flow.returns:
            continue
        for name in flow.inputs:
            if name not in each.kind.inputs and name in _wanted(subject.folder.subjects[flow.id]):
                message = f"{flow.id} wants the input “{name}”, and is not given it"
                yield Found(message, each.kind.span, f"add  with: {{{name}: …}}")


def _wanted(subject: Subject) -> Set[str]:
    """The inputs that are read somewhere without a thought of their being nothing."""

    def make() -> Set[str]:
        wanted: set[str] = set()
        for source in sources(subject):
            asked = {n.path[:2] for c in source.conditions if c for n in c.names}
            for name in source.expression.names if not source.is_condition else ():
                if name.path[0] == "inputs" and len(name.path) > 1 and not name.guarded:
                    wanted |= {name.path[1]} if name.path[:2] not in asked else set()
        return wanted

    return subject.once(_wanted, make)
