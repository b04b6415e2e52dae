"""Where comments stand in a column, and where they must not come near a text."""

from __future__ import annotations

from ivr.flow.edit.lines import Row, aligned


def test_comments_of_one_column_stay_in_one_with_the_least_gap_there_was() -> None:
    rows = [Row("a: b", "# x", 20, 14), Row("longer: c", "# y", 20, 9), Row("", "# z", 20)]
    assert list(aligned(rows)) == [
        "a: b              # x",
        "longer: c         # y",
        "                  # z",
    ]


def test_an_empty_line_ends_a_column() -> None:
    rows = [Row("a: b", "# x", 10, 6), Row(""), Row("cc: d", "# y", 10, 2)]
    assert list(aligned(rows)) == ["a: b      # x", "", "cc: d  # y"]


def test_a_comment_one_space_behind_a_bare_text_is_left_there() -> None:
    rows = [Row("a: b", "# x", 5, 1, plain=True), Row("c: d", "# y", 5, 1)]
    assert list(aligned(rows)) == ["a: b # x", "c: d # y"]
