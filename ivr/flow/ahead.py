"""What could come next: asked while the caller listens, so that it is ready when they choose.

A pure question to the machine. Every key the caller may press now, their silence, and every answer
an errand may come back with are tried on the state as it is; what would be said, and what a flow
allows to be asked ahead (``ahead: yes``), is collected, and nothing of it is kept in the state.

Not tried are the keys of an entry, for what follows depends on its value. Of an answer that is
still to come only its outcome is guessed: what is collected is what two answers with different
values both lead to. Used by ``calls/session``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from ivr.flow import errands, machine
from ivr.flow.machine import Turn
from ivr.flow.messages import (
    DeadlinePassed,
    ErrandDone,
    Event,
    KeyPressed,
    Request,
    RequestAnswered,
    Speak,
    UtteranceHeard,
    Words,
)
from ivr.flow.model import Action, FlowSet, SayItem
from ivr.flow.state import State, WaitFor
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.do import Do
from ivr.flow.steps.entries.yes_no import NO, YES, YesNo
from ivr.flow.steps.http import Http
from ivr.flow.steps.menu import Menu
from ivr.flow.steps.recording import EMPTY
from ivr.flow.text import Placeholder
from ivr.flow.values import Value

TEXTS_MAX = 24
"""Of one state; a menu has twelve keys at most."""
REQUESTS_MAX = 4
"""So many may be asked for a caller who then wants none of them."""
Known = Sequence[tuple[Request, RequestAnswered]]
"""Requests that were asked ahead, with their answers."""
NO_ERRAND = 0
"""The number of a request that was not sent."""


@dataclasses.dataclass(frozen=True, slots=True)
class Ahead:
    """What could come next, the likelier first."""

    words: tuple[Words, ...] = ()
    """Texts with run-time values. Fixed ones are not among them: their takes exist, or are made
    for everybody."""
    requests: tuple[Request, ...] = ()
    """What may be asked now, though the caller has not chosen it; their ``id`` is
    :data:`NO_ERRAND`. The machine's own request comes later, and is known by
    :meth:`~ivr.flow.messages.Request.asks_same_as`."""


def worth_asking(flows: FlowSet) -> bool:
    """Whether anything in these flows differs from call to call, or may be asked ahead."""
    actions = [
        action
        for flow in flows.flows.values()
        for step in flow.steps.values()
        for action in step.actions
    ]
    if any(isinstance(action.kind, Http) and action.kind.ahead for action in actions):
        return True
    return any(
        not template.fixed
        for flow in flows.flows.values()
        for step in flow.steps.values()
        for prompt in step.prompts()
        for item in prompt.items
        if isinstance(item, SayItem)
        for template in item.texts.values()
    )


def next_words(flows: FlowSet, state: State, now: int) -> tuple[Words, ...]:
    """The texts of :func:`next_steps`."""
    return next_steps(flows, state, now).words


def next_steps(flows: FlowSet, state: State, now: int, known: Known = ()) -> Ahead:
    """What could come next from here; ``now`` is whole milliseconds since the call was answered.

    ``known`` are the requests that were asked ahead and answered: what would be said after them is
    among what comes next.
    """
    wait = state.wait
    if wait is None or state.ended is not None or state.gone_at is not None or wait.secret:
        # What may follow a secret entry is told to nobody before the caller chose it.
        return Ahead()
    # As if all was heard, and no key just pressed.
    state = replace(state, queue=(), last_key="", swallow_pound_until=0)
    words: dict[Words, None] = {}
    requests: list[Request] = []
    for events, moment in _futures(flows, state, now):
        found = [_tried(flows, state, event, moment, known) for event in events]
        first, *others = found
        words.update(
            (said, None) for said in first.words if all(said in each.words for each in others)
        )
        for request in first.requests:
            common = all(_among(request, each.requests) for each in others)
            if common and not _among(request, requests):
                requests.append(request)
        if len(words) >= TEXTS_MAX:
            break
    return Ahead(tuple(words)[:TEXTS_MAX], tuple(requests[:REQUESTS_MAX]))


def _tried(flows: FlowSet, state: State, event: Event, now: int, known: Known) -> Ahead:
    """What this event would lead to at once."""
    turns = [machine.handle(flows, state, event, now)]
    while len(turns) <= REQUESTS_MAX and (answer := _answer_known(turns[-1], known)) is not None:
        heard = replace(turns[-1].state, queue=())
        turns.append(machine.handle(flows, heard, answer, now))
    words: dict[Words, None] = {}
    requests: list[Request] = []
    for turn in turns:
        for command in turn.commands:
            if isinstance(command, Speak):
                said = (part for part in command.utterance.parts if isinstance(part, Words))
                words.update((part, None) for part in said if not part.fixed)
            elif isinstance(command, Request) and command.ahead and not _tells(flows, turn.state):
                requests.append(dataclasses.replace(command, id=NO_ERRAND))
    return Ahead(tuple(words), tuple(requests))


def _answer_known(turn: Turn, known: Known) -> RequestAnswered | None:
    """The answer to the request this turn ends with, where it was asked ahead."""
    asked = [command for command in turn.commands if isinstance(command, Request)]
    for request, answer in known if asked else ():
        if request.asks_same_as(asked[-1]):
            return dataclasses.replace(answer, id=asked[-1].id)
    return None


def _tells(flows: FlowSet, state: State) -> bool:
    """Whether the request the call now waits for holds anything sensitive."""
    kind = _action(flows, state).kind
    return not isinstance(kind, Http) or any(
        part.reads_any(state.sensitive)
        for template in kind.templates()
        for part in template.parts
        if isinstance(part, Placeholder)
    )


def _among(request: Request, others: Iterable[Request]) -> bool:
    return any(request.asks_same_as(other) for other in others)


def _action(flows: FlowSet, state: State) -> Action:
    place = state.place
    return flows.flows[place.flow].steps[place.step].actions[place.action]


# --------------------------------------------------------------------------- what may happen

Future = tuple[tuple[Event, ...], int]
"""Events of one sort that differ in a value nobody knows yet, and the time they would be."""


def _futures(flows: FlowSet, state: State, now: int) -> Iterator[Future]:
    """What may happen next, the likelier first."""
    wait = state.wait
    assert wait is not None
    match wait.what:
        case WaitFor.ERRAND if wait.came:
            yield (UtteranceHeard(0),), now
        case WaitFor.ERRAND | WaitFor.RECORDING:
            action = _action(flows, state)
            yield from ((events, now) for events in _answers(action, errands.out(wait)))
        case WaitFor.KEYS | WaitFor.CONFIRM:
            yield from _presses(flows, state, now)
        case WaitFor.TURN | WaitFor.PLAYED_OUT | WaitFor.LEG:
            return


def _presses(flows: FlowSet, state: State, now: int) -> Iterator[Future]:
    """What the caller may do."""
    wait = state.wait
    assert wait is not None
    kind = _action(flows, state).kind
    general = "" if wait.keys else machine.anytime_keys(flows, state)
    if wait.what is WaitFor.CONFIRM:
        keys = "12" + general
    elif isinstance(kind, Menu):
        keys = _last_keys(kind, wait.keys) + general
    elif isinstance(kind, Ask) and isinstance(kind.entry, YesNo):
        keys = YES + NO + general
    else:
        keys = ""
    for key in dict.fromkeys(keys):
        yield (KeyPressed(key),), now
    begun = wait.what is WaitFor.KEYS and not isinstance(kind, Menu) and wait.keys
    if wait.until is not None and not begun:
        yield (DeadlinePassed(),), max(now, wait.until)


def _last_keys(menu: Menu, keyed: str) -> str:
    """The keys that would make a choice."""
    return "".join(
        choice[-1]
        for choice in menu.choices
        if len(choice) == len(keyed) + 1 and choice.startswith(keyed)
    )


def _answers(action: Action, errand: int) -> Iterator[tuple[Event, ...]]:
    """What an errand may come back with."""
    kind = action.kind
    if isinstance(kind, Http):
        good = [200, *(status for status in kind.statuses if status < 300)]
        for status in dict.fromkeys(good):
            yield tuple(RequestAnswered(errand, status, body) for body in _two(kind.example))
        bad = [status for status in kind.statuses if status >= 300]
        if "not_found" in kind.outcomes:
            bad.append(404)
        for status in dict.fromkeys(bad):
            yield (RequestAnswered(errand, status),)
        yield (RequestAnswered(errand, None),)
        return
    values: tuple[Value, ...] = (None,)
    outcomes = ["done", EMPTY]
    if isinstance(kind, Do):
        values = _two(kind.example)
        outcomes = list(dict.fromkeys(["done", *kind.outcomes, "failed"]))
    for outcome in outcomes:
        yield tuple(ErrandDone(errand, outcome, value) for value in values)


def _two(example: Value) -> tuple[Value, Value]:
    """Two values that an answer may have; what both lead to does not depend on it."""
    return ("x" if example is None else example), None
