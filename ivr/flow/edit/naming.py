"""How changes are put into words: names of steps, where a way leads, lengths of time, texts.

Everything is English for whoever answers for the line, who may not read YAML. Pure; used by the
``diff`` modules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile

from babel import Locale

from ivr.flow.expression import Expression
from ivr.flow.model import Destination, Flow, Step
from ivr.flow.steps.menu import Menu

WHOLE_CHARS_MAX = 90
"""Longer texts are shown around the place where they differ."""
AROUND_WORDS = 4
SHOWN_CHARS_MAX = 240
GOODBYE = "a goodbye and the end of the call"
_OPEN = re.compile(r"(not )?hours\.(\w+)\.open")
_LANGUAGE = re.compile(r"call\.language (==|!=) '([\w-]+)'")
_NOUNS = {
    "hangup": "the end of the call",
    "repeat": "the same words again",
    "back": "the menu before",
    "start": "the beginning",
}
_VERBS = {
    "hangup": "ends the call",
    "repeat": "says the same again",
    "back": "leads back to the menu before",
    "start": "starts over",
}
_KEYS = {"*": "star", "#": "pound"}
_ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


def human(name: str) -> str:
    """A name as people say it: ``front_desk`` is “front desk”."""
    return name.replace("_", " ")


def sentence(text: str) -> str:
    """With a capital letter and a full stop."""
    text = " ".join(text.split())
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def listed(words: Iterable[str]) -> str:
    """``a, b and c``."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def ordinal(number: int) -> str:
    """``third``."""
    return _ORDINALS[number] if number < len(_ORDINALS) else f"{number}th"


def key(name: str) -> str:
    """A key of the telephone, as authors write it or as the carrier does."""
    return _KEYS.get(name, name)


# --------------------------------------------------------------------------- steps and ways


def label(flow: Flow, step: Step) -> str:
    """What a step is called: ``the main menu``, ``the greeting``, ``the step “billing”``."""
    name = human(step.name)
    if any(isinstance(action.kind, Menu) for action in step.actions):
        return f"the {name}" if name.endswith("menu") else f"the {name} menu"
    greets = step.actions[0].prompt is not None and not flow.returns
    if step.name == flow.start and greets:
        return "the greeting"
    return f"the step “{name}”"


def noun(way: Destination | None) -> str:
    """Where a way leads, as one names it behind “before:”."""
    if way is None:
        return GOODBYE
    pieces = []
    for number, branch in enumerate(way):
        place = _NOUNS.get(branch.target) or _place(branch.target)
        if branch.condition is not None:
            pieces.append(f"{place} if {condition(branch.condition)}")
        else:
            pieces.append(f"else {place}" if number else place)
    return ", ".join(pieces)


def leads(way: Destination | None) -> str:
    """Where a way leads, as a verb: ``leads to billing``, ``ends the call``."""
    if way is None:
        return "ends the call with a goodbye"
    if len(way) == 1 and way[0].condition is None and way[0].target in _VERBS:
        return _VERBS[way[0].target]
    return f"leads to {noun(way)}"


def _place(target: str) -> str:
    return f"the flow {human(target[1:])}" if target.startswith("/") else human(target)


def condition(expression: Expression) -> str:
    """A condition, in words where it is one of the usual ones."""
    source = expression.source.strip()
    if found := _OPEN.fullmatch(source):
        return f"“{human(found[2])}” is {'closed' if found[1] else 'open'}"
    if found := _LANGUAGE.fullmatch(source):
        return f"the call is {'not ' if found[1] == '!=' else ''}in {language(found[2])}"
    return source


# --------------------------------------------------------------------------- values


def language(code: str) -> str:
    """``Spanish``."""
    name = Locale.parse(code.split("-")[0]).get_language_name("en")
    return name or code


def duration(ms: int | None) -> str:
    """``25 seconds``, ``3 minutes``, ``0.5 seconds``."""
    if ms is None:
        return "any time"
    if ms >= 3_600_000 and ms % 3_600_000 == 0:
        return counted(ms // 3_600_000, "hour")
    if ms >= 60_000 and ms % 60_000 == 0:
        return counted(ms // 60_000, "minute")
    if ms >= 120_000:
        return f"{counted(ms // 60_000, 'minute')} {duration(ms % 60_000)}"
    return "1 second" if ms == 1_000 else f"{ms / 1_000:g} seconds"


def counted(number: int, noun: str) -> str:
    """``1 minute``, ``2 minutes``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def both(new: str, old: str) -> tuple[str, str]:
    """Two amounts of which the second goes without its unit: ``30 seconds``, ``25``."""
    number, space, unit = old.rpartition(" ")
    alike = number and new.endswith(space + unit) and number[0].isdigit()
    return new, number if alike else old


def value(part: object) -> str:
    """Plain data (:mod:`ivr.flow.edit.same`) in few characters."""
    match part:
        case None:
            text = "nothing"
        case bool():
            text = "yes" if part else "no"
        case str():
            text = part or "nothing"
        case dict():
            known = {name: each for name, each in part.items() if name}
            text = ", ".join(f"{name}: {value(each)}" for name, each in known.items()) or "nothing"
        case list():
            text = ", ".join(map(value, part)) or "nothing"
        case _:
            text = str(part)
    return text if len(text) <= SHOWN_CHARS_MAX else f"{text[: SHOWN_CHARS_MAX - 2]} …"


def excerpts(old: str, new: str) -> tuple[str, str]:
    """Two texts, or what is around their difference where both are long; in quotes."""
    if max(len(old), len(new)) <= WHOLE_CHARS_MAX:
        return f"“{old}”", f"“{new}”"
    a, b = old.split(), new.split()
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))
    backwards = zip(reversed(a[alike:]), reversed(b[alike:]), strict=False)
    behind = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], backwards))
    start = max(alike - AROUND_WORDS, 0)
    return _excerpt(a, start, behind), _excerpt(b, start, behind)


def _excerpt(words: Sequence[str], start: int, behind: int) -> str:
    end = len(words) - max(behind - AROUND_WORDS, 0)
    head, tail = "… " * bool(start), " …" * bool(end < len(words))
    return f"“{head}{' '.join(words[start:end])}{tail}”"
