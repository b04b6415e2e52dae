"""One explored call, from decision to decision, and what goes wrong in it.

A decision is where the flow waits for the caller, or a transfer for its end. What is said before it
is heard in virtual time, by the words in it. There is no transcript and no tape of words, because
thousands of these calls are made; ``line`` is for one call in all its detail. Used by ``explore``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import assert_never

from ivr.flow import machine
from ivr.flow.machine import ACTIONS_MAX, VISITS_MAX, Turn
from ivr.flow.messages import (
    CallAnswered,
    CallerHungUp,
    DeadlinePassed,
    Event,
    KeyPressed,
    LegFinished,
    Note,
    Noted,
    UtteranceHeard,
)
from ivr.flow.model import FlowSet
from ivr.flow.state import CallFacts, State, WaitFor
from ivr.rehearsal.coverage import copied
from ivr.rehearsal.draws import Act, Answers, HangsUp, Presses, Silent
from ivr.rehearsal.line import GAP_MS, WORDS_PER_SECOND, Handle

KEY_MS = 250
TALK_MS = 30_000
"""How long a transfer lasts; nothing depends on it but the clock."""
_NO_END = frozenset({"caller_hung_up", "limit", "trouble", "speechless"})
"""Outcomes that are no way out of a trap."""


class What(Enum):
    """What can be wrong."""

    CRASH = "crash"
    DEAD_END = "dead end"
    LOOP = "endless loop"
    MISSING = "missing value"
    TRAPPED = "trapped caller"


@dataclass(frozen=True, slots=True)
class Start:
    """How a call comes in."""

    flow: str
    called: str
    language: str | None
    caller: str | None
    at: datetime
    """Aware, on the flow's own clock."""


Node = tuple[object, ...]
"""Where a call is, as far as it matters for what can happen next."""


@dataclass(slots=True)
class Walk:
    """One call, from decision to decision."""

    flows: FlowSet
    start: Start
    handle: Handle
    watch: Callable[[Event, Turn, int], None] | None = None
    """Told of every event."""
    now: int = 0
    events: int = 0
    state: State = field(init=False)
    trouble: tuple[What, str, str] | None = None
    """The first thing that went wrong: what, where, and a sentence."""

    def __post_init__(self) -> None:
        """The call comes in and is answered."""
        start = self.start
        facts = CallFacts(
            "CA-explored",
            start.caller,
            start.called,
            start.at.astimezone(UTC),
            start.flow,
            start.language,
        )
        self.state = machine.answer(self.flows, facts)
        self.tell(CallAnswered())

    def fork(self) -> Walk:
        """Another call that has come as far as this one."""
        other = Walk.__new__(Walk)
        for name in ("flows", "start", "handle", "watch", "now", "events", "trouble"):
            setattr(other, name, getattr(self, name))
        other.state = copied(self.state)
        return other

    def listen(self) -> None:
        """Hear everything that is being said, up to the next decision."""
        while not self.over:
            state = self.state
            if state.queue:
                self._hear()
            elif state.wait is None or state.wait.what is WaitFor.PLAYED_OUT:
                self._wait()
            else:
                return

    def do(self, act: Act) -> None:
        """What the caller or the world does now."""
        match act:
            case Presses(keys):
                for key in keys:
                    wait = self.state.wait
                    if self.state.ended is not None or wait is None or wait.what is WaitFor.LEG:
                        return
                    self.now += KEY_MS
                    self.tell(KeyPressed(key))
            case Silent():
                self._wait()
            case Answers(outcome):
                self.now += TALK_MS
                self.tell(LegFinished(outcome))
            case HangsUp():
                self.tell(CallerHungUp())
            case _:
                assert_never(act)

    def _hear(self) -> None:
        """What is queued is heard to its end, unless the limit of the call comes before."""
        queue = self.state.queue
        words = sum(len(utterance.shown.split()) for utterance in queue)
        end = self.now + round(words * 1000 / WORDS_PER_SECOND) + GAP_MS * len(queue)
        deadline = self.state.deadline
        if deadline is not None and deadline < end:
            self._wait()
            return
        self.now = end
        # All but the last leave the queue without an event of their own: nothing hangs on them.
        self.state.queue = queue[-1:]
        self.tell(UtteranceHeard(queue[-1].id))

    def _wait(self) -> None:
        deadline = self.state.deadline
        assert deadline is not None, "the machine waits for nothing"
        self.now = max(self.now, deadline)
        self.tell(DeadlinePassed())

    def tell(self, event: Event) -> None:
        """Tell the machine, and look at what it says."""
        self.events += 1
        before = self.state
        try:
            turn = self.handle(self.flows, before, event, self.now)
        except Exception as error:  # whatever it is, it is what was looked for
            said = f"a fault of ivr itself, {type(error).__name__}: {error}"
            self.trouble = self.trouble or (What.CRASH, before.place.name, said)
            self.state = copied(before)
            self.state.ended = "trouble"
            return
        self.state = turn.state
        if self.watch is not None:
            self.watch(event, turn, self.now)
        if self.trouble is None:
            for command in turn.commands:
                if isinstance(command, Note) and command.what is Noted.TROUBLE:
                    self.trouble = self._judged(command)
                    break

    def _judged(self, note: Note) -> tuple[What, str, str]:
        state = self.state
        place = f"{state.place.flow}/{note.step}"
        steps = self.flows.flows[state.place.flow].steps
        if state.apologised:
            turned = state.actions > ACTIONS_MAX or any(
                visits > VISITS_MAX for visits in state.visits.values()
            )
            return (What.LOOP if turned else What.CRASH), place, note.detail
        if state.place.action >= len(steps[state.place.step].actions):
            return What.DEAD_END, place, note.detail
        return What.MISSING, place, note.detail

    @property
    def over(self) -> bool:
        """Whether the call has ended, or gone wrong."""
        return self.state.ended is not None or self.trouble is not None

    @property
    def node(self) -> Node:
        """Where the call is: two calls at one node go the same ways."""
        state, wait = self.state, self.state.wait
        variables = tuple(sorted((name, repr(v)) for name, v in state.variables.items()))
        listening = (wait.what, wait.keys) if wait is not None else None
        return (state.place, listening, state.language, variables)

    @property
    def exact(self) -> Node:
        """The node with all that a search must tell apart."""
        state = self.state
        tries = state.wait.tries if state.wait is not None else 0
        return (*self.node, tries, state.menus[-2:], state.seen, state.caller_acted)

    @property
    def out(self) -> bool:
        """Whether the caller has come to a person, or to an end of the call."""
        state = self.state
        if state.ended is not None:
            return state.ended not in _NO_END
        return state.wait is not None and state.wait.what is WaitFor.LEG


def walked(
    flows: FlowSet,
    start: Start,
    path: Sequence[Act],
    watch: Callable[[Event, Turn, int], None] | None = None,
) -> Walk:
    """The call that goes this way, at the decision behind its last act."""
    walk = Walk(flows, start, machine.handle, watch)
    for act in path:
        if not (isinstance(act, Presses) and act.early):
            walk.listen()
        if walk.over or (isinstance(act, Answers) and not walk.out):
            return walk
        walk.do(act)
    walk.listen()
    return walk
