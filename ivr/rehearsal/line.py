"""A telephone line without a telephone: the machine on a clock that only moves when told to.

It plays what the machine says in virtual time, tells it what was heard, passes its deadlines and
brings transfers back. Texts take 2.6 words a second, clips and silences their own length; between
queued texts there are 300 ms, after a key nothing. It is no caller (``caller.py`` is) and never
reads a real clock, so the same call has the same transcript on every machine.

Everything spoken lands on a tape of words, each with the moment it begins, and transfers among
them: that is what a test listens to. After every event the line checks what must always hold of a
machine; a breach is a bug of ours, and raises :class:`Broken`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol, assert_never

from ivr.flow import machine
from ivr.flow.machine import Turn
from ivr.flow.messages import (
    CallAnswered,
    CallerHungUp,
    Clip,
    Command,
    DeadlinePassed,
    Event,
    HangUp,
    KeyPressed,
    LegFinished,
    LegOutcome,
    Note,
    Noted,
    Part,
    Silence,
    Speak,
    StopSpeaking,
    Transfer,
    Utterance,
    UtteranceHeard,
    Words,
)
from ivr.flow.model import FlowSet
from ivr.flow.state import CallFacts, State, WaitFor
from ivr.rehearsal.transcript import Transcript, shown, spell
from ivr.rehearsal.waiting import Waiting
from ivr.rehearsal.words import words_of

WORDS_PER_SECOND = 2.6
"""How fast a voice reads a menu; the checker's P001 counts with the same."""
GAP_MS = 300
"""Silence between queued texts, as the live speaker has it."""
ANSWERED_MS = 5_000
"""How long a transfer rings before somebody answers."""
TALK_MS = 60_000
"""How long the caller then talks, if the transfer has no shorter limit."""
BUSY_MS = 2_000
FAILED_MS = 1_000
EVENTS_MAX = 10_000
"""Of one call; the longest the machine's own limits allow has a tenth of it."""
MASK = "•"
"""Stands for a key that may be written nowhere."""


class Broken(AssertionError):
    """The machine did what it never may; a bug of ours, not of the flow's author."""


class Handle(Protocol):
    """What decides: ``ivr.flow.machine.handle``, or that with more checks around it."""

    def __call__(self, flows: FlowSet, state: State, event: Event, now: int, /) -> Turn:
        """What happens next."""
        ...


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word on the tape."""

    text: str
    """As words are compared."""
    at: int
    """When it begins, in milliseconds since the call was answered."""
    spoken_in: Words
    """The text it belongs to."""
    utterance: int


@dataclass(frozen=True, slots=True)
class Unsaid:
    """Where a word would have stood that was cut off before it began."""


@dataclass(frozen=True, slots=True)
class Left:
    """The caller was connected to somebody else."""

    transfer: Transfer
    at: int


@dataclass(slots=True)
class _Playing:
    """The utterance whose turn it is."""

    utterance: Utterance
    starts: int
    ends: int
    begun: bool = False


@dataclass(frozen=True, slots=True)
class _Leg:
    """A transfer that is out, and when and how it will come back."""

    until: int
    outcome: LegOutcome


@dataclass(slots=True)
class Line:
    """One call: its clock, its state, what was said, and what is still to come."""

    flows: FlowSet
    facts: CallFacts
    answers: Mapping[str, LegOutcome] = field(default_factory=dict)
    """How transfers end, by the target as the flow names it or its number; default: answered."""
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
    budgets: Waiting = field(init=False)
    """Whether the flow keeps its budgets."""
    _queue: list[Utterance] = field(default_factory=list, init=False)
    _playing: _Playing | None = field(default=None, init=False)
    _leg: _Leg | None = field(default=None, init=False)
    _events: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """The call is there and not yet answered."""
        self.state = machine.answer(self.flows, self.facts)
        self.budgets = Waiting(self.flows)

    # ------------------------------------------------------------------ what the caller does

    def answer(self) -> None:
        """The line answers: the flow begins to speak."""
        self._tell(CallAnswered())

    def press(self, key: str) -> None:
        """The caller presses a key, now; it must reach the flow."""
        assert self.over is None, "the call has ended"
        assert self._leg is None, "the caller is talking to somebody else"
        self.transcript.presses(self.now, MASK if machine.secret_now(self.state) else key)
        self._tell(KeyPressed(key))

    def hang_up(self) -> None:
        """The caller is gone, now."""
        assert self.over is None, "the call has ended"
        self.transcript.caller(self.now, "hangs up")
        self._queue.clear()
        self._playing = self._leg = None
        self._tell(CallerHungUp())

    # ------------------------------------------------------------------ where the call is

    @property
    def away(self) -> Transfer | None:
        """The transfer the caller is in."""
        if self._leg is None:
            return None
        return next(item.transfer for item in reversed(self.tape) if isinstance(item, Left))

    @property
    def waiting(self) -> bool:
        """Whether the flow has said everything and waits for the caller to begin.

        An entry that was begun is not waited for: it is complete when the caller does no more.
        """
        wait = self.state.wait
        if self.over is not None or self._queue or self._leg is not None or wait is None:
            return False
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
        playing, leg, deadline = self._playing, self._leg, self.state.deadline
        if playing is not None:
            things.append(
                (playing.ends, self._heard) if playing.begun else (playing.starts, self._begin)
            )
        if leg is not None:
            things.append((leg.until, self._return))
        if deadline is not None:
            things.append((deadline, self._deadline_passed))
        return min(things, key=lambda thing: thing[0])

    def _begin(self) -> bool:
        """The utterance whose turn it is becomes audible; its words go onto the tape."""
        playing = self._playing
        assert playing is not None
        playing.begun = True
        at = playing.starts
        for part in playing.utterance.parts:
            if isinstance(part, Words):
                self.words += words_of(part.text)
                self.tape += [
                    Word(text, at + after, part, playing.utterance.id)
                    for text, after in _timed(part.text)
                ]
            at += self._lasts(part)
        self.transcript.says(playing.starts, shown(playing.utterance))
        return False

    def _heard(self) -> bool:
        utterance = self._queue.pop(0)
        self._playing = self._play(GAP_MS) if self._queue else None
        return self._tell(UtteranceHeard(utterance.id))

    def _return(self) -> bool:
        leg = self._leg
        assert leg is not None
        self._leg = None
        self.transcript.ivr(self.now, f"comes back: {leg.outcome.value}")
        return self._tell(LegFinished(leg.outcome))

    def _deadline_passed(self) -> bool:
        before = self.state
        wait = before.wait
        if not self._queue and wait is not None and wait.until is not None and self._leg is None:
            since = wait.until - wait.quiet_ms if not wait.keys else before.now
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
        if isinstance(event, CallerHungUp):
            self.over = self.state.ended
        self._check()
        self.budgets.listens(self.state, self.now)
        return any(not isinstance(command, Note) for command in turn.commands)

    def _do(self, command: Command) -> None:
        if self.over is not None:
            raise Broken(f"{type(command).__name__} after the call was hung up")
        match command:
            case Speak(utterance):
                self._speak(utterance)
            case StopSpeaking(ids):
                self._stop(ids)
            case Transfer():
                self._leave(command)
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
        if self._leg is not None:
            raise Broken("it speaks while the caller is connected to somebody else")
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

    def _leave(self, transfer: Transfer) -> None:
        self._must_have_heard_all("transfers")
        named = transfer.name if transfer.name != transfer.number else None
        to = f"{transfer.number} ({named})" if named else transfer.number
        self.transcript.ivr(self.now, f"transfers to {to}")
        self.tape.append(Left(transfer, self.now))
        self.words.append(None)
        outcome = self.answers.get(transfer.name) or self.answers.get(transfer.number)
        outcome = outcome or LegOutcome.DONE
        self._leg = _Leg(self.now + _leg_ms(transfer, outcome), outcome)

    def _play(self, gap_ms: int) -> _Playing:
        utterance = self._queue[0]
        starts = self.now + gap_ms
        return _Playing(utterance, starts, starts + sum(map(self._lasts, utterance.parts)))

    def _all_said_at(self) -> int:
        """When the next thing that is queued would begin."""
        playing = self._playing
        if playing is None:
            return self.now
        behind = self._queue[1:]
        lasts = sum(self._lasts(part) for utterance in behind for part in utterance.parts)
        return playing.ends + lasts + GAP_MS * (len(behind) + 1)

    def _lasts(self, part: Part) -> int:
        match part:
            case Words(text=text):
                return _reading_ms(len(words_of(text)))
            case Clip(file=file):
                return self.clips.get(file, 0)
            case Silence(ms=ms):
                return ms
            case _:
                assert_never(part)

    # ------------------------------------------------------------------ what must always hold

    def _must_have_heard_all(self, what: str) -> None:
        if self._queue or self._leg is not None:
            raise Broken(f"it {what} before everything was heard")

    def _check(self) -> None:
        state = self.state
        if (state.ended is None) != (self.over is None) or state.ended != self.over:
            raise Broken(f"its state says {state.ended!r}, and what it did {self.over!r}")
        if self.over is not None:
            return
        if [u.id for u in state.queue] != [u.id for u in self._queue]:
            raise Broken("it takes other texts for unheard than those that are")
        if not self._queue and self._leg is None and state.deadline is None:
            raise Broken("nothing is said, nobody is rung, and no deadline is set")


def _reading_ms(words: int) -> int:
    return round(words * 1000 / WORDS_PER_SECOND)


@lru_cache(maxsize=4096)
def _timed(text: str) -> tuple[tuple[str, int], ...]:
    """The words of a text, each with when it begins, counted from the text's beginning."""
    return tuple((word, _reading_ms(place)) for place, word in enumerate(words_of(text)))


def _leg_ms(transfer: Transfer, outcome: LegOutcome) -> int:
    """How long the caller is away."""
    match outcome:
        case LegOutcome.DONE:
            talk = TALK_MS if transfer.limit_ms is None else min(TALK_MS, transfer.limit_ms)
            return min(ANSWERED_MS, transfer.ring_ms) + talk
        case LegOutcome.BUSY:
            return BUSY_MS
        case LegOutcome.NO_ANSWER:
            return transfer.ring_ms
        case LegOutcome.FAILED:
            return FAILED_MS
        case _:
            assert_never(outcome)
