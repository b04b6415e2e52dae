"""One explored call, from decision to decision, and what goes wrong in it.

A decision is where the flow waits for the caller, or for somebody outside: whoever it has rung, or
asked. What is said before it is heard in virtual time, by the words in it. There is no transcript
and no tape of words, because thousands of these calls are made; ``line`` is for one call in all its
detail. Used by ``explore``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import assert_never

from ivr.flow import machine
from ivr.flow.machine import Turn
from ivr.flow.messages import (
    CallAnswered,
    CallerHungUp,
    DeadlinePassed,
    ErrandDone,
    Event,
    KeyPressed,
    LegFinished,
    Note,
    Noted,
    RequestAnswered,
    StopRecording,
    UtteranceHeard,
)
from ivr.flow.model import FlowSet
from ivr.flow.state import CallFacts, State, WaitFor, copied
from ivr.flow.steps.menu import Menu
from ivr.flow.steps.recording import LEAST_MS
from ivr.rehearsal.draws import (
    Act,
    Answers,
    Finishes,
    HangsUp,
    Presses,
    Returns,
    Silent,
    Speaks,
)
from ivr.rehearsal.line import GAP_MS, Handle
from ivr.rehearsal.tape import WORDS_PER_SECOND

KEY_MS = 250
TALK_MS = 30_000
"""How long a transfer lasts; nothing depends on it but the clock."""
ANSWER_MS = 300
SILENCE_MS = 5_000
"""What ends a recording."""
_TURNED = re.compile(r"^more than \d+ actions|was entered \d+ times")
"""How the machine tells a loop."""
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
            state, wait = self.state, self.state.wait
            asked = wait is not None and wait.what is WaitFor.ERRAND and not wait.came
            if state.queue and not (asked and self._would_be_late()):
                self._hear()
            elif wait is None or wait.what is WaitFor.PLAYED_OUT:
                self._wait()
            else:
                return

    def _would_be_late(self) -> bool:
        """Whether an answer comes before all is heard: it fills the time, or takes too long."""
        wait, deadline = self.state.wait, self.state.deadline
        assert wait is not None
        return bool(wait.hold) or (deadline is not None and deadline < self._heard_at())

    def _heard_at(self) -> int:
        """When everything that is queued will have been heard."""
        queue = self.state.queue
        words = sum(len(utterance.shown.split()) for utterance in queue)
        return self.now + round(words * 1000 / WORDS_PER_SECOND) + GAP_MS * len(queue)

    def do(self, act: Act) -> None:
        """What the caller or the world does now."""
        match act:
            case Presses(keys):
                for key in keys:
                    wait = self.state.wait
                    gone = self.state.ended is not None or self.state.gone_at is not None
                    if gone or wait is None or wait.what is WaitFor.LEG:
                        return
                    self.now += KEY_MS
                    self.tell(KeyPressed(key))
            case Silent():
                self._wait()
            case Returns(outcome):
                self.now += TALK_MS
                self.tell(LegFinished(outcome))
            case Answers(status, body):
                self.now += ANSWER_MS
                self.tell(RequestAnswered(self._errand, status, body))
            case Finishes(outcome, value):
                self.now += ANSWER_MS
                self.tell(ErrandDone(self._errand, outcome, value))
            case Speaks(seconds):
                self.now += seconds * 1000 + SILENCE_MS
                self.tell(self._recorded(seconds * 1000))
            case HangsUp() if self.state.gone_at is None:
                self.tell(CallerHungUp())
            case HangsUp():
                self._wait()
            case _:
                assert_never(act)

    @property
    def _errand(self) -> int:
        wait = self.state.wait
        return wait.errand if wait is not None else 0

    def _recorded(self, ms: int) -> ErrandDone:
        """What a recording of this length comes to."""
        if ms < LEAST_MS:
            return ErrandDone(self._errand, "empty")
        return ErrandDone(self._errand, "done", {"id": "recording", "seconds": ms // 1000})

    def _hear(self) -> None:
        """What is queued is heard to its end, unless the limit of the call comes before."""
        queue, deadline, end = self.state.queue, self.state.deadline, self._heard_at()
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
        given_up = False
        for command in turn.commands:
            match command:
                case Note(what=Noted.CAME_BACK):
                    # That nobody answers in time is no trouble of the flow.
                    given_up = isinstance(event, DeadlinePassed)
                case Note(what=Noted.TROUBLE) if given_up or self.state.gone_at is not None:
                    given_up = False
                case Note(what=Noted.TROUBLE) if self.trouble is None:
                    self.trouble = self._judged(command, before)
                case StopRecording(id) if self._errand == id:
                    self.tell(ErrandDone(id, "done", {"id": "recording", "seconds": 8}))
                case _:
                    pass

    def _judged(self, note: Note, before: State) -> tuple[What, str, str]:
        state = self.state
        turned = _TURNED.search(note.detail) is not None
        flow = before.place.flow if state.place.flow != before.place.flow else state.place.flow
        if note.step not in self.flows.flows[flow].steps:
            flow = state.place.flow
        place = f"{flow}/{note.step}"
        if state.apologised or state.rescued:
            return (What.LOOP if turned else What.CRASH), place, note.detail
        steps = self.flows.flows[state.place.flow].steps
        if state.place.action >= len(steps[state.place.step].actions):
            return What.DEAD_END, place, note.detail
        return What.MISSING, place, note.detail

    @property
    def over(self) -> bool:
        """Whether the call has ended, or gone wrong."""
        return self.state.ended is not None or self.trouble is not None

    @property
    def decision(self) -> Node:
        """What kind of decision the call has come to; many nodes are of one kind."""
        state, wait = self.state, self.state.wait
        if wait is None:
            return (state.place, None)
        step = self.flows.flows[state.place.flow].steps[state.place.step]
        kind = step.actions[state.place.action].kind
        # Of an entry that was begun it does not matter how.
        keys = wait.keys if isinstance(kind, Menu) else bool(wait.keys)
        tried = wait.tries if wait.what is WaitFor.KEYS else 0
        listening = (wait.what, keys, wait.came, tried, bool(state.queue))
        return (state.place, listening, state.language, state.gone_at is not None)

    @property
    def node(self) -> Node:
        """Where the call is: two calls at one node go the same ways."""
        state, wait = self.state, self.state.wait
        variables = _plain(state.variables)
        listening = (wait.what, wait.keys, wait.came) if wait is not None else None
        around = tuple((frame.place, _plain(frame.variables)) for frame in state.frames)
        given = _plain(state.inputs) if state.inputs else ()
        gone = state.gone_at is not None
        return (state.place, listening, state.language, variables, around, given, gone)

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


def _plain(values: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, repr(value)) for name, value in values.items()))


def _fits(act: Act, walk: Walk) -> bool:
    """Whether this can happen where the call is now."""
    wait = walk.state.wait
    what = wait.what if wait is not None and not wait.came else None
    match act:
        case Returns():
            return what is WaitFor.LEG
        case Answers() | Finishes():
            return what is WaitFor.ERRAND
        case Speaks():
            return what is WaitFor.RECORDING
        case Silent():
            return what is not WaitFor.LEG
        case _:
            return True


def walked(
    flows: FlowSet,
    start: Start,
    path: Sequence[Act],
    watch: Callable[[Event, Turn, int], None] | None = None,
) -> Walk:
    """The call that goes this way, at the decision behind its last act."""
    walk = Walk(flows, start, machine.handle, watch)
    for act in path:
        if not getattr(act, "early", False):
            walk.listen()
        if walk.over or not _fits(act, walk):
            return walk
        walk.do(act)
    walk.listen()
    return walk
