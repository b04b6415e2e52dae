"""Evaluating expressions: null, conditions, fields, time, and laziness."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ivr.flow.expression import EvaluationError
from ivr.flow.expression import compile as read
from ivr.flow.values import Value

CHICAGO = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 23, 22, 15, tzinfo=CHICAGO)
SCOPE: dict[str, Value] = {
    "nothing": None,
    "n": 3,
    "name": "Ana",
    "vip": True,
    "found": {"name": "Ana", "gone": None, "slots": ["a", "b"]},
    "slots": [10, 20],
    "now": NOW,
}


def value_of(source: str) -> Value:
    return read(source).evaluate(SCOPE)


@pytest.mark.parametrize(
    "source",
    [
        *("nothing == 1", "nothing != 1", "1 < nothing", "nothing >= 1", "nothing <= nothing"),
        *("nothing == nothing", "nothing != nothing", "unknown == 'a'", "found.gone != 'x'"),
        *("nothing in slots", "1 in nothing", "one_of(nothing, nothing)", "null in [null]"),
        *("contains(nothing, 'a')", "starts_with('a', nothing)", "matches(nothing, 'a')"),
        *("null < 1", "one_of(n, null, 4)"),
    ],
)
def test_a_question_about_null_is_answered_with_false(source: str) -> None:
    assert value_of(source) is False


@pytest.mark.parametrize(
    "source",
    [
        *("nothing + 1", "1 - nothing", "-nothing", "'a' + nothing", "nothing.a.b", "nothing[0]"),
        *("found.unknown", "found.gone.deeper", "slots[2]", "slots[-1]", "slots[nothing]"),
        *("found[nothing]", "size(nothing)", "lower(nothing)", "number('x')", "max([])"),
        *("date('soon')", "days_between('2026-12-01', 'x')", "max(1, nothing)"),
    ],
)
def test_nothing_in_gives_nothing_out(source: str) -> None:
    assert value_of(source) is None


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("nothing == null", True),
        ("nothing != null", False),
        ("null == n", False),
        ("null != n", True),
        ("null == null", True),
        ("has(nothing)", False),
        ("has(found.name)", True),
        ("has('')", True),
        ("not nothing", True),
        ("nothing or vip", True),
        ("nothing and vip", False),
        ("choose(nothing, 1, 2)", 2),
    ],
)
def test_a_written_null_asks_whether_there_is_a_value(source: str, value: bool) -> None:
    assert value_of(source) == value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("found.name", "Ana"),
        ("found['name']", "Ana"),
        ("found.slots[1]", "b"),
        ("slots[n - 2]", 20),
        ("slots[1.0]", 20),
        ("[10, 20][1]", 20),
        ("slots", [10, 20]),
    ],
)
def test_fields_and_items_are_reached(source: str, value: Value) -> None:
    assert value_of(source) == value


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("name.length", "a text has no fields and no items, in “name.length”"),
        ("n[0]", "a number has no fields"),
        ("slots.first", "whole numbers, from 0"),
        ("slots[0.5]", "whole numbers, from 0"),
        ("found[0]", "a number is no name of a field"),
        ("name and vip", "a text stands where true or false is wanted"),
        ("not n", "a number stands where true or false is wanted"),
        ("n or vip", "a number stands where"),
        ("choose(name, 1, 2)", "a text stands where"),
        ("matches(n, 'a')", "matches() needs a text, not a number"),
        ("name in name", "for texts there is contains"),
        ("-name", "a text has no negative"),
        ("name < n", "a text cannot be compared with a number, in “name < n”"),
    ],
)
def test_a_value_of_the_wrong_kind_is_one_sentence(source: str, message: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        value_of(source)
    assert message in str(caught.value)


def test_errors_never_show_values() -> None:
    scope: dict[str, Value] = {"pin": "4711", "n": 1, "m": {"a": 1}}
    for source in ("pin + n", "pin < n", "n[pin]", "pin.x", "pin and true", "round(pin)", "-pin"):
        with pytest.raises(EvaluationError) as caught:
            read(source).evaluate(scope)
        assert "4711" not in str(caught.value)


def test_what_is_not_needed_is_not_computed() -> None:
    assert value_of("true or name < 1") is True
    assert value_of("false and name < 1") is False
    assert value_of("choose(vip, 1, name < 1)") == 1
    assert value_of("choose(not vip, name < 1, 2)") == 2
    assert value_of("default(n, name < 1)") == 3
    assert value_of("default(nothing, 'none')") == "none"


def test_time_is_read_from_the_scope() -> None:
    assert value_of("now()") is NOW
    assert value_of("today()") == NOW.date()
    assert value_of("days_between(today(), '2026-12-01')") == 8
    assert value_of("now() > date('2026-11-22')") is True


def test_without_a_time_in_the_scope_nobody_knows_it() -> None:
    with pytest.raises(EvaluationError, match="the time is not known here"):
        read("today()").evaluate({})


def test_one_of_compares_with_each() -> None:
    assert value_of("one_of(name, 'Bob', 'Ana')") is True
    assert value_of("one_of(n, '3')") is False
    assert value_of("matches(name, '^A')") is True


def test_evaluating_leaves_the_scope_as_it_was() -> None:
    slots: Value = [1]
    scope = {"slots": slots}
    assert read("slots + [2]").evaluate(scope) == [1, 2]
    assert scope == {"slots": [1]}
