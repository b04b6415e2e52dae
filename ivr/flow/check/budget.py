"""Rules about how long callers wait."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.check.subject import Found, Subject
from ivr.flow.latency import FIRST_BYTE_MS, begins_live, first_byte_ms
from ivr.flow.model import Action, Destination, Flow, SayItem, Step
from ivr.flow.steps.ask import Ask
from ivr.flow.text import Template


def budget_never_held(subject: Subject) -> Iterator[Found]:
    """A ``budget`` that cannot be held, whatever the caller does.

    A text that begins with a value has to be asked of a voice before anything can be heard. Where
    the caller was still listening to something else that happens meanwhile; where they have only
    just keyed the value, nobody could know it, and they wait for the vendor's voice.

    Wrong::

        say: ${code}, thank you.
        budget: 150ms

    Right::

        say: Thank you. Your code is ${code}.
        budget: 150ms
    """
    flow, voices = subject.flow, subject.flows.voices
    for step in flow.steps.values():
        budget, action = step.budget, _first_to_speak(step)
        if budget is None or action is None:
            continue
        needed = max((first_byte_ms(v, voices) for v in _live_voices(flow, action)), default=0)
        said = {name for name in _begins_with(action) if name in _just_keyed(flow, step.name)}
        if said and needed >= FIRST_BYTE_MS and needed > budget.ms:
            message = (
                f"“{step.name}” begins with {min(said)}, which was keyed only just before: its "
                f"first sound takes about {needed} ms, and its budget is {budget.ms} ms"
            )
            remedy = f"begin with fixed words, like “Thank you.”, or write  budget: {needed}ms"
            yield Found(message, budget.span, remedy)


def _first_to_speak(step: Step) -> Action | None:
    """The action whose prompt is always the first sound of a step; None if that depends."""
    for action in step.actions:
        if action.condition is not None:
            return None
        if action.prompt is not None:
            return None if action.prompt.items[0].condition is not None else action
        if action.kind is not None and action.kind.kind not in ("set", "language"):
            return None
    return None


def _live_voices(flow: Flow, action: Action) -> Iterator[str]:
    """The voices that must be asked before the prompt can begin."""
    for code, _ in _begun_live(action):
        yield action.voice or flow.language(code).voice


def _begins_with(action: Action) -> set[str]:
    """The names a voice must know before the prompt can begin."""
    assert action.prompt is not None
    item = action.prompt.items[0]
    whole = isinstance(item, SayItem) and item.whole
    reads: set[str] = set()
    for _, template in _begun_live(action):
        needed = template.placeholders if whole else template.placeholders[:1]
        reads |= {name for placeholder in needed for name in placeholder.reads}
    return reads


def _begun_live(action: Action) -> Iterator[tuple[str, Template]]:
    """The texts of its first item that a voice must begin, with their languages."""
    assert action.prompt is not None
    item = action.prompt.items[0]
    if not isinstance(item, SayItem):
        return
    for code, template in item.texts.items():
        if begins_live(template, whole=item.whole) and item.language in (None, code):
            yield code, template


def _just_keyed(flow: Flow, name: str) -> set[str]:
    """The variables whose last digit may have been keyed right before this step is entered."""
    found: set[str] = set()
    for step in flow.steps.values():
        for action in step.actions:
            kind = action.kind
            if not isinstance(kind, Ask) or kind.confirms or action.goto is None:
                continue
            if name in _reached_in_silence(flow, action.goto):
                found.add(kind.variable)
    return found


def _reached_in_silence(flow: Flow, destination: Destination) -> set[str]:
    """The steps a destination leads to before anything is said."""
    reached: set[str] = set()
    waiting = [branch.target for branch in destination]
    while waiting:
        step = flow.steps.get(waiting.pop())
        if step is None or step.name in reached:
            continue
        reached.add(step.name)
        if not any(action.prompt is not None for action in step.actions):
            ways = [action.goto for action in step.actions if action.goto is not None]
            waiting += [branch.target for way in ways for branch in way]
    return reached
