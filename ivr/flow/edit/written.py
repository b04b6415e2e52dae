"""A flow file as it was written: where its keys, texts, brackets and comments stand.

:mod:`ivr.flow.source` says what a file means and forgets how it looks; this keeps the look and
forgets the meaning. It is read from the tokens of PyYAML's scanner, because the parser's events
know neither dashes nor colons nor commas. Lines and columns count from 0 here, as the scanner's do.
Called by :mod:`ivr.flow.edit.layout` only, with texts that ``source.read`` has found nothing wrong
with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BLOCK_SIGN = re.compile(r"[|>][-+0-9]*")


class Unusual(Exception):
    """Something YAML knows and flows have no use for; the file is left alone."""

    def __init__(self, line: int, column: int, message: str, remedy: str) -> None:
        self.line = line
        self.column = column
        self.message = message
        self.remedy = remedy
        super().__init__(message)


class Mark(NamedTuple):
    """A place between two characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar; ``style`` is its quote or its block sign, empty for a plain one."""

    start: Mark
    end: Mark
    style: str
    rows: tuple[str, ...] = ()
    """The lines below the sign of a block text, as they stand in the file."""
    inset: int = 0
    """By how much those lines were indented."""
    wanted: int | None = None
    """The number behind the sign: by how much they must be indented, seen from the parent."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One of ``[ ] { } , :`` within brackets."""

    start: Mark
    end: Mark
    sign: str


@dataclass(frozen=True, slots=True)
class Brackets:
    """A list or a map in brackets, flat: its signs and texts in file order."""

    pieces: tuple[Sign | Text, ...]

    @property
    def start(self) -> Mark:
        """Where it opens."""
        return self.pieces[0].start

    @property
    def end(self) -> Mark:
        """Where it closes."""
        return self.pieces[-1].end


@dataclass(frozen=True, slots=True)
class Entry:
    """A key or a dash, and what stands behind it."""

    start: Mark
    key: Text | None
    """None: a dash."""
    sign: Mark
    """Behind the colon, or behind the dash."""
    value: Node | None

    @property
    def end(self) -> Mark:
        """Where it ends, with all that is in it."""
        return self.value.end if self.value is not None else self.sign


@dataclass(frozen=True, slots=True)
class Block:
    """A list or a map whose entries stand on lines of their own."""

    entries: tuple[Entry, ...]

    @property
    def start(self) -> Mark:
        """Its first key or dash."""
        return self.entries[0].start

    @property
    def end(self) -> Mark:
        """Where its last entry ends."""
        return self.entries[-1].end


Node = Text | Brackets | Block


class Comment(NamedTuple):
    """A comment: where it begins, its text with the ``#``, and what stands before it."""

    column: int
    text: str
    gap: int | None
    """Spaces between it and what stands before it in its line; None: nothing does."""


@dataclass(frozen=True, slots=True)
class Written:
    """A whole file."""

    lines: tuple[str, ...]
    header: int | None
    """The line of ``---``, where there is one."""
    root: Node | None
    comments: dict[int, Comment]
    """By line."""


def read(text: str) -> Written:
    """Read a text with ``\\n`` at its line ends. Raises :class:`Unusual`."""
    lines = tuple(text.split("\n"))
    for number, line in enumerate(lines):
        for column, each in enumerate(line):
            if each in "\x85\u2028\u2029":
                message = f"a line break of another kind (U+{ord(each):04X}) stands here"
                raise Unusual(number, column, message, "delete it and press Enter instead")
    reading = _Reading(lines, list(yaml.scan(text, Loader=_LOADER)))
    root = reading.document()
    return Written(lines, reading.header, root, _comments(lines, root, reading.header))


class _Reading:
    """Tokens to the tree of what was written."""

    def __init__(self, lines: tuple[str, ...], tokens: list[yaml.Token]) -> None:
        self._lines = lines
        self._tokens = tokens
        self._at = 0
        self.header: int | None = None

    def document(self) -> Node | None:
        """The root, or None of an empty file."""
        self._next()
        while self._is(yaml.DirectiveToken, yaml.DocumentStartToken):
            line, column = _mark(self._peek.start_mark)
            if self._is(yaml.DirectiveToken):
                raise Unusual(line, column, "a % directive stands here", "delete the line")
            self.header = line
            if self._lines[line][3:].strip(" \t")[:1] not in ("", "#"):
                raise Unusual(line, column, "a text stands behind ---", "delete the ---")
            self._next()
        root = None if self._is(yaml.StreamEndToken) else self._node(-1)
        if not self._is(yaml.StreamEndToken):
            line, column = _mark(self._peek.start_mark)
            raise Unusual(line, column, "the file goes on behind its end", "delete this line")
        return root

    def _node(self, parent: int) -> Node | None:
        """The node that begins here, seen from a parent in this column; None: nothing does."""
        if self._is(yaml.ScalarToken):
            return self._text(parent)
        if self._is(yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken):
            return self._brackets()
        if self._is(yaml.BlockMappingStartToken):
            self._next()
            block = Block(tuple(self._keys()))
            self._next()
            return block
        if self._is(yaml.BlockSequenceStartToken):
            self._next()
            block = Block(tuple(self._dashes()))
            self._next()
            return block
        if self._is(yaml.BlockEntryToken):
            return Block(tuple(self._dashes()))  # a list no deeper than the key above it
        return None

    def _keys(self) -> Iterator[Entry]:
        while not self._is(yaml.BlockEndToken):
            token = self._next()
            start, end = _mark(token.start_mark), _mark(token.end_mark)
            if not isinstance(token, yaml.KeyToken) or end != start:
                raise Unusual(*start, "a key is written with ? here", "write  key: value")
            start = _mark(self._peek.start_mark)
            key = self._text(start.column)
            sign = _mark(self._next().end_mark)
            value = None
            if not self._is(yaml.KeyToken, yaml.BlockEndToken):
                value = self._node(start.column)
            yield Entry(start, key, sign, value)

    def _dashes(self) -> Iterator[Entry]:
        while self._is(yaml.BlockEntryToken):
            token = self._next()
            start, sign = _mark(token.start_mark), _mark(token.end_mark)
            value = None
            if not self._is(yaml.BlockEntryToken, yaml.BlockEndToken, yaml.KeyToken):
                value = self._node(start.column)
            yield Entry(start, None, sign, value)

    def _brackets(self) -> Brackets:
        pieces: list[Sign | Text] = []
        depth = 0
        while True:
            token = self._peek
            start, end = _mark(token.start_mark), _mark(token.end_mark)
            if isinstance(token, yaml.ScalarToken):
                pieces.append(self._text(0))
                continue
            self._next()
            if end == start:
                continue  # a key that begins here, which the scanner alone can see
            sign = self._lines[start.line][start.column]
            if sign == "?":
                raise Unusual(*start, "a key is written with ? here", "write  key: value")
            pieces.append(Sign(start, end, sign))
            depth += (sign in "[{") - (sign in "]}")
            if not depth:
                return Brackets(tuple(pieces))

    def _text(self, parent: int) -> Text:
        token = self._next()
        assert isinstance(token, yaml.ScalarToken), "source.read has refused other keys"
        start, end = _mark(token.start_mark), _mark(token.end_mark)
        style = "" if token.plain else token.style
        if style not in ("|", ">"):
            return Text(start, end, style)
        found = _BLOCK_SIGN.match(self._lines[start.line], start.column)
        assert found is not None
        return self._block_text(start, Mark(start.line, found.end()), style, found[0], parent)

    def _block_text(self, start: Mark, end: Mark, style: str, sign: str, parent: int) -> Text:
        """The lines below ``|`` or ``>``; the scanner's end is behind the blank lines after it."""
        digits = "".join(filter(str.isdecimal, sign))
        below = self._lines[start.line + 1 :]
        first = next((line for line in below if line.strip(" ")), "")
        inset = max(parent, 0) + int(digits) if digits else len(first) - len(first.lstrip(" "))
        rows: list[str] = []
        for line in below:
            depth = len(line) - len(line.lstrip(" "))
            if line.strip(" ") and (depth < inset or inset <= parent):
                break
            rows.append(line)
        # The last of them is what stands behind the last line break of the file.
        if len(rows) == len(below) and rows and not rows[-1]:
            rows.pop()
        while rows and "+" not in sign and len(rows[-1]) <= inset and not rows[-1].strip(" "):
            rows.pop()
        return Text(start, end, style, tuple(rows), inset, int(digits) if digits else None)

    @property
    def _peek(self) -> yaml.Token:
        return self._tokens[self._at]

    def _is(self, *kinds: type[yaml.Token]) -> bool:
        return isinstance(self._peek, kinds)

    def _next(self) -> yaml.Token:
        self._at += 1
        return self._tokens[self._at - 1]


def last_of(entry: Entry) -> int:
    """The last line of an entry, the lines of a block text included."""
    match entry.value:
        case None:
            return entry.sign.line
        case Block(entries):
            return last_of(entries[-1])
        case Text(end=end, rows=rows):
            return end.line + len(rows)
        case Brackets():
            return entry.value.end.line


def _mark(mark: yaml.Mark) -> Mark:
    return Mark(mark.line, mark.column)


# --------------------------------------------------------------------------- comments


def _comments(lines: tuple[str, ...], root: Node | None, header: int | None) -> dict[int, Comment]:
    """What stands behind the last thing of each line."""
    ends: dict[int, int] = {} if header is None else {header: 3}
    for start, end, rows in _places(root):
        for number in range(start.line, end.line):
            ends[number] = len(lines[number])
        ends[end.line] = end.column
        for number in range(end.line + 1, end.line + 1 + rows):
            ends[number] = len(lines[number])
    comments: dict[int, Comment] = {}
    for number, line in enumerate(lines):
        behind = ends.get(number, 0)
        rest = line[behind:]
        text = rest.strip(" \t")
        if not text:
            continue
        column = behind + len(rest) - len(rest.lstrip(" \t"))
        if not text.startswith("#"):
            raise Unusual(number, column, "this cannot be laid out", "write it more plainly")
        comments[number] = Comment(column, text, column - behind if number in ends else None)
    return comments


def _places(node: Node | None) -> Iterator[tuple[Mark, Mark, int]]:
    """Everything that is no comment, in file order, with the number of block lines below it."""
    match node:
        case Text():
            yield node.start, node.end, len(node.rows)
        case Brackets(pieces):
            for piece in pieces:
                yield piece.start, piece.end, 0
        case Block(entries):
            for entry in entries:
                yield entry.start, entry.sign, 0
                yield from _places(entry.value)
        case None:
            return
