"""Reads the fields of a flow by schema: what a value means is decided by the key it stands under.

Every method takes a node and gives the typed thing, or reports a problem with its place and remedy
and gives a harmless stand-in, so that all problems of a file are found in one go. Used by
:mod:`ivr.flow.load` and by the step kinds, which read their own options with it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ivr.flow import expression, text
from ivr.flow.expression import Expression, ExpressionError
from ivr.flow.expression.functions import FUNCTIONS
from ivr.flow.model import Branch, ClipItem, Destination, Item, PauseItem, Prompt, SayItem
from ivr.flow.problems import Problem, Severity, Span
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

TEXT_CHARACTERS_MAX = 5_000
"""Of one text: about three minutes of speech."""
NAME_CHARACTERS_MAX = 100
"""Longer words are no misspelt names."""
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)")
_UNIT_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
E164 = re.compile(r"\+[1-9]\d{6,14}")
_VARIABLE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_NAMED_TEXT = re.compile(r"\$\{\s*texts\.([A-Za-z_][A-Za-z0-9_]*)\s*\}")

SCOPES = frozenset({"call", "hours", "settings", "secrets", "texts", "numbers", "inputs"})
"""The first words of what expressions can read beside variables."""
RESERVED_NAMES = SCOPES | FUNCTIONS.keys() | {"and", "or", "not", "in", "true", "false", "null"}


class TooManyProblems(Exception):
    """A file in which nearly everything is wrong; the rest of it is not read."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A remedy naming the nearest known word, or all of them where they are few."""
    names = sorted(known)
    comparable = names if len(word) <= NAME_CHARACTERS_MAX else []
    near = difflib.get_close_matches(word, comparable, n=1, cutoff=0.6)
    if near:
        return f"did you mean “{near[0]}”?"
    return f"known here: {', '.join(names)}" if names and len(names) <= 24 else ""


@dataclass(slots=True)
class Reader:
    """One flow file being read: its document, what it may refer to, and the problems so far."""

    document: Document
    languages: tuple[str, ...] = ("en-US",)
    assets: frozenset[str] = frozenset()
    numbers: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, Node] = field(default_factory=dict)
    """The named texts of this file, as nodes."""
    problems: list[Problem] = field(default_factory=list)

    # ------------------------------------------------------------------ problems

    def report(self, code: str, message: str, span: Span, remedy: str = "") -> None:
        """Add an error. Raises :class:`TooManyProblems` with the last one that is listened to."""
        self.problems.append(Problem(code, message, span, remedy))
        if len(self.problems) >= PROBLEMS_MAX:
            raise TooManyProblems

    def warn(self, code: str, message: str, span: Span, remedy: str = "") -> None:
        """Add a warning."""
        self.problems.append(Problem(code, message, span, remedy, Severity.WARNING))

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
        if _LANGUAGE.fullmatch(code) is None:
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
        try:
            return expression.compile(source)
        except ExpressionError as error:
            span = self._place(node, source, error.column, error.end_column)
            self.report("X001", error.message, span, error.help)
            return None

    def template(self, node: Scalar, source: str | None = None) -> Template | None:
        """One text with its placeholders."""
        lost = lost_comment(self.document, node)
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
        try:
            return text.compile(source)
        except TextError as error:
            span = self._place(node, source, error.column, error.end_column)
            self.report(error.code, error.message, span, error.help)
            return None

    def _place(self, node: Scalar, source: str, start: int, end: int) -> Span:
        """The place of a piece of a text; the whole text where others were put into it."""
        end = max(end, start + 1)
        if source != node.text or not source[start:end].strip():
            return node.span
        return place_in(self.document, node, start, end)

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
        self._only(entry, {"if", "goto", "else"})
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
        if isinstance(node, Sequence):
            items = [i for entry in node.items if (i := self._item(entry)) is not None]
            flat = tuple(item for group in items for item in group)
            return Prompt(flat, node.span) if flat else None
        items_of = self._say_items(node, None, None)
        return Prompt(items_of, node.span) if items_of else None

    def prompts(self, node: Node) -> tuple[Prompt, ...]:
        """One text, or one for the first time, one for the second …"""
        if isinstance(node, Sequence):
            found = [self.prompt(item) for item in node.items]
        else:
            found = [self.prompt(node)]
        return tuple(prompt for prompt in found if prompt is not None)

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

    def _item(self, node: Node) -> tuple[Item, ...] | None:
        if isinstance(node, Scalar):
            return self._say_items(node, None, None)
        entry = self.mapping(node, "a text, or an entry with say, play or pause")
        if entry is None:
            return None
        condition = entry.get("if")
        compiled = self.expression(condition) if condition is not None else None
        language, whole = entry.get("language"), entry.get("whole")
        code = self.declared_language(language) if language is not None else None
        items = self._texts_of(entry, compiled, code)
        if whole is not None and items and self.flag(whole):
            items = whole_texts(items)
        return items

    def _texts_of(
        self, entry: MappingNode, compiled: Expression | None, code: str | None
    ) -> tuple[Item, ...] | None:
        for name, value in entry.items:
            match name.text:
                case "play":
                    clip = self.clip(value, compiled)
                    return (clip,) if clip else None
                case "pause":
                    return (self.pause(value, compiled),)
                case "say":
                    self._only(entry, {"say", "if", "language", "whole"})
                    return self._say_items(value, compiled, code)
        about = ("if", "language", "whole")
        by_language = tuple(pair for pair in entry.items if pair[0].text not in about)
        return self._say_items(MappingNode(by_language, entry.span), compiled, code)

    def _only(self, entry: MappingNode, known: set[str]) -> None:
        for name, _ in entry.items:
            if name.text not in known:
                remedy = did_you_mean(name.text, known)
                self.report("S001", f"“{name.text}” is not known here", name.span, remedy)

    def _say_items(
        self, node: Node, condition: Expression | None, language: str | None
    ) -> tuple[Item, ...]:
        if isinstance(node, Scalar):
            named = _NAMED_TEXT.fullmatch(node.text.strip())
            if named:
                return self._named(named[1], node)
            spliced = self._splice(node, language or self.languages[0])
            template = self.template(node, spliced)
            if template is None:
                return ()
            texts = {language or self.languages[0]: template}
            return (SayItem(texts, language, condition, node.span),)
        entry = self.mapping(node, "a text, or texts by language")
        if entry is None:
            return ()
        texts = self._by_language(entry)
        return (SayItem(texts, language, condition, entry.span),) if texts else ()

    def _by_language(self, entry: MappingNode) -> dict[str, Template]:
        texts: dict[str, Template] = {}
        for name, value in entry.items:
            codes = [c for c in self.languages if c == name.text or c.startswith(name.text + "-")]
            if not codes:
                if _LANGUAGE.fullmatch(name.text):
                    message = f"the language {name.text} is not declared in languages:"
                    self.report("L002", message, name.span, did_you_mean(name.text, self.languages))
                else:
                    known = ("say", "play", "pause", "if", "language", "whole", *self.languages)
                    remedy = did_you_mean(name.text, known)
                    self.report("S001", f"“{name.text}” is not known here", name.span, remedy)
                continue
            if not isinstance(value, Scalar):
                self.wrong_type(value, "a text")
                continue
            for code in codes:
                template = self.template(value, self._splice(value, code))
                if template is not None:
                    texts.setdefault(code, template)
        return texts

    def _named(self, name: str, node: Scalar) -> tuple[Item, ...]:
        found = self.texts.get(name)
        if found is None:
            remedy = did_you_mean(name, self.texts)
            self.report("X002", f"there is no text called “{name}” in texts:", node.span, remedy)
            return ()
        if isinstance(found, Scalar) and _NAMED_TEXT.search(found.text):
            self.report("X002", "a named text cannot hold another one", found.span, "write it out")
            return ()
        prompt = self.prompt(found)
        return prompt.items if prompt else ()

    def _splice(self, node: Scalar, language: str) -> str:
        """The text with ``${texts.name}`` replaced by that text in the same language."""

        def replacement(found: re.Match[str]) -> str:
            named = self.texts.get(found[1])
            if isinstance(named, MappingNode):
                named = named.get(language) or named.get(language.split("-")[0])
            if isinstance(named, Scalar):
                return named.text
            remedy = did_you_mean(found[1], self.texts)
            message = f"there is no text called “{found[1]}” in {language}"
            self.report("X002", message, node.span, remedy)
            return ""

        return _NAMED_TEXT.sub(replacement, node.text)


def whole_texts(items: Iterable[Item]) -> tuple[Item, ...]:
    """The same items, their texts spoken in one go."""
    return tuple(replace(i, whole=True) if isinstance(i, SayItem) else i for i in items)


def spell_ms(ms: int) -> str:
    """A duration as authors write it."""
    if ms % 60_000 == 0 and ms:
        return f"{ms // 60_000}m"
    return f"{ms // 1000}s" if ms % 1000 == 0 else f"{ms}ms"


def _shape(node: Node) -> str:
    return "a list" if isinstance(node, Sequence) else "a map"
