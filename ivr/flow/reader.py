"""Reads the fields of a flow by schema: what a value means is decided by the key it stands under.

Every method takes a node and gives the typed thing, or reports a problem with its place and remedy
and gives a harmless stand-in, so that all problems of a file are found in one go. Used by
:mod:`ivr.flow.load` and by the step kinds, which read their own options with it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from ivr.flow import expression, read_prompts, text
from ivr.flow.expression import Expression, ExpressionError, Reference
from ivr.flow.expression.functions import FUNCTIONS
from ivr.flow.model import Branch, ClipItem, Destination, PauseItem, Prompt
from ivr.flow.near import did_you_mean
from ivr.flow.problems import Problem, Severity, Span
from ivr.flow.read_prompts import LANGUAGE
from ivr.flow.source import (
    PROBLEMS_MAX,
    Document,
    Node,
    Scalar,
    Sequence,
    lost_comment,
    place_in,
)
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.text import Template, TextError
from ivr.flow.values import Value, scalar
from ivr.flow.world import World

TEXT_CHARACTERS_MAX = 5_000
"""Of one text: about three minutes of speech."""
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)")
_UNIT_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
E164 = re.compile(r"\+[1-9]\d{6,14}")
_VARIABLE = re.compile(r"[a-z][a-z0-9_]{0,63}")

SCOPES = frozenset({"call", "hours", "settings", "secrets", "texts", "numbers", "inputs"})
"""The first words of what expressions can read beside variables."""
OPTIONS = "options"
"""``${options}`` in a menu's text is the menu written out."""
RESERVED_NAMES = frozenset(
    {*SCOPES, *FUNCTIONS, OPTIONS, "and", "or", "not", "in", "true", "false", "null"}
)


__all__ = [
    "E164",
    "RESERVED_NAMES",
    "SCOPES",
    "Reader",
    "TooManyProblems",
    "did_you_mean",
    "spell_ms",
]


class TooManyProblems(Exception):
    """A file in which nearly everything is wrong; the rest of it is not read."""


@dataclass(slots=True)
class Reader:
    """One flow file being read: its document, what it may refer to, and the problems so far."""

    document: Document
    documents: Mapping[str, Document] = field(default_factory=dict)
    """The other files of the folder: what is included from them stands there."""
    world: World | None = None
    """Voices and settings; None: they are not judged."""
    languages: tuple[str, ...] = ("en-US",)
    assets: frozenset[str] = frozenset()
    numbers: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, Node] = field(default_factory=dict)
    """The named texts of this file, as nodes."""
    options: Mapping[str, str] | None = None
    """The menu of the step being read, written out by language; None where there is no menu."""
    problems: list[Problem] = field(default_factory=list)
    _told: set[Problem] = field(default_factory=set)
    _templates: dict[str, Template] = field(default_factory=dict)
    """By source: defaults, named texts and everyday sentences stand in many steps."""
    _expressions: dict[str, Expression] = field(default_factory=dict)

    # ------------------------------------------------------------------ problems

    def report(self, code: str, message: str, span: Span, remedy: str = "") -> None:
        """Add an error. Raises :class:`TooManyProblems` with the last one that is listened to."""
        self.tell(code, message, span, Severity.ERROR, remedy)
        if len(self.problems) >= PROBLEMS_MAX:
            raise TooManyProblems

    def warn(self, code: str, message: str, span: Span, remedy: str = "") -> None:
        """Add a warning."""
        self.tell(code, message, span, Severity.WARNING, remedy)

    def tell(self, code: str, message: str, span: Span, severity: Severity, remedy: str) -> None:
        """Add a problem; what is read for many steps (a default, a named text) is told once."""
        problem = Problem(code, message, span, remedy, severity)
        if problem not in self._told:
            self._told.add(problem)
            self.problems.append(problem)

    def document_of(self, node: Node) -> Document:
        """The file a node was written in."""
        return self.documents.get(node.span.file, self.document)

    def included(self, node: Node) -> bool:
        """Whether a node comes from another file than the flow's own."""
        return node.span.file != self.document.file

    def wrong_type(self, node: Node, wanted: str) -> None:
        """Report a value of the wrong kind (S007)."""
        shown = f"“{node.text}”" if isinstance(node, Scalar) else _shape(node)
        self.report("S007", f"{shown} is not {wanted}", node.span, f"write {wanted}")

    # ------------------------------------------------------------------ plain values

    def mapping(self, node: Node, wanted: str) -> MappingNode | None:
        """A map, or None after a report."""
        if isinstance(node, MappingNode):
            return node
        self.wrong_type(node, wanted)
        return None

    def word(self, node: Node, wanted: str = "a single word or text") -> str | None:
        """A scalar's text as written."""
        if isinstance(node, Scalar):
            return node.text
        self.wrong_type(node, wanted)
        return None

    def flag(self, node: Node) -> bool:
        """``yes`` or ``no`` (also true, false, on, off)."""
        if isinstance(node, Scalar):
            lowered = node.text.lower()
            if lowered in ("yes", "true", "on"):
                return True
            if lowered in ("no", "false", "off"):
                return False
        self.wrong_type(node, "yes or no")
        return False

    def integer(self, node: Node, low: int, high: int, default: int) -> int:
        """A whole number in bounds."""
        if isinstance(node, Scalar) and re.fullmatch(r"\d{1,9}", node.text):
            value = int(node.text)
            if low <= value <= high:
                return value
        self.wrong_type(node, f"a whole number from {low} to {high}")
        return default

    def duration(self, node: Node, low_ms: int, high_ms: int, default_ms: int) -> int:
        """``5s``, ``500ms``, ``3m`` in milliseconds."""
        if isinstance(node, Scalar):
            found = _DURATION.fullmatch(node.text.strip())
            if found:
                value = round(float(found[1]) * _UNIT_MS[found[2]])
                if low_ms <= value <= high_ms:
                    return value
                bounds = f"a duration from {spell_ms(low_ms)} to {spell_ms(high_ms)}"
                self.wrong_type(node, bounds)
                return default_ms
        self.wrong_type(node, "a duration like 5s, 500ms or 3m")
        return default_ms

    def value(self, node: Node) -> Value:
        """Any value: JSON numbers, true, false and null are those, everything else is text."""
        match node:
            case Scalar():
                return scalar(node.text, node.quoted)
            case Sequence():
                return [self.value(item) for item in node.items]
            case MappingNode():
                return {name.text: self.value(item) for name, item in node.items}

    def language(self, node: Node) -> str | None:
        """A language code, written whole: ``es-US``."""
        code = self.word(node, "a language like en-US")
        if code is None:
            return None
        if LANGUAGE.fullmatch(code) is None:
            self.wrong_type(node, "a language like en-US")
            return None
        return code

    def declared_language(self, node: Node) -> str | None:
        """A language this flow declares (L002 otherwise)."""
        code = self.language(node)
        if code is None:
            return None
        whole = [known for known in self.languages if known == code or known.startswith(code + "-")]
        if whole:
            return whole[0]
        remedy = did_you_mean(code, self.languages)
        self.report("L002", f"the language {code} is not declared in languages:", node.span, remedy)
        return None

    def variable(self, node: Node) -> str | None:
        """The name of a variable: snake_case, and no name the language has given away."""
        name = self.word(node, "a variable's name")
        if name is None:
            return None
        if _VARIABLE.fullmatch(name) is None:
            self.wrong_type(node, "a variable's name in lower case, like patient_number")
            return None
        if name in RESERVED_NAMES:
            message = f"“{name}” is a name of the language and cannot be a variable"
            self.report("S007", message, node.span, f"call it  my_{name}")
            return None
        return name

    def outcome(self, node: Node, taken: Collection[str]) -> str | None:
        """An outcome of a flow: in snake_case, and no key of an action (F012 otherwise)."""
        name = self.word(node, "a name like verified")
        if name is None:
            return None
        if _VARIABLE.fullmatch(name) is None:
            self.wrong_type(node, "an outcome in lower case, like gave_up")
            return None
        if name in taken:
            message = f"“{name}” is a key of the language and cannot be an outcome"
            self.report("F012", message, node.span, f"call it  was_{name}")
            return None
        return name

    def voice(self, node: Node) -> str | None:
        """A voice of settings.yaml (S007 otherwise)."""
        name = self.word(node, "a voice of settings.yaml")
        if name is None or self.world is None or name in self.world.voices:
            return name
        message = f"there is no voice “{name}” in settings.yaml"
        self.report("S007", message, node.span, did_you_mean(name, self.world.voices))
        return None

    def number(self, node: Node) -> str | None:
        """A telephone number in E.164, or a name from ``numbers:`` (T001 otherwise)."""
        name = self.word(node, "a number like +13125550123, or a name from numbers:")
        if name is None:
            return None
        if name in self.numbers or E164.fullmatch(name):
            return name
        remedy = did_you_mean(name, self.numbers) or "write it like +13125550123"
        if re.fullmatch(r"[\d\s().-]+", name):
            remedy = "write it with plus and country code, like +13125550123"
        message = f"“{name}” is neither a telephone number nor a name in numbers:"
        self.report("T001", message, node.span, remedy)
        return None

    # ------------------------------------------------------------------ expressions and texts

    def expression(self, node: Node) -> Expression | None:
        """A condition or value to compute (X001 where it does not parse)."""
        source = self.word(node, "a condition, like  count > 0")
        if source is None or not isinstance(node, Scalar):
            return None
        compiled = self._expressions.get(source)
        if compiled is None:
            try:
                compiled = self._expressions[source] = expression.compile(source)
            except ExpressionError as error:
                span = self._place(node, source, error.column, error.end_column)
                self.report("X001", error.message, span, error.help)
                return None
        self._check_settings(node, source, compiled.names)
        return compiled

    def template(self, node: Scalar, source: str | None = None) -> Template | None:
        """One text with its placeholders; ``source`` if others were put into it."""
        lost = lost_comment(self.document_of(node), node)
        if lost is not None:
            self.report(
                "Y010",
                "the rest of this text was lost: “ #” begins a comment",
                lost,
                "write pound for the # key, or put quotes around the whole text",
            )
        source = node.text if source is None else source
        if len(source) > TEXT_CHARACTERS_MAX:
            message = f"a text of {len(source)} characters; {TEXT_CHARACTERS_MAX} is the most"
            self.report("S007", message, node.span, "split it into several steps")
            return None
        compiled = self._templates.get(source)
        if compiled is None:
            try:
                compiled = self._templates[source] = text.compile(source)
            except TextError as error:
                span = self._place(node, source, error.column, error.end_column)
                self.report(error.code, error.message, span, error.help)
                return None
        self._check_settings(node, source, compiled.names)
        return compiled

    def _check_settings(self, node: Scalar, source: str, names: Iterable[Reference]) -> None:
        """A setting that is read has to be there, in this environment (X002)."""
        if self.world is None:
            return
        known = self.world.settings
        for name in names:
            if name.path[0] != "settings" or len(name.path) == 1 or name.guarded:
                continue
            wanted = name.path[1]
            if wanted not in known:
                where = f"in the environment {self.world.environment}"
                message = f"there is no setting “{wanted}” {where}"
                remedy = did_you_mean(wanted, known) or "add it to environments: in settings.yaml"
                span = self._place(node, source, name.column, name.end_column)
                self.report("X002", message, span, remedy)

    def _place(self, node: Scalar, source: str, start: int, end: int) -> Span:
        """The place of a piece of a text; the whole text where others were put into it."""
        end = max(end, start + 1)
        if source != node.text or not source[start:end].strip():
            return node.span
        return place_in(self.document_of(node), node, start, end)

    # ------------------------------------------------------------------ destinations

    def destination(self, node: Node) -> Destination | None:
        """A step's name, a reserved word, ``/flow``, or a list of conditions tried in order."""
        if isinstance(node, Scalar):
            if not node.text:
                self.report("S007", "a destination is missing here", node.span, "name a step")
                return None
            return (Branch(node.text, None, node.span),)
        if isinstance(node, Sequence):
            branches = [b for item in node.items if (b := self._branch(item)) is not None]
            self._check_branches(node, branches)
            return tuple(branches) or None
        self.wrong_type(node, "a step's name, or a list of  - if: … goto: …")
        return None

    def _branch(self, node: Node) -> Branch | None:
        entry = self.mapping(node, "an entry like  - if: count > 0  goto: step")
        if entry is None:
            return None
        self.only(entry, {"if", "goto", "else"})
        condition = entry.get("if")
        compiled = self.expression(condition) if condition is not None else None
        if condition is not None and compiled is None:
            return None
        target = entry.get("goto") or entry.get("else")
        if target is None:
            if len(entry.items) == (condition is not None):
                self.report("S007", "this entry goes nowhere", entry.span, "add  goto: step")
            return None
        name = self.word(target, "a step's name")
        return Branch(name, compiled, target.span) if name else None

    def _check_branches(self, node: Sequence, branches: list[Branch]) -> None:
        for earlier, later in pairwise(branches):
            if earlier.condition is None:
                self.warn(
                    "F007",
                    f"“{later.target}” is never reached: the entry before it always applies",
                    later.span,
                    "put the entry without a condition last",
                )
        if branches and branches[-1].condition is not None:
            self.warn(
                "F006",
                "none of these conditions may hold, and nothing is said about that",
                node.span,
                "end the list with  - else: step",
            )

    # ------------------------------------------------------------------ prompts

    def prompt(self, node: Node) -> Prompt | None:
        """What ``say`` may hold: a text, texts by language, or a list of items."""
        return read_prompts.prompt(self, node)

    def prompts(self, node: Node) -> tuple[Prompt, ...]:
        """One text, or one for the first time, one for the second …"""
        return read_prompts.prompts(self, node)

    def clip(self, node: Node, condition: Expression | None = None) -> ClipItem | None:
        """A recorded file of the flow folder."""
        file = self.word(node, "a file like audio/jingle.wav")
        if file is None:
            return None
        if file not in self.assets:
            known = did_you_mean(file, self.assets) or "put a WAV file there"
            self.report("S007", f"there is no file {file} in the flow folder", node.span, known)
        return ClipItem(file, condition, node.span)

    def pause(self, node: Node, condition: Expression | None = None) -> PauseItem:
        """Silence on purpose."""
        return PauseItem(self.duration(node, 20, 10_000, 500), condition, node.span)

    def only(self, entry: MappingNode, known: Collection[str]) -> None:
        """Report every key of a map that is not among these (S001)."""
        for name, _ in entry.items:
            if name.text not in known:
                remedy = did_you_mean(name.text, known)
                self.report("S001", f"“{name.text}” is not known here", name.span, remedy)


def spell_ms(ms: int) -> str:
    """A duration as authors write it."""
    if ms % 60_000 == 0 and ms:
        return f"{ms // 60_000}m"
    return f"{ms // 1000}s" if ms % 1000 == 0 else f"{ms}ms"


def _shape(node: Node) -> str:
    return "a list" if isinstance(node, Sequence) else "a map"
