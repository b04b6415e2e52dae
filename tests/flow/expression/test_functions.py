"""The functions of the language, one line for each thing they do."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest

from ivr.flow.expression import EvaluationError
from ivr.flow.expression import compile as read
from ivr.flow.expression.functions import FUNCTIONS
from ivr.flow.values import Value

SCOPE: dict[str, Value] = {
    "day": date(2026, 12, 1),
    "moment": datetime(2026, 12, 1, 9, 30),
    "list": [3, None, 1],
    "map": {"a": 1},
    "big": 1e18,
    "text": "Ana",
    "many": 12,
}

ANSWERS: list[tuple[str, Value]] = [
    ("choose(1 < 2, 'a', 'b')", "a"),
    ("default(unknown, 'b')", "b"),
    ("has(text)", True),
    ("size('añb')", 3),
    ("size(list)", 3),
    ("size(map)", 1),
    ("contains('hello', 'ell')", True),
    ("contains('hello', 'x')", False),
    ("starts_with('+1312', '+1')", True),
    ("ends_with('a.b', 'a')", False),
    ("one_of(2, 1, 2)", True),
    ("lower('ÀB')", "àb"),
    ("upper('é')", "É"),
    ("trim('  a ')", "a"),
    ("number('0042')", 42),
    ("number('12.50')", 12.5),
    ("number(7)", 7),
    ("round(2.5)", 3),
    ("round(-2.5)", -3),
    ("round(2.675, 2)", 2.68),
    ("round(7)", 7),
    ("round(1.0)", 1),
    ("round(big, 2)", 1e18),
    ("min(3, 1, 2)", 1),
    ("max('a', 'b')", "b"),
    ("max(list)", 3),
    ("digits_only('+1 (312) 555-0123')", "13125550123"),
    ("digits_only(many)", "12"),
    ("digits_only('١٢')", ""),
    ("date('2026-12-01')", date(2026, 12, 1)),
    ("date('2026-12-01T09:30Z')", date(2026, 12, 1)),
    ("date(day)", date(2026, 12, 1)),
    ("date(moment)", date(2026, 12, 1)),
    ("days_between('2026-11-23', day)", 8),
    ("days_between(moment, '2026-11-23')", -8),
    ("matches('A12', '^[A-Z][0-9]{2}$')", True),
]


@pytest.mark.parametrize(("source", "value"), ANSWERS)
def test_a_function_answers(source: str, value: Value) -> None:
    found = read(source).evaluate(SCOPE)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("size(1)", "size() needs a text, a list or a map, not a number"),
        ("contains(list, 1)", "contains() looks into a text, not into a list"),
        ("contains('1', 1)", "contains() needs a text, not a number"),
        ("lower(1)", "lower() needs a text, not a number"),
        ("digits_only(1.5)", "digits_only() needs a text, not a number"),
        ("number(true)", "number() needs a text, not true or false"),
        ("round('1')", "round() needs a number, not a text"),
        ("round(1.5, 9)", "from 0 to 6 decimals"),
        ("round(1.5, true)", "from 0 to 6 decimals"),
        ("min(1)", "min() needs two values or more, or one list"),
        ("max(1, 'a')", "a number cannot be compared with a text"),
        ("date(1)", "date() needs a text like 2026-12-01, not a number"),
    ],
)
def test_a_function_says_what_it_needs(source: str, message: str) -> None:
    with pytest.raises(EvaluationError, match=re.escape(message)):
        read(source).evaluate(SCOPE)


def test_every_function_has_an_example_here() -> None:
    tested = {source.partition("(")[0] for source, _ in ANSWERS} | {"today", "now"}
    assert tested == set(FUNCTIONS)


def test_functions_with_nodes_of_their_own_are_never_called() -> None:
    with pytest.raises(AssertionError):
        FUNCTIONS["now"].call([])


def test_no_function_reaches_a_python_object() -> None:
    assert read("map.keys").evaluate(SCOPE) is None
    assert read("map.__class__").evaluate(SCOPE) is None
    for source in ("text.__class__", "list.append", "(1).real", "day.year", "moment.date"):
        with pytest.raises(EvaluationError, match=r"no fields|items of a list"):
            read(source).evaluate(SCOPE)
