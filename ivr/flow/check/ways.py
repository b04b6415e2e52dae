"""Where callers can come to: the graph of a flow's steps, asked forwards and backwards.

Conditions are not judged: a way that may be taken is a way. What another flow is run for it may
return, no more, and what callers may meet in it counts at the step that runs it (:class:`Summary`).
Made once for each flow (:func:`graph`); used by the rules about loops, depth and people.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivr.flow.model import RESERVED_DESTINATIONS, Action, Destination, Flow, Step
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.giving_back import Return
from ivr.flow.steps.menu import Menu
from ivr.flow.steps.outcomes import OTHERWISE
from ivr.flow.steps.question import Miss
from ivr.flow.steps.queue import Queue
from ivr.flow.steps.record import RecordCaller
from ivr.flow.steps.run import RunFlow
from ivr.flow.steps.transfer import TransferTo
from ivr.flow.steps.twiml import Twiml
from ivr.flow.steps.voicemail import Voicemail
from ivr.flow.written import Plain

if TYPE_CHECKING:
    from ivr.flow.check.folder import Folder
    from ivr.flow.check.subject import Subject

ANY_QUESTION = "?"
"""Stands in the graph for wherever ``back`` and ``repeat`` may lead: any menu or entry."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What callers may meet in a flow, from its start, and in the flows it leads to."""

    waits: bool
    """Something is asked of them."""
    ends: bool
    """The call ends, or they are connected to somebody."""
    person: bool
    outcomes: frozenset[str] | None
    """What it may return; None: nobody knows."""
    given: frozenset[str] = frozenset()
    """The outcomes that always bring a value."""


NOTHING = Summary(waits=False, ends=False, person=False, outcomes=frozenset())
UNKNOWN = Summary(waits=True, ends=True, person=True, outcomes=None)
"""Of a flow that is not there, or could not be read whole."""


@dataclass(slots=True)
class Graph:
    """The steps of a flow, and what can happen at each."""

    led: dict[str, Set[str]] = field(default_factory=dict)
    """Where each step leads: its own ways, and from a question the keys that work anytime."""
    own: dict[str, Set[str]] = field(default_factory=dict)
    """The same without the anytime keys."""
    menus: set[str] = field(default_factory=set)
    asks: set[str] = field(default_factory=set)
    """Where this flow asks the caller for keys."""
    runs: set[str] = field(default_factory=set)
    """Where a flow is run that asks the caller for something."""
    waits: set[str] = field(default_factory=set)
    """Where something is asked of the caller, by this flow or one it runs."""
    people: set[str] = field(default_factory=set)
    """Where a person may answer, in this flow or one it leads to."""
    ends: set[str] = field(default_factory=set)
    """Where the call can end, or be connected to somebody."""
    exits: set[str] = field(default_factory=set)
    """Where the caller can leave for the flow that runs this one."""

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

    def come_to(self, *names: str) -> set[str]:
        """The same for callers who were nowhere before: ``back`` leads them to nothing new."""
        reached = {name for name in names if name in self.led}
        waiting = list(reached)
        while waiting:
            for target in self.led[waiting.pop()]:
                if target not in reached and target != ANY_QUESTION:
                    reached.add(target)
                    waiting.append(target)
        return reached

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
    if isinstance(last.kind, RunFlow):
        # An outcome that leads nowhere is told as such (F010).
        return False
    return last.goto is None and (last.kind is None or last.kind.goes_on)


def graph(subject: Subject) -> Graph:
    """The graph of the flow; the same one for all rules."""

    def make() -> Graph:
        return _graph(subject, subject.folder.summaries if _leads_out(subject) else {})

    return subject.once(graph, make)


def reachable(subject: Subject) -> Set[str]:
    """The steps a call can come to: from the start, by the anytime keys, after a hang-up."""
    return subject.once(reachable, lambda: graph(subject).come_to(*_roots(subject.flow)))


def menu_depths(subject: Subject) -> Mapping[str, int]:
    """How many menus a caller has met at each step, with its own."""
    return subject.once(menu_depths, lambda: graph(subject).menu_depths(subject.flow.start))


def outcomes_of(kind: RunFlow, summary: Summary) -> Iterator[tuple[str, Destination | None]]:
    """What the flow that is run may return, and where it leads then (None: ``goto``, or on)."""
    returned = summary.outcomes if summary.outcomes is not None else kind.outcomes.keys()
    for outcome in sorted(returned):
        yield outcome, kind.outcomes.get(outcome) or kind.outcomes.get(OTHERWISE)


def summaries(folder: Folder) -> Mapping[str, Summary]:
    """What callers may meet in each flow, until nothing changes: flows may go in a circle.

    Of flows that run each other in one nothing is known, nor of one in which a destination is
    misspelt; they are told as such (F013, F001).
    """
    below = folder.run_below
    judged = {
        id
        for id, subject in folder.subjects.items()
        if folder.readable(id) and id not in below[id] and not _is_astray(subject)
    }
    found = {id: NOTHING if id in judged else UNKNOWN for id in folder.subjects}
    asking: dict[str, set[str]] = {}
    for id, subject in folder.subjects.items():
        for other in _flows_led_to(subject):
            asking.setdefault(other, set()).add(id)
    waiting = list(reversed(folder.outermost_first))
    while waiting:
        id = waiting.pop(0)
        if found[id] is UNKNOWN:
            continue
        new = _summary(folder.subjects[id], found)
        if new != found[id]:
            found[id] = new
            waiting += [other for other in asking.get(id, ()) if other not in waiting]
    return found


# --------------------------------------------------------------------------- one flow


def _roots(flow: Flow) -> list[str]:
    ways = [*flow.anytime.values(), flow.on_hangup, flow.on_error, flow.operator]
    return [flow.start, *(branch.target for way in ways if way for branch in way)]


def _leads_out(subject: Subject) -> bool:
    return any(True for _ in _flows_led_to(subject))


def _flows_led_to(subject: Subject) -> Iterator[str]:
    for _, _, kind in subject.all_of(RunFlow):
        yield kind.flow
    for step in subject.flow.steps.values():
        for way in subject.ways_of(step):
            for branch in way:
                if branch.target[:1] == "/":
                    yield branch.target[1:]
    for way in subject.flow.anytime.values():
        for branch in way:
            if branch.target[:1] == "/":
                yield branch.target[1:]


def _is_astray(subject: Subject) -> bool:
    """Whether something leads to where nothing is."""
    flow, known = subject.flow, subject.folder.known
    steps = flow.steps.keys() | RESERVED_DESTINATIONS | {f"/{id}" for id in known}
    ways = [way for step in flow.steps.values() for way in subject.ways_of(step)]
    ways += flow.anytime.values()
    return (
        any(branch.target not in steps for way in ways for branch in way)
        or any(kind.flow not in known for _, _, kind in subject.all_of(RunFlow))
        or any(kind.outcome not in flow.returns for _, _, kind in subject.all_of(Return))
    )


def _summary(subject: Subject, known: Mapping[str, Summary]) -> Summary:
    made = _graph(subject, known)
    reached = made.come_to(subject.flow.start)
    returns = [kind for step, _, kind in subject.all_of(Return) if step.name in reached]
    empty = {kind.outcome for kind in returns if kind.value == Plain(None)}
    outcomes = frozenset(kind.outcome for kind in returns) & frozenset(subject.flow.returns)
    return Summary(
        waits=not reached.isdisjoint(made.waits),
        ends=not reached.isdisjoint(made.ends),
        person=not reached.isdisjoint(made.people),
        outcomes=outcomes,
        given=outcomes - empty,
    )


def _graph(subject: Subject, known: Mapping[str, Summary]) -> Graph:
    flow, made = subject.flow, Graph()
    anytime = {branch.target for destination in flow.anytime.values() for branch in destination}
    outer = bool(subject.folder.outer_anytime(flow.id))
    for step in flow.steps.values():
        name = step.name
        own: set[str] = set()
        for action in step.actions:
            ways = tuple(_ways(subject, action, known))
            own.update(branch.target for way in ways for branch in way)
            _note(made, name, action, known)
            if _leaves(action, ways, known):
                break
        asks = name in made.asks
        everywhere = own | anytime if asks or name in made.runs else own
        for target in everywhere:
            if target[:1] == "/":
                _note_flow(made, name, known.get(target[1:], UNKNOWN))
        if "hangup" in everywhere or falls_off(step):
            made.ends.add(name)
        if asks and outer:
            made.exits.add(name)
        made.own[name] = _steps(own, name, subject, asks)
        made.led[name] = _steps(everywhere, name, subject, asks)
    made.led[ANY_QUESTION] = made.asks
    return made


def _ways(
    subject: Subject, action: Action, known: Mapping[str, Summary]
) -> Iterator[Destination] | tuple[Destination, ...]:
    if not isinstance(action.kind, RunFlow):
        return subject.ways(action)
    summary = known.get(action.kind.flow, UNKNOWN)
    if summary.outcomes is None:
        return subject.ways(action)
    led = (way or action.goto for _, way in outcomes_of(action.kind, summary))
    return (way for way in led if way is not None)


def _leaves(action: Action, ways: tuple[Destination, ...], known: Mapping[str, Summary]) -> bool:
    """Whether no caller ever comes to the actions behind this one."""
    kind = action.kind
    if action.condition is not None or any(way[-1].condition is not None for way in ways):
        return False
    if isinstance(kind, RunFlow):
        led = outcomes_of(kind, known.get(kind.flow, UNKNOWN))
        return all((way or action.goto) is not None for _, way in led)
    return action.goto is not None or (kind is not None and not kind.goes_on)


def _note(made: Graph, name: str, action: Action, known: Mapping[str, Summary]) -> None:
    """What can happen at an action."""
    kind = action.kind
    match kind:
        case Menu() | Ask():
            made.asks.add(name)
            made.waits.add(name)
            if isinstance(kind, Menu):
                made.menus.add(name)
            if len(kind.question.fail) < len(Miss):
                # Without a destination it says goodbye after the last try.
                made.ends.add(name)
        case TransferTo() | Queue():
            made.people.add(name)
            made.ends.add(name)
        case Twiml():
            made.ends.add(name)
        case Voicemail(outcomes=outcomes):
            made.waits.add(name)
            if "done" not in outcomes:
                made.ends.add(name)
        case RecordCaller():
            made.waits.add(name)
        case Return():
            made.exits.add(name)
        case RunFlow(flow=flow):
            summary = known.get(flow, UNKNOWN)
            if action.goto is None and any(w is None for _, w in outcomes_of(kind, summary)):
                # It goes on to the next action, or ends, and is told as unhandled (F010).
                made.ends.add(name)
            _note_flow(made, name, summary)
            if summary.waits:
                made.runs.add(name)
            if not (summary.ends or summary.outcomes or summary.outcomes is None):
                # Nobody comes back from there, and that is told there.
                made.ends.add(name)
        case _:
            pass


def _note_flow(made: Graph, name: str, summary: Summary) -> None:
    if summary.waits:
        made.waits.add(name)
    if summary.ends:
        made.ends.add(name)
    if summary.person:
        made.people.add(name)


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
