"""How a flow has changed, in sentences: its steps, and what stands above them.

Steps are taken for the same by their name, by ``was``, or because they are nearly the same; so one
that was renamed is no news. Pure; used by :mod:`ivr.flow.edit.diff`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Final

from ivr.flow.edit import naming
from ivr.flow.edit.diff_hours import of_hours
from ivr.flow.edit.diff_steps import Pair, Told, of_step, told, ways_told
from ivr.flow.edit.diff_words import BEHAVIOUR, INSIDE, WAYS, WORDING
from ivr.flow.edit.same import others, plain, same
from ivr.flow.model import Destination, Flow, Step
from ivr.flow.steps.transfer import TransferTo

_KNOWN: Final = frozenset(
    {"id", "start", "languages", "hours", "numbers", "anytime", "on_hangup", "on_error", "operator"}
    | {"timezone", "call_limit_ms", "after_key_ms", "title", "vars", "inputs", "returns", "steps"}
)
"""Fields of a flow that are told in words of their own."""
ALIKE: Final = 0.8
"""From so much of it on, a step with another name is taken for the same."""


def of_flow(old: Flow, new: Flow, was: Mapping[str, str]) -> Iterator[tuple[Told, str | None]]:
    """Everything that has changed in a flow, with the step it is about; ``was``: new to old."""
    renamed = _renamed(old, new, was)
    for told_of in _of_top(old, new, renamed):
        yield told_of, None
    before = {renamed.get(name, name): step for name, step in old.steps.items()}
    for name, step in new.steps.items():
        if name not in before:
            does = ", then ".join(told(each, new) + ways_told(each) for each in step.actions)
            yield (WAYS, f"new step “{naming.human(name)}”: it {does}"), name
            continue
        if before[name].name != name:
            names = f"“{naming.human(before[name].name)}” is now called “{naming.human(name)}”"
            yield (INSIDE, f"the step {names}"), name
        pair = Pair(old, new, before[name], step, renamed)
        yield from ((each, name) for each in of_step(pair))
    for name, step in before.items():
        if name not in new.steps:
            did = ", then ".join(told(action, old) for action in step.actions)
            gone = f"the step “{naming.human(name)}” is gone, the one that {did}"
            yield (WAYS, gone), name


# --------------------------------------------------------------------------- which is which


def _renamed(old: Flow, new: Flow, was: Mapping[str, str]) -> dict[str, str]:
    """New names by old ones."""
    gone = [name for name in old.steps if name not in new.steps]
    added = [name for name in new.steps if name not in old.steps]
    renamed = {was[name]: name for name in added if was.get(name) in gone}
    rest = [name for name in added if name not in renamed.values()]
    for name in gone:
        if name in renamed or not rest:
            continue
        best = max(rest, key=lambda each: _likeness(old.steps[name], new.steps[each]))
        if _likeness(old.steps[name], new.steps[best]) >= ALIKE:
            renamed[name] = best
            rest.remove(best)
    return renamed


def _likeness(old: Step, new: Step) -> float:
    """From 0 to 1, by what the steps do and say."""
    one, other = (str(plain(step.actions)).split() for step in (old, new))
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


# --------------------------------------------------------------------------- above the steps


def _of_top(old: Flow, new: Flow, renamed: Mapping[str, str]) -> Iterator[Told]:
    start = renamed.get(old.start, old.start)
    if start != new.start:
        places = f"{naming.human(new.start)} (before: {naming.human(start)})"
        yield WAYS, f"calls now begin with the step {places}"
    yield from _of_languages(old, new)
    yield from _of_schedules(old, new)
    yield from _of_numbers(old, new)
    yield from _of_ways(old, new, renamed)
    if old.timezone != new.timezone:
        yield WAYS, f"the clock of this flow is now {new.timezone} (before {old.timezone})"
    if old.call_limit_ms != new.call_limit_ms:
        now, was = naming.duration(new.call_limit_ms), naming.duration(old.call_limit_ms)
        yield BEHAVIOUR, f"a call may now last {now} (before {was})"
    if old.after_key_ms != new.after_key_ms:
        now, was = (naming.duration(flow.after_key_ms) for flow in (new, old))
        yield BEHAVIOUR, f"after a key the line is now silent for {now} (before {was})"
    if old.title != new.title:
        yield INSIDE, f"its title is now “{new.title}” (before “{old.title}”)"
    yield from _of_names(old, new)
    for name, before, after in others(old, new, _KNOWN):
        what = f"{naming.value(after)} (before {naming.value(before)})"
        yield INSIDE, f"its {naming.human(name)} is now {what}"


def _of_languages(old: Flow, new: Flow) -> Iterator[Told]:
    before = {each.code: each.voice for each in old.languages}
    after = {each.code: each.voice for each in new.languages}
    first, was_first = new.default_language.code, old.default_language.code
    if first != was_first:
        names = f"{naming.language(first)} (before: {naming.language(was_first)})"
        yield WAYS, f"calls now begin in {names}"
    for code, voice in after.items():
        name = naming.language(code)
        if code not in before:
            yield WAYS, f"callers can now be served in {name}, by the voice {voice}"
        elif before[code] != voice:
            yield WORDING, f"{name} is now spoken by the voice {voice} (before {before[code]})"
    for code in before:
        if code not in after:
            yield WAYS, f"callers are no longer served in {naming.language(code)}"


def _of_schedules(old: Flow, new: Flow) -> Iterator[Told]:
    alone = len(old.hours) <= 1 and len(new.hours) <= 1
    for name in dict.fromkeys([*new.hours, *old.hours]):
        head = "opening hours" if alone else f"opening hours “{naming.human(name)}”"
        before, after = old.hours.get(name), new.hours.get(name)
        if before is None:
            yield WAYS, f"{head} are new"
        elif after is None:
            yield WAYS, f"{head} are gone"
        else:
            yield from ((WAYS, f"{head}: {each}") for each in of_hours(before, after))


def _of_numbers(old: Flow, new: Flow) -> Iterator[Told]:
    rung = {
        target
        for step in new.steps.values()
        for action in step.actions
        if isinstance(action.kind, TransferTo)
        for target in action.kind.targets
    }
    for name in dict.fromkeys([*new.numbers, *old.numbers]):
        before, after = old.numbers.get(name), new.numbers.get(name)
        if before == after:
            continue
        if before is not None and after is not None and name in rung:
            yield WAYS, f"the transfer to {naming.human(name)} now rings {after} (before {before})"
        elif before is None:
            yield INSIDE, f"the number called {naming.human(name)} is new: {after}"
        elif after is None:
            yield INSIDE, f"the number called {naming.human(name)} is gone: it was {before}"
        else:
            yield INSIDE, f"the number called {naming.human(name)} is now {after} (before {before})"


def _of_ways(old: Flow, new: Flow, renamed: Mapping[str, str]) -> Iterator[Told]:
    """What may happen at any time."""

    def moved(way: Destination | None) -> object:
        return plain(way and [(renamed.get(b.target, b.target), b.condition) for b in way])

    for key in dict.fromkeys([*new.anytime, *old.anytime]):
        before, after = old.anytime.get(key), new.anytime.get(key)
        if moved(before) == plain(after and [(b.target, b.condition) for b in after]):
            continue
        name = f"pressing {naming.key(key)} in any menu"
        if after is None:
            yield WAYS, f"{name} no longer does anything (before: {naming.noun(before)})"
        else:
            now = naming.leads(after)
            was = f"before: {naming.noun(before) if before is not None else 'nothing'}"
            yield WAYS, f"{name} now {now} ({was})"
    for name, before, after, usual in (
        ("a caller's hanging up", old.on_hangup, new.on_hangup, "nothing more"),
        ("a technical problem", old.on_error, new.on_error, "the line's own apology"),
        ("the apology", old.operator, new.operator, "the end of the call"),
    ):
        if moved(before) != plain(after and [(b.target, b.condition) for b in after]):
            now = naming.leads(after) if after is not None else f"leads to {usual}"
            was = naming.noun(before) if before is not None else usual
            yield WAYS, f"{name} now {now} (before: {was})"


def _of_names(old: Flow, new: Flow) -> Iterator[Told]:
    """What a flow keeps, is given, and gives back."""
    for name in dict.fromkeys([*new.vars, *old.vars]):
        if name not in old.vars:
            yield (
                INSIDE,
                f"the variable {name} is new, at first {naming.value(plain(new.vars[name]))}",
            )
        elif name not in new.vars:
            yield INSIDE, f"the variable {name} is gone"
        elif not same(old.vars[name], new.vars[name]):
            now, was = (naming.value(plain(flow.vars[name])) for flow in (new, old))
            yield INSIDE, f"the variable {name} is now {now} at first (before {was})"
    for what, before, after in (
        ("is given", old.inputs, new.inputs),
        ("may return", old.returns, new.returns),
    ):
        if before != after:
            now, was = naming.value(list(after)), naming.value(list(before))
            yield INSIDE, f"it now {what} {now} (before {was})"
