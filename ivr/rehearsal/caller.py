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
from datetime import UTC
from typing import assert_never

from ivr.flow import machine
from ivr.flow.messages import JoinQueue, Transfer
from ivr.flow.model import FlowSet
from ivr.flow.reader import did_you_mean
from ivr.flow.scope import scope_of
from ivr.flow.state import CallFacts
from ivr.flow.values import Value
from ivr.rehearsal.away import names_of, went_to, where_is
from ivr.rehearsal.expectations import fits_value, shown_value, unlike
from ivr.rehearsal.line import MASK, Handle, Line
from ivr.rehearsal.patterns import fits, request_names
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
    Queued,
    Records,
    Requested,
    Setting,
    Silent,
    Texted,
    Told,
    Took,
    Transferred,
    VarsAre,
)
from ivr.rehearsal.stubs import Unanswered
from ivr.rehearsal.tape import Left, Word
from ivr.rehearsal.transcript import Entry, spell
from ivr.rehearsal.words import Wanted, words_of

KEY_GAP_MS = 250
"""Between two keys of one caller: a quick hand, and no bounce of one key."""
_OTHER = "another one"
_DONE = {"requested": "it has asked for", "texted": "it has sent", "told": "it has told"}


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
    seen: set[tuple[str, int]] = field(default_factory=set)
    """Requests, messages and events a line has named already."""

    def follow(self, directions: Sequence[Direction]) -> Failure | None:
        """Do what every line says; at the first that fails the call is left as it is."""
        direction = directions[0]
        try:
            self.line.answer()
            for direction in directions:
                self._do(direction)
                if self.line.budgets.late:
                    return Failure(direction, self.line.budgets.late[0].sentence)
            self._leave()
        except (_Unexpected, Unanswered) as unexpected:
            return Failure(direction, str(unexpected))
        for direction in directions:
            match direction.verb:
                case NeverHears(wanted) if (found := wanted.find(self.line.words)) is not None:
                    message = f"the caller heard “{self._text_at(found[0])}”"
                    return Failure(direction, f"{message}, but {_says(direction)}")
        return None

    def _leave(self) -> None:
        """The end of the list: the caller hangs up, and what the flow does then is done."""
        if self.line.over is None and not self.line.gone:
            self.line.hang_up()
        while self.line.over is None:
            self.line.step()

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
                self._away(Transfer, target, direction)
            case Queued(name):
                self._away(JoinQueue, name, direction)
            case Records(ms):
                self._records(ms, direction)
            case Requested(request, body):
                self._requested(request, body, direction)
            case Texted(to, has):
                self._texted(to, has, direction)
            case Told(name, data):
                self._told(name, data, direction)
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
        if not self.line.gone:
            self._must_be_there(direction)
        elif self.line.over is not None:
            raise self._other(f"the call has ended ({self.line.over})", direction)
        if self.line.waiting:
            does = "recording" if self.line.message is not None else "waiting for"
            raise self._other(f"the flow is {does} the caller", direction)
        self.line.step()

    def _must_be_there(self, direction: Direction) -> None:
        if self.line.over is not None:
            raise self._other(f"the call has ended ({self.line.over})", direction)
        if self.line.gone:
            raise self._other("the caller has hung up", direction)

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
                what = f"the caller is {where_is(away)}, where no key reaches the flow"
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

    def _records(self, ms: int, direction: Direction) -> None:
        """Listen to the tone, and speak."""
        while self.line.message is None:
            self._listen_on(direction)
        self.line.talk(ms)

    def _away(
        self, kind: type[Transfer | JoinQueue], wanted: str | None, direction: Direction
    ) -> None:
        while True:
            tape = self.line.tape
            for place in range(self.position, len(tape)):
                left = tape[place]
                if isinstance(left, Left) and isinstance(left.leg, kind):
                    if wanted is not None and wanted not in names_of(left.leg):
                        raise self._other(f"the caller was {went_to(left.leg)}", direction)
                    self.position = place + 1
                    return
            self._listen_on(direction)

    def _ended(self, outcome: str | None, direction: Direction) -> None:
        while self.line.over is None:
            self._listen_on(direction)
        if outcome not in (None, self.line.over):
            raise self._other(f"the call has ended ({self.line.over})", direction)

    # ------------------------------------------------------------------ the world outside

    def _happens(
        self, what: str, judge: Callable[[], Sequence[tuple[str, str]]], direction: Direction
    ) -> None:
        """Listen on until one of these is right; each has its name, and what is wrong with it."""
        while True:
            judged = judge()
            for place, (_, wrong) in enumerate(judged):
                if not wrong and (what, place) not in self.seen:
                    self.seen.add((what, place))
                    return
            try:
                self._listen_on(direction)
            except _Unexpected as unexpected:
                near = [(name, wrong) for name, wrong in judged if wrong not in ("", _OTHER)]
                if near:
                    name, wrong = near[-1]
                    raise _Unexpected(f"{name}: {wrong}, but {_says(direction)}") from None
                done = ", ".join(dict.fromkeys(name for name, _ in judged)) or "nothing"
                raise _Unexpected(f"{unexpected}. So far {_DONE[what]}: {done}") from None

    def _requested(
        self, request: str | None, body: Sequence[Expected], direction: Direction
    ) -> None:
        settings = self.line.flows.settings

        def judge() -> list[tuple[str, str]]:
            found: list[tuple[str, str]] = []
            for asked in self.line.errands.asked:
                names = request_names(asked.request.method, asked.request.url, settings)
                meant = request is None or any(fits(request, name) for name in names)
                wrong = unlike(asked.request.body, asked.public_body, body) if meant else _OTHER
                found.append((asked.request.name, wrong))
            return found

        self._happens("requested", judge, direction)

    def _texted(self, to: str | None, has: Wanted | None, direction: Direction) -> None:
        def judge() -> list[tuple[str, str]]:
            return [
                (
                    f"a message to {sent.to}",
                    _OTHER
                    if to not in (None, sent.to)
                    else ""
                    if has is None or has.find(words_of(sent.text))
                    else f"it says “{sent.text}”",
                )
                for sent in self.line.errands.sent
            ]

        self._happens("texted", judge, direction)

    def _told(self, name: str | None, data: Sequence[Expected], direction: Direction) -> None:
        def judge() -> list[tuple[str, str]]:
            return [
                (each.name, unlike(each.data, each.data, data))
                if name in (None, each.name)
                else (each.name, _OTHER)
                for each in self.line.errands.told
            ]

        self._happens("told", judge, direction)

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
            if not fits_value(value, wanted):
                shown = MASK * 4 if name in self.line.state.sensitive else shown_value(value)
                raise _Unexpected(f"{whose} “{name}” is {shown}, but {_says(direction)}")


def _says(direction: Direction) -> str:
    return f"the test says “{direction.written}”"


def _same_text(one: Word, other: Word) -> bool:
    return one.utterance == other.utterance and one.spoken_in is other.spoken_in
