"""``--at``, and the moment a call is made by default."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from ivr.cli.moment import clock_from, office_hours, parse_moment
from ivr.flow.hours.written import Written, compile

CHICAGO = ZoneInfo("America/Chicago")
SUNDAY = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)  # noon in Chicago


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Mon 10:15", "2026-11-23T10:15:00-06:00"),
        ("monday 8:00", "2026-11-23T08:00:00-06:00"),
        ("Sun 20:00", "2026-11-22T20:00:00-06:00"),
        ("sun 06:00", "2026-11-22T06:00:00-06:00"),
        ("Sat 9:30", "2026-11-28T09:30:00-06:00"),
        ("2026-07-04 10:15", "2026-07-04T10:15:00-05:00"),
        ("2026-11-23T10:15", "2026-11-23T10:15:00-06:00"),
        (" now ", "2026-11-22T12:00:00-06:00"),
    ],
)
def test_a_moment_is_on_the_flows_own_clock(text: str, moment: str) -> None:
    assert parse_moment(text, CHICAGO, SUNDAY).isoformat() == moment


@pytest.mark.parametrize(
    "text", ["", "10:15", "Mon", "Foo 10:15", "Mon 25:00", "Mon 10:60", "2026-02-30 10:00", "Mo 9"]
)
def test_what_is_no_moment_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="Mon 10:15"):
        parse_moment(text, CHICAGO, SUNDAY)


def test_by_default_offices_are_open_even_when_next_monday_is_a_holiday() -> None:
    written: Written = {"mon-fri": "8:00-17:30", "closed": ["us-holidays"]}
    schedule = compile(written, timezone="America/Chicago").schedule
    assert schedule is not None
    before_memorial_day = datetime(2027, 5, 28, 12, 0, tzinfo=UTC)
    moment = office_hours([schedule], CHICAGO, before_memorial_day)
    assert moment.isoformat() == "2027-06-07T10:15:00-05:00"
    assert office_hours([], CHICAGO, before_memorial_day).day == 31


def test_a_line_that_is_never_open_is_still_called() -> None:
    schedule = compile({"sun": "8:00-9:00"}, timezone="America/Chicago").schedule
    assert schedule is not None
    assert office_hours([schedule], CHICAGO, SUNDAY).isoformat() == "2026-11-23T10:15:00-06:00"


def test_a_clock_starts_at_its_moment_in_utc_and_goes_on() -> None:
    clock = clock_from(datetime(2026, 11, 23, 10, 15, tzinfo=CHICAGO))
    first, second = clock(), clock()
    assert first.tzinfo is UTC
    assert first.isoformat(timespec="minutes") == "2026-11-23T16:15+00:00"
    assert second >= first
