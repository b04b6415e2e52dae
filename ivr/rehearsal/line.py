"""A telephone line without a telephone: the machine on a clock that only moves when told to.

It plays what the machine says in virtual time, tells it what was heard, passes its deadlines, and
brings back who was away and what was asked. Between queued texts there are 300 ms, after a key
nothing. It is no caller (``caller.py`` is) and never reads a real clock, so the same call has the
same transcript on every machine.

Everything spoken lands on a tape (``tape.py``): that is what a test listens to. What is asked of
the world is kept by ``errands.py``. After every event the line checks what must always hold of a
machine; a breach is a bug of ours, and raises :class:`~ivr.rehearsal.errands.Broken`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, assert_never

from ivr.flow import machine
from ivr.flow.machine import Turn
from ivr.flow.messages import (
    CallAnswered,
    CallerHungUp,
    Cancel,
    Command,
    DeadlinePassed,
    Emit,
    Errand,
    ErrandDone,
    Event,
    HangUp,
    Invoke,
    JoinQueue,
    KeepMessage,
    KeyPressed,
    Leg,
    LegFinished,
    LegOutcome,
    Note,
    Noted,
    RecordCall,
    Recording,
    RecordMessage,
    Request,
    RunTwiml,
    SendText,
    Speak,
    StopRecording,
    StopSpeaking,
    Transfer,
    Utterance,
    UtteranceHeard,
)
from ivr.flow.model import FlowSet, Kind
from ivr.flow.state import CallFacts, State, WaitFor
from ivr.rehearsal.away import leg_ms, spelled, spelled_leg
from ivr.rehearsal.errands import Broken, Errands, Message
from ivr.rehearsal.stubs import Outside, Stub
from ivr.rehearsal.tape import Left, Lengths, Unsaid, Word
from ivr.rehearsal.transcript import Transcript, spell
from ivr.rehearsal.waiting import Waiting

GAP_MS = 300
"""Silence between queued texts, as the live speaker has it."""
EVENTS_MAX = 10_000
"""Of one call; the longest the machine's own limits allow has a tenth of it."""
MASK = "•"
"""Stands for a key that may be written nowhere."""
_NOTICED = (Speak, StopSpeaking, Transfer, JoinQueue, RunTwiml, HangUp)
"""Commands a caller notices."""
_RECORDS = (Recording.START, Recording.RESUME)


class Handle(Protocol):
    """What decides: ``ivr.flow.machine.handle``, or that with more checks around it."""

    def __call__(self, flows: FlowSet, state: State, event: Event, now: int, /) -> Turn:
        """What happens next."""
        ...


@dataclass(slots=True)
class _Playing:
    """The utterance whose turn it is."""

    utterance: Utterance
    starts: int
    ends: int
    begun: bool = False


@dataclass(frozen=True, slots=True)
class _Away:
    """A time away, and when and how it will end."""

    leg: Leg
    until: int
    outcome: LegOutcome


@dataclass(slots=True)
class Line:
    """One call: its clock, its state, what was said, and what is still to come."""

    flows: FlowSet
    facts: CallFacts
    answers: tuple[Stub, ...] = ()
    """What the world outside says, the nearest first; else the examples of the steps."""
    clips: Mapping[str, int] = field(default_factory=dict)
    """How many milliseconds each audio file lasts."""
    handle: Handle = machine.handle

    now: int = 0
    state: State = field(init=False)
    tape: list[Word | Unsaid | Left] = field(default_factory=list, init=False)
    """All that was spoken, in order, to the end of the text being said; places in it stay."""
    words: list[str | None] = field(default_factory=list, init=False)
    """The words of the tape, place by place; None where no word was spoken."""
    transcript: Transcript = field(default_factory=Transcript, init=False)
    over: str | None = field(default=None, init=False)
    """The outcome, once the call has ended."""
    gone: bool = field(default=False, init=False)
    """The caller has hung up; the flow may go on without them."""
    budgets: Waiting = field(init=False)
    """Whether the flow keeps its budgets."""
    errands: Errands = field(init=False)
    """What was asked of the world."""
    _lengths: Lengths = field(init=False)
    _outside: Outside = field(init=False)
    _queue: list[Utterance] = field(default_factory=list, init=False)
    _playing: _Playing | None = field(default=None, init=False)
    _away: _Away | None = field(default=None, init=False)
    _events: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """The call is there and not yet answered."""
        self.state = machine.answer(self.flows, self.facts)
        self.budgets = Waiting(self.flows)
        self._outside = Outside(self.flows, self.answers)
        self.errands = Errands(self.flows, self._outside)
        self._lengths = Lengths(self.clips, self.errands.narrated, self.errands.recorded)

    # ------------------------------------------------------------------ what the caller does

    def answer(self) -> None:
        """The line answers: the flow begins to speak."""
        self._tell(CallAnswered())

    def press(self, key: str) -> None:
        """The caller presses a key, now; it must reach the flow."""
        assert self.over is None, "the call has ended"
        assert not self.gone, "the caller has hung up"
        assert self._away is None, "the caller is talking to somebody else"
        self.transcript.presses(self.now, MASK if machine.secret_now(self.state) else key)
        self._tell(KeyPressed(key))

    def talk(self, ms: int) -> None:
        """The caller speaks for so long into the recording that runs, then says nothing."""
        message = self.message
        assert message is not None, "nothing is being recorded"
        self.run_until(message.begins)
        message.talked_ms = self.now - message.begins + ms
        self.transcript.caller(self.now, f"speaks for {spell(ms)}")
        self.run_until(message.talks_until)

    def hang_up(self) -> None:
        """The caller is gone, now."""
        assert self.over is None, "the call has ended"
        assert not self.gone, "the caller has hung up"
        self.transcript.caller(self.now, "hangs up")
        self.gone = True
        self._queue.clear()
        self._playing = self._away = None
        self._tell(CallerHungUp())

    # ------------------------------------------------------------------ where the call is

    @property
    def away(self) -> Leg | None:
        """Where the caller is, if not with us."""
        return self._away.leg if self._away is not None else None

    @property
    def message(self) -> Message | None:
        """The recording that runs."""
        return self.errands.message

    @property
    def waiting(self) -> bool:
        """Whether the flow has said everything and waits for the caller to begin.

        An entry that was begun is not waited for: it is complete when the caller does no more.
        """
        wait = self.state.wait
        if self.over is not None or self._queue or self._away is not None or wait is None:
            return False
        if self.message is not None:
            return not self.message.talked_ms
        return wait.what in (WaitFor.KEYS, WaitFor.CONFIRM) and not wait.keys

    @property
    def speaking(self) -> Utterance | None:
        """What is being said now."""
        playing = self._playing
        return playing.utterance if playing is not None and playing.begun else None

    @property
    def last_heard(self) -> str | None:
        """The last text the caller heard, or began to hear, as it may be written down."""
        for item in reversed(self.tape):
            if isinstance(item, Word) and item.at <= self.now:
                return item.spoken_in.public
        return None

    # ------------------------------------------------------------------ the clock

    def next_at(self) -> int | None:
        """When something happens next if the caller does nothing; None after the end."""
        due = self._due()
        return None if due is None else due[0]

    def run_until(self, at: int) -> None:
        """Let time pass until ``at``; what is due before it happens, what is due then does not."""
        while (due := self.next_at()) is not None and due < at:
            self.step()
        if self.over is None:
            self.now = max(self.now, at)

    def step(self) -> bool:
        """Let the next thing happen; whether the flow then said or did something new."""
        due = self._due()
        assert due is not None, "nothing is due after the end"
        at, happen = due
        self.now = max(self.now, at)
        return happen()

    def _due(self) -> tuple[int, Callable[[], bool]] | None:
        """The first thing due; of two at the same moment what was said comes first."""
        if self.over is not None:
            return None
        things: list[tuple[int, Callable[[], bool]]] = []
        playing, deadline = self._playing, self.state.deadline
        if playing is not None:
            things.append(
                (playing.ends, self._heard) if playing.begun else (playing.starts, self._begin)
            )
        if self._away is not None:
            things.append((self._away.until, self._return))
        if (back := self.errands.due) is not None:
            things.append((back, self._answered))
        if deadline is not None:
            things.append((deadline, self._deadline_passed))
        return min(things, key=lambda thing: thing[0])

    def _begin(self) -> bool:
        """The utterance whose turn it is becomes audible; its words go onto the tape."""
        playing = self._playing
        assert playing is not None
        playing.begun = True
        spoken = self._lengths.spoken(playing.utterance, playing.starts)
        self.tape += spoken
        self.words += [word.text for word in spoken]
        self.transcript.says(playing.starts, self._lengths.shown(playing.utterance))
        return False

    def _heard(self) -> bool:
        utterance = self._queue.pop(0)
        self.errands.spoken(utterance, self.now)
        self._playing = self._play(GAP_MS) if self._queue else None
        return self._tell(UtteranceHeard(utterance.id))

    def _return(self) -> bool:
        away = self._away
        assert away is not None
        self._away = None
        self.transcript.ivr(self.now, f"comes back: {away.outcome.value}")
        return self._tell(LegFinished(away.outcome))

    def _answered(self) -> bool:
        message = self.message
        if message is not None:
            silent = self.now - max(message.begins, message.talks_until)
            self.transcript.caller(message.talks_until, f"says nothing for {spell(silent)}")
        event = self.errands.back()
        if isinstance(event, ErrandDone):
            told = "its text comes" if event.narrates else event.outcome
        else:
            told = str(event.status) if event.status is not None else event.problem
        wait = self.state.wait
        recorded = wait is not None and wait.what is WaitFor.RECORDING
        does = "has recorded" if recorded else "is answered"
        self.transcript.ivr(self.now, f"({does}: {told})")
        return self._tell(event)

    def _deadline_passed(self) -> bool:
        before = self.state
        wait = before.wait
        if not self._queue and wait is not None and wait.until is not None and wait.quiet_ms:
            since = (
                wait.until - round(wait.quiet_ms * before.patience) if not wait.keys else before.now
            )
            self.transcript.caller(since, f"says nothing for {spell(self.now - since)}")
        new = self._tell(DeadlinePassed())
        if self.over is None and self.state.deadline == before.deadline:
            raise Broken("the machine kept a deadline that has passed")
        return new

    # ------------------------------------------------------------------ the machine

    def _tell(self, event: Event) -> bool:
        """Tell the machine what happened and do what it says; whether that was anything."""
        self._events += 1
        if self._events > EVENTS_MAX:
            raise Broken(f"more than {EVENTS_MAX} events in one call")
        turn = self.handle(self.flows, self.state, event, self.now)
        self.state = turn.state
        for command in turn.commands:
            self._do(command)
        if self.gone:
            self.over = self.state.ended
        self._check()
        self.budgets.listens(self.state, self.now)
        return any(isinstance(command, _NOTICED) for command in turn.commands)

    def _do(self, command: Command) -> None:
        if self.over is not None:
            raise Broken(f"{type(command).__name__} after the call was hung up")
        match command:
            case Speak(utterance):
                self._speak(utterance)
            case StopSpeaking(ids):
                self._stop(ids)
            case Transfer() | JoinQueue() | RunTwiml():
                self._leave(command)
            case Request() | Invoke() | RecordMessage() | SendText():
                self._ask(command)
            case Cancel(id):
                self.errands.cancel(id)
                self.transcript.ivr(self.now, "(waits no longer)")
            case StopRecording(id):
                self.errands.stop(id, self.now, gone=self.gone)
            case KeepMessage():
                box = self.errands.keep(command)
                self.transcript.ivr(self.now, f"(keeps the message{f' in {box}' if box else ''})")
            case RecordCall(what):
                self.errands.record_call(command)
                self.transcript.ivr(self.now, f"(recording of the call: {what.value})")
            case Emit(name):
                self.errands.told.append(command)
                self.transcript.ivr(self.now, f"(tells {name})")
            case HangUp(outcome):
                self._must_have_heard_all("hangs up")
                self.transcript.ivr(self.now, f"hangs up ({outcome})")
                self.over = outcome
            case Note(what, _, detail):
                if what is Noted.STEP:
                    self.budgets.enters(detail)
                elif what is Noted.TROUBLE:
                    self.transcript.ivr(self.now, f"(trouble: {detail})")
            case _:
                assert_never(command)

    def _speak(self, utterance: Utterance) -> None:
        if self._away is not None or self.gone:
            raise Broken("it speaks while the caller is somewhere else")
        if self.message is not None:
            raise Broken("it speaks into a recording")
        self.budgets.speaks(utterance, self.now, self._all_said_at())
        self._queue.append(utterance)
        if self._playing is None:
            self._playing = self._play(0)
            self._begin()

    def _stop(self, ids: tuple[int, ...]) -> None:
        """Drop utterances; of the one being said, the words not yet begun were never spoken."""
        queued = {utterance.id for utterance in self._queue}
        if not ids or not queued.issuperset(ids):
            raise Broken(f"it stops {ids}, and {sorted(queued)} are said or queued")
        for utterance in self._queue:
            if utterance.id in ids:
                self.errands.spoken(utterance, self.now)
        self._queue = [utterance for utterance in self._queue if utterance.id not in ids]
        playing = self._playing
        assert playing is not None
        if playing.utterance.id not in ids:
            return
        if playing.begun:
            for place in range(len(self.tape) - 1, -1, -1):
                word = self.tape[place]
                if not isinstance(word, Word) or word.at < self.now:
                    break
                self.tape[place] = Unsaid()
                self.words[place] = None
            self.transcript.stops(self.now)
        # What may not be interrupted is still said, without the pause it would have had.
        self._playing = self._play(0) if self._queue else None
        if self._playing is not None:
            self._begin()

    def _leave(self, leg: Leg) -> None:
        self._must_have_heard_all("leaves")
        self.transcript.ivr(self.now, spelled_leg(leg))
        self.tape.append(Left(leg, self.now))
        self.words.append(None)
        outcome = self._outside.leg(leg)
        self._away = _Away(leg, self.now + leg_ms(leg, outcome), outcome)

    def _ask(self, errand: Errand) -> None:
        place = self.state.place
        kind: Kind | None = None
        actions = self.flows.flows[place.flow].steps[place.step].actions
        if place.action < len(actions):
            kind = actions[place.action].kind
        if isinstance(errand, RecordMessage):
            self._must_have_heard_all("records")
        self.transcript.ivr(self.now, f"({spelled(errand)})")
        self.errands.begin(errand, kind, self.state.sensitive, self.now)

    def _play(self, gap_ms: int) -> _Playing:
        utterance = self._queue[0]
        starts = self.now + gap_ms
        return _Playing(utterance, starts, starts + self._lengths.whole(utterance))

    def _all_said_at(self) -> int:
        """When the next thing that is queued would begin."""
        playing = self._playing
        if playing is None:
            return self.now
        behind = self._queue[1:]
        lasts = sum(map(self._lengths.whole, behind))
        return playing.ends + lasts + GAP_MS * (len(behind) + 1)

    # ------------------------------------------------------------------ what must always hold

    def _must_have_heard_all(self, what: str) -> None:
        if self._queue or self._away is not None:
            raise Broken(f"it {what} before everything was heard")

    def _check(self) -> None:
        state = self.state
        if (state.ended is None) != (self.over is None) or state.ended != self.over:
            raise Broken(f"its state says {state.ended!r}, and what it did {self.over!r}")
        if self.over is not None:
            self.errands.check_the_end(gone=self.gone)
            return
        if [u.id for u in state.queue] != [u.id for u in self._queue]:
            raise Broken("it takes other texts for unheard than those that are")
        busy = self._queue or self._away is not None
        if state.deadline is None and (not busy or self.errands.busy):
            raise Broken("nothing is said, nobody is rung, and no deadline is set")
        if state.wait is not None and state.wait.secret and self.errands.recording in _RECORDS:
            raise Broken("it records the keys of something sensitive")
