"""The one layout of flow files: what ``ivr fmt`` writes.

:func:`laid_out` takes the text of a file and gives it back laid out, or says why it left it alone.
The rules, all of them:

1.  Two spaces for every level; a list is one level deeper than the key it belongs to.
2.  Keys and list entries stay in the author's order, and every line break within a text, within
    brackets, and between a key and its text stays where it is. Texts are not wrapped anew.
3.  What is written stays as it is written: quotes are neither added, taken away nor changed, and
    no number, time or ``yes`` is written otherwise. ``+15550123``, ``0042``, ``9:30`` and ``no:``
    mean different things to different readers of YAML; none of them is given the occasion.
4.  One space behind a colon, a dash and a comma; none before them, none inside brackets.
5.  One empty line between steps (in a test: between calls) unless both stand on one line each.
    Elsewhere empty lines stay, one at a time; none where a file or a block begins or ends.
6.  Comments stay where they are: above the line they stood above, as deep as the block they stood
    in, or behind the same line, at least two spaces away; those in one column stay in one.
    Exactly one space between a text and a ``#`` stays one, for there the checker asks whether the
    author meant a comment at all (Y010).
7.  No spaces at the ends of lines, no tabs between words, ``\\n`` at the end of each line and one
    at the end of the file, no byte order mark.

Why not a library: ruamel.yaml, the one that keeps comments, writes ``+13125550123`` as
``13125550123``, joins texts that were broken by hand, and leaves comments at their old depth.
So the tokens of PyYAML's scanner are printed (:mod:`ivr.flow.edit.written`), scalars as they stand.
What comes out is read again and compared with what went in, so a file is never changed in its
meaning: at worst it is left alone. Pure; ``ivr fmt`` reads and writes the files.
"""

from __future__ import annotations

from dataclasses import dataclass

from ivr.flow import source
from ivr.flow.edit import written
from ivr.flow.edit.lines import Line, aligned, rows
from ivr.flow.edit.written import Block, Brackets, Entry, Mark, Node, Sign, Text, Unusual, Written
from ivr.flow.problems import Problem, Span

INDENT = 2
SEPARATED = frozenset({"steps", "calls"})
"""Keys of a file whose entries have an empty line between them."""


@dataclass(frozen=True, slots=True)
class LaidOut:
    """The text in its layout; as it was where there are problems."""

    text: str
    problems: tuple[Problem, ...] = ()


def laid_out(file: str, text: str) -> LaidOut:
    """Lay a file out. A file that cannot be read comes back as it is, with what is wrong."""
    document = source.read(file, text)
    if document.problems:
        return LaidOut(text, document.problems)
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if plain and not plain.endswith("\n"):
        # A block text that ends the file is given the end of its last line, as editors give it.
        plain += "\n"
        document = source.read(file, plain)
    try:
        before = written.read(plain)
        made = _printed(before)
        again = source.read(file, made)
        after = written.read(made)
    except Unusual as found:
        line, column = found.line + 1, found.column + 1
        span = Span(file, line, column, line, column + 1)
        return LaidOut(text, (Problem("Y001", found.message, span, found.remedy),))
    same = not again.problems and same_meaning(document.root, again.root)
    if not same or _comments(before) != _comments(after) or _printed(after) != made:
        span = Span(file, 1, 1, 1, 1)
        message = "the layout of this file would have changed more than its layout"
        return LaidOut(text, (Problem("Y001", message, span, "please report this file"),))
    return LaidOut(made)


def same_meaning(one: source.Node | None, other: source.Node | None) -> bool:
    """Whether two trees say the same, wherever in the file they say it."""
    match one, other:
        case source.Scalar(), source.Scalar():
            return one.text == other.text and one.quoted == other.quoted
        case source.Sequence(), source.Sequence():
            return len(one.items) == len(other.items) and all(
                same_meaning(a, b) for a, b in zip(one.items, other.items, strict=True)
            )
        case source.Mapping(), source.Mapping():
            return len(one.items) == len(other.items) and all(
                same_meaning(a, c) and same_meaning(b, d)
                for (a, b), (c, d) in zip(one.items, other.items, strict=True)
            )
        case _:
            return one is None and other is None


def _comments(of: Written) -> list[str]:
    return [comment.text for comment in of.comments.values()]


def _printed(file: Written) -> str:
    if isinstance(file.root, Text):
        return "\n".join(file.lines)  # no flow file; whoever reads it will say so
    printer = _Printer(file)
    if file.header is not None:
        line = printer.begin(Mark(file.header, 0), 0)
        line.text = "---"
    if file.root is not None:
        printer.node(file.root, 0)
    return "".join(f"{row}\n" for row in aligned(list(rows(printer.lines, file))))


class _Printer:
    """The tree to lines, each of which remembers where it came from."""

    def __init__(self, file: Written) -> None:
        self.lines: list[Line] = []
        self._file = file
        self._levels: list[tuple[int, int]] = []
        """Column in the file and in the layout of every open block."""

    def begin(self, start: Mark, indent: int, *, tight: bool = False) -> Line:
        """A new line; ``tight`` if no empty line may stand directly above it."""
        line = Line(start, indent, levels=tuple(self._levels), tight=tight)
        self.lines.append(line)
        return line

    def node(self, node: Node, indent: int) -> None:
        """A root, which stands on lines of its own."""
        match node:
            case Block():
                self._block(node, indent, joined=False)
            case Brackets():
                self.begin(node.start, indent, tight=True)
                self._brackets(node, indent)
            case Text():
                self.begin(node.start, indent, tight=True)
                self._text(node, indent, indent)

    def _block(self, block: Block, indent: int, *, joined: bool, separated: bool = False) -> None:
        """Entries, the first of them behind a dash that is there already (``joined``)."""
        self._levels.append((block.start.column, indent))
        top = len(self._levels) == 1
        long_before = False
        for number, entry in enumerate(block.entries):
            first = number == 0
            if first and joined:
                line = self.lines[-1]
                line.text += " "
                line.end, line.levels = entry.start, tuple(self._levels)
            else:
                line = self.begin(entry.start, indent, tight=first)
            long = written.last_of(entry) > entry.start.line
            line.parted = separated and not first and (long or long_before)
            long_before = long
            self._entry(entry, line, indent, top=top)
        self._levels.pop()

    def _entry(self, entry: Entry, line: Line, indent: int, *, top: bool) -> None:
        if entry.key is not None:
            self._text(entry.key, indent, indent)
        line.text += "-" if entry.key is None else ":"
        line.end, line.plain = entry.sign, False
        value = entry.value
        match value:
            case None:
                line.opens = entry.key is not None
            case Block():
                # A dash and its first key share a line, unless a comment stands between them.
                commented = any(n in self._file.comments for n in self._between(entry, value))
                joined = entry.key is None and not commented
                line.opens = not joined
                separated = top and entry.key is not None and _word(entry, self._file) in SEPARATED
                self._block(value, indent + INDENT, joined=joined, separated=separated)
            case Text() | Brackets():
                below = value.start.line > entry.sign.line
                if below:
                    line.opens = True
                    self.begin(value.start, indent + INDENT, tight=True)
                else:
                    line.text += " "
                if isinstance(value, Text):
                    self._text(value, indent + INDENT, indent)
                else:
                    self._brackets(value, indent + INDENT if below else indent)

    @staticmethod
    def _between(entry: Entry, value: Block) -> range:
        return range(entry.sign.line, value.start.line)

    def _brackets(self, brackets: Brackets, indent: int) -> None:
        """On one line, or broken where the author broke them."""
        depth, before = 0, None
        for piece in brackets.pieces:
            sign = piece.sign if isinstance(piece, Sign) else ""
            depth -= sign in "]}" if sign else 0
            if before is not None and piece.start.line > before.end.line:
                self.begin(piece.start, indent + INDENT * max(depth, 1), tight=True)
            elif before is not None and _spaced(before, sign):
                self.lines[-1].text += " "
            if isinstance(piece, Text):
                self._text(piece, indent + INDENT * max(depth, 1), indent)
            else:
                self.lines[-1].text += sign
                self.lines[-1].end, self.lines[-1].plain = piece.end, False
            depth += sign in "[{" if sign else 0
            before = piece

    def _text(self, text: Text, indent: int, parent: int) -> None:
        """A scalar as it stands; its further lines are indented by ``indent``."""
        line, lines = self.lines[-1], self._file.lines
        first, last = text.start.line, text.end.line
        line.end, line.plain = text.end, not text.style
        if first == last:
            line.text += lines[first][text.start.column : text.end.column]
        else:
            pieces = [lines[first][text.start.column :], *lines[first + 1 : last]]
            kept = [_trimmed(piece, text.style) for piece in pieces]
            kept.append(lines[last][: text.end.column].strip(" \t"))
            inset = " " * indent
            line.text += "\n".join([kept[0], *(inset + each if each else "" for each in kept[1:])])
        if text.style in ("|", ">"):
            deep = indent if text.wanted is None else parent + text.wanted
            line.below = tuple(_inset(row, text.inset, deep) for row in text.rows)


def _word(entry: Entry, file: Written) -> str:
    """The key of an entry, as it is written."""
    assert entry.key is not None
    start, end = entry.key.start, entry.key.end
    return file.lines[start.line][start.column : end.column]


def _spaced(before: Sign | Text, sign: str) -> bool:
    """Whether a space stands between two pieces of brackets."""
    if sign and sign in ",:]}":
        return False
    return isinstance(before, Text) or before.sign in ",:"


def _trimmed(line: str, style: str) -> str:
    """A line of a text that goes on, without the spaces around it, which mean nothing there."""
    bare = line.strip(" \t")
    escapes = len(bare) - len(bare.rstrip("\\"))
    if style == '"' and escapes % 2 and len(line.rstrip(" \t")) < len(line):
        bare += " "  # an escaped space at the end of the line
    return bare


def _inset(row: str, before: int, now: int) -> str:
    """A line of a block text; blank ones are empty, unless they hold more than the indentation."""
    if len(row) <= before and not row.strip(" "):
        return ""
    return " " * now + row[before:]
