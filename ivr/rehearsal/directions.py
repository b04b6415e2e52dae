"""The lines of one call of a test file, read: each is one verb of the caller's.

Part of ``read.py``; the table of verbs is at the end. A verb of the language that belongs to a kind
this version does not have is refused in a sentence, never skipped: a test that does not test is
worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ivr.flow.model import Flow, FlowSet
from ivr.flow.reader import Reader, did_you_mean
from ivr.flow.scope import CALL_FIELDS
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar, Sequence, lost_comment
from ivr.rehearsal import happenings, tables
from ivr.rehearsal.known import Known
from ivr.rehearsal.script import (
    AtStep,
    CallIs,
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
    Silent,
    Took,
    Transferred,
    VarsAre,
    Verb,
)
from ivr.rehearsal.words import Wanted

KEYS = frozenset("0123456789*#")
_KEY_NAMES = {"star": "*", "pound": "#"}
_TOOK = re.compile(r"(less|more) than\s+(.+)")
_MS_MAX = 24 * 3_600_000
_SILENT_IS_ALL = "silent lasts until the flow does something new"

_LATER = frozenset({"says"})
"""Verbs of the language about spoken input, which this version does not have."""
_SETTINGS = frozenset(
    {"at", "from", "to", "language", "languages", "answers", "flow", "each", "shared"}
)
AS_IN = "as in"
_SPOKEN = frozenset({"hears", "hears_exactly", "never_hears"})
_OVER = (HangsUp, Ended)
_NEEDS_A_CALLER = (
    *(Hears, HearsExactly, Presses, Silent, Transferred, Queued, Records),
    HangsUp,
)
"""Lines that make no sense once the call is over, or the caller is gone."""


@dataclass(frozen=True, slots=True)
class Directions:
    """Reads the lines of one call to ``flow``."""

    reader: Reader
    flows: FlowSet
    flow: Flow
    known: Known
    """What the flows may ever ask of the world."""
    shared: Mapping[str, Sequence] = field(default_factory=dict)
    """Beginnings that calls have in common, by name."""
    used: set[str] = field(default_factory=set)
    """The beginnings that were asked for, over all calls."""
    row: tables.Row | None = None
    """The row of a table that this call is made for."""
    language: str | None = None
    """The language this call is made in, where its lines are for several."""

    def read(self, node: Sequence) -> tuple[Direction, ...]:
        """Every line that could be read; the others are reported."""
        found = self._lines(node, ())
        over: Direction | None = None
        for direction in found:
            if over is not None and isinstance(direction.verb, _NEEDS_A_CALLER):
                message = f"the call is over: line {over.span.line} says “{over.written}”"
                self.reader.report("F002", message, direction.span, "move it up, or delete it")
            if isinstance(direction.verb, _OVER):
                over = over or direction
        return tuple(found)

    def _lines(self, node: Sequence, inside: tuple[str, ...]) -> list[Direction]:
        """The lines of a list, with those of the beginnings it names."""
        found: list[Direction] = []
        for item in node.items:
            line = tables.filled(self.reader, item, self.row) if self.row is not None else item
            if isinstance(line, MappingNode) and line.keys() == (AS_IN,):
                found += self._as_in(line.items[0][1], inside)
            elif (direction := self._direction(line)) is not None:
                found.append(direction)
        return found

    def _as_in(self, value: Node, inside: tuple[str, ...]) -> list[Direction]:
        """The lines of a beginning of ``shared:``."""
        name = self.reader.word(value, "the name of a beginning in shared:")
        if name is None:
            return []
        self.used.add(name)
        if name in inside:
            message = f"“{name}” begins with itself"
            self.reader.report("F013", message, value.span, "take it out of its own lines")
            return []
        lines = self.shared.get(name)
        if lines is None:
            message = f"there is no beginning “{name}” in shared:"
            self.reader.report("F001", message, value.span, did_you_mean(name, self.shared))
            return []
        return self._lines(lines, (*inside, name))

    def _direction(self, node: Node) -> Direction | None:
        if isinstance(node, Scalar):
            name, value = node, None
        elif isinstance(node, MappingNode) and len(node.items) == 1:
            name, value = node.items[0]
            if isinstance(value, Scalar) and not value.text and not value.quoted:
                value = None
        elif isinstance(node, MappingNode) and node.items:
            message = "this line does two things: " + " and ".join(node.keys())
            self.reader.report("S005", message, node.items[1][0].span, "begin a new line with -")
            return None
        else:
            self.reader.wrong_type(node, "a line like  hears: Welcome")
            return None
        if name.text in _SPOKEN and self.language is not None and isinstance(value, MappingNode):
            value = self._in_language(value, self.language)
            if value is None:
                return None
        verb = self._verb(name, value)
        return Direction(verb, self._written(name, value), name.span) if verb is not None else None

    def _written(self, name: Scalar, value: Node | None) -> str:
        """The line as it stands in the file, without its dash and comment."""
        if value is None:
            return name.text
        if isinstance(value, Scalar):
            return f"{name.text}: {' '.join(value.text.split())}"
        end = value.span.end_column - 1 if value.span.end_line == name.span.line else None
        return self.reader.document.lines[name.span.line - 1][name.span.column - 1 : end].strip()

    def _verb(self, name: Scalar, value: Node | None) -> Verb | None:
        report = self.reader.report
        if name.text in _VERBS:
            return _VERBS[name.text](self, name, value)
        if name.text in _LATER:
            message = f"“{name.text}” needs spoken input, which this version has not"
            report("S001", message, name.span, "leave it out")
        elif name.text in _SETTINGS:
            message = f"“{name.text}” is set for the whole call, not in its lines"
            report("S006", message, name.span, "put it beside  steps:")
        else:
            message = f"“{name.text}” is not something a caller does here"
            report("S001", message, name.span, did_you_mean(name.text, {*_VERBS, AS_IN}))
        return None

    # ------------------------------------------------------------------ what verbs read with

    def needs(self, name: Scalar, what: str) -> None:
        """Report a line without what belongs to it."""
        self.reader.report("S007", f"“{name.text}” needs {what}", name.span, f"write {what}")

    def text(self, name: Scalar, value: Node | None, what: str) -> str | None:
        """The one text of a line."""
        if value is None:
            self.needs(name, what)
            return None
        return self.reader.word(value, what)

    def whole(self, value: Node | None) -> None:
        """Report a text that was cut by a comment that may be none."""
        if isinstance(value, Scalar) and (lost := lost_comment(self.reader.document, value)):
            message = "the rest of this text was lost: “ #” begins a comment"
            remedy = "put quotes around the whole text, or two spaces before the comment"
            self.reader.report("Y010", message, lost, remedy)

    def _no_value(self, name: Scalar, value: Node | None, remedy: str) -> None:
        if value is not None:
            message = f"“{name.text}” stands alone"
            self.reader.report("S007", message, value.span, f"write  - {name.text}  ({remedy})")

    def _in_language(self, texts: MappingNode, language: str) -> Node | None:
        """Of words for several languages, those for the one this call is made in."""
        for code, _ in texts.items:
            self.reader.declared_language(code)
        for code, text in texts.items:
            if f"{language}-".startswith(f"{code.text}-"):
                return text
        message = f"nothing is said here for {language}"
        self.reader.report("L001", message, texts.span, f"add  {language}: words")
        return None

    def _spoken(self, name: Scalar, value: Node | None) -> str | None:
        """The words of a line."""
        self.whole(value)
        return self.text(name, value, "the words to hear")

    def _wanted(self, name: Scalar, value: Node | None) -> Wanted | None:
        text = self._spoken(name, value)
        wanted = Wanted.of(text) if text is not None else None
        if text is not None and wanted is None:
            self.needs(name, "the words to hear")
        return wanted

    def hears(self, name: Scalar, value: Node | None) -> Verb | None:
        """``hears: Welcome … press 1``."""
        wanted = self._wanted(name, value)
        return Hears(wanted) if wanted is not None else None

    def hears_exactly(self, name: Scalar, value: Node | None) -> Verb | None:
        """``hears_exactly: Thank you. Goodbye.``."""
        text = self._spoken(name, value)
        if text is not None and Wanted.of(text) is None:
            self.needs(name, "the words to hear")
            return None
        return HearsExactly(" ".join(text.split())) if text is not None else None

    def never_hears(self, name: Scalar, value: Node | None) -> Verb | None:
        """``never_hears: emergency``."""
        wanted = self._wanted(name, value)
        return NeverHears(wanted) if wanted is not None else None

    def presses(self, name: Scalar, value: Node | None) -> Verb | None:
        """``presses: 4111 1111``, ``presses: star``, ``presses: {keys: 2, after: 1.5s}``."""
        after_ms = 0
        keys_node = value
        if isinstance(value, MappingNode):
            keys_node, after = value.get("keys"), value.get("after")
            for key, _ in value.items:
                if key.text not in ("keys", "after"):
                    remedy = did_you_mean(key.text, ("keys", "after"))
                    self.reader.report("S001", f"“{key.text}” is not known here", key.span, remedy)
            after_ms = self.reader.duration(after, 0, _MS_MAX, 0) if after is not None else 0
        text = self.text(name, keys_node, "keys, like 1, star or 12345678; pound for #")
        if text is None or keys_node is None:
            return None
        self.whole(keys_node)
        keys = "".join(_KEY_NAMES.get(word, word) for word in text.split())
        if not keys or not KEYS.issuperset(keys):
            message = f"“{text}” are no telephone keys"
            remedy = "write digits, star or pound; spaces do not count"
            self.reader.report("M004", message, keys_node.span, remedy)
            return None
        return Presses(keys, after_ms)

    def silent(self, name: Scalar, value: Node | None) -> Verb | None:
        """``silent``."""
        self._no_value(name, value, _SILENT_IS_ALL)
        return Silent()

    def hangs_up(self, name: Scalar, value: Node | None) -> Verb | None:
        """``hangs_up``."""
        self._no_value(name, value, "the caller hangs up")
        return HangsUp()

    def transferred(self, name: Scalar, value: Node | None) -> Verb | None:
        """``transferred: front_desk``, or ``transferred`` to anybody."""
        if value is None:
            return Transferred(None)
        target = self.text(name, value, "whom to, as the flow names it")
        if target is not None and target not in self.known.callees:
            remedy = did_you_mean(target, self.known.callees)
            self.reader.report("T001", f"no step transfers to “{target}”", value.span, remedy)
            return None
        return Transferred(target) if target is not None else None

    def ended(self, name: Scalar, value: Node | None) -> Verb | None:
        """``ended: hangup``, or ``ended`` in any way."""
        return Ended(None if value is None else self.text(name, value, "how it ended"))

    def took(self, name: Scalar, value: Node | None) -> Verb | None:
        """``took: less than 90s``."""
        text = self.text(name, value, "a time like  less than 90s")
        if text is None or value is None:
            return None
        found = _TOOK.fullmatch(text.strip())
        if found is None:
            self.reader.wrong_type(value, "a time like  less than 90s")
            return None
        ms = self.reader.duration(Scalar(found[2], False, value.span), 0, _MS_MAX, 0)
        return Took(found[1] == "less", ms)

    def call(self, name: Scalar, value: Node | None) -> Verb | None:
        """``call: {language: es-US}``."""
        expected = self.expected(name, value, "a map like {language: es-US}")
        for key, _ in value.items if isinstance(value, MappingNode) else ():
            if key.text not in CALL_FIELDS:
                message = f"a call has no “{key.text}”"
                remedy = did_you_mean(key.text, CALL_FIELDS)
                self.reader.report("X002", message, key.span, remedy)
        return CallIs(expected) if expected else None

    def vars(self, name: Scalar, value: Node | None) -> Verb | None:
        """``vars: {patient_number: 12345678}``."""
        expected = self.expected(name, value, "a map like {patient_number: 12345678}")
        return VarsAre(expected) if expected else None

    def expected(self, name: Scalar, value: Node | None, what: str) -> tuple[Expected, ...]:
        """Values by name, of a map."""
        if value is None or (isinstance(value, MappingNode) and not value.items):
            self.needs(name, what)
            return ()
        entry = self.reader.mapping(value, what)
        return tuple(
            Expected(
                key.text, self.reader.value(node), node.text if isinstance(node, Scalar) else None
            )
            for key, node in (entry.items if entry is not None else ())
        )

    def at_step(self, name: Scalar, value: Node | None) -> Verb | None:
        """``at_step: main``, or ``at_step: billing/main`` in another flow."""
        text = self.text(name, value, "a step's name")
        if text is None or value is None:
            return None
        flow_id, _, step = text.rpartition("/")
        flow = self.flows.flows.get(flow_id) if flow_id else self.flow
        if flow is None:
            message, known = f"there is no flow “{flow_id}”", set(self.flows.flows)
        elif step not in flow.steps:
            message, known = f"there is no step “{step}” in {flow.id}", set(flow.steps)
        else:
            return AtStep(f"{flow.id}/{step}")
        self.reader.report("F001", message, value.span, did_you_mean(step, known))
        return None


_VERBS: Mapping[str, Callable[[Directions, Scalar, Node | None], Verb | None]] = {
    "hears": Directions.hears,
    "hears_exactly": Directions.hears_exactly,
    "never_hears": Directions.never_hears,
    "presses": Directions.presses,
    "silent": Directions.silent,
    "transferred": Directions.transferred,
    "queued": happenings.queued,
    "records": happenings.records,
    "requested": happenings.requested,
    "texted": happenings.texted,
    "told": happenings.told,
    "hangs_up": Directions.hangs_up,
    "ended": Directions.ended,
    "took": Directions.took,
    "call": Directions.call,
    "vars": Directions.vars,
    "at_step": Directions.at_step,
}
