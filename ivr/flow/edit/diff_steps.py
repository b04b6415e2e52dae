"""How a step has changed, in sentences: its ways, what it does, what it says.

Compares two steps that are taken for the same one, action by action. The words for the options of
each kind are in :mod:`ivr.flow.edit.diff_words`. Pure; used by :mod:`ivr.flow.edit.diff_flow`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from ivr.flow.edit import diff_texts, naming
from ivr.flow.edit.diff_texts import Heard
from ivr.flow.edit.diff_words import (
    BEHAVIOUR,
    INSIDE,
    OPTIONS,
    WAYS,
    WORDING,
    Option,
    Switch,
    Weight,
    does,
    whens,
)
from ivr.flow.edit.same import fields, others, plain, same
from ivr.flow.expression import Expression
from ivr.flow.model import Action, Destination, Flow, Kind, Prompt, Step
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.menu import Menu

Told = tuple[Weight, str]
"""How much callers notice, and a sentence."""

WAYS_MAX: Final = 8
"""So many ways of something new are told."""
_ELSEWHERE: Final = frozenset(
    {"kind", "goes_on", "again", "method", "has_example", "outcomes", "choices", "statuses"}
    | {"question.fail", "entry"}
)
"""Fields that follow from others, or that are told as ways or in another manner."""
_TOLD: Final = frozenset(
    {"prompt", "interruptible", "voice", "kind", "goto", "condition", "fresh", "budget"}
)
"""Fields of an action that are told in words of their own."""
_HEARD: Final[Mapping[str, tuple[str, str]]] = {
    "question.no_input": ("{at}, whoever presses nothing", "hears"),
    "question.no_match": ("{at}, whoever presses a wrong key", "hears"),
    "question.repeat": ("{at}, whoever comes back", "hears"),
    "confirm": ("{at}, whoever has answered", "hears"),
    "whisper": ("{at}, whoever picks up", "hears"),
    "text": ("the text message of {it}", "says"),
}
"""Who hears the further texts of a kind."""
_ENTRIES: Final = {
    "headers": "header",
    "query": "query field",
    "body": "field",
    "inputs": "input",
    "arguments": "input",
    "data": "field",
    "values": "variable",
}
"""What one entry of a map is called."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions of a step, each with its flow."""

    old_flow: Flow
    flow: Flow
    old: Step
    new: Step
    renamed: Mapping[str, str]
    """New names of steps by their old ones."""

    @property
    def it(self) -> str:
        """``the main menu``."""
        return naming.label(self.flow, self.new)

    @property
    def at(self) -> str:
        """``in the main menu``."""
        return f"in {self.it}"

    def way(self, way: Destination | None) -> Destination | None:
        """A way of the old version, in the names of the new one."""
        if way is None:
            return None
        return tuple(
            dataclasses.replace(branch, target=self.renamed.get(branch.target, branch.target))
            for branch in way
        )


def of_step(pair: Pair) -> Iterator[Told]:
    """Everything that has changed in a step."""
    if same(pair.old, pair.new):
        return
    before, after = pair.old.actions, pair.new.actions
    matcher = SequenceMatcher(
        None, [_sort(each) for each in before], [_sort(each) for each in after], autojunk=False
    )
    for _, a, b, c, d in matcher.get_opcodes():
        shared = min(b - a, d - c)
        for number in range(shared):
            yield from _of_action(pair, before[a + number], after[c + number])
        for action in after[c + shared : d]:
            also = " also" if before else ""
            does_now = f"{told(action, pair.flow)}{ways_told(action)}"
            yield _weight(action), f"{pair.it} now{also} {does_now}"
        for action in before[a + shared : b]:
            yield _weight(action), f"{pair.it} no longer {told(action, pair.old_flow)}"


def told(action: Action, flow: Flow) -> str:
    """A whole action, as verbs: ``says “One moment.” and rings sales``."""
    heard = Heard("", flow=flow)
    verbs = [heard.verb(item) for item in action.prompt.items[:1]] if action.prompt else []
    if action.kind is not None:
        verbs.append(does(action.kind, flow))
    if action.goto is not None:
        verbs.append(naming.leads(action.goto))
    only = f", if {naming.condition(action.condition)}" if action.condition is not None else ""
    return (naming.listed(verbs) if verbs else "does nothing") + only


def ways_told(action: Action) -> str:
    """Where the ways of its own lead, behind what it does: ``; a busy line leads to message``."""
    edges = list(action.kind.edges()) if action.kind is not None else []
    told_ways = [
        f"; {whens(action.kind, edge.label)} {naming.leads(edge.destination)}"
        for edge in edges[:WAYS_MAX]
        if action.kind is not None
    ]
    return "".join(told_ways) + ("; …" if len(edges) > WAYS_MAX else "")


def _sort(action: Action) -> str:
    """By what actions are recognised in the other version."""
    if action.kind is not None:
        return action.kind.kind
    return "say" if action.prompt is not None else "goto"


def _weight(action: Action) -> Weight:
    return WORDING if action.kind is None and action.goto is None else WAYS


def _of_action(pair: Pair, old: Action, new: Action) -> Iterator[Told]:
    yield from _of_condition(pair, old.condition, new.condition, new)
    says = Heard(pair.it, "says", pair.flow, pair.old_flow)
    for sentence in diff_texts.of_prompt(old.prompt, new.prompt, says):
        yield WORDING, sentence
    if old.kind is not None and new.kind is not None and old.kind.kind == new.kind.kind:
        yield from _of_ways(pair, old, new)
        yield from _of_options(pair, old.kind, new.kind)
    elif old.kind is None and new.kind is None:
        yield from _of_way(pair, "goto", old, new)
    else:
        now, was = _becomes(new, pair.flow), _becomes(old, pair.old_flow)
        yield WAYS, f"{pair.it} now {now} (before: it {was}){ways_told(new)}"
    yield from _of_manner(pair, old, new)


def _becomes(action: Action, flow: Flow) -> str:
    """What an action does that was or will be one of another kind."""
    verbs = [does(action.kind, flow)] if action.kind is not None else []
    if action.goto is not None:
        verbs.append(naming.leads(action.goto))
    return naming.listed(verbs) if verbs else does(None, flow)


def _of_condition(
    pair: Pair, old: Expression | None, new: Expression | None, action: Action
) -> Iterator[Told]:
    if same(old, new):
        return
    now, was = (f"if {naming.condition(each)}" if each else "always" for each in (new, old))
    unbound = dataclasses.replace(action, condition=None)
    yield WAYS, f"{pair.it} {told(unbound, pair.flow)} {now} (before: {was})"


def _of_manner(pair: Pair, old: Action, new: Action) -> Iterator[Told]:
    """What every action may have."""
    if old.interruptible != new.interruptible:
        may = "can now" if new.interruptible else "can no longer"
        yield BEHAVIOUR, f"{pair.it} {may} be interrupted by pressing a key"
    if old.fresh != new.fresh:
        count = "no longer count" if new.fresh else "now count"
        yield BEHAVIOUR, f"{pair.at}, keys pressed before it {count}"
    if old.voice != new.voice:
        voices = [voice or "that of the flow" for voice in (new.voice, old.voice)]
        yield WORDING, f"{pair.it} is now spoken by the voice {voices[0]} (before {voices[1]})"
    if (old.budget and old.budget.ms) != (new.budget and new.budget.ms):
        now, was = (
            naming.duration(each.budget.ms) if each.budget else "any time" for each in (new, old)
        )
        yield INSIDE, f"{pair.at}, the first sound may now take {now} (before {was})"
    for name, before, after in others(old, new, _TOLD):
        values = f"{naming.value(after)} (before {naming.value(before)})"
        yield INSIDE, f"{pair.at}, the {naming.human(name)} is now {values}"


# --------------------------------------------------------------------------- ways


def _of_ways(pair: Pair, old: Action, new: Action) -> Iterator[Told]:
    before, after = _ways(old), _ways(new)
    split = any(name.startswith("fail ") for name in (*before, *after))
    for ways in (before, after):
        if split and "fail" in ways:
            ways |= dict.fromkeys(("fail no_input", "fail no_match"), ways.pop("fail"))
    for name in dict.fromkeys([*after, *before]):
        yield from _of_way(pair, name, old, new, before, after)


def _of_way(
    pair: Pair,
    name: str,
    old: Action,
    new: Action,
    before: Mapping[str, Destination] | None = None,
    after: Mapping[str, Destination] | None = None,
) -> Iterator[Told]:
    was = pair.way(_effective(name, old, _ways(old) if before is None else before, pair.old_flow))
    now = _effective(name, new, _ways(new) if after is None else after, pair.flow)
    if same(was, now):
        return
    when = whens(new.kind, name) if new.kind is not None else ""
    key = isinstance(new.kind, Menu) and not name.startswith("fail")
    if key and was is None:
        yield WAYS, f"{pair.at}, {when} is new and {naming.leads(now)}"
    elif key and now is None:
        yield WAYS, f"{pair.at}, {when} is no choice any more (before: {naming.noun(was)})"
    else:
        on = name == "goto" and now is None
        leads = "goes on with the rest of the step" if on else naming.leads(now)
        rest = name == "goto" and was is None
        before_noun = "the rest of the step" if rest else naming.noun(was)
        who = f"{pair.at}, {when}" if when else pair.it
        yield WAYS, f"{who} now {leads} (before: {before_noun})"


def _ways(action: Action) -> dict[str, Destination]:
    """Every way out of an action by its name."""
    ways = {edge.label: edge.destination for edge in action.kind.edges()} if action.kind else {}
    if action.goto is not None:
        ways["goto"] = action.goto
    return ways


def _effective(
    name: str, action: Action, ways: Mapping[str, Destination], flow: Flow
) -> Destination | None:
    """Where a caller really goes this way: also where nothing is written about it."""
    found = ways.get(name)
    if found is not None or name == "goto" or action.kind is None:
        return found
    match action.kind.kind, name:
        case "menu", _ if not name.startswith("fail"):
            return flow.anytime.get({"star": "*", "pound": "#"}.get(name, name))
        case "voicemail", "empty":
            return ways.get("done")
        case "http", _:
            return ways.get("error")
        case "transfer" | "queue" | "voicemail", "done":
            return None
        case _:
            return ways.get("otherwise")


# --------------------------------------------------------------------------- options


def _of_options(pair: Pair, old: Kind, new: Kind) -> Iterator[Told]:
    """The fields of a kind: each in its own words, or in general ones."""
    before, after = _parts(old), _parts(new)
    words = OPTIONS.get(new.kind, {})
    names = {"at": pair.at, "it": pair.it}
    for name in dict.fromkeys([*after, *before]):
        was, now = before.get(name), after.get(name)
        if name in _ELSEWHERE or plain(was) == plain(now):
            continue
        if _is_text(was) or _is_text(now) or name in _HEARD:
            if name != "confirm" or after["confirms"]:
                yield from _of_texts(pair, name, was, now)
            continue
        match words.get(name):
            case Option(weight, says, show):
                values = naming.both(show(plain(now)), show(plain(was)))
                yield weight, says.format(**names, new=values[0], old=values[1])
            case Switch(weight, on, off):
                yield weight, (on if now else off).format(**names)
            case None:
                yield from _in_general(pair, name, plain(was), plain(now))
    if isinstance(old, Ask) and isinstance(new, Ask):
        yield from _of_entry(pair, old, new)


def _parts(kind: Kind) -> dict[str, object]:
    """The fields of a kind; those of its question and its limits with a dot."""
    parts: dict[str, object] = {}
    for name in fields(kind):
        part = getattr(kind, name)
        if name in ("question", "limits"):
            parts |= {f"{name}.{inner}": getattr(part, inner) for inner in fields(part)}
        else:
            parts[name] = part
    return parts


def _is_text(part: object) -> bool:
    return isinstance(part, Prompt) or (
        isinstance(part, tuple) and bool(part) and isinstance(part[0], Prompt)
    )


def _of_texts(pair: Pair, name: str, old: object, new: object) -> Iterator[Told]:
    who, says = _HEARD.get(name, (f"{{at}}, the text “{naming.human(name)}”", "says"))
    heard = Heard(who.format(at=pair.at, it=pair.it), says, pair.flow, pair.old_flow)
    before, after = _prompts(old), _prompts(new)
    if before and not after:
        yield WORDING, f"{heard.who} {heard.says} the line's own words again"
        return
    for sentence in diff_texts.of_prompts(before, after, heard):
        yield WORDING, sentence


def _prompts(part: object) -> tuple[Prompt, ...]:
    if isinstance(part, Prompt):
        return (part,)
    return part if isinstance(part, tuple) else ()


def _of_entry(pair: Pair, old: Ask, new: Ask) -> Iterator[Told]:
    """What is taken for an answer."""
    before, after = old.entry, new.entry
    if before.name != after.name:
        now, was = naming.human(after.name), naming.human(before.name)
        yield BEHAVIOUR, f"{pair.at}, the answer is now taken as “{now}” (before “{was}”)"
    elif before.wanted != after.wanted:
        now, was = (f"{each.wanted or 'any number of'} digits" for each in (after, before))
        now, was = naming.both(now, was)
        yield BEHAVIOUR, f"{pair.at}, callers now enter {now} (before {was})"
    elif not same(before, after):
        was_fields, now_fields = fields(before), fields(after)
        for name, now_value in now_fields.items():
            if now_value != was_fields.get(name):
                what = f"{naming.value(now_value)} (before {naming.value(was_fields.get(name))})"
                yield BEHAVIOUR, f"{pair.at}, an answer's {naming.human(name)} is now {what}"


def _in_general(pair: Pair, name: str, old: object, new: object) -> Iterator[Told]:
    """A field nothing special is known about; in a map, each entry by itself."""
    if isinstance(old, dict) and isinstance(new, dict):
        what = _ENTRIES.get(name, naming.human(name))
        for key in dict.fromkeys([*new, *old]):
            if new.get(key) != old.get(key):
                now, was = naming.value(new.get(key)), naming.value(old.get(key))
                yield INSIDE, f"{pair.at}, the {what} “{key}” is now {now} (before {was})"
        return
    now, was = naming.value(new), naming.value(old)
    what = naming.human(name.rpartition(".")[2])
    yield INSIDE, f"{pair.at}, the {what} is now {now} (before {was})"
