"""YAML text to nodes that keep their place and their raw text. It decides no types.

Ordinary loaders turn ``+15550123`` into a number, ``0042`` into 34, ``no`` into False and drop a
repeated key; here every scalar stays text and the flow language decides. The parser's events are
walked once, with the limits checked as they come, because the C composer dies on deep nesting.
Anchors, aliases, merge keys and tags are refused. Called by :mod:`ivr.flow.load` only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import yaml

from ivr.flow.problems import Problem, Span

FILE_BYTES_MAX = 1 << 20
DEPTH_MAX = 64
NODES_MAX = 60_000
"""Keys, values, lists and maps of one file: 2,000 steps have fewer."""
PROBLEMS_MAX = 100
"""Of one file; nobody reads more, and a file that is no flow has thousands."""
LOOKED_INTO_MAX = 20_000
"""Characters of a text in which a place is looked for."""

# libyaml where PyYAML was built with it (16 times faster); the pure parser serves as well.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Scalar(NamedTuple):
    """A text as it was written, unquoted; ``quoted`` tells ``"3"`` from ``3``.

    A named tuple, as its span is, because a file has thousands of them.
    """

    text: str
    quoted: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in file order; a repeated key has been reported and its first value kept."""

    items: tuple[tuple[Scalar, Node], ...]
    span: Span

    def get(self, key: str) -> Node | None:
        """The value under a key, or None."""
        for name, node in self.items:
            if name.text == key:
                return node
        return None

    def keys(self) -> tuple[str, ...]:
        """The keys in file order."""
        return tuple(name.text for name, _ in self.items)


Node = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Document:
    """One file: its name, its lines (for caret lines and lost comments) and its root node."""

    file: str
    lines: tuple[str, ...]
    root: Node | None
    problems: tuple[Problem, ...]


def read(file: str, text: str) -> Document:
    """Read one file. Never raises: whatever is wrong becomes a problem with its place."""
    encoded = text.encode(errors="replace")
    if len(encoded) > FILE_BYTES_MAX:
        where = Span(file, 1, 1, 1, 1)
        too_big = Problem("Y001", "the file is larger than 1 MiB", where, "split the flow in two")
        return Document(file, (), None, (too_big,))
    text = encoded.decode()  # lone surrogates, which the C parser cannot take, are gone
    lines = tuple(text.splitlines())
    walk = _Walk(file, text, lines)
    try:
        root = walk.document()
    except _Stop:
        root = None
    except yaml.YAMLError as error:
        walk.problems.append(_syntax_problem(file, lines, error))
        root = None
    return Document(file, lines, root, tuple(walk.problems))


class _Stop(Exception):
    """The rest of the file cannot be read; its problem is reported already."""


class _Walk:
    """Events to nodes, in one pass."""

    def __init__(self, file: str, text: str, lines: tuple[str, ...]) -> None:
        self.file = file
        self.lines = lines
        self.problems: list[Problem] = []
        self._nodes = 0
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=_LOADER)

    def document(self) -> Node | None:
        """The root node of the only document, or None for an empty file."""
        root: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    self._report("Y001", "a second document starts here", event, "delete this ---")
                    raise _Stop
            elif isinstance(event, yaml.NodeEvent):
                root = self._node(event, depth=0)
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        self._nodes += 1
        if depth > DEPTH_MAX or self._nodes > NODES_MAX:
            self._refuse_size(event, depth)
            raise _Stop
        if len(self.problems) >= PROBLEMS_MAX:
            raise _Stop
        if isinstance(event, yaml.ScalarEvent):
            if event.anchor is not None or event.tag is not None:
                self._refuse_decoration(event, event.anchor, event.tag)
            # Plain scalars have no style: None from one parser, "" from the other.
            return Scalar(event.value, bool(event.style), self._span(event, event))
        if isinstance(event, yaml.AliasEvent):
            self._refuse_alias(event)
            return Scalar("", True, self._span(event, event))
        assert isinstance(event, yaml.CollectionStartEvent), "the parser sends nodes in their place"
        if event.anchor is not None or event.tag is not None:
            self._refuse_decoration(event, event.anchor, event.tag)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(event, depth)
        return self._sequence(event, depth)

    def _sequence(self, start: yaml.Event, depth: int) -> Sequence:
        items: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return Sequence(tuple(items), self._span(start, event))

    def _mapping(self, start: yaml.MappingStartEvent, depth: int) -> Mapping:
        items: dict[str, tuple[Scalar, Node]] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Scalar):
                message = "a key is a single word here, not a list or a map"
                self.problems.append(Problem("Y001", message, key.span, "write  name: value"))
                continue
            if key.text == "<<" and not key.quoted:
                message = "merge keys (<<) are not part of the language"
                self.problems.append(
                    Problem("Y004", message, key.span, "write the lines out, or use include:")
                )
                continue
            empty = isinstance(value, Scalar) and not value.text and not value.quoted
            if start.flow_style and empty:
                self._refuse_missing_value(key)
                continue  # it is a piece of the text before it
            if key.text in items:
                self._refuse_repetition(key, items[key.text][0])
            else:
                items[key.text] = (key, value)
        return Mapping(tuple(items.values()), self._span(start, event))

    # ------------------------------------------------------------------ what is refused

    def _refuse_size(self, event: yaml.Event, depth: int) -> None:
        if depth > DEPTH_MAX:
            self._report("Y001", f"nested deeper than {DEPTH_MAX} levels", event, "flatten it")
            return
        message = f"more than {NODES_MAX} keys and values in one file"
        self._report("Y001", message, event, "split the flow in two")

    def _refuse_alias(self, event: yaml.AliasEvent) -> None:
        self._report(
            "Y004",
            f"*{event.anchor} is an alias, which is not part of the language",
            event,
            "write star for the * key, quotes around a text, or name the text under texts:",
        )

    def _refuse_decoration(self, event: yaml.Event, anchor: str | None, tag: str | None) -> None:
        if anchor is not None:
            self._report(
                "Y004",
                f"&{anchor} is an anchor, which is not part of the language",
                event,
                "put quotes around the text if it begins with &",
            )
        if tag is not None:
            self._report(
                "Y004",
                f"{tag} is a tag, which is not part of the language",
                event,
                "write  not  for !, or put quotes around the text if it begins with !",
            )

    def _refuse_missing_value(self, key: Scalar) -> None:
        self.problems.append(
            Problem(
                "Y005",
                f"“{key.text}” has no value inside these braces",
                key.span,
                "a comma cut the text in two: put quotes around the whole text",
            )
        )

    def _refuse_repetition(self, key: Scalar, first: Scalar) -> None:
        self.problems.append(
            Problem(
                "Y003",
                f"“{key.text}” stands here twice; the first is in line {first.span.line}",
                key.span,
                "keep one of them",
            )
        )

    def _report(self, code: str, message: str, event: yaml.Event, remedy: str) -> None:
        where = self._span(event, event)
        self.problems.append(Problem(code, message, where, remedy))

    def _span(self, first: yaml.Event, last: yaml.Event) -> Span:
        begin, end = first.start_mark, last.end_mark
        assert begin is not None
        assert end is not None
        return Span(self.file, begin.line + 1, begin.column + 1, end.line + 1, end.column + 1)


def lost_comment(document: Document, scalar: Scalar) -> Span | None:
    """Where a plain text was cut by ``#``: one space before it means a sentence, two a comment.

    Quoted and block texts lose nothing, a ``#`` in them is text. ``# ivr: …`` is for the checker.
    """
    if scalar.quoted:
        return None
    # The parser ends a plain text at its last character, so what was cut off follows at once.
    number, end = scalar.span.end_line, scalar.span.end_column - 1
    line = document.lines[number - 1] if number <= len(document.lines) else ""
    if not line.startswith(" #", end) or line.startswith(" # ivr:", end):
        return None
    return Span(document.file, number, end + 2, number, len(line) + 1)


def place_in(document: Document, scalar: Scalar, start: int, end: int) -> Span:
    """The place of some characters of a text, however it was wrapped, indented or quoted.

    Folding changes white space only, so the other characters are counted; the whole scalar where
    that does not come out even.
    """
    if len(scalar.text) > LOOKED_INTO_MAX:
        return scalar.span
    skipped = sum(1 for each in scalar.text[:start] if not each.isspace())
    wanted = sum(1 for each in scalar.text[start:end] if not each.isspace())
    first: tuple[int, int] | None = None
    for count, (line, column, width) in enumerate(_characters(document, scalar)):
        if count == skipped:
            first = (line, column)
        if first is not None and count == skipped + wanted - 1:
            return Span(document.file, *first, line, column + width)
    return scalar.span


_WRITTEN = {
    "'": re.compile(r"(?P<one>'')|(?P<plain>[^'])"),
    '"': re.compile(
        r"(?P<blank>\\(?:[\s0abtnvfre_NLP]|$))|(?P<one>\\x..|\\u.{4}|\\U.{8}|\\.)|(?P<plain>[^\\\"])"
    ),
    "": re.compile(r"(?P<plain>.)"),
}
"""How a character may be written, by the quote around the text."""


def _characters(document: Document, scalar: Scalar) -> Iterator[tuple[int, int, int]]:
    """Line, column and width in the file of each character of a text that is no white space."""
    span = scalar.span
    for number in range(span.line, min(span.end_line, len(document.lines)) + 1):
        line = document.lines[number - 1]
        at = span.column - 1 if number == span.line else 0
        stop = span.end_column - 1 if number == span.end_line else len(line)
        if number == span.line:
            opening = line[at : at + 1] if scalar.quoted else ""
            block = opening in ("|", ">")
            written = _WRITTEN.get(opening, _WRITTEN[""])
            if block:
                continue  # the sign of a block text, and perhaps a comment
            at += len(opening)
        for found in written.finditer(line, at, stop):
            if found.lastgroup != "blank" and not found.group().isspace():
                yield number, found.start() + 1, found.end() - found.start()


# --------------------------------------------------------------------------- human hints


_OPENED = frozenset(
    {
        "while scanning a quoted scalar",
        "while parsing a flow sequence",
        "while parsing a flow mapping",
    }
)


def _syntax_problem(file: str, lines: tuple[str, ...], error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    if getattr(error, "context", None) in _OPENED:
        # What was never closed is shown where it was opened, not at the end of the file.
        mark = getattr(error, "context_mark", None) or mark
    if mark is None:
        return _unreadable(file, lines, error)
    number = min(mark.line + 1, max(len(lines), 1))
    line = lines[number - 1] if lines else ""
    cut = _cut_above(file, lines, number)
    if cut is not None:
        message = "the rest of this line was lost: “ #” begins a comment, and the text cannot go on"
        return Problem("Y010", message, cut, "write pound for #, or put quotes around the text")
    span = Span(file, number, mark.column + 1, number, mark.column + 2)
    detail = str(getattr(error, "problem", None) or "cannot be read")
    message, remedy = _hint(line, mark.column, detail)
    return Problem("Y001", message, span, remedy)


def _cut_above(file: str, lines: tuple[str, ...], number: int) -> Span | None:
    """Where the line above cut a text that goes on, deeper, in this line."""
    if not 2 <= number <= len(lines):
        return None
    above, line = lines[number - 2], lines[number - 1]
    deeper = len(line) - len(line.lstrip()) > len(above) - len(above.lstrip())
    found = _ONE_SPACE_HASH.search(above) if deeper else None
    return Span(file, number - 1, found.start(1) + 1, number - 1, len(above) + 1) if found else None


_ONE_SPACE_HASH = re.compile(r"[^\s#] (#(?! ivr:).*)$")


def _unreadable(file: str, lines: tuple[str, ...], error: yaml.YAMLError) -> Problem:
    """A character YAML does not allow; the reader gives an index, not a mark."""
    position = getattr(error, "position", 0) or 0
    for number, line in enumerate(lines, 1):
        if position <= len(line):
            span = Span(file, number, position + 1, number, position + 2)
            break
        position -= len(line) + 1
    else:
        span = Span(file, 1, 1, 1, 1)
    return Problem("Y001", "a control character stands here", span, "delete it and type it again")


def _hint(line: str, column: int, detail: str) -> tuple[str, str]:
    """What an author probably did, from the line and the parser's words."""
    stripped = line.strip()
    quotes = "put quotes around the whole text"
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "this line is indented with a tab", "use spaces"
    if "mapping values are not allowed" in detail or line.count(": ") > 1:
        return "the text contains “: ”, which begins a new key", quotes
    if re.match(r"(- )?\*\s*:", stripped):
        return "* cannot begin a line", "write star for the * key"
    if re.match(r"(- )?#", stripped):
        return "# begins a comment", "write pound for the # key"
    value = line.split(": ", 1)[-1].lstrip("- ").strip()
    if value[:1] in "@`%":
        return f"a text cannot begin with {value[:1]}", quotes
    if value[:1] in "*&!":
        return f"a text cannot begin with {value[:1]}", quotes
    if value[:1] in "{[" or "flow" in detail or "expected ',' or" in detail:
        return f"the braces or brackets are not closed rightly ({detail})", quotes
    if value[:1] in "\"'":
        return f"the quotes are not closed rightly ({detail})", "close them, or leave them out"
    return f"this is not YAML: {detail}", "compare the indentation with the lines above"
