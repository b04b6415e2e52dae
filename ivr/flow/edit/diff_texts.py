"""How what callers hear has changed, in sentences: one prompt against another.

Compares item by item and language by language. Pure; used by :mod:`ivr.flow.edit.diff_steps`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import assert_never

from ivr.flow.edit import naming
from ivr.flow.edit.same import plain, same
from ivr.flow.expression import Expression
from ivr.flow.model import ClipItem, Flow, Item, PauseItem, Prompt, SayItem


@dataclass(frozen=True, slots=True)
class Heard:
    """Who says a text, or hears it: ``the main menu`` says, ``a caller who …`` hears."""

    who: str
    says: str = "says"
    flow: Flow | None = None
    """The new version of the flow, for its languages."""
    before: Flow | None = None
    """The old one."""

    def verb(self, item: Item) -> str:
        """``says “Hello.”``, ``plays the recording hello.wav``, ``pauses for 1 second``."""
        own = self.says == "says"
        match item:
            case SayItem():
                return f"{self.says} “{_text(item, self.default)}”"
            case ClipItem(file):
                return f"{'plays' if own else self.says} the recording {file}"
            case PauseItem(ms):
                return f"{'pauses for' if own else 'waits for'} {naming.duration(ms)}"
            case _:
                assert_never(item)

    @property
    def default(self) -> str:
        """The language every call starts in."""
        return self.flow.default_language.code if self.flow is not None else ""


def of_prompts(
    old: Sequence[Prompt], new: Sequence[Prompt], heard: Heard, times: str = "time"
) -> Iterator[str]:
    """What has changed in texts that are said one after the other: the first time, the second …"""
    for number in range(max(len(old), len(new))):
        who = heard
        if max(len(old), len(new)) > 1:
            nth = naming.ordinal(number + 1)
            who = replace(heard, who=f"{heard.who}, the {nth} {times},")
        before = old[number] if number < len(old) else None
        after = new[number] if number < len(new) else None
        yield from of_prompt(before, after, who)


def of_prompt(old: Prompt | None, new: Prompt | None, heard: Heard) -> Iterator[str]:
    """What has changed in a text, one sentence each."""
    if same(old, new):
        return
    before = old.items if old is not None else ()
    after = new.items if new is not None else ()
    keys = ([str(plain(each)) for each in before], [str(plain(each)) for each in after])
    matcher = SequenceMatcher(None, *keys, autojunk=False)
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            continue
        shared = min(b - a, d - c)
        for number in range(shared):
            yield from _of_item(before[a + number], after[c + number], heard)
        for item in after[c + shared : d]:
            more = "also " if before else ""
            yield f"{heard.who} now {more}{heard.verb(item)}{_only(item.condition)}"
        for item in before[a + shared : b]:
            yield f"{heard.who} no longer {heard.verb(item)}"


def _of_item(old: Item, new: Item, heard: Heard) -> Iterator[str]:
    if type(old) is not type(new):
        yield f"{heard.who} {heard.verb(new)} (before: it {heard.verb(old)})"
        return
    if not same(old.condition, new.condition):
        once = f"before: {_only(old.condition).removeprefix(', ') or 'always'}"
        yield f"{heard.who} {heard.verb(new)}{_only(new.condition) or ' always'} ({once})"
    match old, new:
        case SayItem(), SayItem():
            yield from _of_text(old, new, heard)
        case ClipItem(), ClipItem() if old.file != new.file:
            yield f"{heard.who} {heard.verb(new)} (before {old.file})"
        case PauseItem(), PauseItem() if old.ms != new.ms:
            yield f"{heard.who} {heard.verb(new)} (before {naming.duration(old.ms)})"


def _of_text(old: SayItem, new: SayItem, heard: Heard) -> Iterator[str]:
    if _moved(old, new, heard):
        old = replace(old, texts=dict(zip(new.texts, old.texts.values(), strict=True)))
    codes = list(dict.fromkeys([heard.default, *new.texts, *old.texts]))
    own = heard.says == "says"
    several = len(new.texts) + len(old.texts) > 2
    for code in codes:
        before, after = _in(old, code), _in(new, code)
        if before == after:
            continue
        name = naming.language(code) if code else "this language"
        if after is None:
            said = "is no longer said" if own else "no longer hears it"
            yield f"{heard.who} {said} in {name}"
        elif before is None:
            said = "is now said" if own else "now hears it"
            yield f"{heard.who} {said} in {name}, too: “{after}”"
        else:
            was, now = naming.excerpts(before, after)
            aside = f" in {name}:" if several and code != heard.default else ""
            yield f"{heard.who} {heard.says}{aside} {now} (before {was})"
    if old.language != new.language:
        names = [naming.language(c) if c else "the caller's language" for c in _codes(old, new)]
        yield f"{heard.who} says “{_text(new, heard.default)}” in {names[1]} (before: {names[0]})"
    if old.whole != new.whole:
        how = "in one go" if new.whole else "in pieces, each made ahead where it can be"
        yield f"{heard.who} {'is now spoken' if own else 'now hears it'} {how}"


def _moved(old: SayItem, new: SayItem, heard: Heard) -> bool:
    """Whether a text in one language is in another one now, for another reason than its words.

    A text without a language is in that of the flow, whichever that is.
    """
    if len(old.texts) != 1 or len(new.texts) != 1:
        return False
    own = heard.before is not None and heard.before.default_language.code in old.texts
    return old.language != new.language or (own and heard.default in new.texts)


def _codes(old: SayItem, new: SayItem) -> tuple[str | None, str | None]:
    return old.language, new.language


def _in(item: SayItem, code: str) -> str | None:
    """What is said in a language; spaces as they are spoken."""
    template = item.texts.get(code)
    return " ".join(template.source.split()) if template is not None else None


def _text(item: SayItem, code: str) -> str:
    """A text to name an item by."""
    text = _in(item, code) or _in(item, next(iter(item.texts), "")) or ""
    return text if len(text) <= naming.WHOLE_CHARS_MAX else f"{text[: naming.WHOLE_CHARS_MAX]}…"


def _only(condition: Expression | None) -> str:
    return f", if {naming.condition(condition)}" if condition is not None else ""
