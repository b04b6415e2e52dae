"""Fields by schema."""

from __future__ import annotations

import pytest

from ivr.flow.reader import Reader, did_you_mean, spell_ms
from ivr.flow.source import Mapping, Node, read


def field(text: str) -> tuple[Reader, Node]:
    document = read("a.yaml", f"a: {text}")
    assert isinstance(document.root, Mapping)
    return Reader(document), document.root.items[0][1]


@pytest.mark.parametrize(
    ("text", "ms"), [("5s", 5_000), ("500ms", 500), ("1.5s", 1_500), ("3m", 180_000), ("2h", 7.2e6)]
)
def test_durations_have_a_unit(text: str, ms: int) -> None:
    reader, node = field(text)
    assert reader.duration(node, 1, 10**9, 0) == ms
    assert reader.problems == []


@pytest.mark.parametrize("text", ["5", "5 minutes", "s", "-5s", "[5s]", "0.1ms", "999h"])
def test_what_is_no_duration_is_told_and_replaced_by_the_default(text: str) -> None:
    reader, node = field(text)
    assert reader.duration(node, 1, 3_600_000, 42) == 42
    assert [problem.code for problem in reader.problems] == ["S007"]


@pytest.mark.parametrize(
    ("text", "flag"),
    [("yes", True), ("on", True), ("true", True), ("no", False), ("off", False), ("False", False)],
)
def test_flags_are_read_as_people_write_them(text: str, flag: bool) -> None:
    reader, node = field(text)
    assert reader.flag(node) is flag


@pytest.mark.parametrize("text", ["3", "03"])
def test_whole_numbers_are_read_in_bounds(text: str) -> None:
    reader, node = field(text)
    assert reader.integer(node, 1, 10, 5) == 3


@pytest.mark.parametrize("text", ["0", "11", "x", "1.5", "{}"])
def test_numbers_out_of_bounds_are_told(text: str) -> None:
    reader, node = field(text)
    assert reader.integer(node, 1, 10, 5) == 5
    assert reader.problems[0].message.endswith("a whole number from 1 to 10")


def test_values_are_json_numbers_and_words_and_else_text() -> None:
    reader, node = field("[1, 0042, true, yes, null, 1.5, '1', {b: 2}, +1555]")
    assert reader.value(node) == [1, "0042", True, "yes", None, 1.5, "1", {"b": 2}, "+1555"]


def test_a_text_may_not_be_endless() -> None:
    reader, node = field("x" * 6_000)
    assert reader.prompt(node) is None
    assert "the most" in reader.problems[0].message


def test_a_problem_in_a_text_stands_where_it_is_written() -> None:
    document = read("a.yaml", "a: >\n  Hello ${name} and\n  ${name | monye}.\n")
    assert isinstance(document.root, Mapping)
    reader = Reader(document)
    reader.prompt(document.root.items[0][1])
    (problem,) = reader.problems
    assert problem.code == "X003"
    assert (problem.span.line, problem.span.column) == (3, 12)
    assert "money" in problem.help


def test_near_words_are_named_and_short_lists_told() -> None:
    assert did_you_mean("sayy", {"say", "menu"}) == "did you mean “say”?"
    assert did_you_mean("zzz", {"b", "a"}) == "known here: a, b"
    assert did_you_mean("zzz", ()) == ""


@pytest.mark.parametrize(
    ("ms", "text"), [(5_000, "5s"), (500, "500ms"), (120_000, "2m"), (0, "0s")]
)
def test_durations_are_told_as_they_are_written(ms: int, text: str) -> None:
    assert spell_ms(ms) == text
