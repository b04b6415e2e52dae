"""``menu``: one choice by key.

Keys are text (``0``, ``00``, ``12``, ``star``, ``pound``). A choice is made as soon as no longer
key can match; where one key begins another (1 and 12) the shorter one costs 1.5 s. A key that ends
no choice but follows one (``13`` in a menu of 1 and 12) makes that choice, and what follows counts
as typed ahead. The ``anytime`` keys of the flow, and of those that run it, work here too; the
menu's own choices win.

A choice may be written long, ``1: {goto: hours, for: our opening hours}``: then ``${options}`` in
the step's texts is the menu written out by the line, “For our opening hours, press 1.”, in every
language (:func:`written_out`). ``save`` keeps the chosen key in a variable, as authors write it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ivr.flow.messages import Noted
from ivr.flow.model import Action, Destination, Edge, Flow, Prompt
from ivr.flow.near import did_you_mean
from ivr.flow.phrases import Phrase, phrase, spoken_keys
from ivr.flow.read_prompts import by_language
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar
from ivr.flow.state import Wait
from ivr.flow.steps import question
from ivr.flow.steps.question import Miss, Question
from ivr.flow.text import Template

if TYPE_CHECKING:
    from ivr.flow.machine import Run

WAIT_MS = 5_000
OPTIONS = question.OPTIONS | {"save"}
OUTCOMES = question.OUTCOMES
KEY_NAMES = {"star": "*", "pound": "#"}
_KEY_CHARACTERS = frozenset("0123456789*#")
KEYS_MAX = 6
SPOKEN_INPUT = frozenset({"words", "spoken"})
"""Keys the language keeps for callers who speak instead of pressing keys."""
_CHOICE_KEYS = frozenset({"goto", "for"})


@dataclass(frozen=True, slots=True)
class Menu:
    """Choices by key, and how to ask."""

    choices: Mapping[str, Destination]
    question: Question
    save: str | None = None
    """The variable that keeps the chosen key."""
    kind: str = "menu"
    goes_on: bool = False
    sensitive: bool = False

    def edges(self) -> Iterator[Edge]:
        """One for each key, then ``fail``."""
        for key, destination in self.choices.items():
            yield Edge(key_name(key), destination)
        yield from self.question.edges()

    def prompts(self) -> Iterator[Prompt]:
        """The reprompts."""
        yield from self.question.prompts()

    def own_texts(self, flow: Flow, language: str) -> Iterator[Template]:
        """That a key is no choice, for each such key."""
        if not self.question.no_match:
            first = {key[0] for key in self.choices}
            yield from question.no_choice_texts(language, first | flow.anytime.keys())

    def enter(self, run: Run, action: Action) -> None:
        """Ask."""
        question.ask(run, action, self.question)

    def ask_again(self, run: Run, action: Action, wait: Wait) -> None:
        """Say the whole menu again."""
        question.say_again(run, action)

    def key(self, run: Run, action: Action, key: str) -> None:
        """Choose, wait for more, or say what can be chosen."""
        wait = run.state.wait
        assert wait is not None
        keyed = wait.keys + key
        longer = any(k != keyed and k.startswith(keyed) for k in self.choices)
        if keyed in self.choices and not longer:
            self._choose(run, keyed)
        elif longer:
            acceptable = keyed in self.choices
            patience = question.CRITICAL_MS if acceptable else self.question.between_ms
            run.state.wait = replace(
                wait, keys=keyed, until=run.state.now + run.patience_ms(patience)
            )
        elif wait.keys in self.choices:
            run.state.typed = key + run.state.typed
            self._choose(run, wait.keys)
        elif wait.keys or not run.take_anytime(key):
            self._no_match(run, action, keyed)

    def timeout(self, run: Run, action: Action) -> None:
        """Take what was keyed, or count a try."""
        wait = run.state.wait
        assert wait is not None
        language = run.language.code
        if wait.keys in self.choices:
            self._choose(run, wait.keys)
        elif wait.keys:
            self._no_match(run, action, wait.keys)
        else:
            why = phrase(Phrase.NO_INPUT, language)
            texts = self.question.no_input
            question.missed(run, action, self.question, Miss.NO_INPUT, texts=texts, why=why)

    def _no_match(self, run: Run, action: Action, keyed: str) -> None:
        language = run.language.code
        why = phrase(Phrase.NO_CHOICE, language, keys=spoken_keys(keyed, language))
        texts, known = self.question.no_match, len(keyed) == 1
        question.missed(
            run, action, self.question, Miss.NO_MATCH, texts=texts, why=why, why_fixed=known
        )

    def _choose(self, run: Run, keyed: str) -> None:
        run.note(Noted.CHOICE, keyed)
        if self.save is not None:
            run.set(self.save, key_name(keyed))
        if not run.go(self.choices[keyed]):
            run.advance()


def load(reader: Reader, entry: MappingNode, value: Node) -> Menu | None:
    """Read a menu step."""
    asked = question.load(reader, entry, WAIT_MS)
    save = entry.get("save")
    variable = reader.variable(save) if save is not None else None
    choices_node = reader.mapping(value, "a map like  1: sales")
    if choices_node is None:
        return None
    choices: dict[str, Destination] = {}
    for name, target in choices_node.items:
        key = menu_key(reader, name)
        destination = _destination(reader, target)
        if key is None or destination is None:
            continue
        if key in choices:
            message = f"the key {name.text} stands here twice"
            reader.report("Y003", message, name.span, "keep one of them")
        choices.setdefault(key, destination)
    if not choices_node.items:
        reader.report("S004", "this menu has no choices", choices_node.span, "add  1: step")
    return Menu(choices, asked, variable)


def _destination(reader: Reader, node: Node) -> Destination | None:
    """Where a choice leads: a destination, or the long form with ``goto``."""
    if not isinstance(node, MappingNode):
        return reader.destination(node)
    for name, _ in node.items:
        if name.text in SPOKEN_INPUT:
            message = f"“{name.text}” is kept for a later version, in which callers may speak"
            reader.report("S001", message, name.span, "leave it out")
        elif name.text not in _CHOICE_KEYS:
            remedy = did_you_mean(name.text, _CHOICE_KEYS)
            reader.report("S001", f"“{name.text}” is not known in a choice", name.span, remedy)
    target = node.get("goto")
    if target is None:
        reader.report("S007", "this choice goes nowhere", node.span, "add  goto: step")
        return None
    return reader.destination(target)


def written_out(reader: Reader, value: Node) -> dict[str, str]:
    """The choices that have ``for``, as sentences by language; they stand for ``${options}``."""
    sentences: dict[str, list[str]] = {}
    for name, choice in value.items if isinstance(value, MappingNode) else ():
        node = choice.get("for") if isinstance(choice, MappingNode) else None
        purposes = by_language(reader, node) if node is not None else {}
        missing = [code for code in reader.languages if code not in purposes]
        if node is not None and purposes and missing:
            message = f"this text is missing in {', '.join(missing)}"
            remedy = "write it for each language: " + ", ".join(reader.languages)
            reader.warn("L001", message, node.span, remedy)
        key = KEY_NAMES.get(name.text, name.text)
        for code, purpose in purposes.items():
            # Digits stay together: what is keyed without a pause is said as one number.
            keys = key if key.isdecimal() else spoken_keys(key, code)
            bare = " ".join(purpose.split()).rstrip(".")
            said = phrase(Phrase.OPTION, code, purpose=bare, keys=keys)
            sentences.setdefault(code, []).append(said)
    return {code: " ".join(found) for code, found in sentences.items()}


def menu_key(reader: Reader, name: Scalar) -> str | None:
    """A key of a menu or of ``anytime``, in the form the carrier reports it (M004 otherwise)."""
    key = KEY_NAMES.get(name.text, name.text)
    if key and len(key) <= KEYS_MAX and set(key) <= _KEY_CHARACTERS:
        return key
    reader.report(
        "M004",
        f"“{name.text}” is not a telephone key",
        name.span,
        f"use 0 to 9, star or pound, up to {KEYS_MAX} in a row",
    )
    return None


def key_name(key: str) -> str:
    """A key as authors write it."""
    return {"*": "star", "#": "pound"}.get(key, key)
