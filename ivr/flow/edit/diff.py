"""What has changed for callers between two versions of a flows folder, in sentences.

Compares what was compiled and not what was typed, so comments and layout are no difference. The
sentences are for whoever answers for the line: “In the main menu, pressing 3 now leads to billing
(before: front desk).” Pure; ``ivr diff`` reads the two versions and prints what is found here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ivr.flow.edit import naming
from ivr.flow.edit.diff_flow import of_flow
from ivr.flow.edit.diff_steps import Told
from ivr.flow.edit.diff_words import INSIDE, WAYS, WORDING, Weight
from ivr.flow.edit.same import others, plain, same
from ivr.flow.files import flow_id, is_flow_file
from ivr.flow.model import Entry, Flow, FlowSet
from ivr.flow.source import Document, Scalar, Sequence
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.world import VoiceSpec

__all__ = ["Change", "Version", "Weight", "alike", "compare", "former_names"]

_KNOWN = frozenset(
    {"flows", "numbers", "default", "voices", "settings", "emergency", "allowed_hosts"}
    | {"mailboxes", "events", "functions", "environment"}
)
"""Fields of a set that are told in words of their own, or are code and not flows."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a folder."""

    flows: FlowSet
    was: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By flow, the former names of steps by their names: :func:`former_names`."""
    recordings: Mapping[str, str] = field(default_factory=dict)
    """A digest of each audio file by its path."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different."""

    weight: Weight
    flow: str | None
    """None: it is about the whole line."""
    step: str | None
    sentence: str


def compare(old: Version, new: Version) -> tuple[Change, ...]:
    """Every change: the line as a whole first, then flow by flow, the gravest first in each."""
    changes = [Change(w, None, None, naming.sentence(s)) for w, s in _of_set(old, new)]
    changes.sort(key=lambda change: change.weight)
    for name in dict.fromkeys([*new.flows.flows, *old.flows.flows]):
        found = [
            Change(weight, name, step, naming.sentence(said))
            for (weight, said), step in _of_flow(name, old, new)
        ]
        changes += sorted(found, key=lambda change: change.weight)
    return tuple(dict.fromkeys(changes))


def alike(old: Version, new: Version) -> bool:
    """Whether the two say the same, whatever they look like."""
    return same(old.flows, new.flows) and old.recordings == new.recordings


def former_names(documents: Mapping[str, Document]) -> dict[str, dict[str, str]]:
    """What ``was`` says in the steps of each flow: former names by present ones."""
    found: dict[str, dict[str, str]] = {}
    for file, document in documents.items():
        root = document.root if is_flow_file(file) else None
        steps = root.get("steps") if isinstance(root, MappingNode) else None
        for name, node in steps.items if isinstance(steps, MappingNode) else ():
            actions = node.items if isinstance(node, Sequence) else (node,)
            for action in actions:
                was = action.get("was") if isinstance(action, MappingNode) else None
                names = was.items if isinstance(was, Sequence) else (was,)
                for former in names:
                    if isinstance(former, Scalar):
                        found.setdefault(flow_id(file), {})[name.text] = former.text
    return found


def _of_flow(name: str, old: Version, new: Version) -> Iterator[tuple[Told, str | None]]:
    before, after = old.flows.flows.get(name), new.flows.flows.get(name)
    if before is None and after is not None:
        yield (WAYS, f"this flow is new, with {_size(after)}"), None
    elif before is not None and after is None:
        yield (WAYS, f"this flow is gone, with its {_size(before)}"), None
    elif before is not None and after is not None:
        yield from of_flow(before, after, new.was.get(name, {}))


def _size(flow: Flow) -> str:
    return naming.counted(len(flow.steps), "step")


# --------------------------------------------------------------------------- the whole line


def _of_set(old: Version, new: Version) -> Iterator[Told]:
    yield from _of_entries(old.flows, new.flows)
    for file in sorted({*old.recordings} & {*new.recordings}):
        if old.recordings[file] != new.recordings[file]:
            yield WORDING, f"the recording {file} is another one"
    yield from _of_emergency(old.flows, new.flows)
    yield from _of_voices(old.flows, new.flows)
    yield from _of_mailboxes(old.flows, new.flows)
    for name in dict.fromkeys([*new.flows.settings, *old.flows.settings]):
        was, now = old.flows.settings.get(name), new.flows.settings.get(name)
        if not same(was, now):
            values = f"{naming.value(plain(now))} (before {naming.value(plain(was))})"
            yield INSIDE, f"the setting {name} is now {values}"
    for address in [each for each in new.flows.events if each not in old.flows.events]:
        yield INSIDE, f"events are now told to {_without_query(address)}, too"
    for address in [each for each in old.flows.events if each not in new.flows.events]:
        yield INSIDE, f"events are no longer told to {_without_query(address)}"
    for name, before, after in others(old.flows, new.flows, _KNOWN):
        what = f"{naming.value(after)} (before {naming.value(before)})"
        yield INSIDE, f"{naming.human(name)} is now {what}"
    for host in sorted(new.flows.allowed_hosts - old.flows.allowed_hosts):
        yield INSIDE, f"services may now be asked at {host}"
    for host in sorted(old.flows.allowed_hosts - new.flows.allowed_hosts):
        yield INSIDE, f"services may no longer be asked at {host}"


def _without_query(address: str) -> str:
    """An address without what may be a secret in it."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}{parts.path}" if parts.scheme else address


def _of_entries(old: FlowSet, new: FlowSet) -> Iterator[Told]:
    """Which number leads where."""
    for called in dict.fromkeys([*new.numbers, *old.numbers]):
        was, now = old.entry_for(called), new.entry_for(called)
        if (called in old.numbers) != (called in new.numbers) and same(was, now):
            listed = "now" if called in new.numbers else "no longer"
            yield INSIDE, f"{called} is {listed} listed by itself; calls to it start as before"
        elif called not in old.numbers:
            others = f"as to any other number: they {_starts(was, then=True)}"
            yield WAYS, f"calls to {called} now {_starts(now)} (before {others})"
        elif called not in new.numbers:
            others = f"as to any other number (before: they {_starts(was, then=True)})"
            yield WAYS, f"calls to {called} now {_starts(now)}, {others}"
        else:
            yield from _of_entry(f"calls to {called}", was, now)
    yield from _of_entry("calls to any other number", old.default, new.default)


def _of_entry(calls: str, old: Entry | None, new: Entry | None) -> Iterator[Told]:
    if (old and (old.flow, old.language)) != (new and (new.flow, new.language)):
        yield WAYS, f"{calls} now {_starts(new)} (before: they {_starts(old, then=True)})"
    before = old.settings if old is not None else {}
    after = new.settings if new is not None else {}
    for name in dict.fromkeys([*after, *before]):
        if not same(before.get(name), after.get(name)):
            now = naming.value(plain(after.get(name)))
            was = naming.value(plain(before.get(name)))
            yield INSIDE, f"for {calls}, the setting {name} is now {now} (before {was})"


def _starts(entry: Entry | None, *, then: bool = False) -> str:
    """``start the flow clinic, in Spanish``."""
    if entry is None:
        return f"{'heard' if then else 'hear'} an apology and {'ended' if then else 'end'}"
    language = f", in {naming.language(entry.language)}" if entry.language else ""
    return f"start{'ed' if then else ''} the flow {naming.human(entry.flow)}{language}"


def _of_emergency(old: FlowSet, new: FlowSet) -> Iterator[Told]:
    before, after = old.emergency, new.emergency
    for code in dict.fromkeys([*after.texts, *before.texts]):
        was, now = before.texts.get(code), after.texts.get(code)
        if was != now:
            old_text, new_text = naming.excerpts(was or "", now or "")
            own, name = "the line's own words", naming.language(code)
            says = f"{new_text if now else own} (before {old_text if was else own})"
            yield WORDING, f"the apology in {name} says {says}"
    if before.operator != after.operator:
        now, was = naming.value(after.operator), naming.value(before.operator)
        yield WAYS, f"when the line itself is in trouble, it now rings {now} (before {was})"


def _of_voices(old: FlowSet, new: FlowSet) -> Iterator[Told]:
    """What has changed in voices, the same thing in several voices once."""
    used = old.voices_used() | new.voices_used()
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys([*new.voices, *old.voices]):
        before, after = old.voices.get(name), new.voices.get(name)
        if before is None or after is None:
            yield INSIDE, f"the voice {name} is {'new' if before is None else 'gone'}"
            continue
        was, now = _options(before), _options(after)
        for key in dict.fromkeys([*now, *was]):
            if now.get(key) != was.get(key):
                values = f"{naming.value(now.get(key))} (before {naming.value(was.get(key))})"
                found.setdefault(f"{naming.human(key)} is now {values}", []).append(name)
    for what, names in found.items():
        heard = [name for name in names if name in used]
        head = f"the voice{'s' if len(names) > 1 else ''} {naming.listed(names)}"
        yield (WORDING if heard else INSIDE), f"{head}: {what}"


def _options(voice: VoiceSpec) -> dict[str, object]:
    """Everything about a voice; the options within ``settings`` by their own names."""
    known: dict[str, object] = {"provider": voice.provider, "fallback": list(voice.fallback)}
    for name, option in voice.options.items():
        known |= (
            {name: plain(option)}
            if not isinstance(option, Mapping)
            else {inner: plain(each) for inner, each in option.items()}
        )
    return known


def _of_mailboxes(old: FlowSet, new: FlowSet) -> Iterator[Told]:
    for name in dict.fromkeys([*new.mailboxes, *old.mailboxes]):
        before, after = old.mailboxes.get(name), new.mailboxes.get(name)
        if before is None or after is None:
            yield INSIDE, f"the mailbox {name} is {'new' if before is None else 'gone'}"
            continue
        if before.keep_days != after.keep_days:
            days = f"{naming.counted(after.keep_days, 'day')} (before {before.keep_days})"
            yield INSIDE, f"messages in {name} are now kept for {days}"
        if before.mail != after.mail:
            mailed = "now mailed, too" if after.mail else "no longer mailed"
            yield INSIDE, f"messages in {name} are {mailed}"
