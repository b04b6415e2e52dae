"""Where callers can come to: the graph of a flow's steps, asked forwards and backwards.

Conditions are not judged: a way that may be taken is a way. Made once for each flow
(:func:`graph`); used by the rules about loops, depth and people.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Set
from dataclasses import dataclass, field

from ivr.flow.check.subject import Subject
from ivr.flow.model import Step
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.menu import Menu
from ivr.flow.steps.question import Miss
from ivr.flow.steps.transfer import TransferTo

ANY_QUESTION = "?"
"""Stands in the graph for wherever ``back`` and ``repeat`` may lead: any menu or entry."""


@dataclass(slots=True)
class Graph:
    """The steps of a flow, and what can happen at each."""

    led: dict[str, Set[str]] = field(default_factory=dict)
    """Where each step leads: its own ways, and from a question the keys that work anytime."""
    own: dict[str, Set[str]] = field(default_factory=dict)
    """The same without the anytime keys."""
    away: dict[str, Set[str]] = field(default_factory=dict)
    """The flows each step leads to."""
    menus: set[str] = field(default_factory=set)
    waits: set[str] = field(default_factory=set)
    """Where the caller is asked something."""
    transfers: set[str] = field(default_factory=set)
    ends: set[str] = field(default_factory=set)
    """Where the call can end, or leave the flow: for a person, or for another flow."""

    def leading_to(self, goals: Set[str]) -> frozenset[str]:
        """The steps from which one of these can be reached; these too."""
        sources: dict[str, list[str]] = {}
        for name, targets in self.led.items():
            for target in targets:
                sources.setdefault(target, []).append(name)
        reached = set(goals)
        waiting = list(goals)
        while waiting:
            for name in sources.get(waiting.pop(), ()):
                if name not in reached:
                    reached.add(name)
                    waiting.append(name)
        return frozenset(reached)

    def reached_from(self, name: str) -> set[str]:
        """The steps a caller can come to from this one, with it."""
        reached = {name}
        waiting = [name]
        while waiting:
            for target in self.led[waiting.pop()]:
                if target not in reached:
                    reached.add(target)
                    waiting.append(target)
        return reached - {ANY_QUESTION}

    def menu_depths(self, start: str) -> dict[str, int]:
        """How many menus a caller has met, at least, with the one of the step itself."""
        depths = {start: int(start in self.menus)}
        waiting = deque([start])
        while waiting:
            name = waiting.popleft()
            for target in self.own.get(name, ()):
                cost = int(target in self.menus)
                if depths[name] + cost < depths.get(target, len(self.own) + 1):
                    depths[target] = depths[name] + cost
                    (waiting.append if cost else waiting.appendleft)(target)
        return depths


def falls_off(step: Step) -> bool:
    """Whether a caller can come to the end of its actions without a destination."""
    if not step.actions:
        return True
    last = step.actions[-1]
    if last.condition is not None:
        return True
    return last.goto is None and (last.kind is None or last.kind.goes_on)


def graph(subject: Subject) -> Graph:
    """The graph of the flow; the same one for all rules."""
    return subject.once(graph, lambda: _graph(subject))


def _graph(subject: Subject) -> Graph:
    flow, made = subject.flow, Graph()
    anytime = {branch.target for destination in flow.anytime.values() for branch in destination}
    for step in flow.steps.values():
        name = step.name
        kinds = [action.kind for action in step.actions]
        own = {branch.target for way in subject.ways_of(step) for branch in way}
        questions = [kind for kind in kinds if isinstance(kind, (Menu, Ask))]
        if questions:
            made.waits.add(name)
        if any(isinstance(kind, Menu) for kind in kinds):
            made.menus.add(name)
        if any(isinstance(kind, TransferTo) for kind in kinds):
            made.transfers.add(name)
        everywhere = own | anytime if questions else own
        # Without a destination, after the last try or after the last action, it says goodbye.
        gives_up = any(len(kind.question.fail) < len(Miss) for kind in questions)
        leaves = {target[1:] for target in everywhere if target[:1] == "/"}
        gives_up = gives_up or falls_off(step)
        if gives_up or leaves or "hangup" in everywhere or name in made.transfers:
            made.ends.add(name)
        made.away[name] = leaves
        made.own[name] = _steps(own, name, subject, bool(questions))
        made.led[name] = _steps(everywhere, name, subject, bool(questions))
    made.led[ANY_QUESTION] = made.waits
    return made


def _steps(targets: Set[str], name: str, subject: Subject, asks: bool) -> Set[str]:
    """The steps that destinations stand for."""
    steps = {target for target in targets if target in subject.flow.steps}
    if "start" in targets and subject.flow.start in subject.flow.steps:
        steps.add(subject.flow.start)
    if "back" in targets or ("repeat" in targets and not asks):
        steps.add(ANY_QUESTION)
    if "repeat" in targets and asks:
        steps.add(name)
    return steps
