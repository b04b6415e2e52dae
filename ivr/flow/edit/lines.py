"""Lines between which comments and empty lines find their places.

The lines of a layout remember where in the file they came from; what stood between them there is
put between them here. Called by :mod:`ivr.flow.edit.layout`, whose rules 5 and 6 these are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ivr.flow.edit.written import Mark, Written

GAP = 2
"""Spaces before a comment that stands behind something."""


@dataclass(slots=True)
class Line:
    """A line of the layout; several where a text in it goes on below."""

    start: Mark
    indent: int
    levels: tuple[tuple[int, int], ...] = ()
    """Column in the file and in the layout of every block it stands in, from the outside in."""
    tight: bool = False
    """No empty line directly above it."""
    parted: bool = False
    """There must be an empty line above it."""
    opens: bool = False
    """It is a key whose value begins below it."""
    plain: bool = False
    """It ends with a text without quotes."""
    text: str = ""
    end: Mark = field(default_factory=lambda: Mark(0, 0))
    """Where in the file its last word ends."""
    below: tuple[str, ...] = ()
    """The lines of the block text that begins in it, as they are to stand in the file."""

    @property
    def last(self) -> int:
        """The last line of the file that is in it."""
        return self.end.line + len(self.below)


@dataclass(frozen=True, slots=True)
class Row:
    """One line that is to be written, with the comment behind it."""

    text: str
    comment: str = ""
    column: int = 0
    """Where the comment stood in the file."""
    gap: int = GAP
    """Spaces before the comment in the file."""
    plain: bool = False
    """It ends with a text without quotes."""


def rows(lines: Sequence[Line], file: Written) -> Iterator[Row]:
    """All lines with the comments and empty lines between them."""
    above: Line | None = None
    for line in lines:
        yield from _between(above, line, file)
        yield from _of(line, file)
        above = line
    yield from _between(above, None, file)


def _of(line: Line, file: Written) -> Iterator[Row]:
    """A line itself, with what stands behind it and the rest of its text below it."""
    *over, text = (" " * line.indent + line.text).split("\n")
    yield from map(Row, over)
    comment = file.comments.get(line.end.line)
    if comment is None or comment.gap is None:
        yield Row(text)
    else:
        yield Row(text, comment.text, comment.column, comment.gap, line.plain)
    yield from map(Row, line.below)


def _between(above: Line | None, line: Line | None, file: Written) -> Iterator[Row]:
    """The comments and empty lines between two lines of the layout."""
    first = above.last + 1 if above is not None else 0
    stop = line.start.line if line is not None else len(file.lines)
    found: list[Row] = []
    aside = _beside(above, file)
    own = -1
    for number in range(first, stop):
        comment = file.comments.get(number)
        if comment is None:
            aside = None
            tight = above is None or (line is not None and line.tight)
            if found[-1].text + found[-1].comment if found else not tight:
                found.append(Row(""))
        elif comment.column == aside:
            found.append(Row("", comment.text, comment.column))  # goes on below the one above
        else:
            aside = None
            indent = _depth(comment.column, above, line)
            if line is None or indent != line.indent:
                own = -1
            elif own < 0:
                own = len(found)
            found.append(Row(" " * indent + comment.text))
    if line is None:
        while found and not found[-1].text + found[-1].comment:
            found.pop()
    elif line.parted and all(row.text + row.comment for row in found):
        found.insert(own if own >= 0 else len(found), Row(""))
    yield from found


def _beside(above: Line | None, file: Written) -> int | None:
    """The column of a comment behind a line that may go on below it."""
    comment = file.comments.get(above.last) if above is not None else None
    if above is None or comment is None or comment.gap is None:
        return None
    return None if above.plain and comment.gap == 1 else comment.column


def _depth(column: int, above: Line | None, line: Line | None) -> int:
    """How deep a comment stands: in the innermost block it was indented for."""
    start, indent = (line.start.column, line.indent) if line is not None else (0, 0)
    if above is None or column == start:
        return indent
    open_blocks = [*above.levels]
    if above.opens:
        open_blocks.append((above.levels[-1][0] + 1, above.levels[-1][1] + GAP))
    for written, made in reversed(open_blocks):
        if written <= column and made > indent:
            return made
    return indent


def aligned(all_rows: Sequence[Row]) -> Iterator[str]:
    """The rows as text; comments that stood in one column of a paragraph stand in one again."""
    paragraph: list[Row] = []
    for row in all_rows:
        if row.text or row.comment:
            paragraph.append(row)
            continue
        yield from _aligned(paragraph)
        yield ""
        paragraph = []
    yield from _aligned(paragraph)


def _aligned(paragraph: list[Row]) -> Iterator[str]:
    columns: dict[int, int] = {}
    for column in {row.column for row in paragraph if row.comment and not _cut(row)}:
        column_rows = [r for r in paragraph if r.comment and r.column == column and not _cut(r)]
        behind = [row for row in column_rows if row.text]
        gap = min((row.gap or GAP for row in behind), default=GAP)
        ends = [len(row.text) + gap for row in behind]
        ends += [len(row.text) + GAP for row in behind if row.plain]
        columns[column] = max(ends, default=0)
    for row in paragraph:
        if not row.comment:
            yield row.text
        elif _cut(row):
            yield f"{row.text} {row.comment}"
        else:
            yield f"{row.text:<{columns[row.column]}}{row.comment}"


def _cut(row: Row) -> bool:
    """Whether the comment may be the lost end of the text before it: one space between them."""
    return row.plain and row.gap == 1
