"""``ask``: digits from the caller into a variable.

``digits: 8`` ends with the eighth digit; ``4-10`` ends with the end key (pound), after ten, or
1.5 s after an acceptable number. ``star`` starts the entry again. With ``confirm`` the caller hears
the entry and says whether it is right: 1 goes on, 2 asks again without an error text and is a try.
Keys of a ``sensitive`` step are shown and stored nowhere. LANGUAGE.md §2.2, §2.5, §2.11.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from ivr.flow import text
from ivr.flow.expression import EvaluationError, Expression
from ivr.flow.messages import Noted
from ivr.flow.model import Action, Edge, Flow, Prompt
from ivr.flow.phrases import Phrase, phrase, spoken_keys
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping, Node, Scalar
from ivr.flow.state import Wait, WaitFor
from ivr.flow.steps import question
from ivr.flow.steps.question import Miss, Question
from ivr.flow.text import Template

if TYPE_CHECKING:
    from ivr.flow.machine import Run

WAIT_MS = 8_000
DIGITS_MAX = 32
OPTIONS = question.OPTIONS | {"digits", "check", "end_key", "confirm", "sensitive"}
OUTCOMES = question.OUTCOMES
MASK = "•"
_DIGITS = re.compile(r"(\d{1,2})(?:\s*-\s*(\d{1,2}))?")
_LUHN = "luhn"


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for, and how."""

    variable: str
    shortest: int
    longest: int
    luhn: bool
    check: Expression | None
    end_key: str
    confirm: Prompt | None
    confirms: bool
    sensitive: bool
    question: Question
    kind: str = "ask"
    goes_on: bool = True

    def edges(self) -> Iterator[Edge]:
        """``fail``; the way on is the action's ``goto``."""
        yield from self.question.edges()

    def prompts(self) -> Iterator[Prompt]:
        """The confirmation and the reprompts."""
        if self.confirm is not None:
            yield self.confirm
        yield from self.question.prompts()

    def own_texts(self, flow: Flow, language: str) -> Iterator[Template]:
        """How many digits are wanted, and what goes with a confirmation."""
        if self.shortest == self.longest and not self.question.no_match:
            wanted = phrase(Phrase.NO_ENTRY, language, digits=str(self.longest))
            yield text.compile(text.escape(wanted))
        if self.confirms:
            yield from question.no_choice_texts(language, {"1", "2"} | flow.anytime.keys())
        if self.confirms and self.confirm is None:
            yield _confirmation(language)

    def enter(self, run: Run, action: Action) -> None:
        """Ask."""
        question.ask(run, action, self.question, secret=self.sensitive)

    def ask_again(self, run: Run, action: Action, wait: Wait) -> None:
        """Say the question, or the confirmation, again."""
        if wait.what is WaitFor.CONFIRM:
            self._say_confirmation(run, action)
        else:
            question.say_again(run, action)

    # ------------------------------------------------------------------ keys

    def key(self, run: Run, action: Action, key: str) -> None:
        """One more digit, the end key, or star."""
        wait = run.state.wait
        assert wait is not None
        if wait.what is WaitFor.CONFIRM:
            self._confirmation(run, action, key)
        elif key == self.end_key and wait.keys:
            self._entered(run, action, wait.keys)
        elif key == "*" and wait.keys:
            run.note(Noted.CLEARED)
            run.say_phrase(Phrase.CLEARED)
            run.state.wait = replace(wait, keys="", until=None)
        elif key == "*" and key in run.flow.anytime:
            run.go(run.flow.anytime[key])
        elif key.isdigit():
            self._digit(run, action, wait, wait.keys + key)
        else:
            run.note(Noted.KEY_DROPPED, "an empty entry")

    def _digit(self, run: Run, action: Action, wait: Wait, keyed: str) -> None:
        state = run.state
        if len(keyed) >= self.longest:
            # Fixed lengths never wait, and the # of those who press it anyway is swallowed.
            state.swallow_pound_until = state.now + 2_000
            self._entered(run, action, keyed)
            return
        enough = len(keyed) >= self.shortest
        patience = question.CRITICAL_MS if enough else self.question.between_ms
        state.wait = replace(wait, keys=keyed, until=state.now + patience)

    def timeout(self, run: Run, action: Action) -> None:
        """Take what was keyed if it is enough, or count a try."""
        wait = run.state.wait
        assert wait is not None
        if wait.keys:
            self._entered(run, action, wait.keys)
            return
        again = self._say_confirmation if wait.what is WaitFor.CONFIRM else None
        why = phrase(Phrase.NO_INPUT, run.state.language)
        texts = self.question.no_input
        question.missed(
            run, action, self.question, Miss.NO_INPUT, texts=texts, why=why, again=again
        )

    # ------------------------------------------------------------------ the entry

    def _entered(self, run: Run, action: Action, keyed: str) -> None:
        shown = MASK * len(keyed) if self.sensitive else keyed
        if not (self.shortest <= len(keyed) <= self.longest and self._fits(run, keyed)):
            run.note(Noted.ENTRY, f"{shown} does not fit")
            texts, why = self.question.no_match, self._why(run, keyed)
            question.missed(run, action, self.question, Miss.NO_MATCH, texts=texts, why=why)
            return
        run.note(Noted.ENTRY, shown)
        run.set(self.variable, keyed, sensitive=self.sensitive)
        if not self.confirms:
            run.advance(action.goto)
            return
        wait = run.state.wait
        assert wait is not None
        run.state.wait = replace(
            wait, what=WaitFor.CONFIRM, keys="", entry=keyed, until=None, since=run.state.said + 1
        )
        if not run.state.typed:
            self._say_confirmation(run, action)

    def _fits(self, run: Run, keyed: str) -> bool:
        if self.luhn and not luhn_ok(keyed):
            return False
        if self.check is None:
            return True
        scope = {**run.scope(), self.variable: keyed}
        try:
            return bool(self.check.evaluate(scope))
        except EvaluationError as error:
            run.note(Noted.TROUBLE, str(error))
            return False

    def _why(self, run: Run, keyed: str) -> str:
        language = run.state.language
        if self.shortest == self.longest != len(keyed):
            return phrase(Phrase.NO_ENTRY, language, digits=str(self.longest))
        return phrase(Phrase.NO_FIT, language)

    # ------------------------------------------------------------------ the confirmation

    def _confirmation(self, run: Run, action: Action, key: str) -> None:
        wait = run.state.wait
        assert wait is not None
        if key == "1":
            run.note(Noted.CHOICE, "1")
            run.advance(action.goto)
        elif key == "2":
            run.note(Noted.CHOICE, "2")
            run.state.wait = replace(wait, what=WaitFor.KEYS, entry="")
            # Not a mistake of anybody's: asked again without an error text, but a try.
            question.missed(run, action, self.question, Miss.NO_MATCH)
        elif key in run.flow.anytime:
            run.note(Noted.CHOICE, key)
            run.go(run.flow.anytime[key])
        else:
            language = run.state.language
            why = phrase(Phrase.NO_CHOICE, language, keys=spoken_keys(key, language))
            question.missed(
                run, action, self.question, Miss.NO_MATCH, why=why, again=self._say_confirmation
            )

    def _say_confirmation(self, run: Run, action: Action) -> None:
        wait = run.state.wait
        assert wait is not None
        run.state.wait = replace(wait, until=None)
        if self.confirm is not None:
            run.say(self.confirm, action)
            return
        own = _confirmation(run.state.language)
        run.say_own(own, {"entry": wait.entry}, secret=self.sensitive)


@lru_cache
def _confirmation(language: str) -> Template:
    """The question whether an entry is right, in the line's own words."""
    return text.compile(phrase(Phrase.CONFIRM, language, entry="${entry | digits}"))


def luhn_ok(digits: str) -> bool:
    """Whether the last digit checks the others (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def load(reader: Reader, entry: Mapping, value: Node) -> Ask | None:
    """Read an ask step."""
    asked = question.load(reader, entry, WAIT_MS)
    variable = reader.variable(value)
    digits, check, end_key = entry.get("digits"), entry.get("check"), entry.get("end_key")
    confirm, sensitive = entry.get("confirm"), entry.get("sensitive")
    shortest, longest = _length(reader, digits) if digits is not None else (1, DIGITS_MAX)
    luhn = isinstance(check, Scalar) and check.text == _LUHN
    confirms = confirm is not None and not (isinstance(confirm, Scalar) and confirm.text == "no")
    built_in = isinstance(confirm, Scalar) and confirm.text == "yes"
    if variable is None:
        return None
    return Ask(
        variable=variable,
        shortest=shortest,
        longest=longest,
        luhn=luhn,
        check=reader.expression(check) if check is not None and not luhn else None,
        end_key=_end_key(reader, end_key) if end_key is not None else "#",
        confirm=reader.prompt(confirm)
        if confirm is not None and confirms and not built_in
        else None,
        confirms=confirms,
        sensitive=reader.flag(sensitive) if sensitive is not None else False,
        question=asked,
    )


def _length(reader: Reader, node: Node) -> tuple[int, int]:
    found = _DIGITS.fullmatch(node.text) if isinstance(node, Scalar) else None
    if found:
        shortest, longest = int(found[1]), int(found[2] or found[1])
        if 1 <= shortest <= longest <= DIGITS_MAX:
            return shortest, longest
    reader.wrong_type(node, f"a number of digits from 1 to {DIGITS_MAX}, like 8 or 4-10")
    return 1, DIGITS_MAX


def _end_key(reader: Reader, node: Node) -> str:
    if isinstance(node, Scalar) and node.text in ("pound", "#"):
        return "#"
    # star starts the entry again, and digits are the entry.
    reader.wrong_type(node, "pound")
    return "#"
