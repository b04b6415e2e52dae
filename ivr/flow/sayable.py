"""Every text that can be known before any call: what takes are made of.

For each reachable step, in each language: its texts without run-time values, the fixed pieces of
the others, reprompts and confirmations, what the line says of its own accord, and the digits that
groups of digits are put together from. Used by the build, and by the server to be ready.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ivr.flow.messages import SegmentKind, Words
from ivr.flow.model import Flow, FlowSet, Prompt, SayItem
from ivr.flow.phrases import fixed_phrases
from ivr.flow.text import Template
from ivr.flow.values import EvaluationError, Value
from ivr.flow.world import Emergency

EVERYWHERE = "everywhere"
"""The place of what may be said at any step."""
PLACES_MAX = 20
"""Of one text; more of them tell nothing more."""


@dataclass(frozen=True, slots=True)
class Sayable:
    """A fixed text as one voice says it, and where callers hear it."""

    words: Words
    places: tuple[str, ...]
    """``flow/step``, in the order of the files."""


def sayable(flows: FlowSet) -> tuple[Sayable, ...]:
    """Everything, each text once for each voice and language, in the order of the files."""
    places: dict[Words, list[str]] = {}
    for flow in flows.flows.values():
        for words, place in _of_flow(flow, flows.emergency):
            known = places.setdefault(words, [])
            if place not in known and len(known) < PLACES_MAX:
                known.append(place)
    return tuple(Sayable(words, tuple(where)) for words, where in places.items())


def opening(flows: FlowSet) -> Iterator[Words]:
    """What callers hear first, as far as it can be known: of each flow that can answer a call."""
    for flow in flows.flows.values():
        if flow.returns:
            continue
        for action in flow.steps[flow.start].actions[:1]:
            for language in flow.languages:
                yield from _prompt(flow, action.prompt, language.code, action.voice)


def digits(segment: str) -> tuple[str, ...] | None:
    """The texts of the takes that digits in groups are put together from: ``1,`` ``2,`` … ``8.``

    Each digit is said as one that goes on, but for the last of a sentence. None where there is
    anything but digits in it.
    """
    said = segment.split()
    bare = [word.strip(",;:.?!…") for word in said]
    if not all(len(word) == 1 and word in "0123456789" for word in bare) or not bare:
        return None
    ends = said[-1][-1] in ".?!…"
    return (*(f"{digit}," for digit in bare[:-1]), bare[-1] + ("." if ends else ","))


# --------------------------------------------------------------------------- collecting


def _of_flow(flow: Flow, emergency: Emergency) -> Iterator[tuple[Words, str]]:
    reached = flow.reachable()
    for step in flow.steps.values():
        if step.name not in reached:
            continue
        place = f"{flow.id}/{step.name}"
        for action in step.actions:
            kind = action.kind
            for language in flow.languages:
                for prompt in (action.prompt, *(kind.prompts() if kind else ())):
                    for words in _prompt(flow, prompt, language.code, action.voice):
                        yield words, place
                for own in kind.own_texts(flow, language.code) if kind else ():
                    for words in _template(flow, own, language.code, language.voice):
                        yield words, place
    for language in flow.languages:
        apology = emergency.text(language.code)
        for text in (*fixed_phrases(language.code), *((apology,) if apology else ())):
            yield Words(text, language.code, language.voice, fixed=True), f"{flow.id}/{EVERYWHERE}"


def _prompt(flow: Flow, prompt: Prompt | None, language: str, voice: str | None) -> Iterable[Words]:
    for item in prompt.items if prompt else ():
        if isinstance(item, SayItem):
            code = flow.language_of(item, language)
            speaker = voice or flow.language(code).voice
            yield from _template(flow, item.texts[code], code, speaker, whole=item.whole)


def _template(
    flow: Flow, template: Template, code: str, voice: str, *, whole: bool = False
) -> Iterator[Words]:
    if whole and not template.fixed:
        return
    try:
        texts = list(template.fixed_texts(_constants(flow), language=code))
    except EvaluationError:
        # The caller would hear the apology; the checker tells the author.
        return
    for text in texts:
        yield Words(text, code, voice, fixed=True)
    if any(stretch.kind is SegmentKind.DIGITS for stretch in template.stretches):
        for digit in "0123456789":
            for mark in ",.":
                yield Words(digit + mark, code, voice, fixed=True)


def _constants(flow: Flow) -> Mapping[str, Value]:
    """What fixed texts may read: the same at any moment."""
    moment = datetime(2000, 1, 1, tzinfo=UTC)
    return {
        "hours": {name: schedule.at(moment) for name, schedule in flow.hours.items()},
        "numbers": dict(flow.numbers),
    }
