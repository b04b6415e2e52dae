"""Texts with placeholders: reading, rendering in words, masking, and values."""

from __future__ import annotations

from datetime import date, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow import text
from ivr.flow.speech import FormatError
from ivr.flow.text import MASK, PLACEHOLDERS_MAX, Placeholder, Template, TextError, escape
from ivr.flow.values import TEXT_MAX, EvaluationError, Value

TODAY = date(2026, 11, 23)
SCOPE: dict[str, Value] = {
    "name": "Ana",
    "count": 1234,
    "card": "4111111111111234",
    "found": {"next_slot": "2026-12-01T19:00Z", "gone": None, "name": "Ana  Gómez\n"},
    "slots": ["a", "b"],
    "now": datetime(2026, 11, 23, 10, 15, tzinfo=ZoneInfo("America/Chicago")),
}


def rendered(source: str, **options: object) -> text.Rendered:
    masked = options.get("masked", frozenset())
    assert isinstance(masked, frozenset)
    language = str(options.get("language", "en-US"))
    return text.compile(source).render(SCOPE, language=language, today=TODAY, masked=masked)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("Hello ${name}.", "Hello Ana."),
        ("${name}", "Ana"),
        ("You have ${count} results.", "You have 1 thousand 234 results."),
        ("${ count | money }", "1234 dollars"),
        ("I have ${card | digits}.", "I have 4 1 1 1, 1 1 1 1, 1 1 1 1, 1 2 3 4."),
        ("${card | last 4 | spell} and ${card|last 4}", "1. 2. 3. 4 and 1 2 3 4"),
        ("${slots | list or}", "a or b"),
        ("At ${found.next_slot | date_time}", "At Tuesday, December 1st, at 1 PM"),
        ("Thank you,\n  ${found.name} .", "Thank you, Ana Gómez ."),
        ("${default(found.gone, '}') + '|${'}", "}|${"),
        ("a $${b} c", "a ${b} c"),
        ("$5 and $ {x} }", "$5 and $ {x} }"),
        ("$$${name}", "$${name}"),
        ("a\u200bb\x00c\td", "abc d"),
        ("", ""),
    ],
)
def test_a_text_is_rendered_in_words(source: str, said: str) -> None:
    assert rendered(source).text == said
    assert rendered(source).shown == said


def test_values_are_said_in_the_language_of_the_text() -> None:
    assert rendered("${count | money}", language="es-US").text == "1234 dólares"


def test_today_comes_from_the_scope_if_it_is_not_given() -> None:
    found = text.compile("${found.next_slot | date}").render(SCOPE, language="en-US")
    assert found.text == "Tuesday, December 1st"
    bare: dict[str, Value] = {"day": "2026-12-01"}
    found = text.compile("${day | date}").render(bare, language="en-US")
    assert found.text == "December 1st, 2026"


def test_a_text_without_placeholders_is_fixed() -> None:
    fixed = text.compile("Hello,\n  world. $${x}")
    assert fixed.fixed
    assert fixed.literal == "Hello, world. ${x}"
    assert fixed.parts == ("Hello,\n  world. ${x}",)
    varying = text.compile("Hello ${name}")
    assert not varying.fixed
    assert varying.literal == ""
    assert text.compile("").fixed


def test_null_is_left_out_and_told() -> None:
    found = rendered("Dear ${found.gone | date} ${name}${unknown}.")
    assert found.text == "Dear Ana."
    assert found.nulls == ("found.gone", "unknown")


@pytest.mark.parametrize(
    "source",
    ["${card | last 4}", "${card | reveal | digits}", "${name + card}", "${default(card, 'x')}"],
)
def test_what_reads_a_masked_name_is_shown_masked(source: str) -> None:
    found = rendered(f"It is {source}.", masked=frozenset({"card"}))
    assert found.shown == f"It is {MASK}."
    assert MASK not in found.text


def test_masking_a_field_leaves_its_neighbours_and_masking_a_map_does_not() -> None:
    source = "${found.name} ${name}"
    assert rendered(source, masked=frozenset({"found.next_slot"})).shown == "Ana Gómez Ana"
    assert rendered(source, masked=frozenset({"found.name"})).shown == f"{MASK} Ana"
    assert rendered(source, masked=frozenset({"found"})).shown == f"{MASK} Ana"


def test_what_a_placeholder_allows_is_known_before_the_call() -> None:
    def only(source: str) -> Placeholder:
        return text.compile(source).placeholders[0]

    assert only("${card | reveal}").revealed
    assert only("${card | last 4}").revealed
    assert not only("${card | digits}").revealed
    assert only("${card | last 4 | digits}").speaks
    assert not only("${card | last 4}").speaks


def test_names_have_their_place_in_the_whole_text() -> None:
    source = "Hi ${ name }, ${default(found.gone, count) | number}."
    names = text.compile(source).names
    assert [source[name.column : name.end_column] for name in names] == [
        "name",
        "found.gone",
        "count",
    ]
    assert [name.guarded for name in names] == [False, True, False]
    first = text.compile(source).placeholders[0]
    assert source[first.column : first.end_column] == "${ name }"


# --------------------------------------------------------------------------- values and machines


def test_exactly_one_placeholder_keeps_its_type() -> None:
    assert text.compile("${count + 1}").value(SCOPE) == 1235
    assert text.compile("${slots}").value(SCOPE) == ["a", "b"]
    assert text.compile("${found.gone}").value(SCOPE) is None
    assert text.compile("${card | last 4}").value(SCOPE) == "1234"
    assert text.compile(" ${count}").value(SCOPE) == " 1234"
    assert text.compile("").value(SCOPE) == ""


def test_machines_read_numbers_as_digits_and_spaces_as_written() -> None:
    template = text.compile("a  ${count}/${found.gone}${card | last 4}\n")
    assert template.plain(SCOPE) == "a  1234/1234\n"


def test_inserted_values_can_be_quoted() -> None:
    scope: dict[str, Value] = {"id": "../a b"}
    template = text.compile("/patients/${id}")
    assert template.plain(scope, lambda _, piece: quote(piece, safe="")) == "/patients/..%2Fa%20b"


def test_words_are_for_callers_only() -> None:
    with pytest.raises(EvaluationError, match="“count” is not spoken here"):
        text.compile("${count | digits}").value(SCOPE)
    with pytest.raises(EvaluationError, match="a list cannot stand in a text"):
        text.compile("x${slots}").plain(SCOPE)


def test_too_long_a_text_is_refused() -> None:
    scope: dict[str, Value] = {"a": "x" * TEXT_MAX}
    template = text.compile("${a}${a}")
    with pytest.raises(EvaluationError, match="characters at most"):
        template.render(scope, language="en-US")
    with pytest.raises(EvaluationError, match="characters at most"):
        template.plain(scope)
    with pytest.raises(TextError, match="is the most"):
        text.compile("x" * (TEXT_MAX + 1))


def test_a_formatter_that_fails_names_its_placeholder_and_not_the_value() -> None:
    with pytest.raises(FormatError) as caught:
        rendered("${name | reveal | date}")
    assert str(caught.value) == (
        "this text is not a date like 2026-12-01, in “name | reveal | date”"
    )


# --------------------------------------------------------------------------- refusals


REFUSED: list[tuple[str, str, str, str, str]] = [
    # source, code, the place marked by its text, message, remedy
    ("Hi ${name", "X001", "${", "never closed", "$${"),
    ("Hi ${}", "X001", "${}", "missing in ${ }", "$${"),
    ("Hi ${ | digits}", "X001", "${ |", "missing in ${ }", ""),
    ("Hi ${name = 1}", "X001", "=", "“=” does not compare", "write =="),
    ("Hi ${name || 'x'}", "X001", "||", "“||”", "write or"),
    ("Hi ${a ? b : c}", "X001", "?", "“? :”", "choose(condition, a, b)"),
    ("Hi ${a.${b}}", "X001", "$", "a ${ inside another one", "${a.b}"),
    ("Hi ${{name}}", "X001", "{", "“{” means nothing", "write ${name}"),
    ("Hi ${name's}", "X001", "'", "the quote ' is never closed", "a second '"),
    ('Hi ${name"', "X001", '"', 'the quote " is never closed', 'write " at its end'),
    ("Hi ${sise(a)}", "X001", "sise", "no function called “sise”", "did you mean size(a)?"),
    ("Hi ${name | digts}", "X003", "digts", "no formatter called “digts”", "did you mean digits?"),
    ("Hi ${name | xyz}", "X003", "xyz", "no formatter", "the formatters are digits"),
    ("Hi ${name | }", "X003", "|", "the name of a formatter is missing", "digits"),
    ("Hi ${name | ''}", "X003", "|", "the name of a formatter is missing", "digits"),
    ("Hi ${name | last}", "X003", "last", "“last” is not written like this", "| last 4"),
    ("Hi ${name | last four }", "X003", "last four", "not written like this", "| last 4"),
    ("Hi ${name | digits 3}", "X003", "digits 3", "not written like this", "| digits"),
    ("Hi ${a | money euro}", "X003", "money euro", "not written like this", "money EUR"),
    ("Hi ${a | digits | number}", "X003", "number", "“digits” has made words already", "one of"),
    ("Hi ${a | digits | last 4}", "X003", "last 4", "“last” comes too late", "last comes first"),
]


@pytest.mark.parametrize(("source", "code", "marked", "message", "remedy"), REFUSED)
def test_a_refusal_has_its_place_and_its_remedy(
    source: str, code: str, marked: str, message: str, remedy: str
) -> None:
    with pytest.raises(TextError) as caught:
        text.compile(source)
    error = caught.value
    assert error.code == code
    assert source[error.column : error.end_column] == marked
    assert message in error.message
    assert remedy in error.help


def test_a_text_has_so_many_placeholders_at_most() -> None:
    assert len(text.compile("${a}" * PLACEHOLDERS_MAX).placeholders) == PLACEHOLDERS_MAX
    with pytest.raises(TextError, match="placeholders in one text"):
        text.compile("${a} " * (PLACEHOLDERS_MAX + 1))


@given(st.text(alphabet="ab ${}|'\\\n", max_size=30))
def test_any_literal_can_be_written_and_comes_back(literal: str) -> None:
    found = text.compile(escape(literal))
    assert found.fixed
    assert "".join(part for part in found.parts if isinstance(part, str)) == literal
    assert found.plain({}) == literal


_SOURCES = st.lists(
    st.sampled_from(
        [
            *("${", "}", "$${", "|", " | digits", " | last 4", "name", "count", "'", '"', "\\"),
            *(" ", "\n", "$", "{", "a.b", "==", "('x}')", "é", "😀", "found.gone", "reveal"),
        ]
    ),
    max_size=12,
).map("".join)


@given(_SOURCES | st.text(max_size=30))
def test_any_text_is_a_template_or_refused_at_a_place_in_it(source: str) -> None:
    found = _reading(source)
    if isinstance(found, TextError):
        assert 0 <= found.column <= found.end_column <= len(source)
        assert found.code in ("X001", "X003")
        return
    for name in found.names:
        assert 0 <= name.column < name.end_column <= len(source)
    assert _words(found) == _words(found)


def _reading(source: str) -> Template | TextError:
    try:
        return text.compile(source)
    except TextError as error:
        return error


def _words(template: Template) -> str:
    try:
        return template.render(SCOPE, language="en-US", today=TODAY).text
    except EvaluationError as error:
        return str(error)


def test_figures_that_no_formatter_has_read_are_told() -> None:
    assert rendered("${card}, ${name}, ${count}").raw == ("card",)
    assert rendered("${card | last 4} ${card | digits} ${found.next_slot | date}").raw == ()
    assert rendered("${card | reveal} and ${found.next_slot}").raw == ("card", "found.next_slot")
