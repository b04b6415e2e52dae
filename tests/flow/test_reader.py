"""Fields by schema."""

from __future__ import annotations

import pytest

from ivr.flow.problems import Severity
from ivr.flow.reader import Reader, spell_ms
from ivr.flow.source import Mapping, Node, Scalar, read
from ivr.flow.world import VoiceSpec, World


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


@pytest.mark.parametrize(
    ("ms", "text"), [(5_000, "5s"), (500, "500ms"), (120_000, "2m"), (0, "0s")]
)
def test_durations_are_told_as_they_are_written(ms: int, text: str) -> None:
    assert spell_ms(ms) == text


def test_a_problem_that_is_found_twice_is_told_once() -> None:
    reader, node = field("x")
    reader.wrong_type(node, "a duration")
    reader.wrong_type(node, "a duration")
    reader.warn("S007", "something else", node.span)
    assert [problem.severity for problem in reader.problems] == [Severity.ERROR, Severity.WARNING]


def test_a_place_in_an_included_text_is_in_its_own_file() -> None:
    shared = read("shared/b.yaml", "# a comment\n\nb: >\n  Hello ${name | monye}.\n")
    assert isinstance(shared.root, Mapping)
    node = shared.root.items[0][1]
    reader = Reader(read("a.yaml", "a: x"), {"shared/b.yaml": shared})
    reader.prompt(node)
    (problem,) = reader.problems
    assert str(problem.span) == "shared/b.yaml:4:18"
    assert reader.included(node)
    assert reader.document_of(node) is shared


def test_what_was_cut_off_an_included_text_is_told_there() -> None:
    shared = read("shared/b.yaml", "b: Press # now.\n")
    assert isinstance(shared.root, Mapping)
    reader = Reader(read("a.yaml", "aaaaaaaaaaaaaaaaaaaaa: x"), {"shared/b.yaml": shared})
    reader.prompt(shared.root.items[0][1])
    assert [(p.code, str(p.span)) for p in reader.problems] == [("Y010", "shared/b.yaml:1:10")]


@pytest.mark.parametrize(
    ("text", "code"), [("done", ""), ("say", "F012"), ("Done", "S007"), ("[done]", "S007")]
)
def test_an_outcome_is_named_like_a_variable_and_not_like_a_key(text: str, code: str) -> None:
    reader, node = field(text)
    assert reader.outcome(node, {"say"}) == (None if code else text)
    assert [problem.code for problem in reader.problems] == ([code] if code else [])


def test_a_voice_has_to_be_there_where_voices_are_known() -> None:
    reader, node = field("sara")
    assert reader.voice(node) == "sara"
    reader.world = World({"sarah": VoiceSpec("sarah", "tone")}, {})
    assert reader.voice(node) is None
    assert reader.problems[0].help == "did you mean “sarah”?"


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("Hello ${settings.twon}.", 12),
        ("Hello ${settings.town} and ${1 + settings.vilage}.", 37),
        ("Hello ${settings.town}, ${settings}.", None),
        ("Hello ${default(settings.village, 1)}.", None),
    ],
)
def test_a_setting_that_is_not_there_is_told_at_its_name(text: str, column: int | None) -> None:
    reader, node = field(text)
    assert isinstance(node, Scalar)
    reader.template(node)
    assert reader.problems == [], "settings are not judged where they are not known"
    reader.world = World({}, {"town": "Springfield"}, environment="staging")
    reader.template(node)
    found = [(problem.code, problem.span.column) for problem in reader.problems]
    assert found == ([("X002", column)] if column else [])


def test_a_map_may_only_hold_what_is_known() -> None:
    reader, node = field("{flow: b, langauge: c}")
    assert isinstance(node, Mapping)
    reader.only(node, ("flow", "language"))
    assert [problem.help for problem in reader.problems] == ["did you mean “language”?"]
