"""From a prompt as written to the parts of an utterance: values in words, language and voice.

Pure; used by the machine, which queues what comes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ivr.flow.expression import Scope
from ivr.flow.messages import Clip, Part, Silence, Words
from ivr.flow.model import ClipItem, Flow, Item, PauseItem, Prompt, SayItem
from ivr.flow.state import State
from ivr.flow.text import Template
from ivr.flow.values import Value

BETWEEN_ITEMS_MS = 300
"""Silence between the texts of one prompt; the speaker puts the same between prompts."""


def parts_of(
    prompt: Prompt,
    voice: str | None,
    state: State,
    flow: Flow,
    scope: Scope,
    note: Callable[[str], None],
) -> tuple[Part, ...]:
    """The items that apply now, with silence between texts.

    ``note`` is told of each expression that was null and left out, or that no formatter put into
    words. Raises :class:`~ivr.flow.values.EvaluationError`.
    """
    parts: list[Part] = []
    for item in prompt.items:
        if item.condition is not None and not item.condition.evaluate(scope):
            continue
        part = _part(item, voice, state, flow, scope, note)
        if part is None:
            continue
        if parts and isinstance(parts[-1], Words) and isinstance(part, Words):
            parts.append(Silence(BETWEEN_ITEMS_MS))
        parts.append(part)
    return tuple(parts)


def _part(
    item: Item,
    voice: str | None,
    state: State,
    flow: Flow,
    scope: Scope,
    note: Callable[[str], None],
) -> Part | None:
    match item:
        case ClipItem(file):
            return Clip(file)
        case PauseItem(ms):
            return Silence(ms)
        case SayItem():
            code = flow.language_of(item, state.language)
            template = item.texts[code]
            said = template.render(scope, language=code, masked=state.sensitive)
            for name in said.nulls:
                note(f"“{name}” had no value and was left out")
            for name in said.raw:
                note(f"“{name}” was said without a formatter")
            if not said.text:
                return None
            shown = said.shown if said.shown != said.text else ""
            segments = () if item.whole else said.segments
            speaker = voice or flow.language(code).voice
            return Words(said.text, code, speaker, template.fixed, shown, segments)


def own_words(
    template: Template, values: Mapping[str, Value], language: str, voice: str, *, secret: bool
) -> Words:
    """A text the line makes itself; ``secret`` values are not shown."""
    masked = frozenset(values) if secret else frozenset()
    said = template.render(values, language=language, masked=masked)
    shown = said.shown if secret else ""
    return Words(said.text, language, voice, False, shown, said.segments)
