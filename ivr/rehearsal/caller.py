"""The caller of a flow test: does what its lines say, on a simulated line, and says how it went.

``hears`` listens on until the words are spoken and then stops at the moment they begin, so that a
key after it interrupts as a caller would; where one match runs over several texts, at the moment
its part of the last text begins. Words a key cut off were never spoken. An entry that was begun is
finished by listening on; otherwise nothing but ``silent`` lets the flow's patience run out.

Called by ``ivr test`` and the tests; :func:`rehearse` is one call from the first ring to its end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date
from typing import assert_never

from ivr.flow import machine
from ivr.flow.model import FlowSet
from ivr.flow.reader import did_you_mean
from ivr.flow.scope import scope_of
from ivr.flow.state import CallFacts
from ivr.flow.values import Value, equal, moment_in
from ivr.rehearsal.line import MASK, Handle, Left, Line, Word
from ivr.rehearsal.script import (
    AtStep,
    CallIs,
    CallScript,
    Direction,
    Ended,
    Expected,
    HangsUp,
    Hears,
    HearsExactly,
    NeverHears,
    Presses,
    Setting,
    Silent,
    Took,
    Transferred,
    VarsAre,
)
from ivr.rehearsal.transcript import Entry, spell
from ivr.rehearsal.words import words_of

KEY_GAP_MS = 250
"""Between two keys of one caller: a quick hand, and no bounce of one key."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The line of the test at which the call went another way."""

    direction: Direction
    message: str
    """One sentence or two, without the line's number."""

    @property
    def sentence(self) -> str:
        """The message as authors read it, with the line's number."""
        return f"line {self.direction.span.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One call of a test, made."""

    script: CallScript
    entries: tuple[Entry, ...]
    """Its transcript, up to the failure where there is one."""
    outcome: str | None
    """How the call ended; None where a failure stopped it before."""
    failure: Failure | None


def facts_of(setting: Setting) -> CallFacts:
    """What the machine knows of a call of this setting before a word was said."""
    return CallFacts(
        id="CA-rehearsal",
        caller=setting.caller,
        called=setting.called,
        started_at=setting.started_at.astimezone(UTC),
        flow=setting.flow,
        language=setting.language,
    )


def rehearse(
    flows: FlowSet,
    script: CallScript,
    *,
    clips: Mapping[str, int] | None = None,
    handle: Handle = machine.handle,
) -> Rehearsed:
    """Make one call of a test. ``clips`` says how many milliseconds each audio file lasts.

    Raises :class:`~ivr.rehearsal.line.Broken` where the machine itself is wrong.
    """
    setting = script.setting
    line = Line(flows, facts_of(setting), answers=setting.answers, clips=clips or {}, handle=handle)
    failure = _Caller(line).follow(script.directions)
    return Rehearsed(script, tuple(line.transcript.entries), line.over, failure)


class _Unexpected(Exception):
    """The call went another way than the line of the test says; the text says which."""


@dataclass(slots=True)
class _Caller:
    """Somebody on the line with a script in hand."""

    line: Line
    position: int = 0
    """How far the tape was taken in: what is heard next stands at or behind it."""
    pressed_at: int = field(default=-KEY_GAP_MS)

    def follow(self, directions: Sequence[Direction]) -> Failure | None:
        """Do what every line says; at the first that fails the call is left as it is."""
        self.line.answer()
        for direction in directions:
            try:
                self._do(direction)
            except _Unexpected as unexpected:
                return Failure(direction, str(unexpected))
            if self.line.budgets.late:
                return Failure(direction, self.line.budgets.late[0].sentence)
        if self.line.over is None:
            self.line.hang_up()
        for direction in directions:
            match direction.verb:
                case NeverHears(wanted) if (found := wanted.find(self.line.words)) is not None:
                    message = f"the caller heard “{self._text_at(found[0])}”"
                    return Failure(direction, f"{message}, but {_says(direction)}")
        return None

    def _do(self, direction: Direction) -> None:
        match direction.verb:
            case Hears(wanted):
                self._hears(lambda: wanted.find(self.line.words, self.position), direction)
            case HearsExactly(text):
                self._hears(lambda: self._whole_text(text), direction)
            case NeverHears():
                pass  # judged when the whole call was heard
            case Presses(keys, after_ms):
                self._presses(keys, after_ms, direction)
            case Silent():
                self._silent(direction)
            case Transferred(target):
                self._transferred(target, direction)
            case HangsUp():
                self._must_be_there(direction)
                self.line.hang_up()
            case Ended(outcome):
                self._ended(outcome, direction)
            case Took(less, ms):
                self._took(less, ms, direction)
            case CallIs(expected):
                self._check("the call’s", self._scope("call"), expected, direction)
            case VarsAre(expected):
                self._check("the variable", self.line.state.variables, expected, direction)
            case AtStep(step):
                self._at_step(step, direction)
            case _:
                assert_never(direction.verb)

    # ------------------------------------------------------------------ listening

    def _hears(self, find: Callable[[], tuple[int, int] | None], direction: Direction) -> None:
        line = self.line
        while True:
            found = find()
            if found is None:
                self._listen_on(direction)
                continue
            moment = self._begins(*found)
            if moment <= line.now or (due := line.next_at()) is None or due >= moment:
                line.run_until(moment)
                self.position = found[1]
                return
            # Something happens before: it may cut off what would have been said.
            line.step()

    def _whole_text(self, text: str) -> tuple[int, int] | None:
        """Where exactly this text is spoken, from its first word to its last."""
        tape = self.line.tape
        for first in range(self.position, len(tape)):
            word = tape[first]
            if not isinstance(word, Word) or " ".join(word.spoken_in.text.split()) != text:
                continue
            end = first + len(words_of(word.spoken_in.text))
            if all(isinstance(w, Word) and _same_text(w, word) for w in tape[first:end]):
                return first, end
        return None

    def _begins(self, first: int, end: int) -> int:
        """When the part of a match that lies in the last text begins."""
        tape = self.line.tape
        last = tape[end - 1]
        assert isinstance(last, Word)
        for item in tape[first:end]:
            if isinstance(item, Word) and _same_text(item, last):
                return item.at
        raise AssertionError("the last word belongs to the last text")

    def _listen_on(self, direction: Direction) -> None:
        """Let the next thing happen, unless the flow waits for the caller or the call is over."""
        self._must_be_there(direction)
        if self.line.waiting:
            raise self._other("the flow is waiting for the caller", direction)
        self.line.step()

    def _must_be_there(self, direction: Direction) -> None:
        if self.line.over is not None:
            raise self._other(f"the call has ended ({self.line.over})", direction)

    def _other(self, what: str, direction: Direction) -> _Unexpected:
        heard = self.line.last_heard
        tail = f". Last heard: “{heard}”" if heard else ""
        return _Unexpected(f"{what}, but {_says(direction)}{tail}")

    def _text_at(self, place: int) -> str:
        word = self.line.tape[place]
        assert isinstance(word, Word)
        return word.spoken_in.public

    # ------------------------------------------------------------------ acting

    def _presses(self, keys: str, after_ms: int, direction: Direction) -> None:
        line = self.line
        line.run_until(line.now + after_ms)
        for key in keys:
            line.run_until(self.pressed_at + KEY_GAP_MS)
            self._must_be_there(direction)
            if (away := line.away) is not None:
                what = f"the caller is connected to {away.name}, where no key reaches the flow"
                raise self._other(what, direction)
            line.press(key)
            self.pressed_at = line.now

    def _silent(self, direction: Direction) -> None:
        self._must_be_there(direction)
        while True:
            before = len(self.line.tape)
            if self.line.step():
                self.position = before
                return
            self._must_be_there(direction)

    def _transferred(self, target: str | None, direction: Direction) -> None:
        while True:
            tape = self.line.tape
            for place in range(self.position, len(tape)):
                left = tape[place]
                if isinstance(left, Left):
                    if target not in (None, left.transfer.name, left.transfer.number):
                        what = f"the caller was transferred to {left.transfer.name}"
                        raise self._other(what, direction)
                    self.position = place + 1
                    return
            self._listen_on(direction)

    def _ended(self, outcome: str | None, direction: Direction) -> None:
        while self.line.over is None:
            self._listen_on(direction)
        if outcome not in (None, self.line.over):
            raise self._other(f"the call has ended ({self.line.over})", direction)

    # ------------------------------------------------------------------ asserting

    def _took(self, less: bool, ms: int, direction: Direction) -> None:
        now = self.line.now
        if now >= ms if less else now <= ms:
            raise _Unexpected(f"the call has lasted {spell(now)}, but {_says(direction)}")

    def _at_step(self, step: str, direction: Direction) -> None:
        said = self.line.speaking
        place = f"{said.flow}/{said.step}" if said is not None else self.line.state.place.name
        if place != step:
            raise self._other(f"the caller is at {place}", direction)

    def _scope(self, name: str) -> Mapping[str, Value]:
        line = self.line
        flow = line.flows.flows[line.state.place.flow]
        found = scope_of(line.state, flow, line.flows)[name]
        assert isinstance(found, Mapping)
        return found

    def _check(
        self,
        whose: str,
        actual: Mapping[str, Value],
        expected: Sequence[Expected],
        direction: Direction,
    ) -> None:
        for wanted in expected:
            name = wanted.name
            if name not in actual and wanted.value is not None:
                near = did_you_mean(name, actual)
                hint = f" ({near})" if near else ""
                raise _Unexpected(f"{whose} “{name}” has no value, but {_says(direction)}{hint}")
            value = actual.get(name)
            if not _is(value, wanted):
                shown = MASK * 4 if name in self.line.state.sensitive else _shown(value)
                raise _Unexpected(f"{whose} “{name}” is {shown}, but {_says(direction)}")


def _says(direction: Direction) -> str:
    return f"the test says “{direction.written}”"


def _same_text(one: Word, other: Word) -> bool:
    return one.utterance == other.utterance and one.spoken_in is other.spoken_in


def _is(actual: Value, wanted: Expected) -> bool:
    """Whether a value is the one the author wrote: 0042 is the text 0042, as in a flow."""
    if actual is None or wanted.value is None:
        return actual is wanted.value
    if equal(actual, wanted.value):
        return True
    written = wanted.written
    if written is None:
        return False
    if isinstance(actual, str):
        return actual == written
    return isinstance(actual, date) and equal(actual, moment_in(written))


def _shown(value: Value) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return "true" if value else "false"
        case str():
            return f"“{value}”"
        case _:
            return str(value)
