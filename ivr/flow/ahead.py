"""What could be said next: asked while the caller listens, so that it is ready when they choose.

A pure question to the machine. Every key the caller may press now, and their silence, is tried on
the state as it is, and what would be said is collected; nothing of it is kept in the state. Keys of
an entry are not tried: what follows an entry depends on its value. Used by ``calls/session``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ivr.flow import machine
from ivr.flow.messages import DeadlinePassed, Event, KeyPressed, Speak, Words
from ivr.flow.model import FlowSet, SayItem
from ivr.flow.state import State, WaitFor
from ivr.flow.steps.menu import Menu

TEXTS_MAX = 24
"""Of one state; a menu has twelve keys at most."""


def worth_asking(flows: FlowSet) -> bool:
    """Whether any text of these flows holds a value that differs from call to call."""
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
    """The texts with run-time values that could be said next, the likelier first.

    Fixed texts are not among them: their takes exist, or are made for everybody. ``now`` is whole
    milliseconds since the call was answered.
    """
    found: dict[Words, None] = {}
    # As if all was heard, and no key just pressed.
    state = replace(state, queue=(), last_key="", swallow_pound_until=0)
    for event, moment in _events(flows, state, now):
        for command in machine.handle(flows, state, event, moment).commands:
            if isinstance(command, Speak):
                parts = command.utterance.parts
                words = (part for part in parts if isinstance(part, Words) and not part.fixed)
                found.update(dict.fromkeys(words))
        if len(found) >= TEXTS_MAX:
            break
    return tuple(found)[:TEXTS_MAX]


def _events(flows: FlowSet, state: State, now: int) -> Iterator[tuple[Event, int]]:
    """What the caller may do now, with the time it would be."""
    wait = state.wait
    if wait is None or state.ended is not None or wait.secret:
        # What may follow a secret entry is not told to a vendor before the caller chose it.
        return
    flow = flows.flows[state.place.flow]
    kind = flow.steps[state.place.step].actions[state.place.action].kind
    general = "" if wait.keys else "".join(flow.anytime)
    match wait.what:
        case WaitFor.CONFIRM:
            keys = "12" + general
        case WaitFor.KEYS if isinstance(kind, Menu):
            keys = _last_keys(kind, wait.keys) + general
        case WaitFor.KEYS:
            keys = ""
        case WaitFor.PLAYED_OUT | WaitFor.LEG:
            return
    for key in dict.fromkeys(keys):
        yield KeyPressed(key), now
    begun = wait.what is WaitFor.KEYS and not isinstance(kind, Menu) and wait.keys
    if wait.until is not None and not begun:
        yield DeadlinePassed(), max(now, wait.until)


def _last_keys(menu: Menu, keyed: str) -> str:
    """The keys that would make a choice."""
    return "".join(
        choice[-1]
        for choice in menu.choices
        if len(choice) == len(keyed) + 1 and choice.startswith(keyed)
    )
