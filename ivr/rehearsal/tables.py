"""``each:`` of a call: one call a row, with ``${column}`` in its lines replaced by the row's value.

Part of ``read.py``. Values are put in as they are written, before a line is read, so a column may
hold keys, words, a name or a whole time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ivr.flow.problems import Span
from ivr.flow.reader import Reader, did_you_mean
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar, Sequence

ROWS_MAX = 1_000
_COLUMN = re.compile(r"\$\{\s*([^\s{}]+)\s*\}")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table."""

    values: Mapping[str, str]
    line: int

    @property
    def name(self) -> str:
        """What tells its call from those of other rows: ``n: 1, hears: We are open``."""
        return ", ".join(f"{column}: {value}" for column, value in self.values.items())


def rows(reader: Reader, node: Node) -> list[Row]:
    """The rows of ``each:``; what is wrong is reported."""
    wanted = "a list of rows like  - {key: 1, says: We are open}"
    if not isinstance(node, Sequence) or not node.items:
        reader.wrong_type(node, wanted)
        return []
    if len(node.items) > ROWS_MAX:
        message = f"a table of {len(node.items)} rows; {ROWS_MAX} is the most"
        reader.report("S007", message, node.span, "split the call in two")
        return []
    found: list[Row] = []
    for item in node.items:
        entry = reader.mapping(item, "a row like {key: 1, says: We are open}")
        if entry is None:
            continue
        values = {name.text: reader.word(value, "one value") for name, value in entry.items}
        whole = {name: value for name, value in values.items() if value is not None}
        if len(whole) == len(values):
            found.append(Row(whole, entry.span.line))
    return found


def filled(reader: Reader, node: Node, row: Row) -> Node:
    """A node with the row's values in it; a column the row has not is reported."""

    def value(found: re.Match[str], span: Span) -> str:
        column = found[1]
        if column not in row.values:
            message = f"the row in line {row.line} has no “{column}”"
            reader.report("X002", message, span, did_you_mean(column, row.values))
            return ""
        return row.values[column]

    match node:
        case Scalar(text=text, span=span):
            if "${" not in text:
                return node
            return Scalar(_COLUMN.sub(lambda found: value(found, span), text), node.quoted, span)
        case Sequence():
            return replace(node, items=tuple(filled(reader, item, row) for item in node.items))
        case MappingNode():
            items = ((name, filled(reader, item, row)) for name, item in node.items)
            return replace(node, items=tuple(items))
