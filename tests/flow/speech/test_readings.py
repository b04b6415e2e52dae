"""What formatters take for a number, an amount, a date, a time or a duration."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from ivr.flow.speech.readings import (
    Moment,
    amount_of,
    characters_of,
    date_of,
    decimal_of,
    seconds_of,
    time_of,
)
from ivr.flow.speech.tongue import FormatError
from ivr.flow.values import Value

CHICAGO = Moment(date(2026, 11, 23), ZoneInfo("America/Chicago"))


def test_a_number_is_exactly_as_written() -> None:
    assert decimal_of(2.675) == Decimal("2.675")
    assert decimal_of("0.10") == Decimal("0.10")
    assert decimal_of(" 7 ") == 7
    assert decimal_of(1e20 / 1e10) == Decimal(10) ** 10


@pytest.mark.parametrize("value", [True, None, "1,5", "", "1e3", "١", float("nan"), 10**15, [1]])
def test_what_is_no_number_is_refused(value: Value) -> None:
    with pytest.raises(FormatError, match="is not a number"):
        decimal_of(value)


def test_an_amount_has_a_currency() -> None:
    assert amount_of("12.50", "USD") == (Decimal("12.50"), "USD")
    assert amount_of({"amount": 1, "currency": "eur"}, "USD") == (Decimal(1), "EUR")
    with pytest.raises(FormatError, match=r"like  \| money EUR"):
        amount_of(1, "")


def test_dates_and_times_are_read_on_the_clock_of_the_flow() -> None:
    late = datetime(2026, 12, 2, 3, 0, tzinfo=UTC)
    for value in (late, "2026-12-02T03:00Z"):
        assert date_of(value, CHICAGO) == date(2026, 12, 1)
        assert time_of(value, CHICAGO) == time(21, 0)
    assert date_of("2026-12-02T03:00", CHICAGO) == date(2026, 12, 2)
    assert time_of("2026-12-02T03:00", CHICAGO) == time(3, 0)
    assert date_of(late, Moment()) == date(2026, 12, 2)
    assert time_of("2026-12-02", CHICAGO) is None
    assert time_of(time(9), CHICAGO) == time(9)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(90, 90), (0.4, 0), (0.5, 1), ("90", 90), ("500ms", 1), ("2.5m", 150), ("1h", 3600)],
)  # fmt: skip
def test_durations_are_seconds(value: Value, seconds: int) -> None:
    assert seconds_of(value) == seconds


def test_whole_numbers_have_characters_too() -> None:
    assert characters_of(42, "digits") == "42"
    with pytest.raises(FormatError, match="a number is not digits"):
        characters_of(4.2, "digits")
