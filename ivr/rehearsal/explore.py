"""Random callers, let loose on a flow set: what they can bring about that nobody should live with.

What is tried comes from ``draws``, how a call goes from ``walk``. Found are crashes, dead ends,
endless loops, values that are missing, and callers who are trapped: from where they are, nothing
they or the world can do leads to a person or to an end of the call, hanging up apart. Of each the
shortest path is looked for, by trying everything from the beginning up to :data:`SEARCH_MAX` acts.

The same seed makes the same calls. Used by ``ivr explore``.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ivr.flow import machine
from ivr.flow.model import Flow, FlowSet
from ivr.rehearsal.coverage import Coverage
from ivr.rehearsal.draws import Act, Answers, Finishes, HangsUp, Presses, acts, literals
from ivr.rehearsal.known import runners
from ivr.rehearsal.read import CALLED, CALLER, MOMENT
from ivr.rehearsal.walk import Node, Start, Walk, What, walked

ACTS_MAX = 30
"""Of one call; whoever is still there then hangs up."""
HANGS_UP = 0.03
"""How likely a caller hangs up instead of doing anything else."""
EARLY = 0.25
"""How likely keys come in the midst of a text."""
GOES_ON = 0.5
"""How likely a call begins as an earlier one has gone, at a decision that few have come to."""
DRAWN_FOR = 8
"""How often a place's choices are used before they are drawn anew."""
AT_AN_EDGE = 0.4
"""How likely a call comes in around an opening or a closing, where a flow has hours."""
_EARLY = (Presses, Answers, Finishes)
"""What can happen in the midst of a text."""
EDGES_MAX = 8
EDGE_S = 120
SEARCH_MAX = 4_000
"""Acts tried when a shorter path, or a way out, is looked for."""
SUSPECTS_MAX = 12
"""Of one step: places nobody was seen to leave that are searched for a way out."""
HELD_MAX = 20_000
"""Places kept in mind."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something nobody should live through, and how to come there."""

    what: What
    place: str
    """``flow/step``."""
    detail: str
    start: Start
    path: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class Explored:
    """What many calls have shown."""

    calls: int
    events: int
    findings: tuple[Finding, ...]
    coverage: Coverage
    undecided: tuple[str, ...]
    """Steps nobody was seen to leave, where the search for a way out was given up."""


class Explorer:
    """Makes random calls and keeps what they show."""

    def __init__(self, flows: FlowSet, seed: int, flow: str | None = None) -> None:
        self.flows = flows
        self.coverage = Coverage(flows, flow)
        self.events = 0
        self._chance = random.Random(seed)
        self._literals = {each.id: literals(each) for each in flows.flows.values()}
        starts = list(_starts(flows, flow))
        self._starts = starts or [_start(each, CALLED, None) for each in flows.flows.values()]
        self._edges = {each.id: _edges(each) for each in flows.flows.values()}
        self._found: dict[tuple[What, str], Finding] = {}
        self._left: set[Node] = set()
        """Nodes somebody was seen to come out of."""
        self._stuck: dict[Node, tuple[Walk, tuple[Act, ...]]] = {}
        """Nodes nobody was seen to come out of yet, with a call that is there."""
        self._reached: dict[Node, tuple[Walk, tuple[Act, ...]]] = {}
        """Every kind of decision calls have come to, with a short call that is there."""
        self._turn = 0
        self._drawn: dict[Node, tuple[list[Act], int]] = {}
        """Choices, and how often they may still be used."""

    def explore(self, calls: int) -> Explored:
        """Make so many calls, then look for traps and for shorter paths."""
        for _ in range(calls):
            self._call()
        undecided = self._look_for_traps()
        found = sorted((self._shortened(finding) for finding in self._found.values()), key=_order)
        return Explored(calls, self.events, tuple(found), self.coverage, tuple(undecided))

    # ------------------------------------------------------------------ one call

    def _call(self) -> None:
        chance = self._chance
        walk, path = self._begin()
        events = walk.events
        passed: list[Node] = []
        while not walk.over and len(path) < ACTS_MAX:
            early = bool(walk.state.queue) and chance.random() < EARLY
            if not early:
                walk.listen()
                self._remember(walk, path, passed)
            if not walk.over:
                act = self._choice(walk, early=early)
                path.append(act)
                walk.do(act)
        while not walk.over:
            walk.do(HangsUp())
        self.events += walk.events - events
        if walk.out:
            self._came_out(passed)
        if walk.trouble is not None:
            self._keep(Finding(*walk.trouble, walk.start, tuple(path)))

    def _begin(self) -> tuple[Walk, list[Act]]:
        """A new call, or one that has come as far as an earlier one: each kind in its turn."""
        if self._reached and self._chance.random() < GOES_ON:
            self._turn += 1
            walk, path = list(self._reached.values())[self._turn % len(self._reached)]
            return walk.fork(), list(path)
        return Walk(self.flows, self._start(), self.coverage.handle), []

    def _acts(self, walk: Walk) -> list[Act]:
        """What could happen now; drawn anew every so often."""
        kind = walk.decision
        held, left = self._drawn.get(kind, ([], 0))
        if left == 0:
            held = acts(self.flows, walk.state, self._literals, self._chance)
            left = DRAWN_FOR
        self._drawn[kind] = (held, left - 1)
        return held

    def _choice(self, walk: Walk, *, early: bool) -> Act:
        chance = self._chance
        if chance.random() < HANGS_UP and walk.state.gone_at is None:
            return HangsUp()
        choices = self._acts(walk)
        if not early:
            return chance.choice(choices) if choices else HangsUp()
        keys = [act for act in choices if isinstance(act, _EARLY)]
        return replace(chance.choice(keys), early=True) if keys else Presses("1", early=True)

    def _remember(self, walk: Walk, path: Sequence[Act], passed: list[Node]) -> None:
        if walk.out:
            self._came_out(passed)
        if not walk.over:
            kind = walk.decision
            reached = self._reached.get(kind)
            if reached is None or len(path) < len(reached[1]):
                self._reached[kind] = (walk.fork(), tuple(path))
        if walk.out or walk.over or walk.state.gone_at is not None:
            return  # nobody is there who could be trapped
        node = walk.node
        passed.append(node)
        if node in self._left:
            return
        held = self._stuck.get(node)
        if (held is None and len(self._stuck) < HELD_MAX) or (
            held is not None and len(path) < len(held[1])
        ):
            self._stuck[node] = (walk.fork(), tuple(path))

    def _came_out(self, passed: list[Node]) -> None:
        self._left.update(passed)
        for node in passed:
            self._stuck.pop(node, None)
        passed.clear()

    def _start(self) -> Start:
        chance = self._chance
        start = chance.choice(self._starts)
        edges = self._edges[start.flow]
        if edges and chance.random() < AT_AN_EDGE:
            moment = chance.choice(edges) + timedelta(seconds=chance.randint(-EDGE_S, EDGE_S))
            start = replace(start, at=moment)
        return replace(start, caller=None) if chance.random() < 0.2 else start

    def _keep(self, finding: Finding) -> None:
        key = (finding.what, finding.place)
        held = self._found.get(key)
        if held is None or len(finding.path) < len(held.path):
            self._found[key] = finding

    # ------------------------------------------------------------------ traps

    def _look_for_traps(self) -> list[str]:
        """Search a way out of every place nobody was seen to leave; the undecided ones."""
        undecided: dict[str, None] = {}
        trapped: set[str] = set()
        looked: dict[str, int] = {}
        for walk, path in sorted(self._stuck.values(), key=lambda held: len(held[1])):
            place = walk.state.place.name
            looked[place] = looked.get(place, 0) + 1
            if place in trapped or looked[place] > SUSPECTS_MAX:
                continue
            way, inside = self._search(walk, lambda each: each.out)
            if way is None and inside is not None:
                trapped |= inside
                detail = "nothing the caller or the world can do leads out"
                self._keep(Finding(What.TRAPPED, place, detail, walk.start, path))
            elif way is None:
                undecided[place] = None
        return [place for place in undecided if place not in trapped]

    def _search(
        self, begin: Walk, found: Callable[[Walk], bool], depth: int = 1_000
    ) -> tuple[tuple[Act, ...] | None, set[str] | None]:
        """The fewest acts to what is looked for, or None; and the steps that were seen.

        The steps are None where the search was given up before everything was tried.
        """
        chance = random.Random(0)
        waiting: deque[tuple[Walk, tuple[Act, ...]]] = deque([(begin, ())])
        seen, steps, tried = {begin.exact}, {begin.state.place.name}, 0
        while waiting:
            walk, path = waiting.popleft()
            if len(path) >= depth:
                continue
            for act in acts(self.flows, walk.state, self._literals, chance):
                tried += 1
                if tried > SEARCH_MAX:
                    return None, None
                other = walk.fork()
                other.trouble = None
                other.do(act)
                other.listen()
                if found(other):
                    return (*path, act), steps
                if not other.over and other.exact not in seen:
                    seen.add(other.exact)
                    steps.add(other.state.place.name)
                    waiting.append((other, (*path, act)))
        return None, steps

    # ------------------------------------------------------------------ paths

    def _shortened(self, finding: Finding) -> Finding:
        """The same finding by the shortest path there is, as far as one can be found."""
        path = self._without_detours(finding)
        begin = Walk(self.flows, finding.start, machine.handle)
        begin.listen()
        if not self._is(finding, begin) and path:
            way, _ = self._search(begin, lambda walk: self._is(finding, walk), len(path) - 1)
            path = way if way is not None else path
        elif self._is(finding, begin):
            path = ()
        return replace(finding, path=path)

    def _without_detours(self, finding: Finding) -> tuple[Act, ...]:
        """The path without the acts it does not need."""
        path, place = list(finding.path), 0
        while place < len(path):
            shorter = path[:place] + path[place + 1 :]
            if self._is(finding, walked(self.flows, finding.start, shorter)):
                path = shorter
                continue
            act = path[place]
            if isinstance(act, _EARLY) and act.early:
                patient = [*path[:place], replace(act, early=False), *path[place + 1 :]]
                if self._is(finding, walked(self.flows, finding.start, patient)):
                    path = patient
            place += 1
        return tuple(path)

    def _is(self, finding: Finding, walk: Walk) -> bool:
        """Whether a call has come to the same finding."""
        if finding.what is not What.TRAPPED:
            return walk.trouble is not None and walk.trouble[:2] == (finding.what, finding.place)
        if walk.state.place.name != finding.place or walk.state.ended is not None or walk.out:
            return False
        way, inside = self._search(walk, lambda each: each.out)
        return way is None and inside is not None


def _order(finding: Finding) -> tuple[int, str, str]:
    return len(finding.path), finding.place, finding.what.value


def _starts(flows: FlowSet, only: str | None) -> Iterator[Start]:
    """Every way a call can come in: each number, the default, and flows that have none."""
    entries: Mapping[str, tuple[str, str | None]] = {
        number: (entry.flow, entry.language) for number, entry in flows.numbers.items()
    }
    begun = {flow for flow, _ in entries.values()}
    if flows.default is not None and flows.default.flow not in begun:
        entries = {**entries, CALLED: (flows.default.flow, flows.default.language)}
        begun.add(flows.default.flow)
    wanted = set(flows.flows) if only is None else {only, *runners(flows, only)}
    for number, (flow, language) in entries.items():
        if flow in wanted:
            yield _start(flows.flows[flow], number, language)
    for each in flows.flows.values():
        # A flow with returns: is run by others, and is no entry.
        if each.id not in begun and each.id in wanted and not each.returns:
            yield _start(each, CALLED, None)


def _start(flow: Flow, number: str, language: str | None) -> Start:
    at = MOMENT.replace(tzinfo=ZoneInfo(flow.timezone))
    return Start(flow.id, number, language, CALLER, at)


def _edges(flow: Flow) -> list[datetime]:
    """Moments at which something opens or closes, from the usual moment on."""
    zone = ZoneInfo(flow.timezone)
    found: dict[datetime, None] = {}
    for schedule in flow.hours.values():
        moment: datetime | None = MOMENT.replace(tzinfo=zone)
        for _ in range(EDGES_MAX):
            assert moment is not None
            moment = schedule.closes_at(moment) or schedule.next_open(moment)
            if moment is None:
                break
            found[moment.astimezone(zone)] = None
    return list(found)
