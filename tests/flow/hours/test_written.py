"""Reading opening hours: every way to write them, and every finding with its place."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow import hours
from ivr.flow.problems import Severity

DAY = 24 * 60


def week(written: hours.Written) -> hours.Week:
    found = hours.compile({"closed": [], **written}, timezone="UTC")
    assert found.schedule is not None, found.findings
    return found.schedule.week


@pytest.mark.parametrize(
    ("key", "days"),
    [
        ("mon", [0]),
        ("Monday", [0]),
        ("mon-fri", [0, 1, 2, 3, 4]),
        ("sat-mon", [0, 5, 6]),
        ("mon, wed", [0, 2]),
        ("mon-tue,sun", [0, 1, 6]),
        ("every day", [0, 1, 2, 3, 4, 5, 6]),
        ("daily", [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_days_are_written_alone_as_ranges_and_as_lists(key: str, days: list[int]) -> None:
    found = week({key: "8:00-9:00"})
    assert [day for day, spans in enumerate(found) if spans] == days


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("8:00-17:30", [(480, 1050)]),
        ("08:00 - 17:30", [(480, 1050)]),
        ("8:00–17:30", [(480, 1050)]),
        ("13:00-17:00, 9:00-12:00", [(540, 720), (780, 1020)]),
        (["9:00-12:00", "13:00-17:00"], [(540, 720), (780, 1020)]),
        ("22:00-6:00", [(1320, 1800)]),
        ("0:00-24:00", [(0, DAY)]),
        ("18:00-0:00", [(1080, DAY)]),
        ("8:00-12:00, 12:00-17:00", [(480, 1020)]),
    ],
)
def test_times_are_minutes_from_midnight(
    text: str | list[str], spans: list[tuple[int, int]]
) -> None:
    assert list(week({"mon": text})[0]) == spans


def test_a_day_may_be_closed() -> None:
    assert week({"mon-fri": "8:00-9:00", "sat": "closed"})[5] == ()


def test_calendars_know_countries_and_their_parts() -> None:
    def closed_on(name: str, day: date) -> bool:
        found = hours.compile({"mon-sun": "8:00-9:00", "closed": name}, timezone="UTC").schedule
        assert found is not None
        return day in found.calendars[0]

    madrid_day = date(2026, 5, 2)
    assert closed_on("es-md-holidays", madrid_day)
    assert not closed_on("es-holidays", madrid_day)
    assert closed_on("US-Holidays", date(2026, 7, 4))
    assert closed_on("us-holidays", date(2026, 7, 3)), "the day on which it is observed counts"


ERRORS: list[tuple[dict[str, str | list[str]], tuple[str | int, ...], str, str, str]] = [
    ({"mun": "8:00-9:00"}, ("mun",), "S001", "“mun” is no day", "did you mean"),
    ({"x": "8:00-9:00"}, ("x",), "S001", "“x” is no day", "mon-fri"),
    ({"mon-fru": "8:00-9:00"}, ("mon-fru",), "S001", "is no day", ""),
    ({"2026-02-30": "8:00-9:00"}, ("2026-02-30",), "S007", "not in the calendar", "2026-12-24"),
    (
        {"2026-12-26..2026-12-24": "closed"},
        ("2026-12-26..2026-12-24",),
        "S007",
        "from its first day to its last",
        "write 2026-12-24..2026-12-26",
    ),
    ({"mon": "8-17"}, ("mon",), "S007", "“8-17” is no time of opening", "8:00-17:30"),
    ({"mon": "8am-5pm"}, ("mon",), "S007", "“8am-5pm” is no time", ""),
    ({"mon": "8:00-24:30"}, ("mon",), "S007", "no time", ""),
    ({"mon": "8:00-8:00"}, ("mon",), "S007", "no time", ""),
    ({"mon": "25:00-26:00"}, ("mon",), "S007", "no time", ""),
    ({"mon": "8:60-9:00"}, ("mon",), "S007", "no time", ""),
    ({"mon": ""}, ("mon",), "S007", "“” is no time", ""),
    ({"mon": "8:00-9:00", "closed": ["xmas"]}, ("closed", 0), "S007", "“xmas” is no day", "us-"),
    ({"mon": "8:00-9:00", "closed": "xx-holidays"}, ("closed",), "S007", "country XX", "ISO"),
    (
        {"mon": "8:00-9:00", "closed": ["2026-12-24", "us-zz-holidays"]},
        ("closed", 1),
        "S007",
        "no part called ZZ",
        "TX",
    ),
    ({"mon": "8:00-9:00", "closed": ["2026-02-30"]}, ("closed", 0), "S007", "calendar", ""),
    ({"mon": "8:00-9:00", "force": "shut"}, ("force",), "S007", "open or closed", ""),
    ({"mon": "8:00-9:00", "reason": "pipe"}, ("reason",), "S006", "goes with force", ""),
    (
        {"mon": "8:00-9:00", "timezone": "America/Chicgo"},
        ("timezone",),
        "S007",
        "no time zone called “America/Chicgo”",
        "did you mean America/Chicago?",
    ),
    ({"mon": "8:00-9:00", "timezone": "../etc"}, ("timezone",), "S007", "no time zone", ""),
    ({"mon": "8:00-9:00", "timezone": "America"}, ("timezone",), "S007", "no time zone", ""),
    (
        {"mon-fri": "8:00-9:00", "wed": "10:00-11:00"},
        ("wed",),
        "S007",
        "Wednesday has times twice, in “mon-fri” and “wed”",
        "one line only",
    ),
    ({"mon": "closed"}, (), "S007", "no weekday on which they are open", "mon-fri"),
    ({}, (), "S007", "no weekday", ""),
]


@pytest.mark.parametrize(("written", "path", "code", "message", "remedy"), ERRORS)
def test_an_error_has_its_place_and_its_remedy(
    written: dict[str, str | list[str]],
    path: tuple[str | int, ...],
    code: str,
    message: str,
    remedy: str,
) -> None:
    found = hours.compile({"closed": [], **written}, timezone="UTC")
    errors = [each for each in found.findings if each.severity is Severity.ERROR]
    assert [(each.path, each.code) for each in errors] == [(path, code)]
    assert message in errors[0].message
    assert remedy in errors[0].help
    assert found.schedule is None


def test_a_wrong_zone_of_the_flow_is_told_for_the_whole_schedule() -> None:
    found = hours.compile({"mon": "8:00-9:00", "closed": []}, timezone="Mars/Olympus")
    assert [each.path for each in found.findings] == [()]
    assert found.schedule is None


def test_every_finding_is_told_at_once() -> None:
    found = hours.compile({"mun": "8:00-9:00", "tue": "x", "closed": "y"}, timezone="UTC")
    assert {each.path for each in found.findings} == {("mun",), ("tue",), ("closed",)}


@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        ({"mon": "8:00-9:00"}, (), "nothing about holidays"),
        ({"mon": "8:00-12:00, 11:00-17:00", "closed": ""}, ("mon",), "overlap at 11:00"),
        ({"mon": "8:00-11:59, 12:00-17:00", "closed": ""}, ("mon",), "from 11:59 to 12:00"),
        ({"mon-tue": "0:00-23:59", "closed": ""}, ("mon-tue",), "from 23:59 to midnight"),
        ({"fri": "22:00-6:00", "sat": "5:00-9:00", "closed": ""}, ("fri",), "night after Friday"),
    ],
)
def test_slips_are_advice_and_the_schedule_is_used(
    written: dict[str, str], path: tuple[str, ...], message: str
) -> None:
    if written.get("closed") == "":
        written = {**written, "closed": "2026-12-24"}
    found = hours.compile(written, timezone="UTC")
    assert found.schedule is not None
    assert [(each.path, each.code, each.severity) for each in found.findings] == [
        (path, "B001", Severity.INFO)
    ]
    assert message in found.findings[0].message


def test_special_days_twice_are_advice() -> None:
    written = {"mon": "8:00-9:00", "2026-12-24": "9:00-10:00", "2026-12-24..2026-12-24": "closed"}
    found = hours.compile(written, timezone="UTC")
    assert [each.code for each in found.findings] == ["B001"]
    assert "2026-12-24 has special times twice" in found.findings[0].message


def test_the_clinic_of_the_language_description_has_no_findings() -> None:
    written = {
        "mon-fri": "8:00-17:30",
        "sat": "9:00-12:00",
        "closed": ["us-holidays", "2026-12-24"],
    }
    assert hours.compile(written, timezone="America/Chicago").findings == ()


_TEXTS = st.text(alphabet="mon-frisatu 0123456789:.,closed", max_size=16)


@given(st.dictionaries(_TEXTS, _TEXTS | st.lists(_TEXTS, max_size=2), max_size=4))
def test_any_schedule_is_read_or_refused(written: dict[str, str | list[str]]) -> None:
    found = hours.compile(written, timezone="Europe/Madrid")
    errors = [each for each in found.findings if each.severity is Severity.ERROR]
    assert (found.schedule is None) == bool(errors)
    for each in found.findings:
        assert not each.path or each.path[0] in written
    if found.schedule is not None:
        for spans in found.schedule.week:
            assert all(0 <= first < last <= 2 * DAY for first, last in spans)
            assert all(a[1] < b[0] for a, b in pairwise(spans))
