"""The call machine: a pure function of (state, event, now) to (state, commands).

No await, no clock, no random, no log. It reads a compiled flow set and the state, and answers with
commands and one deadline; ``rehearsal`` drives it on a virtual clock, ``calls/session`` on a line.
What each step kind does is in ``ivr/flow/steps``; this file owns what all of them share: the queue
of what is being said, keys and type-ahead, where to go next, limits, and leaving.

``now`` is whole milliseconds since the call was answered and never runs backwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import assert_never, cast

from ivr.flow.expression import EvaluationError, Expression
from ivr.flow.messages import (
    SPEECHLESS,
    TROUBLE,
    CallAnswered,
    CallerHungUp,
    CallResumed,
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
    Utterance,
    UtteranceFailed,
    UtteranceHeard,
    Words,
)
from ivr.flow.model import (
    Action,
    ClipItem,
    Destination,
    Flow,
    FlowSet,
    Input,
    Item,
    Leaving,
    PauseItem,
    Prompt,
    SayItem,
)
from ivr.flow.phrases import Phrase, phrase
from ivr.flow.scope import local_time, scope_of
from ivr.flow.state import CallFacts, Place, State, Wait, WaitFor
from ivr.flow.text import Template
from ivr.flow.values import Value

TYPED_KEYS_MAX = 30
"""Keys kept before anybody waits for them (Connect's touch-tone buffer is as long)."""
SAME_KEY_MS = 60
"""A repeat of a key within this time is the same press."""
TRAILING_POUND_MS = 2_000
"""After an entry that ended by its length, one # is swallowed this long."""
ACTIONS_MAX = 500
VISITS_MAX = 10
"""Visits of one step without anything from the caller."""
BETWEEN_ITEMS_MS = 300
"""Silence between the texts of one prompt; the speaker puts the same between prompts."""
MENUS_MAX = 10
"""How far ``back`` remembers."""
LIMIT_WARNING_MS = 120_000
"""How long before its limit a call is told."""
KEYS = frozenset("0123456789*#")


@dataclass(frozen=True, slots=True)
class Turn:
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
    run = Run(flows, replace(state, now=max(now, state.now)))
    run.attempt(lambda: run.take(event))
    run.settle()
    return Turn(run.state, tuple(run.commands))


def secret_now(state: State) -> bool:
    """Whether a key pressed now belongs to a sensitive entry and may be written nowhere."""
    return state.wait is not None and state.wait.secret


def _has_sensitive_step(flows: FlowSet) -> bool:
    return any(
        getattr(action.kind, "sensitive", False)
        for flow in flows.flows.values()
        for step in flow.steps.values()
        for action in step.actions
    )


def _input(action: Action) -> Input:
    """The kind of a step that is listening; only those ever set such a wait."""
    return cast(Input, action.kind)


class Run:
    """One event being worked through: the state's own copy, and the commands so far.

    Step kinds are given it; its methods are their whole vocabulary.
    """

    __slots__ = ("commands", "flows", "state")

    def __init__(self, flows: FlowSet, state: State) -> None:
        self.flows = flows
        self.state = state
        self.commands: list[Command] = []

    # ------------------------------------------------------------------ events

    def take(self, event: Event) -> None:
        """Take in what happened, up to the point where the flow goes on."""
        match event:
            case CallAnswered():
                self._answered()
            case CallResumed():
                self._resumed()
            case KeyPressed(key):
                self._pressed(key)
            case UtteranceHeard(id):
                self._heard(id)
            case UtteranceFailed(id, reason, partly):
                self.note(Noted.TROUBLE, f"could not be said: {reason}")
                self._heard(id)
                if not partly:
                    self._nothing_heard()
            case DeadlinePassed():
                self._deadline_passed()
            case LegFinished(outcome):
                self._returned(outcome)
            case CallerHungUp():
                self.state.ended = "caller_hung_up"
                self.state.wait = None
            case _:
                assert_never(event)

    def _answered(self) -> None:
        if not self.state.answered:
            self.state.answered = True
            self._enter(self.state.place)

    def _resumed(self) -> None:
        """A new stream after the old one broke: say again what was not heard, ask again."""
        state = self.state
        if not state.answered:
            self._answered()
            return
        for utterance in state.queue:
            self.commands.append(Speak(utterance))
        wait = state.wait
        if wait is None:
            return
        if wait.what is WaitFor.LEG:
            self._returned(LegOutcome.FAILED)
        elif wait.what in (WaitFor.KEYS, WaitFor.CONFIRM):
            state.wait = replace(wait, until=None)
            if not state.queue and not wait.keys:
                self.ask_again()

    def _returned(self, outcome: LegOutcome) -> None:
        state = self.state
        if state.wait is None or state.wait.what is not WaitFor.LEG:
            # The call was never handed over; it goes on as after a lost stream.
            self._resumed()
            return
        state.away_ms += state.now - state.away_since
        state.wait = None
        action = self.action
        cast(Leaving, action.kind).returned(self, action, outcome)

    def _heard(self, id: int) -> None:
        self.state.queue = tuple(u for u in self.state.queue if u.id != id)

    def _nothing_heard(self) -> None:
        """No voice speaks: apologise; if that was the apology, leave it to the carrier."""
        wait = self.state.wait
        leaving = wait is not None and wait.what is WaitFor.PLAYED_OUT
        if self.state.apologised:
            self.state.queue = ()
            self.end(SPEECHLESS)
        elif not leaving:
            # Whoever is on the way to a person, or said goodbye to, goes on without a word.
            self.stop_speaking()
            self.trouble("no voice speaks")

    def _deadline_passed(self) -> None:
        state, now = self.state, self.state.now
        limit = self._limit_at()
        if limit is not None and now >= limit:
            if now < self.flows.flows[state.facts.flow].call_limit_ms + state.away_ms:
                state.limit_warned = True
                self.say_phrase(Phrase.LIMIT_SOON)
                if self._listening() and state.wait is not None and not state.wait.keys:
                    # The clock of silence starts again when this was heard.
                    state.wait = replace(state.wait, until=None)
            else:
                self.stop_speaking()
                self.say_phrase(Phrase.LIMIT)
                self.end("limit")
            return
        wait = state.wait
        if wait is not None and wait.until is not None and now >= wait.until:
            state.wait = replace(wait, until=None)
            action = self.action
            _input(action).timeout(self, action)

    # ------------------------------------------------------------------ keys

    def _pressed(self, key: str) -> None:
        state = self.state
        bounced = key == state.last_key and state.now - state.last_key_at < SAME_KEY_MS
        state.last_key, state.last_key_at = key, state.now
        if key not in KEYS:
            self.note(Noted.KEY_DROPPED, "not a key of a menu")
        elif bounced:
            self.note(Noted.KEY_DROPPED, "the same press")
        elif key == "#" and state.now < state.swallow_pound_until:
            state.swallow_pound_until = 0
            self.note(Noted.KEY_DROPPED, "# after a whole entry")
        elif state.queue and not state.queue[0].interruptible:
            # Thrown away, and what was typed ahead with it: the notice must be heard.
            state.typed = ""
            self.note(Noted.KEY_DROPPED, "during a text that cannot be interrupted")
        elif self._listening():
            self._deliver(key)
        elif len(state.typed) < TYPED_KEYS_MAX:
            state.typed += key
        else:
            self.note(Noted.KEY_DROPPED, f"more than {TYPED_KEYS_MAX} keys typed ahead")

    def _deliver(self, key: str) -> None:
        """Hand a key to the step that is listening; any key it takes stops what may be stopped."""
        state, action = self.state, self.action
        assert state.wait is not None
        if action.fresh and state.queue and state.queue[0].id < state.wait.since:
            self.note(Noted.KEY_DROPPED, "before a step that wants fresh keys")
            return
        state.caller_acted = True
        state.visits = {}
        self.stop_speaking()
        _input(action).key(self, action, key)

    def _listening(self) -> bool:
        wait = self.state.wait
        return wait is not None and wait.what in (WaitFor.KEYS, WaitFor.CONFIRM)

    # ------------------------------------------------------------------ going on

    def settle(self) -> None:
        """Go on until there is something to wait for, then say until when."""
        state = self.state
        while state.ended is None:
            if state.wait is None:
                self.attempt(self._act)
            elif state.wait.what is WaitFor.PLAYED_OUT and not state.queue:
                self.attempt(self._leave)
            elif self._listening() and state.typed and not self._blocked():
                self.attempt(self._take_typed)
            else:
                break
        self._arm()

    def attempt(self, work: Callable[[], None]) -> None:
        """Do something that may compute or format values; what cannot be is an apology."""
        try:
            work()
        except EvaluationError as error:
            self.trouble(str(error))

    def _take_typed(self) -> None:
        state = self.state
        key, state.typed = state.typed[0], state.typed[1:]
        self._deliver(key)

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
                self._go_to(branch.target)
                return True
        return False

    def _go_to(self, target: str) -> None:
        state = self.state
        match target:
            case "hangup":
                self.end("hangup")
            case "start":
                self._enter(Place(self.flow.id, self.flow.start))
            case "back":
                if len(state.menus) > 1:
                    state.menus = state.menus[:-1]
                self._enter(
                    state.menus[-1] if state.menus else Place(self.flow.id, self.flow.start)
                )
            case "repeat":
                self._repeat()
            case _ if target.startswith("/"):
                flow = self.flows.flows[target[1:]]
                state.variables = dict(flow.vars)
                self._enter(Place(flow.id, flow.start))
            case _:
                self._enter(Place(state.place.flow, target))

    def _repeat(self) -> None:
        """Ask the last question from its start; it is no try."""
        state = self.state
        place = state.menus[-1] if state.menus else Place(self.flow.id, self.flow.start)
        # All of it again, not the shorter text for those who come back.
        state.seen -= {place.name}
        if self._listening() and state.place == place:
            self.ask_again()
        else:
            self._enter(place)

    def _enter(self, place: Place) -> None:
        state = self.state
        visits = state.visits.get(place.name, 0) + 1
        state.visits = {**state.visits, place.name: visits}
        state.place = place
        state.wait = None
        self.note(Noted.STEP, place.name)
        if visits > VISITS_MAX:
            self.trouble(f"step {place.step} was entered {VISITS_MAX} times without the caller")

    # ------------------------------------------------------------------ waiting

    def remember_menu(self) -> None:
        """This is where ``repeat`` asks again and ``back`` returns to."""
        state = self.state
        if not state.menus or state.menus[-1] != state.place:
            state.menus = (*state.menus, state.place)[-MENUS_MAX:]

    def ask_again(self) -> None:
        """Say the question of the step that is listening once more; it is no try."""
        wait = self.state.wait
        action = self.action
        assert wait is not None
        _input(action).ask_again(self, action, wait)

    def _arm(self) -> None:
        """Start the clock of silence once everything was heard, and set the one deadline."""
        state = self.state
        wait = state.wait
        if state.ended is not None or not state.answered:
            state.deadline = None
            return
        if self._listening() and wait is not None and wait.until is None and not state.queue:
            wait = state.wait = replace(wait, until=state.now + wait.quiet_ms)
        times = [wait.until if wait is not None else None, self._limit_at()]
        state.deadline = min((t for t in times if t is not None), default=None)

    def _limit_at(self) -> int | None:
        """When the call is told about its limit, and then when it ends."""
        state = self.state
        if state.wait is not None and state.wait.what in (WaitFor.PLAYED_OUT, WaitFor.LEG):
            return None
        limit = self.flows.flows[state.facts.flow].call_limit_ms
        told = state.limit_warned or limit <= 2 * LIMIT_WARNING_MS
        return limit + state.away_ms - (0 if told else LIMIT_WARNING_MS)

    # ------------------------------------------------------------------ leaving

    def leave_when_heard(self) -> None:
        """Let the action's kind leave the stream once everything was heard."""
        self.state.wait = Wait(WaitFor.PLAYED_OUT)

    def end(self, outcome: str) -> None:
        """End the call once everything was heard."""
        self.state.wait = Wait(WaitFor.PLAYED_OUT, outcome=outcome)

    def say_goodbye(self, outcome: str) -> None:
        """Say goodbye in the caller's language and end the call."""
        self.say_phrase(Phrase.GOODBYE)
        self.end(outcome)

    def trouble(self, reason: str) -> None:
        """The flow cannot go on as written: apologise and end, never fall silent."""
        self.note(Noted.TROUBLE, reason)
        self.state.apologised = True
        own = self.flows.emergency.text(self.state.language)
        if own is not None:
            self.say_text(own, fixed=True)
        else:
            self.say_phrase(Phrase.TROUBLE)
        self.end(TROUBLE)

    def _leave(self) -> None:
        state = self.state
        assert state.wait is not None
        if state.wait.outcome:
            state.ended = state.wait.outcome
            state.wait = None
            self.commands.append(HangUp(state.ended))
            return
        leaving = cast(Leaving, self.action.kind)
        # An attempt to transfer empties the buffer: those keys were meant for before.
        state.typed = ""
        state.wait = Wait(WaitFor.LEG)
        state.away_since = state.now
        self.commands.append(leaving.command(self))

    # ------------------------------------------------------------------ speaking

    def say(self, prompt: Prompt | None, action: Action) -> None:
        """Queue a prompt, with its values put into words."""
        if prompt is None:
            return
        parts: list[Part] = []
        for item in prompt.items:
            if item.condition is not None and not self.evaluate(item.condition):
                continue
            part = self._part(item, action.voice)
            if part is None:
                continue
            if parts and isinstance(parts[-1], Words) and isinstance(part, Words):
                parts.append(Silence(BETWEEN_ITEMS_MS))
            parts.append(part)
        self._speak(tuple(parts), action.interruptible)

    def say_phrase(self, what: Phrase) -> None:
        """Queue one of the line's own texts, for an occasion that has no values."""
        text = phrase(what, self.state.language)
        language = self.flow.language(self.state.language)
        self._speak((Words(text, language.code, language.voice, fixed=True),), True)

    def say_text(self, text: str, *, fixed: bool) -> None:
        """Queue a text the line makes itself, in the caller's language.

        ``fixed`` where no run-time value is in it, or one of a few that are all known before.
        """
        language = self.flow.language(self.state.language)
        self._speak((Words(text, language.code, language.voice, fixed=fixed),), True)

    def say_own(self, template: Template, values: Mapping[str, Value], *, secret: bool) -> None:
        """Queue a text with values that the line makes itself; ``secret`` ones are not shown."""
        language = self.flow.language(self.state.language)
        masked = frozenset(values) if secret else frozenset()
        said = template.render(values, language=language.code, masked=masked)
        shown = said.shown if secret else ""
        words = Words(said.text, language.code, language.voice, False, shown, said.segments)
        self._speak((words,), True)

    def _speak(self, parts: tuple[Part, ...], interruptible: bool) -> None:
        if not parts:
            return
        state = self.state
        state.said += 1
        place = state.place
        utterance = Utterance(state.said, parts, interruptible, place.flow, place.step)
        state.queue = (*state.queue, utterance)
        if not interruptible:
            state.typed = ""
        self.commands.append(Speak(utterance))

    def _part(self, item: Item, voice: str | None) -> Part | None:
        match item:
            case ClipItem(file):
                return Clip(file)
            case PauseItem(ms):
                return Silence(ms)
            case SayItem():
                return self._words(item, voice)

    def _words(self, item: SayItem, voice: str | None) -> Words | None:
        code = self.flow.language_of(item, self.state.language)
        template = item.texts[code]
        speaker = voice or self.flow.language(code).voice
        said = template.render(
            self.scope(),
            language=code,
            today=local_time(self.state, self.flow).date(),
            masked=self.state.sensitive,
        )
        for name in said.nulls:
            self.note(Noted.TROUBLE, f"“{name}” had no value and was left out")
        if not said.text:
            return None
        shown = said.shown if said.shown != said.text else ""
        segments = () if item.whole else said.segments
        return Words(said.text, code, speaker, template.fixed, shown, segments)

    def stop_speaking(self) -> None:
        """Drop everything that may be interrupted; notices behind it are still played whole."""
        dropped = tuple(u.id for u in self.state.queue if u.interruptible)
        if dropped:
            self.state.queue = tuple(u for u in self.state.queue if not u.interruptible)
            self.commands.append(StopSpeaking(dropped))

    # ------------------------------------------------------------------ values and notes

    @property
    def flow(self) -> Flow:
        """The flow the caller is in."""
        return self.flows.flows[self.state.place.flow]

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

    def compute(self, value: Template | Value) -> tuple[Value, bool]:
        """A plain value, or what a text comes to; and whether anything sensitive is in it."""
        if not isinstance(value, Template):
            return value, False
        tainted = any(name.path[0] in self.state.sensitive for name in value.names)
        return value.value(self.scope()), tainted

    def set(self, name: str, value: Value, *, sensitive: bool = False) -> None:
        """Give a variable a value."""
        self.state.variables = {**self.state.variables, name: value}
        if sensitive:
            self.state.sensitive |= {name}

    def note(self, what: Noted, detail: str = "") -> None:
        """Tell the record something; never a sensitive key."""
        self.commands.append(Note(what, self.state.place.step, detail))
