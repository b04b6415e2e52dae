"""``min`` and ``max``: how they are written, and what they come to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ivr.flow.steps.entries.limits import Computed, FromToday, Given, Limits, day, number, worth
from tests.flow.steps.entries.keyed import entry_of, ground, read_entry


@pytest.mark.parametrize(
    ("options", "limits"),
    [
        ("number; min: 1; max: 9", Limits(Given(1), Given(9))),
        ("money; max: 12.50", Limits(None, Given(12.5))),
        ("number; min: -3", Limits(Given(-3), None)),
        ("date; min: today", Limits(FromToday(0), None)),
        ("date; min: today()", Limits(FromToday(0), None)),
        ("date; max: today+30 days", Limits(None, FromToday(30))),
        ("date; min: '${ today - 1 day }'", Limits(FromToday(-1), None)),
        ("date; max: 2026-12-31", Limits(None, Given(date(2026, 12, 31)))),
        ("number", Limits()),
    ],
)
def test_limits_are_read_as_written(options: str, limits: Limits) -> None:
    assert entry_of(options).limits == limits


@pytest.mark.parametrize(
    "options",
    [
        "number; min: many",
        "number; min: balance",
        "number; min: 2026-12-31",
        "number; min: [1]",
        "number; min: '${a} and ${b}'",
        "number; min: '${a | number}'",
        "date; min: tomorrow",
        "date; min: today + 2 weeks",
        "date; min: 2026-02-30",
        "date; min: 5",
        "date; min: 9:30",
        "date; min: 2026-12-31T09:30",
        "number; min: 5; max: 4",
        "date; min: 2026-12-31; max: 2026-12-30",
        "date; min: today; max: today - 1 day",
    ],
)
def test_what_is_no_limit_is_refused(options: str) -> None:
    assert [code for code, _ in read_entry(options)[1]] == ["S007"]


def test_an_expression_that_does_not_parse_is_told_as_such() -> None:
    assert [code for code, _ in read_entry("number; min: '${a +}'")[1]] == ["X001"]


def test_limits_come_to_values_in_the_call() -> None:
    limits = entry_of("number; min: '${least}'; max: 9").limits
    scope = ground(least=3).scope
    assert isinstance(limits.least, Computed)
    assert (worth(None, scope), worth(limits.most, scope)) == (None, 9)
    assert (number(limits.least, scope), number(limits.most, scope)) == (Decimal(3), Decimal(9))
    assert [name.path for name in limits.names] == [("least",)]
    assert [key for key, _ in limits.templates] == ["min"]


def test_days_are_counted_from_the_day_of_the_call() -> None:
    scope = ground().scope
    assert day(FromToday(0), scope) == date(2026, 11, 23)
    assert day(FromToday(8), scope) == date(2026, 12, 1)
    assert day(None, scope) is None
    assert number(None, scope) is None
