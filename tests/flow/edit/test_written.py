"""A file as it was written: which words, brackets, block texts and comments stand where."""

from __future__ import annotations

import pytest

from ivr.flow.edit import written
from ivr.flow.edit.written import Block, Brackets, Comment, Text, Unusual


def entries(text: str) -> tuple[written.Entry, ...]:
    root = written.read(text).root
    assert isinstance(root, Block)
    return root.entries


def test_keys_dashes_and_values_have_their_places() -> None:
    first, second = entries("a: b\nlong:\n- c\n- d: e\n")
    assert (first.start, first.sign, first.end) == ((0, 0), (0, 2), (0, 4))
    assert isinstance(second.value, Block)
    assert [(each.key is None, each.start) for each in second.value.entries] == [
        (True, (2, 0)),
        (True, (3, 0)),
    ]
    assert written.last_of(second) == 3


def test_brackets_are_flat_and_keep_their_signs() -> None:
    (entry,) = entries("a: {b: [1,\n  2], c: 'd'}\n")
    assert isinstance(entry.value, Brackets)
    signs = [piece.sign for piece in entry.value.pieces if isinstance(piece, written.Sign)]
    assert "".join(signs) == "{:[,],:}"
    assert written.last_of(entry) == 1


@pytest.mark.parametrize(
    ("text", "rows", "inset"),
    [
        ("a: |\n   b\n     c\n\nd: e\n", ("   b", "     c"), 3),
        ("a: |+\n  b\n\n", ("  b", ""), 2),
        ("a:\n  b: >2-\n      c\n    d\n", ("      c", "    d"), 4),
        ("a: |\nb: c\n", (), 0),
    ],
)
def test_a_block_text_has_its_lines(text: str, rows: tuple[str, ...], inset: int) -> None:
    entry = entries(text)[0]
    value = entry.value.entries[0].value if isinstance(entry.value, Block) else entry.value
    assert isinstance(value, Text)
    assert (value.rows, value.inset) == (rows, inset)
    assert written.last_of(entry) == value.start.line + len(rows)


def test_comments_are_what_no_text_holds() -> None:
    text = "# top\na: 'b # c'  # one\nd: |  # two\n  # text\n # three\ne: f#g\n"
    assert written.read(text).comments == {
        0: Comment(0, "# top", None),
        1: Comment(12, "# one", 2),
        2: Comment(6, "# two", 2),
        4: Comment(1, "# three", None),
    }


def test_what_flows_have_no_use_for_has_its_place() -> None:
    with pytest.raises(Unusual) as caught:
        written.read("a: b\n? c\n: d\n")
    assert (caught.value.line, caught.value.column) == (1, 0)
    with pytest.raises(Unusual, match="U\\+0085"):
        written.read("a: b\x85\n")
