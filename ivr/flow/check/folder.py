"""What the flows of a folder are to each other: who runs whom, and what comes along with that.

One for all the flows that are checked together; a rule reaches it as ``subject.folder``. A flow
that could not be read whole, or is not there, is not judged by what it does not say. Made by
:func:`ivr.flow.check.check`; the rules only read it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar, cast

from ivr.flow.check import ways
from ivr.flow.check.places import Page
from ivr.flow.check.subject import Subject
from ivr.flow.model import Action, Flow, FlowSet, Step
from ivr.flow.source import Document
from ivr.flow.steps.run import RunFlow

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Running:
    """A step of a flow that runs another one."""

    subject: Subject
    step: Step
    action: Action
    kind: RunFlow


@dataclass(frozen=True)
class Folder:
    """All flows of a folder."""

    flows: FlowSet
    known: Set[str]
    """The ids of all flows, those with errors too."""
    broken: Set[str] = frozenset()
    """The files that could not be read whole."""
    documents: Mapping[str, Document] = field(default_factory=dict)
    _made: dict[object, object] = field(default_factory=dict)

    @cached_property
    def subjects(self) -> Mapping[str, Subject]:
        """Each flow under the checker's eyes."""
        page = Page(self.documents)
        return {id: Subject(flow, page, self) for id, flow in self.flows.flows.items()}

    def once(self, what: object, make: Callable[[], T]) -> T:
        """Something that is asked of all flows together, made when it is asked first."""
        if what not in self._made:
            self._made[what] = make()
        return cast(T, self._made[what])

    def readable(self, id: str) -> Flow | None:
        """A flow of which everything is known."""
        flow = self.flows.flows.get(id)
        return flow if flow is not None and flow.span.file not in self.broken else None

    # ------------------------------------------------------------------ who runs whom

    @cached_property
    def runs(self) -> Mapping[str, list[Running]]:
        """By the id of a flow: where it runs others."""
        return {
            id: [Running(subject, *each) for each in subject.all_of(RunFlow)]
            for id, subject in self.subjects.items()
        }

    @cached_property
    def runners(self) -> Mapping[str, list[Running]]:
        """By the id of a flow: where others run it."""
        found: dict[str, list[Running]] = {}
        for each in self.runs.values():
            for running in each:
                found.setdefault(running.kind.flow, []).append(running)
        return found

    @cached_property
    def run_below(self) -> Mapping[str, Set[str]]:
        """By the id of a flow: every flow that may run while it does."""
        direct = {
            id: {each.kind.flow for each in runs} & self.flows.flows.keys()
            for id, runs in self.runs.items()
        }
        found: dict[str, Set[str]] = {}
        for id, first in direct.items():
            reached = set(first)
            waiting = list(first)
            while waiting:
                for other in direct[waiting.pop()] - reached:
                    reached.add(other)
                    waiting.append(other)
            found[id] = reached
        return found

    @cached_property
    def outermost_first(self) -> list[str]:
        """The ids of all flows, those that run others before these."""
        return sorted(self.run_below, key=lambda id: -len(self.run_below[id]))

    @cached_property
    def heights(self) -> Mapping[str, int]:
        """How many flows deep the flows below each go; recursion is not counted."""
        found: dict[str, int] = {}
        for id in reversed(self.outermost_first):
            below = (each.kind.flow for each in self.runs[id])
            found[id] = max((found.get(other, -1) + 1 for other in below), default=0)
        return found

    # ------------------------------------------------------------------ what comes along

    def outer_anytime(self, id: str) -> Set[str]:
        """The anytime keys of every flow that runs this one, that work in it as well."""
        return self._outer_anytime.get(id, frozenset()) if self.runners else frozenset()

    @cached_property
    def _outer_anytime(self) -> Mapping[str, Set[str]]:
        found: dict[str, Set[str]] = {}
        for id in self.outermost_first:
            keys = [
                each.subject.flow.anytime.keys() | found.get(each.subject.flow.id, frozenset())
                for each in self.runners.get(id, ())
            ]
            found[id] = frozenset.intersection(*map(frozenset, keys)) if keys else frozenset()
        return found

    def menus_before(self, id: str) -> int:
        """How many menus callers have met, at least, before a flow is run."""
        return self._menus_before.get(id, 0) if self.runners else 0

    @cached_property
    def _menus_before(self) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for id in self.outermost_first:
            depths = [
                found.get(each.subject.flow.id, 0)
                + ways.menu_depths(each.subject).get(each.step.name, 0)
                for each in self.runners.get(id, ())
            ]
            found[id] = min(depths, default=0)
        return found

    def with_person(self, subject: Subject) -> Set[str]:
        """The steps from which a person can be reached, be it in a flow that runs this one."""
        graph = ways.graph(subject)
        outside = self.runners and subject.flow.id in self._person_outside
        return graph.leading_to(graph.people | graph.exits if outside else graph.people)

    @cached_property
    def _person_outside(self) -> Set[str]:
        """The flows that are run where a person can be reached."""
        found: set[str] = set()
        for id in self.outermost_first:
            for each in self.runners.get(id, ()):
                graph = ways.graph(each.subject)
                outside = each.subject.flow.id in found
                goals = graph.people | graph.exits if outside else graph.people
                if each.step.name in graph.leading_to(goals):
                    found.add(id)
                    break
        return found

    @cached_property
    def summaries(self) -> Mapping[str, ways.Summary]:
        """What callers may meet in each flow, and in those it leads to."""
        return ways.summaries(self)

    def summary(self, id: str) -> ways.Summary:
        """What callers may meet in a flow that is run; of one that cannot be, nothing is known."""
        flow = self.readable(id)
        return self.summaries[id] if flow is not None and flow.returns else ways.UNKNOWN
