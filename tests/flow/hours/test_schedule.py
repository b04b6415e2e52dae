"""Opening hours at a moment: weekdays, nights, holidays, and the days the clocks are changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.flow import expression, hours
from ivr.flow.hours import Schedule
from ivr.flow.hours.schedule import SEARCH_DAYS
from ivr.flow.values import Value

CHICAGO = ZoneInfo("America/Chicago")
CLINIC = {"mon-fri": "8:00-17:30", "sat": "9:00-12:00", "closed": ["us-holidays", "2026-12-24"]}


def schedule(written: hours.Written, zone: str = "America/Chicago") -> Schedule:
    found = hours.compile(written, timezone=zone).schedule
    assert found is not None
    return found


def at(text: str, zone: ZoneInfo = CHICAGO, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23 07:59:59", False),
        ("2026-11-23 08:00", True),
        ("2026-11-23 17:29:59", True),
        ("2026-11-23 17:30", False),
        ("2026-11-21 11:59", True),
        ("2026-11-21 12:00", False),
        ("2026-11-22 10:00", False),
        ("2026-11-26 10:00", False),
        ("2026-12-24 10:00", False),
        ("2026-07-03 10:00", False),
    ],
)
def test_it_is_open_from_its_first_minute_to_before_its_last(moment: str, is_open: bool) -> None:
    assert schedule(CLINIC).open(at(moment)) is is_open


def test_the_zone_of_the_schedule_decides_not_that_of_the_moment() -> None:
    assert schedule(CLINIC).open(datetime(2026, 11, 23, 14, 0, tzinfo=UTC))
    assert not schedule(CLINIC).open(datetime(2026, 11, 23, 13, 59, tzinfo=UTC))


def test_it_closes_at_the_end_and_opens_on_the_next_day_that_has_times() -> None:
    clinic = schedule(CLINIC)
    monday = at("2026-11-23 10:00")
    assert clinic.closes_at(monday) == at("2026-11-23 17:30")
    assert clinic.next_open(monday) == at("2026-11-24 08:00")
    before_thanksgiving = at("2026-11-25 18:00")
    assert clinic.closes_at(before_thanksgiving) is None
    assert clinic.next_open(before_thanksgiving) == at("2026-11-27 08:00")


def test_answers_are_on_the_clock_of_the_schedule() -> None:
    closing = schedule(CLINIC).closes_at(datetime(2026, 11, 23, 14, 0, tzinfo=UTC))
    assert closing is not None
    assert closing.tzinfo == CHICAGO
    assert closing.hour == 17


def test_times_that_touch_are_one_opening() -> None:
    lunch = schedule({"mon": "8:00-12:00, 12:00-17:00, 18:00-19:00", "closed": []})
    assert lunch.closes_at(at("2026-11-23 09:00")) == at("2026-11-23 17:00")
    assert lunch.next_open(at("2026-11-23 09:00")) == at("2026-11-23 18:00")


# --------------------------------------------------------------------------- nights


NIGHT = {"fri": "22:00-6:00", "closed": ["2026-12-25"]}


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-20 21:59", False),
        ("2026-11-20 22:00", True),
        ("2026-11-21 00:00", True),
        ("2026-11-21 05:59", True),
        ("2026-11-21 06:00", False),
        ("2026-11-20 05:00", False),
        ("2026-11-21 22:00", False),
    ],
)
def test_a_night_belongs_to_the_day_it_begins_on(moment: str, is_open: bool) -> None:
    assert schedule(NIGHT).open(at(moment)) is is_open


def test_a_closed_day_has_no_night_and_the_night_before_it_runs_on() -> None:
    # 2026-12-25 is a Friday: its night does not happen; a closed Saturday does not cut Friday's.
    assert not schedule(NIGHT).open(at("2026-12-26 03:00"))
    assert schedule({**NIGHT, "closed": ["2026-11-21"]}).open(at("2026-11-21 03:00"))


def test_a_night_closes_in_the_morning() -> None:
    night = schedule(NIGHT)
    assert night.closes_at(at("2026-11-20 23:00")) == at("2026-11-21 06:00")
    assert night.closes_at(at("2026-11-21 01:00")) == at("2026-11-21 06:00")
    assert night.next_open(at("2026-11-21 01:00")) == at("2026-11-27 22:00")


def test_the_last_minute_before_midnight_is_open_where_it_ends_at_24() -> None:
    late = schedule({"mon": "20:00-24:00", "closed": []})
    assert late.open(at("2026-11-23 23:59:59"))
    assert not late.open(at("2026-11-24 00:00"))
    assert late.closes_at(at("2026-11-23 21:00")) == at("2026-11-24 00:00")


def test_what_never_closes_has_no_closing_time() -> None:
    always = schedule({"every day": "0:00-24:00", "closed": []})
    assert always.open(at("2026-11-23 00:00"))
    assert always.closes_at(at("2026-11-23 00:00")) is None
    assert always.next_open(at("2026-11-23 00:00")) is None


# --------------------------------------------------------------------------- what beats what


def test_a_special_day_beats_a_holiday_which_beats_a_weekday() -> None:
    both = schedule({**CLINIC, "2026-11-26": "10:00-11:00"})
    assert both.open(at("2026-11-26 10:30"))
    assert not both.open(at("2026-11-26 12:00"))
    assert not schedule(CLINIC).open(at("2026-11-26 10:30"))


def test_a_special_day_beats_a_closed_date_and_a_range() -> None:
    written = {
        "mon-fri": "8:00-17:00",
        "closed": ["2026-12-20..2027-01-03"],
        "2026-12-21..2026-12-31": "9:00-10:00",
        "2026-12-24": "closed",
    }
    shop = schedule(written)
    assert not shop.open(at("2026-12-20 09:30"))
    assert shop.open(at("2026-12-22 09:30"))
    assert not shop.open(at("2026-12-24 09:30"))
    assert not shop.open(at("2027-01-01 09:30"))
    assert shop.open(at("2027-01-04 09:30"))


def test_force_beats_everything_and_gives_no_times() -> None:
    shut = schedule({**CLINIC, "force": "closed", "reason": "burst pipe"})
    monday = at("2026-11-23 10:00")
    assert not shut.open(monday)
    assert shut.next_open(monday) is None
    assert shut.at(monday)["reason"] == "burst pipe"
    forced = schedule({**CLINIC, "force": "open"})
    assert forced.open(at("2026-11-22 03:00"))
    assert forced.closes_at(at("2026-11-22 03:00")) is None
    assert forced.next_open(at("2026-11-22 03:00")) is None


def test_an_opening_too_far_away_is_not_found() -> None:
    start = at("2026-11-23 10:00")
    end = (start + timedelta(days=SEARCH_DAYS)).date()
    far = schedule({"mon": "8:00-9:00", "closed": [f"2026-11-23..{end - timedelta(days=40)}"]})
    assert far.next_open(start) is not None
    one, two = f"2026-11-23..{end - timedelta(days=40)}", f"{end - timedelta(days=40)}..{end}"
    assert schedule({"mon": "8:00-9:00", "closed": [one, two]}).next_open(start) is None


# --------------------------------------------------------------------------- changing the clocks


def test_the_hour_that_occurs_twice_is_open_twice() -> None:
    # Sunday 2026-11-01: 2:00 becomes 1:00 again.
    early = schedule({"sun": "1:15-1:45", "closed": []})
    for fold in (0, 1):
        assert not early.open(at("2026-11-01 01:10", fold=fold))
        assert early.open(at("2026-11-01 01:30", fold=fold))
        assert not early.open(at("2026-11-01 01:45", fold=fold))
    first = at("2026-11-01 01:30")
    closing = early.closes_at(first)
    assert closing is not None
    assert closing.fold == 0
    assert closing.astimezone(UTC) == at("2026-11-01 01:45").astimezone(UTC)
    again = early.next_open(first)
    assert again is not None
    assert again.fold == 1
    assert again.astimezone(UTC) == at("2026-11-01 01:15", fold=1).astimezone(UTC)


def test_hours_across_the_doubled_hour_are_an_hour_longer() -> None:
    night = schedule({"sun": "0:00-6:00", "closed": []})
    closing = night.closes_at(at("2026-11-01 00:00"))
    assert closing is not None
    assert closing.astimezone(UTC) - at("2026-11-01 00:00").astimezone(UTC) == timedelta(hours=7)


def test_what_ends_in_the_middle_of_the_doubled_hour_opens_again_when_it_begins_anew() -> None:
    night = schedule({"sun": "0:00-1:30", "closed": []})
    start = at("2026-11-01 00:15")
    closing = night.closes_at(start)
    assert closing is not None
    assert closing.astimezone(UTC) == at("2026-11-01 01:30").astimezone(UTC)
    again = night.next_open(start)
    assert again is not None
    assert again.astimezone(UTC) == at("2026-11-01 01:00", fold=1).astimezone(UTC)


def test_the_evening_before_the_clocks_change_opens_at_midnight() -> None:
    night = schedule({"every day": "0:00-1:01", "closed": []})
    assert night.next_open(at("2026-10-31 15:00")) == at("2026-11-01 00:00")


def test_the_missing_hour_never_happens() -> None:
    # Sunday 2026-03-08: 2:00 becomes 3:00.
    never = schedule({"sun": "2:15-2:45", "closed": []})
    assert never.next_open(at("2026-03-08 00:00")) == at("2026-03-15 02:15")
    late = schedule({"sun": "2:30-4:00", "closed": []})
    opening = late.next_open(at("2026-03-08 00:00"))
    assert opening is not None
    assert opening.astimezone(UTC) == at("2026-03-08 03:00").astimezone(UTC)
    early = schedule({"sun": "1:00-2:30", "closed": []})
    closing = early.closes_at(at("2026-03-08 01:30"))
    assert closing is not None
    assert closing.astimezone(UTC) == at("2026-03-08 03:00").astimezone(UTC)


def test_a_day_without_a_midnight_opens_when_it_begins() -> None:
    # In Beirut the clocks went from 0:00 to 1:00 on Sunday 2025-03-30.
    beirut = ZoneInfo("Asia/Beirut")
    always = schedule({"sun": "0:00-5:00", "closed": []}, "Asia/Beirut")
    opening = always.next_open(at("2025-03-29 12:00", beirut))
    assert opening is not None
    assert opening.astimezone(UTC) == at("2025-03-30 01:00", beirut).astimezone(UTC)


_SPANS = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda s: s[0] != s[1])
_ZONES = st.sampled_from(["America/Chicago", "Europe/Madrid", "Asia/Kathmandu", "Asia/Beirut"])
_CHANGES = [datetime(2025, 3, 29, 20), datetime(2026, 3, 7, 20), datetime(2026, 10, 31, 20)]


def _minutes(start: datetime) -> Iterator[datetime]:
    for number in range(1, 36 * 60):
        yield start + timedelta(minutes=number)


@settings(max_examples=20, deadline=None)
@given(st.lists(_SPANS, min_size=1, max_size=2), _ZONES, st.sampled_from(_CHANGES))
def test_the_next_change_is_the_one_found_by_trying_every_minute(
    spans: list[tuple[int, int]], zone: str, start: datetime
) -> None:
    text = ", ".join(f"{a // 60}:{a % 60:02}-{b // 60}:{b % 60:02}" for a, b in spans)
    every = schedule({"every day": text, "closed": []}, zone)
    begin = start.replace(tzinfo=UTC)
    was_open = every.open(begin)
    change = next((m for m in _minutes(begin) if every.open(m) is not was_open), None)
    found = every.closes_at(begin) if was_open else every.next_open(begin)
    if change is not None:
        assert found is not None
        assert found.astimezone(UTC) == change
    else:
        assert found is None


# --------------------------------------------------------------------------- as a value


def test_expressions_read_exactly_its_fields() -> None:
    opening = schedule(CLINIC).at(at("2026-11-23 10:15"))
    scope: dict[str, Value] = {"hours": {"clinic": opening}, "now": at("2026-11-23 10:15")}

    def value_of(source: str) -> object:
        return expression.compile(source).evaluate(scope)

    assert value_of("hours.clinic.open") is True
    assert value_of("hours.clinic.closes_at > now()") is True
    assert value_of("hours.clinic.next_open == date('2026-11-24')") is True
    assert value_of("hours.clinic.reason") is None
    assert value_of("hours.clinic.schedule") is None
    assert value_of("hours.clinic.moment") is None
    assert value_of("size(hours.clinic)") == 4
    assert list(opening) == list(hours.OPENING_FIELDS)


def test_a_moment_without_its_offset_is_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError, match="with its offset"):
        schedule(CLINIC).open(datetime(2026, 11, 23, 10, 15))
