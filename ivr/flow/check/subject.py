"""What a rule is given to look at: one flow of a set, with what several rules ask of it.

Everything here is computed once for all rules, and only if one asks. Made by
:func:`ivr.flow.check.check`; the rules only read it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

from ivr.flow.check.places import Page
from ivr.flow.expression import EvaluationError, Expression
from ivr.flow.model import (
    Action,
    Destination,
    Flow,
    FlowSet,
    Kind,
    PauseItem,
    Prompt,
    SayItem,
    Step,
)
from ivr.flow.problems import Severity, Span
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.menu import Menu
from ivr.flow.steps.sms import Sms
from ivr.flow.steps.transfer import TransferTo
from ivr.flow.text import Template
from ivr.flow.values import Value

if TYPE_CHECKING:
    from ivr.flow.check.folder import Folder

T = TypeVar("T")
K = TypeVar("K", bound=Kind)
WORDS_PER_SECOND = 2.6
"""How fast a telephone voice speaks."""
PLACEHOLDER_WORDS = 3
"""A value is counted as so many words: nobody knows it before the call."""
VALUE = "\ufffc"
"""Stands for each character of a placeholder."""
_INTERRUPTING = frozenset(
    ["menu", "ask", "transfer", "queue", "twiml", "run", "voicemail", "record"]
)
"""Kinds after which what was said before is long ago."""
_PLACEHOLDER = re.compile(r"\$?\$\{[^}]*\}?")


@dataclass(frozen=True, slots=True)
class Found:
    """A finding of a rule; the table adds its code and severity."""

    message: str
    span: Span
    help: str = ""
    severity: Severity | None = None
    """Where it is not the one the table has for the code."""


class Role(Enum):
    """When a prompt is said."""

    PROMPT = "say"
    REPEAT = "repeat"
    REPROMPT = "reprompt"
    CONFIRM = "confirm"
    WHISPER = "whisper"
    """Whoever the call is transferred to hears it, not the caller."""
    SMS = "sms"
    """It is read, and no voice says it."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A prompt, and where it is said."""

    step: Step
    action: Action
    role: Role
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Text:
    """A text in one language, with its placeholders blanked out: only words are left."""

    item: SayItem
    code: str
    template: Template
    words: str
    """As long as the template's source, so that places in it are places there."""


Look = Callable[[str], tuple[tuple[str, int, int], ...]]


@dataclass(frozen=True)
class Subject:
    """One flow under the checker's eyes."""

    flow: Flow
    page: Page
    folder: Folder
    _texts: dict[int, tuple[Text, ...]] = field(default_factory=dict)
    _made: dict[object, object] = field(default_factory=dict)

    @property
    def flows(self) -> FlowSet:
        """The set the flow belongs to."""
        return self.folder.flows

    @cached_property
    def spoken(self) -> tuple[Spoken, ...]:
        """Every prompt of every step, in file order."""
        return tuple(each for step in self.flow.steps.values() for each in _spoken(step))

    @cached_property
    def texts(self) -> tuple[Text, ...]:
        """Every text a voice says; a named text that is said twice is here twice."""
        said = (each.prompt for each in self.spoken if each.role is not Role.SMS)
        return tuple(text for prompt in said for text in self.texts_of(prompt))

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The languages of the flow."""
        return tuple(language.code for language in self.flow.languages)

    @cached_property
    def _spoken_by(self) -> dict[int, list[Spoken]]:
        grouped: dict[int, list[Spoken]] = {}
        for each in self.spoken:
            grouped.setdefault(id(each.action), []).append(each)
        return grouped

    def spoken_by(self, action: Action) -> list[Spoken]:
        """Every prompt of an action."""
        return self._spoken_by.get(id(action), [])

    def texts_of(self, prompt: Prompt) -> tuple[Text, ...]:
        """The texts of a prompt in all languages."""
        found = self._texts.get(id(prompt))
        if found is None:
            found = tuple(
                Text(item, code, template, blanked(template))
                for item in prompt.items
                if isinstance(item, SayItem)
                for code, template in item.texts.items()
            )
            self._texts[id(prompt)] = found
        return found

    def once(self, what: object, make: Callable[[], T]) -> T:
        """Something several rules ask of a flow, made when the first one asks."""
        if what not in self._made:
            self._made[what] = make()
        return cast(T, self._made[what])

    def noted(self, look: Look) -> list[tuple[Text, tuple[tuple[str, int, int], ...]]]:
        """The texts of which ``look`` has something to say: what kind of thing, and where."""

        def make() -> list[tuple[Text, tuple[tuple[str, int, int], ...]]]:
            known = {words: look(words) for words in {text.words for text in self.texts}}
            return [(text, found) for text in self.texts if (found := known[text.words])]

        return self.once(look, make)

    def ways(self, action: Action) -> tuple[Destination, ...]:
        """Every way out of an action."""
        return self._ways[id(action)]

    def ways_of(self, step: Step) -> Iterator[Destination]:
        """Every way out of a step."""
        for action in step.actions:
            yield from self._ways[id(action)]

    @cached_property
    def _ways(self) -> dict[int, tuple[Destination, ...]]:
        found: dict[int, tuple[Destination, ...]] = {}
        for _, action in self.actions:
            own = [edge.destination for edge in action.kind.edges()] if action.kind else []
            found[id(action)] = (*own, *((action.goto,) if action.goto is not None else ()))
        return found

    @cached_property
    def _by_kind(self) -> dict[type, list[tuple[Step, Action, Kind]]]:
        grouped: dict[type, list[tuple[Step, Action, Kind]]] = {}
        for step, action in self.actions:
            if action.kind is not None:
                grouped.setdefault(type(action.kind), []).append((step, action, action.kind))
        return grouped

    def all_of(self, kind: type[K]) -> list[tuple[Step, Action, K]]:
        """Every action of a kind, in file order."""
        return cast("list[tuple[Step, Action, K]]", self._by_kind.get(kind, []))

    @property
    def menus(self) -> list[tuple[Step, Action, Menu]]:
        """Every menu."""
        return self.all_of(Menu)

    @property
    def asks(self) -> list[tuple[Step, Action, Ask]]:
        """Every step that asks for an entry."""
        return self.all_of(Ask)

    @cached_property
    def anytime(self) -> Set[str]:
        """The keys that work in every menu here, those of all flows that run this one too."""
        return self.flow.anytime.keys() | self.folder.outer_anytime(self.flow.id)

    @cached_property
    def actions(self) -> tuple[tuple[Step, Action], ...]:
        """Every action, in file order."""
        return tuple((step, a) for step in self.flow.steps.values() for a in step.actions)

    def question(self, step: Step, action: Action) -> tuple[Prompt, ...]:
        """What callers hear before they are to press something: the prompt, and those before."""
        before: list[Prompt] = []
        for each in step.actions:
            if each.prompt is not None:
                before.append(each.prompt)
            if each is action:
                break
            if each.kind is not None and each.kind.kind in _INTERRUPTING:
                before.clear()
        return tuple(before)

    def said_in(self, prompt: Prompt, code: str) -> tuple[Text, ...]:
        """The texts of a prompt as a caller of this language hears them."""
        heard: dict[int, Text] = {}
        for text in self.texts_of(prompt):
            if text.code == self.flow.language_of(text.item, code) and may_be_said(
                text.item.condition, code
            ):
                heard[id(text.item)] = text
        return tuple(heard.values())

    def seconds(self, prompt: Prompt, code: str) -> float:
        """How long a prompt takes, about; files are not counted."""
        words, ms = 0, 0
        for item in prompt.items:
            if isinstance(item, PauseItem):
                ms += item.ms
            elif isinstance(item, SayItem) and may_be_said(item.condition, code):
                words += count_words(item.texts[self.flow.language_of(item, code)])
        return words / WORDS_PER_SECOND + ms / 1000


def blanked(template: Template) -> str:
    """The source of a text with its placeholders blanked out, as long as it was."""
    if "${" not in template.source:
        return template.source
    return _PLACEHOLDER.sub(lambda found: VALUE * len(found.group()), template.source)


def count_words(template: Template) -> int:
    """How many words a text is; a value counts for a few."""
    if template.literal:
        return len(template.literal.split())
    literal = blanked(template).replace(VALUE, " ")
    return len(literal.split()) + PLACEHOLDER_WORDS * len(template.placeholders)


def may_be_said(condition: Expression | None, code: str) -> bool:
    """Whether an item can be heard by a caller of this language, as far as that decides it."""
    if condition is None or {name.path for name in condition.names} != {("call", "language")}:
        return True
    scope: Mapping[str, Value] = {"call": {"language": code}}
    try:
        return bool(condition.evaluate(scope))
    except EvaluationError:
        return True


def _spoken(step: Step) -> Iterator[Spoken]:
    for action in step.actions:
        if action.prompt is not None:
            yield Spoken(step, action, Role.PROMPT, action.prompt)
        kind = action.kind
        if isinstance(kind, Ask) and kind.confirm is not None:
            yield Spoken(step, action, Role.CONFIRM, kind.confirm)
        if isinstance(kind, (Menu, Ask)):
            for prompt in (*kind.question.no_input, *kind.question.no_match):
                yield Spoken(step, action, Role.REPROMPT, prompt)
            if kind.question.repeat is not None:
                yield Spoken(step, action, Role.REPEAT, kind.question.repeat)
        if isinstance(kind, TransferTo) and kind.whisper is not None:
            yield Spoken(step, action, Role.WHISPER, kind.whisper)
        if isinstance(kind, Sms):
            yield Spoken(step, action, Role.SMS, kind.text)
