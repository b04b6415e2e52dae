"""How a change of opening hours is told: weekdays, single days, calendars, and by hand."""

from __future__ import annotations

import pytest

from ivr.flow.edit.diff_hours import of_hours, said
from ivr.flow.hours import Schedule
from tests.flow.edit.versions import BASE, version

DESK = "    mon-fri: 9:00-17:00\n    sat: 10:00-12:00\n    closed: [us-holidays, 2026-12-24]\n"


def hours(*lines: str) -> Schedule:
    """A compiled schedule of these lines."""
    written = "".join(f"    {line}\n" for line in lines)
    assert DESK in BASE["main.yaml"]
    files = {**BASE, "main.yaml": BASE["main.yaml"].replace(DESK, written)}
    return version(files).flows.flows["main"].hours["desk"]


USUAL = ("mon-fri: 9:00-17:00", "sat: 10:00-12:00")


@pytest.mark.parametrize(
    ("after", "sentences"),
    [
        (USUAL, []),
        (("mon-fri: 9:00-17:30", USUAL[1]), ["Monday to Friday close at 17:30 (before 17:00)"]),
        (
            ("mon-thu: 9:00-17:00", "fri: 8:00-17:00", USUAL[1]),
            ["Friday opens at 8:00 (before 9:00)"],
        ),
        (
            ("mon, tue: 9:00-12:00, 13:00-17:00", "wed-fri: 9:00-17:00", USUAL[1]),
            ["Monday and Tuesday are now 9:00–12:00 and 13:00–17:00 (before 9:00–17:00)"],
        ),
        (USUAL[:1], ["Saturday is now closed (before 10:00–12:00)"]),
        (
            ("mon-fri: 9:00-17:00", "sat-sun: 22:00-6:00"),
            [
                "Saturday is now 22:00–6:00 (before 10:00–12:00)",
                "Sunday is now 22:00–6:00 (before closed)",
            ],
        ),
        (
            (*USUAL, "closed: [2026-12-24, 2026-12-28..2026-12-30, us-holidays]"),
            [
                "December 24, 2026 is now closed",
                "December 28, 2026 to December 30, 2026 is now closed",
                "now closed on us-holidays",
            ],
        ),
        ((*USUAL, "2026-12-24: 9:00-12:00"), ["December 24, 2026 is now 9:00–12:00"]),
        (
            (*USUAL, "force: closed", "reason: Snow"),
            ["closed whatever the times say, “Snow” (before: open and closed as the times say)"],
        ),
    ],
)
def test_a_change_of_hours_is_told(after: tuple[str, ...], sentences: list[str]) -> None:
    assert list(of_hours(hours(*USUAL), hours(*after))) == sentences


def test_days_that_are_as_any_other_again_are_told_with_what_they_were() -> None:
    before = hours(*USUAL, "2026-12-24: 9:00-12:00", "closed: [2026-12-31, us-holidays]")
    assert list(of_hours(before, hours(*USUAL))) == [
        "December 24, 2026 is as any other day (before 9:00–12:00)",
        "December 31, 2026 is as any other day (before closed)",
        "no longer closed on us-holidays",
    ]


def test_times_are_told_as_the_clock_shows_them() -> None:
    assert said([]) == "closed"
    assert said([(0, 1440)]) == "open all day"
    assert said([(1320, 1440 + 360)]) == "22:00–6:00"
    assert said([(480, 1440)]) == "8:00–24:00"
