"""``ask``: an entry of the caller into a variable.

What is asked for is one of ``ivr/flow/steps/entries`` (``as: digits``, ``date``, ``money`` …): it
says when an entry is complete and what the keys come to. This file owns what all have in common:
an entry ends by itself, with the end key (pound), or 1.5 s after it is acceptable; ``star`` starts
it again; what does not fit is told and asked again. With ``confirm`` the caller hears the value and
says whether it is right: 1 goes on, 2 asks again without an error text and is a try. Keys of a
``sensitive`` step are shown and stored nowhere, and never spoken by the line of its own accord, but
for the last four digits of a card. LANGUAGE.md §2.2, §2.5, §2.11.

What the language leaves open, as callers would expect it:

* ``star`` before the first key is the anytime key, also where it would be a decimal point.
* Answers to one key (``yes_no``, a confirmation, the half of the day) take the anytime keys too.
* The half of the day is part of the entry: a wrong key or silence there is a try, and asks for the
  half again, not for the whole time.
* An entry is checked (``check``) with its value in the variable, as the flow will read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ivr.flow import text
from ivr.flow.expression import NOW, EvaluationError, Expression
from ivr.flow.messages import Noted
from ivr.flow.model import Action, Edge, Flow, Prompt
from ivr.flow.near import did_you_mean
from ivr.flow.phrases import Phrase, phrase, spoken_keys
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping, Node, Scalar
from ivr.flow.state import Wait, WaitFor
from ivr.flow.steps import entries, question
from ivr.flow.steps.entries import ENTRIES, Entry, Ground, Misfit, Progress
from ivr.flow.steps.entries.digits import is_luhn
from ivr.flow.steps.entries.limits import worth
from ivr.flow.steps.entries.moments import Time, in_afternoon
from ivr.flow.steps.entries.yes_no import NO, YES, YesNo
from ivr.flow.steps.question import Miss, Question
from ivr.flow.text import Template
from ivr.flow.values import Value

if TYPE_CHECKING:
    from ivr.flow.machine import Run

WAIT_MS = 8_000
OPTIONS = question.OPTIONS | entries.OPTIONS | {"as"}
OUTCOMES = question.OUTCOMES
MASK = "•"
_HALF = "?"
"""Behind the keys of a time whose half of the day is being asked for."""
_ANSWERS = {YES, NO}


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for, and how."""

    variable: str
    entry: Entry
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
        """What does not fit, the half of the day, and what goes with a confirmation."""
        choice = isinstance(self.entry, YesNo)
        halves = isinstance(self.entry, Time) and self.entry.has_halves(language)
        if not self.question.no_match:
            for misfit in self.entry.misfits(language):
                yield from _own_misfit(misfit, language)
        if self.confirms or halves or (choice and not self.question.no_match):
            yield from question.no_choice_texts(language, _ANSWERS | flow.anytime.keys())
        if halves:
            yield text.compile(text.escape(phrase(Phrase.HALF_OF_DAY, language)))
        if self.confirms and self.confirm is None:
            yield self._confirmation(language)

    def enter(self, run: Run, action: Action) -> None:
        """Ask."""
        question.ask(run, action, self.question, secret=self.sensitive)

    def ask_again(self, run: Run, action: Action, wait: Wait) -> None:
        """Say the question, the half of the day or the confirmation, again."""
        match wait.what, wait.entry.endswith(_HALF):
            case WaitFor.CONFIRM, True:
                self._say_half(run, action)
            case WaitFor.CONFIRM, False:
                self._say_confirmation(run, action)
            case _:
                question.say_again(run, action)

    # ------------------------------------------------------------------ keys

    def key(self, run: Run, action: Action, key: str) -> None:
        """One more key of the entry, the end key, star, or an answer."""
        wait = run.state.wait
        assert wait is not None
        if wait.what is WaitFor.CONFIRM:
            self._answer(run, action, wait, key)
        elif isinstance(self.entry, YesNo):
            self._yes_or_no(run, action, key)
        elif key == self.end_key and wait.keys:
            self._entered(run, action, wait.keys)
        elif key == "*" and wait.keys and not self.entry.takes_star(wait.keys):
            run.note(Noted.CLEARED)
            run.say_phrase(Phrase.CLEARED)
            run.state.wait = replace(wait, keys="", until=None)
        elif key == "*" and not wait.keys and key in run.anytime_keys:
            run.take_anytime(key)
        elif key.isdigit() or (key == "*" and self.entry.takes_star(wait.keys)):
            self._more(run, action, wait, wait.keys + key)
        else:
            run.note(Noted.KEY_DROPPED, "an empty entry")

    def _more(self, run: Run, action: Action, wait: Wait, keyed: str) -> None:
        state = run.state
        progress = self.entry.progress(keyed, _ground(run))
        if progress is Progress.WHOLE:
            # What is whole never waits, and the # of those who press it anyway is swallowed.
            state.swallow_pound_until = state.now + 2_000
            self._entered(run, action, keyed)
            return
        enough = progress is Progress.ENOUGH
        patience = question.CRITICAL_MS if enough else self.question.between_ms
        state.wait = replace(wait, keys=keyed, until=state.now + run.patience_ms(patience))

    def timeout(self, run: Run, action: Action) -> None:
        """Take what was keyed if it is enough, or count a try."""
        wait = run.state.wait
        assert wait is not None
        if wait.keys:
            self._entered(run, action, wait.keys)
            return
        again = None if wait.what is WaitFor.KEYS else self._say_answers
        why = phrase(Phrase.NO_INPUT, run.language.code)
        texts = self.question.no_input
        question.missed(
            run, action, self.question, Miss.NO_INPUT, texts=texts, why=why, again=again
        )

    # ------------------------------------------------------------------ the entry

    def _entered(self, run: Run, action: Action, keyed: str) -> None:
        value = self.entry.value(keyed, _ground(run))
        wait = run.state.wait
        assert wait is not None
        if isinstance(value, Misfit):
            self._misfit(run, action, keyed, value)
        elif isinstance(self.entry, Time) and self.entry.has_halves(run.language.code):
            self._asks_more(run, wait, keyed + _HALF)
            if not run.state.typed:
                self._say_half(run, action)
        else:
            self._has(run, action, keyed, value)

    def _yes_or_no(self, run: Run, action: Action, key: str) -> None:
        if key in _ANSWERS:
            self._has(run, action, key, key == YES)
        else:
            self._no_choice(run, action, key, texts=self.question.no_match)

    def _has(self, run: Run, action: Action, keyed: str, value: Value) -> None:
        """The keys came to a value: check it, keep it, and have it confirmed."""
        wait = run.state.wait
        assert wait is not None
        if not self._passes(run, value):
            run.state.wait = replace(wait, what=WaitFor.KEYS, entry="")
            self._misfit(run, action, keyed, Misfit(Phrase.NO_FIT))
            return
        run.note(Noted.ENTRY, self._shown(keyed))
        run.set(self.variable, value, sensitive=self.sensitive)
        if not self.confirms:
            run.advance(action.goto)
            return
        self._asks_more(run, wait, keyed)
        if not run.state.typed:
            self._say_confirmation(run, action)

    def _passes(self, run: Run, value: Value) -> bool:
        if self.check is None:
            return True
        scope = {**run.scope(), self.variable: value}
        try:
            return bool(self.check.evaluate(scope))
        except EvaluationError as error:
            run.note(Noted.TROUBLE, str(error))
            return False

    def _shown(self, keyed: str) -> str:
        return MASK * len(keyed) if self.sensitive else keyed

    def _misfit(self, run: Run, action: Action, keyed: str, misfit: Misfit) -> None:
        run.note(Noted.ENTRY, f"{self._shown(keyed)} does not fit")

        def tell() -> None:
            self._tell_misfit(run, misfit)

        texts = self.question.no_match
        question.missed(run, action, self.question, Miss.NO_MATCH, texts=texts, tell=tell)

    def _tell_misfit(self, run: Run, misfit: Misfit) -> None:
        language = run.language.code
        template = misfit.template(language)
        if misfit.limit is None:
            run.say_text(template.literal, fixed=True)
            return
        if not run.state.sensitive.isdisjoint(name.path[0] for name in self.entry.limits.names):
            # What the limit was computed from may not be heard.
            run.say_phrase(Phrase.NO_FIT)
            return
        scope = run.scope()
        values = {"limit": worth(misfit.limit, scope), NOW: scope[NOW]}
        try:
            if misfit.fixed:
                run.say_text(template.render(values, language=language).text, fixed=True)
            else:
                run.say_own(template, values, secret=False)
        except EvaluationError:
            # There are no words for such a value in this language.
            run.say_phrase(Phrase.NO_FIT)

    # ------------------------------------------------------------------ answers to one key

    def _asks_more(self, run: Run, wait: Wait, entry: str) -> None:
        """Something is asked about the entry, and the next key answers it."""
        since = run.state.said + 1
        run.state.wait = replace(
            wait, what=WaitFor.CONFIRM, keys="", entry=entry, until=None, since=since
        )

    def _answer(self, run: Run, action: Action, wait: Wait, key: str) -> None:
        half = wait.entry.endswith(_HALF)
        if key not in _ANSWERS:
            self._no_choice(run, action, key)
        elif half:
            keyed = wait.entry.removesuffix(_HALF)
            value = self.entry.value(keyed, _ground(run))
            assert isinstance(value, time)
            value = value if key == "1" else in_afternoon(value)
            self._has(run, action, f"{keyed} {key}", value)
        elif key == "1":
            run.note(Noted.CHOICE, key)
            run.advance(action.goto)
        else:
            run.note(Noted.CHOICE, key)
            run.state.wait = replace(wait, what=WaitFor.KEYS, entry="")
            # Not a mistake of anybody's: asked again without an error text, but a try.
            question.missed(run, action, self.question, Miss.NO_MATCH)

    def _no_choice(
        self, run: Run, action: Action, key: str, texts: tuple[Prompt, ...] = ()
    ) -> None:
        """A key that is no answer: one of the anytime keys, or a miss."""
        if run.take_anytime(key):
            return
        wait = run.state.wait
        assert wait is not None
        language = run.language.code
        why = phrase(Phrase.NO_CHOICE, language, keys=spoken_keys(key, language))
        again = None if wait.what is WaitFor.KEYS else self._say_answers
        question.missed(
            run, action, self.question, Miss.NO_MATCH, texts=texts, why=why, again=again
        )

    def _say_answers(self, run: Run, action: Action) -> None:
        wait = run.state.wait
        assert wait is not None
        self.ask_again(run, action, wait)

    def _say_half(self, run: Run, action: Action) -> None:
        wait = run.state.wait
        assert wait is not None
        run.state.wait = replace(wait, until=None)
        run.say_phrase(Phrase.HALF_OF_DAY)

    def _say_confirmation(self, run: Run, action: Action) -> None:
        wait = run.state.wait
        assert wait is not None
        run.state.wait = replace(wait, until=None)
        if self.confirm is not None:
            run.say(self.confirm, action)
            return
        own = self._confirmation(run.language.code)
        if own.literal:
            run.say_text(own.literal, fixed=True)
            return
        values = {"entry": run.state.variables[self.variable], NOW: run.scope()[NOW]}
        run.say_own(own, values, secret=self.sensitive)

    def _confirmation(self, language: str) -> Template:
        """The question whether an entry is right, in the line's own words."""
        formatter = self.entry.read_back(language)
        if formatter.startswith("last"):
            what = Phrase.CONFIRM_CARD
        elif self.sensitive or not formatter:
            what = Phrase.CONFIRM_UNSPOKEN
        else:
            what = Phrase.CONFIRM
        return Misfit(what, (("entry", f"${{entry | {formatter}}}"),)).template(language)


def _ground(run: Run) -> Ground:
    return Ground(run.language.code, run.scope())


def _own_misfit(misfit: Misfit, language: str) -> Iterator[Template]:
    template = misfit.template(language)
    if misfit.limit is None or not misfit.fixed:
        yield template
        return
    try:
        said = template.render({"limit": worth(misfit.limit, {})}, language=language)
    except EvaluationError:
        # It is told without the limit, which the line says everywhere.
        return
    yield text.compile(text.escape(said.text))


# --------------------------------------------------------------------------- reading


def load(reader: Reader, entry: Mapping, value: Node) -> Ask | None:
    """Read an ask step."""
    asked = question.load(reader, entry, WAIT_MS)
    variable = reader.variable(value)
    name = _type(reader, entry)
    kind = ENTRIES[name].load(reader, entry)
    check, end_key = entry.get("check"), entry.get("end_key")
    confirm = entry.get("confirm")
    confirms = confirm is not None and not (isinstance(confirm, Scalar) and confirm.text == "no")
    built_in = isinstance(confirm, Scalar) and confirm.text == "yes"
    if is_luhn(check) and name not in ("digits", "card") and check is not None:
        reader.report("S007", "luhn is a rule for digits", check.span, "leave it out")
    if variable is None:
        return None
    return Ask(
        variable=variable,
        entry=kind,
        check=reader.expression(check) if check is not None and not is_luhn(check) else None,
        end_key=_end_key(reader, end_key) if end_key is not None else "#",
        confirm=reader.prompt(confirm)
        if confirm is not None and confirms and not built_in
        else None,
        confirms=confirms,
        sensitive=_sensitive(reader, entry, kind),
        question=asked,
    )


def _type(reader: Reader, entry: Mapping) -> str:
    """What stands behind ``as:``, and whether the options beside it go with it."""
    node = entry.get("as")
    name = "digits"
    if node is not None:
        name = reader.word(node, "a type like date") or name
        if name not in ENTRIES:
            message = f"there is no type “{name}” of entry"
            reader.report("S007", message, node.span, did_you_mean(name, ENTRIES))
            name = "digits"
    spec = ENTRIES[name]
    for option, _ in entry.items:
        if option.text in entries.OPTIONS and option.text not in spec.options:
            known = ", ".join(sorted(spec.options))
            message = f"“{option.text}” does not go with  as: {name}"
            reader.report("S006", message, option.span, f"it takes {known}")
    return name


def _sensitive(reader: Reader, entry: Mapping, kind: Entry) -> bool:
    node = entry.get("sensitive")
    if node is None:
        return kind.secret
    wanted = reader.flag(node)
    if kind.secret and not wanted:
        message = f"as: {kind.name} is always sensitive"
        reader.report("S007", message, node.span, "leave it out, or use  as: digits")
    return wanted or kind.secret


def _end_key(reader: Reader, node: Node) -> str:
    if isinstance(node, Scalar) and node.text in ("pound", "#"):
        return "#"
    # star starts the entry again, and digits are the entry.
    reader.wrong_type(node, "pound")
    return "#"
