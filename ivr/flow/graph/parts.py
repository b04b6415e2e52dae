"""What a flow's picture shows, before anything has a place: which cards, which lines, which words.

Every step is a card. A hang-up, ``back`` and another flow get a small card of their own at each
step that leads there: one for all would draw a line across the whole picture. For the same reason
lines to a step that very many steps lead to end in a small card that names it, those of failures
first and then those that lead back. ``repeat`` is a line back to its step. The keys that work
anytime, ``on_hangup`` and ``on_error`` are cards without a way in. Lines of one kind between the
same two cards are one line with all their names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ivr.flow.graph.drawing import LineKind
from ivr.flow.model import Action, ClipItem, Destination, Flow, Kind, Prompt, SayItem, Step
from ivr.flow.schema.kinds import FAILURES
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.do import Do
from ivr.flow.steps.event import TellEvent
from ivr.flow.steps.giving_back import Return
from ivr.flow.steps.http import Http
from ivr.flow.steps.language import SwitchLanguage
from ivr.flow.steps.menu import Menu, key_name
from ivr.flow.steps.queue import Queue
from ivr.flow.steps.record import RecordCaller
from ivr.flow.steps.record_call import RecordTheCall
from ivr.flow.steps.run import RunFlow
from ivr.flow.steps.transfer import TransferTo
from ivr.flow.steps.voicemail import Voicemail

GOTO = "goto"
LINES_IN_MAX = 6
"""Of a sort, to one card; of more nobody can follow one with the eye."""
_LABEL_CHARACTERS_MAX = 32
_VALUE = re.compile(r"\$\{\s*([^}|]*?)\s*(?:\|[^}]*)?\}")
_LESSER = ("set", "language", "record_call", "event", "send_keys")
"""Kinds that a step is not about, if it does anything else."""


@dataclass(frozen=True, slots=True)
class Card:
    """What stands on a card."""

    step: str
    kind: str
    title: str
    about: str = ""
    text: str = ""
    start: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """From where to where, why, and what it is called."""

    source: str
    target: str
    kind: LineKind
    names: tuple[str, ...]
    labels: tuple[str, ...]
    leads_to: str
    """The step it really leads to, where its target only names that step."""

    @property
    def label(self) -> str:
        """What stands at the line."""
        whole = ", ".join(dict.fromkeys(label for label in self.labels if label))
        cut = _LABEL_CHARACTERS_MAX
        return whole if len(whole) <= cut else whole[: cut - 1].rstrip(" ,") + "…"


@dataclass(frozen=True, slots=True)
class Parts:
    """Cards and ways, in file order."""

    flow: Flow
    language: str
    cards: tuple[Card, ...]
    ways: tuple[Way, ...]


def parts_of(flow: Flow, language: str | None = None) -> Parts:
    """Everything there is to draw, with texts in this language (default: the flow's first)."""
    code = flow.language(language).code if language is not None else flow.default_language.code
    collecting = _Collecting(flow)
    for step in flow.steps.values():
        collecting.cards[step.name] = _card(flow, step, code)
    for step in flow.steps.values():
        for action in step.actions:
            collecting.action(step.name, action)
    collecting.entrances()
    ways = [
        Way(source, target, kind, tuple(names), tuple(labels), target)
        for (source, target, kind), (names, labels) in collecting.ways.items()
    ]
    ways = _thinned(collecting.cards, ways)
    return Parts(flow, code, tuple(collecting.cards.values()), tuple(ways))


def _thinned(cards: dict[str, Card], ways: list[Way]) -> list[Way]:
    """The ways, those to crowded steps ending in small cards, which are added to ``cards``."""
    place = {step: number for number, step in enumerate(cards)}

    def is_failure(way: Way) -> bool:
        return way.kind is LineKind.FAILURE

    def leads_back(way: Way) -> bool:
        return place[way.leads_to] < place[way.source]

    for may_end in (is_failure, leads_back):
        arriving = Counter(way.target for way in ways if may_end(way))
        for number, way in enumerate(ways):
            if may_end(way) and arriving[way.target] > LINES_IN_MAX:
                name = f"{way.source}/to {way.target}"
                cards.setdefault(name, Card(name, "to", f"→ {way.target}"))
                ways[number] = replace(way, target=name)
    return ways


class _Collecting:
    """The cards and ways found so far."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.cards: dict[str, Card] = {}
        self.ways: dict[tuple[str, str, LineKind], tuple[list[str], list[str]]] = {}

    def action(self, step: str, action: Action) -> None:
        """The ways out of one action."""
        aside = f"if {action.condition.source}" if action.condition is not None else ""
        if action.kind is not None:
            for edge in action.kind.edges():
                self._lead(step, edge.label, edge.destination, _why(action.kind, edge.label), aside)
        if action.goto is not None:
            self._lead(step, GOTO, action.goto, LineKind.NEXT, aside)

    def entrances(self) -> None:
        """Cards for what leads into the flow beside its start."""
        flow = self.flow
        if flow.anytime:
            keys = ", ".join(key_name(key) for key in flow.anytime)
            self.cards["/anytime"] = Card("/anytime", "anytime", f"anytime: {keys}")
            for key, destination in flow.anytime.items():
                if any(branch.target in flow.steps for branch in destination):
                    self._lead("/anytime", key_name(key), destination, LineKind.KEY, "")
        for name, title, way in (
            ("on_hangup", "when the caller hangs up", flow.on_hangup),
            ("on_error", "when the flow cannot go on", flow.on_error or flow.operator),
        ):
            if way is not None:
                self.cards[f"/{name}"] = Card(f"/{name}", name, title)
                self._lead(f"/{name}", "", way, LineKind.NEXT, "")

    def _lead(
        self, step: str, name: str, destination: Destination, kind: LineKind, aside: str
    ) -> None:
        for number, branch in enumerate(destination):
            said = [aside, "" if name == GOTO else name]
            if branch.condition is not None:
                said.append(f"if {branch.condition.source}")
            elif number:
                said.append("else")
            target = self._target(step, branch.target)
            names, labels = self.ways.setdefault((step, target, kind), ([], []))
            names += [name] if name and name not in names else []
            labels.append(" ".join(part for part in said if part))

    def _target(self, step: str, target: str) -> str:
        """The card a destination means; a small one is made where there is none."""
        if target in self.cards:
            return target
        if target == "start":
            return self.flow.start
        if target == "repeat" and step in self.flow.steps:
            return step
        name = f"{step}/{target.lstrip('/')}"
        if target[:1] == "/":
            card = Card(name, "flow", f"flow {target[1:]}")
        elif target == "hangup":
            card = Card(name, "end", "hang up")
        else:
            card = Card(name, "back", target)
        self.cards.setdefault(name, card)
        return name


def _why(kind: Kind, label: str) -> LineKind:
    """What kind of line an outcome is drawn as."""
    # ``fail no_input`` and its like begin with the outcome.
    if label.partition(" ")[0] in FAILURES[kind.kind]:
        return LineKind.FAILURE
    return LineKind.KEY if isinstance(kind, Menu) else LineKind.OUTCOME


# --------------------------------------------------------------------------- what stands on a card


def _card(flow: Flow, step: Step, language: str) -> Card:
    kinds = [action.kind for action in step.actions if action.kind is not None]
    names = [kind.kind for kind in kinds]
    main = [name for name in names if name not in _LESSER] or names
    text = _heard(flow, step, language)
    return Card(
        step=step.name,
        kind=main[-1] if main else "say" if text else "goto",
        title=step.name,
        about=", ".join(_about(kind) for kind in kinds),
        text=text,
        start=step.name == flow.start,
    )


def _heard(flow: Flow, step: Step, language: str) -> str:
    """What the step says, of its first action that says something."""
    for action in step.actions:
        said = " ".join(_spoken(flow, action.prompt, language))
        if said:
            return said
    return ""


def _spoken(flow: Flow, prompt: Prompt | None, language: str) -> Iterator[str]:
    for item in prompt.items if prompt is not None else ():
        match item:
            case SayItem():
                source = item.texts[flow.language_of(item, language)].source
                yield " ".join(_VALUE.sub(r"‹\1›", source).split())
            case ClipItem():
                yield f"♪ {item.file}"


def _about(kind: Kind) -> str:
    """A kind and what it is about, as it would be said in a few words."""
    match kind:
        case Ask(variable=what) | RecordCaller(variable=what):
            return f"{kind.kind} {what}"
        case TransferTo(targets=targets):
            return f"{kind.kind} {', '.join(targets)}"
        case Http(asked=asked, method=method):
            path = _VALUE.sub(r"‹\1›", asked.source).removeprefix(method).strip()
            return f"{method} {_path(path)}"
        case Voicemail(mailbox=what) | Queue(name=what) | TellEvent(name=what):
            return f"{kind.kind} {what}"
        case Do(function=what) | RunFlow(flow=what) | Return(outcome=what):
            return f"{kind.kind} {what}"
        case SwitchLanguage(code=what):
            return f"{kind.kind} {what}"
        case RecordTheCall(what=doing):
            return f"{kind.kind} {doing.value}"
        case _:
            return kind.kind


def _path(address: str) -> str:
    """The path of an address, without its host."""
    _, slashes, rest = address.partition("://")
    _, slash, path = (rest if slashes else address).partition("/")
    return slash + path
