"""``date`` and ``time``."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.phrases import Phrase
from ivr.flow.speech import TONGUES
from ivr.flow.steps.entries import Misfit
from ivr.flow.steps.entries.moments import Date, Time, in_afternoon
from ivr.flow.values import EvaluationError, Value
from tests.flow.steps.entries.keyed import entry_of, ground, pace, read_entry


def found(options: str, keyed: str, locale: str = "en-US", **scope: Value) -> Value | Phrase:
    value = entry_of(options).value(keyed, ground(locale, **scope))
    return value.what if isinstance(value, Misfit) else value


@pytest.mark.parametrize(
    ("options", "keyed", "locale", "day"),
    [
        ("date", "12012026", "en-US", date(2026, 12, 1)),
        ("date", "12012026", "en-GB", date(2026, 1, 12)),
        ("date", "31122026", "es-US", date(2026, 12, 31)),
        ("date", "31122026", "es-ES", date(2026, 12, 31)),
        ("date", "120126", "en-US", date(2026, 12, 1)),
        ("date; format: DDMMYYYY", "31122026", "en-US", date(2026, 12, 31)),
        ("date; format: MMDDYYYY", "12312026", "es-ES", date(2026, 12, 31)),
        ("date; format: MMDDYY", "123126", "en-US", date(2026, 12, 31)),
        ("date", "02292028", "en-US", date(2028, 2, 29)),
        ("date", "31122026", "xx-XX", date(2026, 12, 31)),
    ],
)
def test_a_day_is_keyed_in_the_order_of_the_language(
    options: str, keyed: str, locale: str, day: date
) -> None:
    assert found(options, keyed, locale) == day


@pytest.mark.parametrize(
    ("options", "keyed"),
    [
        ("date", "02292027"),
        ("date", "13012026"),
        ("date", "1201"),
        ("date", "1201202"),
        ("date", "12011066"),
        ("date", "00012026"),
        ("date; format: MMDDYYYY", "120126"),
        ("date; format: MMDDYY", "12012026"),
        ("date", ""),
    ],
)
def test_what_is_no_day_of_the_calendar_does_not_fit(options: str, keyed: str) -> None:
    assert found(options, keyed) is Phrase.NO_DATE_MONTH_FIRST


@pytest.mark.parametrize(
    ("keyed", "how"),
    [
        ("120126", ".....!"),
        ("120120", ".....+"),
        ("12012026", ".....+.!"),
        ("130126", "......"),
        ("02302026", ".......!"),
    ],
)
def test_six_digits_are_whole_unless_they_can_begin_a_year_of_four(keyed: str, how: str) -> None:
    assert pace(entry_of("date"), keyed) == how


def test_a_given_format_has_one_length() -> None:
    assert pace(entry_of("date; format: MMDDYY"), "120120") == ".....!"
    assert pace(entry_of("date; format: MMDDYYYY"), "12012020") == ".......!"


@pytest.mark.parametrize(
    ("options", "keyed", "expected"),
    [
        ("date; min: today", "11222026", Phrase.DATE_LEAST),
        ("date; min: today", "11232026", date(2026, 11, 23)),
        ("date; max: today + 30 days", "12242026", Phrase.DATE_MOST),
        ("date; max: today + 30 days", "12232026", date(2026, 12, 23)),
        ("date; min: today - 1 day", "11222026", date(2026, 11, 22)),
        ("date; min: '${today + 1 day}'", "11232026", Phrase.DATE_LEAST),
        ("date; min: '${today()}'", "11222026", Phrase.DATE_LEAST),
        ("date; max: 2026-12-31", "01012027", Phrase.DATE_MOST),
        ("date; max: '${last}'", "01012027", Phrase.DATE_MOST),
        ("date; max: '${gone}'", "01012027", date(2027, 1, 1)),
    ],
)
def test_a_day_lies_between_its_limits(options: str, keyed: str, expected: Value | Phrase) -> None:
    assert found(options, keyed, last="2026-12-31") == expected


def test_a_moment_that_limits_counts_on_the_flows_own_clock() -> None:
    late = datetime(2026, 12, 2, 3, 0, tzinfo=ZoneInfo("UTC"))
    assert found("date; max: '${last}'", "12022026", last=late) is Phrase.DATE_MOST
    assert found("date; max: '${last}'", "12012026", last=late) == date(2026, 12, 1)


def test_a_limit_that_is_no_date_is_a_fault_of_the_flow() -> None:
    with pytest.raises(EvaluationError, match="a number, not a date"):
        found("date; max: '${last}'", "12022026", last=3)


@pytest.mark.parametrize(
    ("options", "keyed", "year"),
    [
        ("date", "010146", 2046),
        ("date", "010147", 1947),
        ("date; max: today", "010126", 2026),
        ("date; max: today", "010127", 1927),
        ("date; min: today", "010147", 2047),
    ],
)
def test_a_year_of_two_digits_is_the_nearest_that_fits(options: str, keyed: str, year: int) -> None:
    assert found(options, keyed) == date(year, 1, 1)


def test_a_year_of_two_digits_that_never_fits_is_told_by_its_nearest_day() -> None:
    assert found("date; min: 2026-11-01; max: 2026-12-31", "010126") is Phrase.DATE_LEAST
    assert found("date; min: 2026-11-01; max: 2026-12-31", "010127") is Phrase.DATE_MOST


@pytest.mark.parametrize("code", TONGUES)
def test_order_and_clock_are_those_cldr_knows(code: str) -> None:
    locale = Locale.parse(code.replace("-", "_"))
    pattern = locale.date_formats["short"].pattern.lower()
    assert TONGUES[code].month_first == (pattern.index("m") < pattern.index("d"))
    if code != "en-GB":  # written from 0 to 23 there, and told by the half of the day
        assert TONGUES[code].twelve_hours == ("h" in locale.time_formats["short"].pattern)


@pytest.mark.parametrize(
    ("keyed", "locale", "expected"),
    [
        ("0930", "en-US", time(9, 30)),
        ("930", "en-US", time(9, 30)),
        ("1230", "en-US", time(0, 30)),
        ("1300", "en-US", Phrase.NO_TIME_12),
        ("0030", "es-US", Phrase.NO_TIME_12),
        ("1060", "en-US", Phrase.NO_TIME_12),
        ("9", "en-US", Phrase.NO_TIME_12),
        ("1730", "es-ES", time(17, 30)),
        ("0030", "es-ES", time(0, 30)),
        ("930", "es-ES", time(9, 30)),
        ("2400", "es-ES", Phrase.NO_TIME_24),
        ("1730", "fr-FR", time(17, 30)),
    ],
)
def test_a_time_is_keyed_on_the_clock_of_the_language(
    keyed: str, locale: str, expected: Value | Phrase
) -> None:
    assert found("time", keyed, locale) == expected


@pytest.mark.parametrize(
    ("keyed", "locale", "how"),
    [
        ("0930", "en-US", "...!"),
        ("930", "en-US", "..!"),
        ("130", "en-US", "..+"),
        ("245", "en-US", "..+"),
        ("255", "en-US", "..!"),
        ("113", "en-US", "..+"),
        ("100", "en-US", "..+"),
        ("1730", "en-US", "...!"),
        ("130", "es-ES", "..+"),
        ("930", "es-ES", "..!"),
        ("235", "es-ES", "..+"),
    ],
)
def test_three_digits_are_whole_unless_a_longer_time_begins_like_them(
    keyed: str, locale: str, how: str
) -> None:
    assert pace(entry_of("time"), keyed, ground(locale)) == how


@pytest.mark.parametrize(
    ("options", "locale", "halves"),
    [
        ("time", "en-US", True),
        ("time", "en-GB", True),
        ("time", "es-US", True),
        ("time", "es-ES", False),
        ("time", "de-DE", False),
        ("time", "xx-XX", False),
        ("time; format: 24", "en-US", False),
        ("time; format: 12", "es-ES", True),
    ],
)
def test_the_half_of_the_day_is_asked_for_where_clocks_have_twelve_hours(
    options: str, locale: str, halves: bool
) -> None:
    entry = entry_of(options)
    assert isinstance(entry, Time)
    assert entry.has_halves(locale) is halves


@given(st.times())
def test_afternoon_is_the_same_time_twelve_hours_later(moment: time) -> None:
    later = in_afternoon(moment)
    assert later.hour in range(12, 24)
    assert (later.hour % 12, later.minute) == (moment.hour % 12, moment.minute)


@given(st.dates(date(1950, 1, 1), date(2045, 12, 31)), st.sampled_from(sorted(TONGUES)))
def test_every_day_can_be_keyed_with_eight_digits(day: date, locale: str) -> None:
    entry = Date()
    order = "%m%d" if entry.month_first(locale) else "%d%m"
    assert entry.value(day.strftime(order) + f"{day.year:04}", ground(locale)) == day


def test_every_misfit_can_be_told_beforehand() -> None:
    def told(options: str, locale: str) -> list[Phrase]:
        return [misfit.what for misfit in entry_of(options).misfits(locale)]

    assert told("date", "en-US") == [Phrase.NO_DATE_MONTH_FIRST]
    assert told("date; min: today; max: today", "es-ES") == [
        *(Phrase.NO_DATE_DAY_FIRST, Phrase.DATE_LEAST, Phrase.DATE_MOST)
    ]
    assert told("time", "en-US") == [Phrase.NO_TIME_12]
    assert told("time", "es-ES") == [Phrase.NO_TIME_24]


@pytest.mark.parametrize(
    "options", ["date; format: YYYYMMDD", "time; format: 30", "time; format: [12]"]
)
def test_a_format_nobody_knows_is_refused(options: str) -> None:
    assert [code for code, _ in read_entry(options)[1]] == ["S007"]


def test_a_prompt_may_speak_of_the_whole_and_of_its_parts() -> None:
    assert [n for n in range(10) if entry_of("date").may_say(n)] == [2, 4, 6, 8]
    assert [n for n in range(10) if entry_of("date; format: MMDDYY").may_say(n)] == [2, 6]
    assert [n for n in range(10) if entry_of("time").may_say(n)] == [2, 3, 4]
    assert (entry_of("date").wanted, entry_of("time").wanted) == ("6 or 8", "3 or 4")
    assert (entry_of("date").read_back("en-US"), entry_of("time").read_back("en-US")) == (
        *("date", "time"),
    )
    assert not entry_of("date").takes_star("1")
    assert not entry_of("time").takes_star("1")
