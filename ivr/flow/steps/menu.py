"""``menu``: one choice by key.

Keys are text (``0``, ``00``, ``12``, ``star``, ``pound``). A choice is made as soon as no longer
key can match; where one key begins another (1 and 12) the shorter one costs 1.5 s. A key that ends
no choice but follows one (``13`` in a menu of 1 and 12) makes that choice, and what follows counts
as typed ahead. The flow's ``anytime`` keys work here too; the menu's own choices win.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ivr.flow.messages import Noted
from ivr.flow.model import Action, Destination, Edge, Flow, Prompt
from ivr.flow.phrases import Phrase, phrase, spoken_keys
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
OPTIONS = question.OPTIONS
OUTCOMES = question.OUTCOMES
KEY_NAMES = {"star": "*", "pound": "#"}
_KEY_CHARACTERS = frozenset("0123456789*#")
KEYS_MAX = 6


@dataclass(frozen=True, slots=True)
class Menu:
    """Choices by key, and how to ask."""

    choices: Mapping[str, Destination]
    question: Question
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
            run.state.wait = replace(wait, keys=keyed, until=run.state.now + patience)
        elif wait.keys in self.choices:
            run.state.typed = key + run.state.typed
            self._choose(run, wait.keys)
        elif not wait.keys and key in run.flow.anytime:
            run.note(Noted.CHOICE, key)
            run.go(run.flow.anytime[key])
        else:
            self._no_match(run, action, keyed)

    def timeout(self, run: Run, action: Action) -> None:
        """Take what was keyed, or count a try."""
        wait = run.state.wait
        assert wait is not None
        language = run.state.language
        if wait.keys in self.choices:
            self._choose(run, wait.keys)
        elif wait.keys:
            self._no_match(run, action, wait.keys)
        else:
            why = phrase(Phrase.NO_INPUT, language)
            texts = self.question.no_input
            question.missed(run, action, self.question, Miss.NO_INPUT, texts=texts, why=why)

    def _no_match(self, run: Run, action: Action, keyed: str) -> None:
        language = run.state.language
        why = phrase(Phrase.NO_CHOICE, language, keys=spoken_keys(keyed, language))
        texts, known = self.question.no_match, len(keyed) == 1
        question.missed(
            run, action, self.question, Miss.NO_MATCH, texts=texts, why=why, why_fixed=known
        )

    def _choose(self, run: Run, keyed: str) -> None:
        run.note(Noted.CHOICE, keyed)
        if not run.go(self.choices[keyed]):
            run.advance()


def load(reader: Reader, entry: MappingNode, value: Node) -> Menu | None:
    """Read a menu step."""
    asked = question.load(reader, entry, WAIT_MS)
    choices_node = reader.mapping(value, "a map like  1: sales")
    if choices_node is None:
        return None
    choices: dict[str, Destination] = {}
    for name, target in choices_node.items:
        key = menu_key(reader, name)
        destination = reader.destination(target)
        if key is None or destination is None:
            continue
        if key in choices:
            message = f"the key {name.text} stands here twice"
            reader.report("Y003", message, name.span, "keep one of them")
        choices.setdefault(key, destination)
    if not choices_node.items:
        reader.report("S004", "this menu has no choices", choices_node.span, "add  1: step")
    return Menu(choices, asked)


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
