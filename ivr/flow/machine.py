"""The call machine: a pure function of (state, event, now) to (state, commands).

No await, no clock, no random, no log. It reads a compiled flow set and the state, and answers with
commands and one deadline; ``rehearsal`` drives it on a virtual clock, ``calls/session`` on a line.

What each step kind does is in ``ivr/flow/steps``, and what all of them share is here:
:class:`Run` is one event being worked through, and the whole vocabulary of the kinds. The parts
that are about one thing each have their own files: ``keys`` (and type-ahead), ``errands`` (what is
asked of the world), ``limits`` (deadlines), ``going`` (where to), ``leaving`` (transfers, trouble,
hang-ups, new streams), ``tape`` (the recording of the call), ``frames`` (flows that run flows),
``saying`` and ``speaking`` (texts with values, and the queue of
them).

``now`` is whole milliseconds since the call was answered and never runs backwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import assert_never, cast

import msgspec
from msgspec.structs import replace

from ivr.flow import errands, frames, going, keys, leaving, limits, saying, speaking, tape
from ivr.flow.expression import EvaluationError, Expression
from ivr.flow.going import VISITS_MAX
from ivr.flow.messages import (
    CallAnswered,
    CallerHungUp,
    CallResumed,
    Command,
    DeadlinePassed,
    Errand,
    ErrandDone,
    Event,
    KeyPressed,
    LegFinished,
    Note,
    Noted,
    Part,
    RequestAnswered,
    UtteranceFailed,
    UtteranceHeard,
    Words,
)
from ivr.flow.model import Action, Destination, Flow, FlowSet, Input, Language, Prompt
from ivr.flow.phrases import Phrase, phrase
from ivr.flow.scope import scope_of
from ivr.flow.state import CallFacts, Once, Place, State, Wait, WaitFor, check_size, copied
from ivr.flow.text import Template
from ivr.flow.values import Value
from ivr.flow.written import Written, compute, tainted

__all__ = [
    "ACTIONS_MAX",
    "VISITS_MAX",
    "Run",
    "Turn",
    "answer",
    "anytime_keys",
    "handle",
    "secret_now",
]

ACTIONS_MAX = 500
"""Of one call, so that no flow runs for ever."""
_FOR_CALLERS = frozenset(
    {
        "menu",
        "ask",
        "transfer",
        "queue",
        "twiml",
        "voicemail",
        "record",
        "send_keys",
        "record_call",
    }
)
"""Kinds that mean nothing once the caller is gone."""


class Turn(msgspec.Struct, frozen=True):
    """What an event led to."""

    state: State
    commands: tuple[Command, ...]


def answer(flows: FlowSet, facts: CallFacts) -> State:
    """The state of a call before its first stream. Raises ``KeyError`` for an unknown flow."""
    flow = flows.flows[facts.flow]
    declared = {language.code for language in flow.languages}
    wanted = facts.language if facts.language in declared else None
    return State(
        facts=facts,
        flows=flows.hash,
        place=Place(flow.id, flow.start),
        language=wanted or flow.default_language.code,
        variables=dict(flow.vars),
        guarded=_has_sensitive_step(flows),
    )


def handle(flows: FlowSet, state: State, event: Event, now: int) -> Turn:
    """What happens next. The given state is left as it was."""
    if state.ended is not None:
        return Turn(state, ())
    own = copied(state)
    own.now = max(now, state.now)
    run = Run(flows, own)
    run.attempt(lambda: run.take(event))
    run.settle()
    return Turn(run.state, tuple(run.commands))


def secret_now(state: State) -> bool:
    """Whether a key pressed now belongs to a sensitive entry and may be written nowhere."""
    return state.wait is not None and state.wait.secret


def anytime_keys(flows: FlowSet, state: State) -> str:
    """The keys that work in every menu here, those of the flows that run this one too."""
    around = frames.outward(state, flows)
    return "".join(dict.fromkeys(key for _, flow in around for key in flow.anytime))


def _has_sensitive_step(flows: FlowSet) -> bool:
    return any(
        getattr(action.kind, "sensitive", False)
        for flow in flows.flows.values()
        for step in flow.steps.values()
        for action in step.actions
    )


class Run:
    """One event being worked through: the state's own copy, and the commands so far.

    Step kinds are given it; its methods are their whole vocabulary.
    """

    __slots__ = ("answers_key", "busy", "commands", "flows", "state")

    def __init__(self, flows: FlowSet, state: State) -> None:
        self.flows = flows
        self.state = state
        self.commands: list[Command] = []
        self.busy = errands.out(state.wait)
        """The errand that was out when the event came, until it is answered or cancelled."""
        self.answers_key = False
        """What is said now answers a key."""

    # ------------------------------------------------------------------ events

    def take(self, event: Event) -> None:
        """Take in what happened, up to the point where the flow goes on."""
        match event:
            case CallAnswered():
                self.answered()
            case CallResumed():
                leaving.resumed(self)
            case KeyPressed(key):
                keys.pressed(self, key)
            case UtteranceHeard(id):
                self._heard(id)
            case UtteranceFailed(id, reason, partly) if any(u.id == id for u in self.state.queue):
                self.note(Noted.TROUBLE, f"could not be said: {reason}")
                self._heard(id)
                if not partly:
                    leaving.nothing_heard(self)
            case UtteranceFailed():
                pass  # nobody waits to hear it any more
            case DeadlinePassed():
                limits.passed(self)
            case LegFinished(outcome):
                leaving.returned(self, outcome)
            case RequestAnswered() | ErrandDone():
                errands.came_back(self, event)
            case CallerHungUp():
                leaving.hung_up(self)
            case _:
                assert_never(event)

    def answered(self) -> None:
        """The first stream is there: begin with the first step."""
        if not self.state.answered:
            self.state.answered = True
            going.enter(self, self.state.place)

    def _heard(self, id: int) -> None:
        self.state.queue = tuple(u for u in self.state.queue if u.id != id)

    # ------------------------------------------------------------------ going on

    def settle(self) -> None:
        """Go on until there is something to wait for, then say until when."""
        state = self.state
        while state.ended is None:
            wait = state.wait
            if wait is None:
                self.attempt(self._act)
            elif wait.what is WaitFor.PLAYED_OUT and not state.queue:
                self.attempt(lambda: leaving.leave(self))
            elif wait.what is WaitFor.TURN and errands.turn_has_come(self, wait):
                self.attempt(lambda: errands.take_up(self))
            elif wait.what is WaitFor.ERRAND and wait.came and not state.queue:
                self.attempt(lambda: errands.over(self))
            elif wait.what is WaitFor.ERRAND and wait.hold and not state.queue:
                errands.fill_the_time(self)
            elif self.listening and state.typed and not self._blocked():
                self.attempt(lambda: keys.take_typed(self))
            else:
                break
        errands.cancel_forgotten(self, state.wait)
        tape.hush(self)
        limits.arm(self)

    def attempt(self, work: Callable[[], None]) -> None:
        """Do something that may compute or format values; what cannot be is an apology."""
        try:
            work()
        except EvaluationError as error:
            self.trouble(str(error))

    def _blocked(self) -> bool:
        return any(not utterance.interruptible for utterance in self.state.queue)

    def _act(self) -> None:
        """Do the next action of the step, or go where it ends."""
        state = self.state
        state.actions += 1
        if state.actions > ACTIONS_MAX:
            self.trouble(f"more than {ACTIONS_MAX} actions in one call")
            return
        actions = self.step_actions()
        if state.place.action >= len(actions):
            self.note(Noted.TROUBLE, "the step ends without a destination")
            self.say_goodbye("hangup")
            return
        action = actions[state.place.action]
        if action.condition is not None and not self.evaluate(action.condition):
            self.advance()
        elif (
            state.gone_at is not None
            and action.kind is not None
            and action.kind.kind in _FOR_CALLERS
        ):
            self.end("")
        elif action.kind is not None:
            action.kind.enter(self, action)
        else:
            self.say(action.prompt, action)
            self.advance(action.goto)

    def advance(self, destination: Destination | None = None) -> None:
        """Go to the destination; without one that applies, to the next action."""
        place = self.state.place
        self.state.wait = None
        if destination is None or not self.go(destination):
            self.state.place = replace(place, action=place.action + 1)

    def go(self, destination: Destination) -> bool:
        """Go to the first branch that applies; False if none does."""
        for branch in destination:
            if branch.condition is None or self.evaluate(branch.condition):
                going.to(self, branch.target)
                return True
        return False

    def remember_menu(self) -> None:
        """This is where ``repeat`` asks again and ``back`` returns to."""
        going.remember_menu(self)

    # ------------------------------------------------------------------ keys and questions

    @property
    def listening(self) -> bool:
        """Whether a step is waiting for keys."""
        wait = self.state.wait
        return wait is not None and wait.what in (WaitFor.KEYS, WaitFor.CONFIRM)

    @property
    def anytime_keys(self) -> str:
        """The keys that work in every menu here, those of the flows that run this one too."""
        return anytime_keys(self.flows, self.state)

    def take_anytime(self, key: str) -> bool:
        """Go where the nearest flow says this key leads at any time; False if none does."""
        return keys.take_anytime(self, key)

    def ask_again(self) -> None:
        """Say the question of the step that is listening once more; it is no try."""
        wait, action = self.state.wait, self.action
        assert wait is not None
        cast(Input, action.kind).ask_again(self, action, wait)

    def patience_ms(self, ms: int) -> int:
        """So long as this caller may take to press a key, where others have ``ms``."""
        return round(ms * self.state.patience)

    # ------------------------------------------------------------------ errands

    def next_errand(self) -> int:
        """The number of an errand that is about to begin."""
        self.state.errands += 1
        return self.state.errands

    def take_turn(self, action: Action, *, once: Once = Once.NOTICES) -> None:
        """Say the prompt; the kind begins once the texts it waits for were heard.

        Looking something up is done at once, what changes the world waits for notices, a recording
        for the whole text before the tone.
        """
        since = self.state.said + 1
        self.say(action.prompt, action)
        self.state.wait = Wait(WaitFor.TURN, since=since, once=once)

    def begin(
        self, errand: Errand, name: str, limit_ms: int, what: WaitFor = WaitFor.ERRAND
    ) -> None:
        """Send an errand out and wait for it; ``name`` is how it may be written down."""
        errands.begin(self, errand, name, limit_ms, what)

    # ------------------------------------------------------------------ leaving

    def leave_when_heard(self, target: int = 0) -> None:
        """Let the action's kind leave the stream once everything was heard.

        ``target`` is which of several it rings, for those that have several.
        """
        self.state.wait = Wait(WaitFor.PLAYED_OUT, target=target)

    def end(self, outcome: str) -> None:
        """End the call once everything was heard; at once if the caller is gone."""
        if self.state.gone_at is not None:
            self.state.ended, self.state.wait = leaving.GONE, None
        else:
            self.state.wait = Wait(WaitFor.PLAYED_OUT, outcome=outcome)

    def say_goodbye(self, outcome: str) -> None:
        """Say goodbye in the caller's language and end the call."""
        self.say_phrase(Phrase.GOODBYE)
        self.end(outcome)

    def trouble(self, reason: str) -> None:
        """The flow cannot go on as written: where it says, or an apology; never silence."""
        leaving.trouble(self, reason)

    # ------------------------------------------------------------------ speaking

    def say(self, prompt: Prompt | None, action: Action) -> None:
        """Queue a prompt, with its values put into words."""
        if prompt is None or self.state.gone_at is not None:
            return
        self.say_parts(self.compose(prompt, action), interruptible=action.interruptible)

    def compose(self, prompt: Prompt, action: Action) -> tuple[Part, ...]:
        """The parts of a prompt as they would be said now."""

        def note(what: str) -> None:
            self.note(Noted.TROUBLE, what)

        return saying.parts_of(prompt, action.voice, self.state, self.flow, self.scope(), note)

    def say_parts(self, parts: tuple[Part, ...], *, interruptible: bool = True) -> None:
        """Queue what a kind has put together itself."""
        speaking.speak(self, parts, interruptible=interruptible)

    def say_phrase(self, what: Phrase) -> None:
        """Queue one of the line's own texts, for an occasion that has no values."""
        self.say_text(phrase(what, self.language.code), fixed=True)

    def say_text(self, text: str, *, fixed: bool) -> None:
        """Queue a text the line makes itself, in the caller's language.

        ``fixed`` where no run-time value is in it, or one of a few that are all known before.
        """
        language = self.language
        self.say_parts((Words(text, language.code, language.voice, fixed=fixed),))

    def say_own(self, template: Template, values: Mapping[str, Value], *, secret: bool) -> None:
        """Queue a text with values that the line makes itself; ``secret`` ones are not shown."""
        language = self.language
        words = saying.own_words(template, values, language.code, language.voice, secret=secret)
        self.say_parts((words,))

    def stop_speaking(self, *, but: int = 0) -> None:
        """Drop everything that may be interrupted; notices behind it are still played whole.

        ``but`` is an utterance that goes on.
        """
        speaking.stop(self, lambda each: each.interruptible and each.id != but)

    # ------------------------------------------------------------------ values and notes

    @property
    def flow(self) -> Flow:
        """The flow the caller is in."""
        return self.flows.flows[self.state.place.flow]

    @property
    def language(self) -> Language:
        """The language the caller is spoken to here, and its voice: theirs, if the flow has it."""
        return self.flow.language(self.state.language)

    @property
    def action(self) -> Action:
        """The action the caller is at."""
        return self.step_actions()[self.state.place.action]

    def step_actions(self) -> tuple[Action, ...]:
        """The actions of the step the caller is in."""
        return self.flow.steps[self.state.place.step].actions

    def scope(self) -> Mapping[str, Value]:
        """What expressions and texts can read now."""
        return scope_of(self.state, self.flow, self.flows)

    def evaluate(self, expression: Expression) -> Value:
        """The value of an expression now. Raises :class:`EvaluationError`."""
        return expression.evaluate(self.scope())

    def compute(self, written: Written) -> tuple[Value, bool]:
        """What a value as written comes to now; and whether anything sensitive is in it."""
        return compute(written, self.scope()), tainted(written, self.state.sensitive)

    def set(self, name: str, value: Value, *, sensitive: bool = False) -> None:
        """Give a variable a value. Raises :class:`EvaluationError` where that is too much."""
        state = self.state
        before = state.variables
        state.variables = {**before, name: value}
        try:
            check_size(state)
        except EvaluationError:
            state.variables = before
            raise
        if sensitive:
            state.sensitive |= {name}

    # ------------------------------------------------------------------ flows that run flows

    def run_flow(self, id: str, inputs: Mapping[str, Value], secret: frozenset[str]) -> None:
        """Go into another flow, which comes back to this action with an outcome.

        ``secret`` are the names of inputs that may be written nowhere. Raises
        :class:`EvaluationError` where that is too deep, or too much.
        """
        going.enter(self, frames.enter(self.state, self.flows.flows[id], inputs, secret))

    def come_back(self) -> Action | None:
        """Return to the flow that runs this one: the action it stands at; None if none does."""
        depth = len(self.state.frames) - 1
        if depth < 0:
            return None
        frames.leave(self.state, depth)
        return self.action

    def note(self, what: Noted, detail: str = "") -> None:
        """Tell the record something; never a sensitive key."""
        self.commands.append(Note(what, self.state.place.step, detail))
