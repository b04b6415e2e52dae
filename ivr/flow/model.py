"""A compiled flow: typed, immutable, whole. Made by :mod:`ivr.flow.load`, walked by the machine.

Nothing is parsed during a call: texts are templates, conditions are expressions, durations are
milliseconds. A step kind is a file under ``ivr/flow/steps``; its data is its own dataclass there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ivr.flow.expression import Expression
from ivr.flow.hours import Schedule
from ivr.flow.messages import Command, ErrandDone, LegOutcome, RequestAnswered
from ivr.flow.problems import Span
from ivr.flow.text import Template
from ivr.flow.values import Value
from ivr.flow.world import NO_EMERGENCY, Emergency, FunctionSpec, Mailbox, VoiceSpec

if TYPE_CHECKING:
    from ivr.flow.machine import Run
    from ivr.flow.state import Wait

RESERVED_DESTINATIONS = frozenset({"hangup", "repeat", "back", "start"})
CALL_LIMIT_MS = 30 * 60_000
"""Self-service time of a call, transfers not counted (LANGUAGE.md §2.3)."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language the flow speaks, and the voice that speaks it."""

    code: str
    """Like ``en-US``."""
    voice: str


# --------------------------------------------------------------------------- prompts


@dataclass(frozen=True, slots=True)
class SayItem:
    """A text, by language code; ``language`` fixes the language it is said in."""

    texts: Mapping[str, Template]
    language: str | None
    condition: Expression | None
    span: Span
    whole: bool = False
    """Spoken in one go, never put together from pieces."""


@dataclass(frozen=True, slots=True)
class ClipItem:
    """A recorded file, by its path in the flow folder."""

    file: str
    condition: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class PauseItem:
    """Silence on purpose."""

    ms: int
    condition: Expression | None
    span: Span


Item = SayItem | ClipItem | PauseItem


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a step says, as written: items in order, each under its own condition."""

    items: tuple[Item, ...]
    span: Span


# --------------------------------------------------------------------------- where to


@dataclass(frozen=True, slots=True)
class Branch:
    """One entry of a destination list; without a condition it always applies."""

    target: str
    """A step, ``/flow``, or one of ``hangup``, ``repeat``, ``back``, ``start``."""
    condition: Expression | None
    span: Span


Destination = tuple[Branch, ...]
"""Where to go: the first branch that applies."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A way out of a step, with the name callers' ways are told by: a key, an outcome, ``goto``."""

    label: str
    destination: Destination


# --------------------------------------------------------------------------- steps


class Kind(Protocol):
    """The one thing an action does; each kind is a file under ``ivr/flow/steps``."""

    @property
    def kind(self) -> str:
        """Its key in the language: ``menu``, ``ask``, ``transfer`` …"""
        ...

    @property
    def goes_on(self) -> bool:
        """Whether the action's ``goto`` (or the next action) follows it."""
        ...

    def edges(self) -> Iterator[Edge]:
        """Its own ways out."""
        ...

    def prompts(self) -> Iterator[Prompt]:
        """What it may say beside the action's own prompt."""
        ...

    def own_texts(self, flow: Flow, language: str) -> Iterator[Template]:
        """What the line says of its own accord at such a step, beside what it says anywhere."""
        ...

    def enter(self, run: Run, action: Action) -> None:
        """Begin it: say what is to be said, then wait, go or advance."""
        ...


class Input(Kind, Protocol):
    """A kind that waits for keys."""

    @property
    def sensitive(self) -> bool:
        """Whether its keys may be written nowhere."""
        ...

    def key(self, run: Run, action: Action, key: str) -> None:
        """The caller pressed a key while this step was listening."""
        ...

    def timeout(self, run: Run, action: Action) -> None:
        """The caller was silent, or stopped in the middle of an entry."""
        ...

    def ask_again(self, run: Run, action: Action, wait: Wait) -> None:
        """Say the question from its start and wait on; tries and keys stay as they are."""
        ...


class Leaving(Kind, Protocol):
    """A kind that leaves our media stream and comes back with an outcome."""

    def command(self, run: Run, target: int) -> Command:
        """What to do, now that everything before was heard; ``target``: which of several."""
        ...

    def returned(self, run: Run, action: Action, outcome: LegOutcome, wait: Wait) -> None:
        """The call is back (or never left); ``wait`` is what it was away with."""
        ...


class Turning(Kind, Protocol):
    """A kind that does something once it is its turn: earlier notices were heard."""

    def begin(self, run: Run, action: Action) -> None:
        """Do it, and wait or go on."""
        ...


class Working(Turning, Protocol):
    """A kind that sends an errand out and goes on with what it came to."""

    @property
    def again(self) -> bool:
        """Whether it may be sent out twice, where the first answer was lost."""
        ...

    @property
    def hold(self) -> str | None:
        """The file that fills the time; None: a soft tone."""
        ...

    def answered(self, run: Run, action: Action, event: RequestAnswered | ErrandDone) -> str:
        """Keep what it brought; the name of its outcome."""
        ...

    def lost(self) -> str:
        """The outcome where no answer will come."""
        ...

    def done(self, run: Run, action: Action, outcome: str) -> None:
        """Go on, now that the texts were heard too."""
        ...


class Recorder(Working, Protocol):
    """A kind that records the caller."""

    @property
    def end_key(self) -> str:
        """The key that ends a recording, and the text before it."""
        ...

    def end(self, run: Run, wait: Wait) -> None:
        """The caller pressed it."""
        ...

    def hung_up(self, run: Run, wait: Wait) -> None:
        """The caller is gone, while recording or reviewing."""
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """The longest a caller may wait for the first sound of a step."""

    ms: int
    span: Span


@dataclass(frozen=True, slots=True)
class Action:
    """One line of a step: what is heard, the one thing done, where next."""

    prompt: Prompt | None
    interruptible: bool
    voice: str | None
    kind: Kind | None
    goto: Destination | None
    condition: Expression | None
    fresh: bool
    tag: str | None
    note: str | None
    span: Span
    budget: Budget | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A named place in a flow."""

    name: str
    actions: tuple[Action, ...]
    span: Span

    @property
    def budget(self) -> Budget | None:
        """What was written for the wait until its first sound, on any of its actions."""
        return next((action.budget for action in self.actions if action.budget), None)

    def edges(self) -> Iterator[Edge]:
        """Every way out, in file order."""
        for action in self.actions:
            if action.kind is not None:
                yield from action.kind.edges()
            if action.goto is not None:
                yield Edge("goto", action.goto)

    def prompts(self) -> Iterator[Prompt]:
        """Everything it may say."""
        for action in self.actions:
            if action.prompt is not None:
                yield action.prompt
            if action.kind is not None:
                yield from action.kind.prompts()


@dataclass(frozen=True, slots=True)
class Flow:
    """One YAML file: what callers can be led through."""

    id: str
    title: str
    languages: tuple[Language, ...]
    timezone: str
    hours: Mapping[str, Schedule]
    numbers: Mapping[str, str]
    anytime: Mapping[str, Destination]
    vars: Mapping[str, Value]
    call_limit_ms: int
    start: str
    steps: Mapping[str, Step]
    span: Span
    inputs: tuple[str, ...] = ()
    """What it is given by whoever runs it, read as ``inputs.name``."""
    returns: tuple[str, ...] = ()
    """Its outcomes; a flow with any is run by others, and is no entry."""
    on_hangup: Destination | None = None
    """Steps done without a caller, once they have hung up."""
    on_error: Destination | None = None
    """Where the call goes when the flow cannot go on as written."""
    operator: Destination | None = None
    """Where it goes then, after the apology, if nothing is said about ``on_error``."""
    after_key_ms: int = 0
    """Silence after a key, for callers whose keys are in the ear-piece."""

    @property
    def default_language(self) -> Language:
        """Where every call starts, and what a missing text falls back to."""
        return self.languages[0]

    def language_of(self, item: SayItem, language: str) -> str:
        """In which language an item is said to a caller of this language.

        A missing translation is spoken in the default language, by its own voice.
        """
        for code in (item.language or language, self.default_language.code):
            if code in item.texts:
                return code
        return next(iter(item.texts))

    def reachable(self) -> frozenset[str]:
        """The steps a caller can come to, whatever the conditions say; not those of a hang-up."""
        reached: set[str] = set()
        ways = [*self.anytime.values(), self.on_error or (), self.operator or ()]
        waiting = [self.start, *(branch.target for way in ways for branch in way)]
        while waiting:
            name = waiting.pop()
            step = self.steps.get(name)
            if step is not None and name not in reached:
                reached.add(name)
                waiting += [branch.target for edge in step.edges() for branch in edge.destination]
        return frozenset(reached)

    def language(self, code: str) -> Language:
        """The language of this code, or the default one."""
        for language in self.languages:
            if language.code == code:
                return language
        return self.languages[0]


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a called number leads."""

    flow: str
    language: str | None
    settings: Mapping[str, Value] = field(default_factory=dict)
    """What differs from ``settings.*`` of the environment, for calls to this number."""


@dataclass(frozen=True, slots=True)
class FlowSet:
    """All flows of a folder, compiled and swapped together. A call keeps the set it began with."""

    flows: Mapping[str, Flow]
    numbers: Mapping[str, Entry]
    default: Entry | None
    voices: Mapping[str, VoiceSpec]
    settings: Mapping[str, Value]
    hash: str
    """Of the sources it was compiled from; stamped on every call."""
    emergency: Emergency = NO_EMERGENCY
    allowed_hosts: frozenset[str] = frozenset()
    """Whom ``http`` may ask: ``api.example.com``, or with a port."""
    mailboxes: Mapping[str, Mailbox] = field(default_factory=dict)
    events: tuple[str, ...] = ()
    """The addresses that are told what ``event`` steps tell."""
    functions: Mapping[str, FunctionSpec] = field(default_factory=dict)
    """Whom ``do`` may call."""
    environment: str = "dev"

    def entry_for(self, called: str) -> Entry | None:
        """Where a call to this number starts; None if nothing was said about it."""
        return self.numbers.get(called, self.default)

    def settings_for(self, called: str) -> Mapping[str, Value]:
        """``settings.*`` of a call to this number."""
        entry = self.entry_for(called)
        return {**self.settings, **entry.settings} if entry and entry.settings else self.settings

    def voices_used(self) -> frozenset[str]:
        """The voices callers may hear: those the flows name, and what these fall back on."""
        used: set[str] = set()
        waiting = [language.voice for flow in self.flows.values() for language in flow.languages]
        for flow in self.flows.values():
            for step in flow.steps.values():
                waiting += [action.voice for action in step.actions if action.voice]
        while waiting:
            name = waiting.pop()
            if name not in used and name in self.voices:
                used.add(name)
                waiting += self.voices[name].fallback
        return frozenset(used)
