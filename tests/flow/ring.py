"""Rings a flow written in a test: the pure machine, a caller's words, no clock.

The state goes through its bytes after every event, and the machine must leave the state it was
given as it was: every test of the machine is a test of both. What must hold of errands in every
call is checked here too: one at a time, none forgotten, none cancelled that is not out.
"""

from __future__ import annotations

import copy
import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar, get_args

from ivr.flow import machine
from ivr.flow.load import Loaded, load
from ivr.flow.messages import (
    CallAnswered,
    CallerHungUp,
    CallResumed,
    Cancel,
    Clip,
    Command,
    DeadlinePassed,
    Errand,
    ErrandDone,
    Event,
    HangUp,
    Hold,
    Invoke,
    KeyPressed,
    LegFinished,
    LegOutcome,
    Narration,
    Note,
    Noted,
    Playback,
    RecordMessage,
    Request,
    RequestAnswered,
    Silence,
    Speak,
    StopRecording,
    StopSpeaking,
    Tones,
    Transfer,
    UtteranceHeard,
)
from ivr.flow.model import FlowSet
from ivr.flow.problems import Severity
from ivr.flow.state import CallFacts, State, decode, encode
from ivr.flow.values import Value

A = TypeVar("A")

MONDAY = datetime(2026, 11, 23, 16, 15, tzinfo=UTC)
"""10:15 in Chicago."""
ASSETS = frozenset({"audio/music.wav"})
"""What lies in the flow folder."""


def loaded(flow: str, assets: frozenset[str] = frozenset(), /, **files: str) -> Loaded:
    """Load one flow, and other files by name (``settings="…"`` is settings.yaml)."""
    return load(_texts(flow, files), assets=assets)


def flows_of(flow: str, **files: str) -> FlowSet:
    """A flow set that can be rung.

    Its rules are left out, so that one can hear what becomes of callers in flows that the checker
    would refuse.
    """
    found = load(_texts(flow, files), assets=ASSETS, checked=False)
    assert found.flows is not None, found.problems
    return found.flows


def problems_of(flow: str, **files: str) -> list[tuple[str, int, int]]:
    """The errors and warnings of a flow: code, line, column."""
    return [
        (problem.code, problem.span.line, problem.span.column)
        for problem in loaded(flow, frozenset(), **files).problems
        if problem.severity is not Severity.INFO
    ]


def _texts(flow: str, files: Mapping[str, str]) -> dict[str, str]:
    others = {f"{name}.yaml": textwrap.dedent(text) for name, text in files.items()}
    return {"main.yaml": textwrap.dedent(flow), **others}


class Ring:
    """A call to a flow, with the caller's verbs."""

    def __init__(
        self,
        flow: str,
        *,
        language: str | None = None,
        caller: str | None = "+13125550177",
        at: datetime = MONDAY,
        answered: bool = True,
        **files: str,
    ) -> None:
        self.flows = flows_of(flow, **files)
        facts = CallFacts("CA1", caller, "+13125550100", at, "main", language)
        self.state: State = machine.answer(self.flows, facts)
        self.now = 0
        self.commands: list[Command] = []
        """Of the last event."""
        self.out: dict[int, Errand] = {}
        """What somebody is busy with."""
        if answered:
            self.tell(CallAnswered())

    def tell(self, event: Event) -> Ring:
        """Tell the machine what happened, now."""
        before = copy.deepcopy(self.state)
        turn = machine.handle(self.flows, self.state, event, self.now)
        assert self.state == before, "the machine changed the state it was given"
        self.state = turn.state if self._private(turn.state) else decode(encode(turn.state))
        self.commands = list(turn.commands)
        self._watch_errands(event)
        if turn.state.ended is None and turn.state.answered:
            waits = turn.state.wait
            assert waits is not None, "nothing is waited for and the call has not ended"
        return self

    def _private(self, state: State) -> bool:
        """Whether something of it lives in one process only."""
        return state.guarded or decode(encode(state)).queue != state.queue

    def _watch_errands(self, event: Event) -> None:
        if isinstance(event, RequestAnswered | ErrandDone) and not getattr(event, "narrates", 0):
            self.out.pop(event.id, None)
        gone = self.state.gone_at is not None or isinstance(event, CallerHungUp)
        if isinstance(event, CallResumed | LegFinished) and not gone:
            self.out.clear()
        for command in self.commands:
            if isinstance(command, Cancel):
                assert command.id in self.out, "an errand is cancelled that is not out"
                del self.out[command.id]
            elif isinstance(command, StopRecording) and gone:
                assert command.id in self.out, "a recording is ended that does not run"
                del self.out[command.id]
            elif isinstance(command, get_args(Errand)):
                left = [e for e in self.out.values() if not (gone and getattr(e, "finish", False))]
                assert not left, "something is asked while something else is out"
                self.out[command.id] = command
        if self.state.ended is not None:
            left = [e for e in self.out.values() if not (gone and getattr(e, "finish", False))]
            assert not left, "the call ends and leaves an errand behind"

    def forgets(self) -> Ring:
        """Be a call that goes on in another process."""
        self.state = decode(encode(self.state))
        return self

    # ------------------------------------------------------------------ the world outside

    def answers(self, status: int | None, body: Value = None, problem: str = "") -> Ring:
        """A service answers the request that is out."""
        return self.tell(RequestAnswered(self._asked.id, status, body, problem))

    def done(self, outcome: str = "done", value: Value = None) -> Ring:
        """The errand that is out is done."""
        return self.tell(ErrandDone(self._asked.id, outcome, value))

    def narrates(self) -> Ring:
        """The function that was called begins to bring text."""
        return self.tell(ErrandDone(self._asked.id, "done", narrates=True))

    @property
    def _asked(self) -> Errand:
        assert self.out, "nothing is out"
        return list(self.out.values())[-1]

    # ------------------------------------------------------------------ the caller

    def presses(self, keys: str, apart_ms: int = 100) -> Ring:
        """Press keys; ``commands`` are those of the last one."""
        for key in keys:
            self.now += apart_ms
            self.tell(KeyPressed(key))
        return self

    def hears_one(self) -> Ring:
        """Listen to one utterance."""
        return self.tell(UtteranceHeard(self.state.queue[0].id))

    def hears_all(self) -> Ring:
        """Listen until everything was said; ``commands`` collects what that led to."""
        led_to: list[Command] = []
        while self.state.queue:
            self.hears_one()
            led_to += self.commands
        self.commands = led_to
        return self

    def waits(self) -> Ring:
        """Say nothing until the machine wants to be woken."""
        assert self.state.deadline is not None
        self.now = self.state.deadline
        return self.tell(DeadlinePassed())

    def waits_ms(self, ms: int) -> Ring:
        """Let time pass, waking the machine as it asks."""
        until = self.now + ms
        while self.state.deadline is not None and self.state.deadline <= until:
            self.waits()
        self.now = until
        return self

    def silent(self) -> Ring:
        """Listen to everything, then say nothing until the flow reacts."""
        return self.hears_all().waits()

    def leg(self, outcome: LegOutcome) -> Ring:
        """Come back from a transfer."""
        return self.tell(LegFinished(outcome))

    def hangs_up(self) -> Ring:
        """Be gone."""
        return self.tell(CallerHungUp())

    def resumes(self) -> Ring:
        """Have a new stream."""
        return self.tell(CallResumed())

    # ------------------------------------------------------------------ what came of it

    @property
    def said(self) -> list[str]:
        """The texts begun by the last event."""
        return [_shown(command) for command in self.commands if isinstance(command, Speak)]

    @property
    def queue(self) -> list[str]:
        """The texts not yet heard."""
        return [utterance.shown for utterance in self.state.queue]

    @property
    def stopped(self) -> tuple[int, ...]:
        """The utterances dropped by the last event."""
        return tuple(i for c in self.commands if isinstance(c, StopSpeaking) for i in c.ids)

    def told(self, what: type[A]) -> list[A]:
        """The commands of this sort that the last event led to."""
        return [command for command in self.commands if isinstance(command, what)]

    @property
    def request(self) -> Request | None:
        """The request of the last event."""
        return next((c for c in self.commands if isinstance(c, Request)), None)

    @property
    def invoked(self) -> Invoke | None:
        """The function that the last event called."""
        return next((c for c in self.commands if isinstance(c, Invoke)), None)

    @property
    def recording(self) -> RecordMessage | None:
        """The recording that the last event began."""
        return next((c for c in self.commands if isinstance(c, RecordMessage)), None)

    @property
    def cancelled(self) -> list[int]:
        """The errands the last event cancelled."""
        return [c.id for c in self.commands if isinstance(c, Cancel)]

    @property
    def transfer(self) -> Transfer | None:
        """The transfer of the last event."""
        return next((c for c in self.commands if isinstance(c, Transfer)), None)

    @property
    def hung_up(self) -> str | None:
        """How the machine ended the call in the last event."""
        return next((c.outcome for c in self.commands if isinstance(c, HangUp)), None)

    @property
    def step(self) -> str:
        """Where the caller is."""
        return self.state.place.step

    def notes(self, what: Noted) -> list[str]:
        """What the last event noted of this sort."""
        return [c.detail for c in self.commands if isinstance(c, Note) and c.what is what]


def _shown(command: Speak) -> str:
    pieces = []
    for part in command.utterance.parts:
        match part:
            case Clip(file):
                pieces.append(f"[{file}]")
            case Silence(ms):
                pieces.append(f"[{ms} ms]")
            case Hold(file):
                pieces.append(f"[{file or 'tone'}]")
            case Narration():
                pieces.append("[text that comes]")
            case Playback():
                pieces.append("[what was recorded]")
            case Tones(keys):
                pieces.append(f"[tones {keys}]")
            case _:
                pieces.append(part.public)
    return " ".join(pieces)
