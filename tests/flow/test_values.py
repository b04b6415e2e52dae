"""Values: what a scalar is, how values compare, and that they survive being stored."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.hours import compile as compile_hours
from ivr.flow.values import (
    DEPTH_MAX,
    INTEGER_MAX,
    EvaluationError,
    Value,
    before,
    equal,
    from_plain,
    is_number,
    kind_name,
    local,
    moment_in,
    number_in,
    plain_text,
    scalar,
    to_plain,
)

CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-3", -3),
        ("12.50", 12.5),
        ("1e3", 1000.0),
        ("true", True),
        ("false", False),
        ("null", None),
        (str(INTEGER_MAX), INTEGER_MAX),
    ],
)
def test_json_numbers_and_constants_are_values_of_their_own(text: str, value: Value) -> None:
    found = scalar(text, quoted=False)
    assert found == value
    assert type(found) is type(value)
    assert scalar(text, quoted=True) == text


@pytest.mark.parametrize(
    "text",
    [
        *("0042", "+15550123", "9:30", "yes", "no", "on", "True", "NULL", "~", "", ".5", "5."),
        *("1_000", "0x1F", "0o17", "1e999", ".inf", ".nan", "2026-12-01", "1 2", "١٢"),
        *(str(INTEGER_MAX + 1), "4" * 30, "9" * 5000),
    ],
)
def test_everything_else_stays_text(text: str) -> None:
    assert scalar(text, quoted=False) == text


@given(st.text(max_size=30))
def test_every_scalar_is_a_value_that_can_be_stored(text: str) -> None:
    value = scalar(text, quoted=False)
    assert from_plain(to_plain(value)) == value


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0042", 42),
        (" 7 ", 7),
        ("12.50", 12.5),
        ("-1", -1),
        ("1,234", None),
        ("", None),
        ("x", None),
    ],
)
def test_a_text_may_be_written_as_a_number(text: str, number: float | None) -> None:
    assert number_in(text) == number


def test_a_text_may_be_written_as_a_date_a_moment_or_a_time() -> None:
    assert moment_in("2026-12-01") == date(2026, 12, 1)
    assert moment_in("2026-12-01T09:30") == datetime(2026, 12, 1, 9, 30)
    assert moment_in("2026-12-01 09:30:15") == datetime(2026, 12, 1, 9, 30, 15)
    assert moment_in("2026-12-01t09:30z") == datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    offset = timezone(timedelta(hours=-6))
    assert moment_in("2026-12-01T09:30:00-06:00") == datetime(2026, 12, 1, 9, 30, tzinfo=offset)
    assert moment_in("9:30") == time(9, 30)
    assert moment_in("09:30:15") == time(9, 30, 15)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "25:00", "2026-W01", "20261201", "soon", "9.30", ""]
)
def test_other_texts_are_no_date(text: str) -> None:
    assert moment_in(text) is None


def test_a_moment_without_an_offset_is_on_the_local_clock_already() -> None:
    naive = datetime(2026, 12, 1, 9, 30)
    assert local(naive, CHICAGO) == datetime(2026, 12, 1, 9, 30, tzinfo=CHICAGO)
    moment = datetime(2026, 12, 1, 15, 30, tzinfo=UTC)
    assert local(moment, CHICAGO).hour == 9
    assert local(moment, None) is moment


# --------------------------------------------------------------------------- comparing


def test_nothing_equals_null_not_even_null() -> None:
    assert not equal(None, None)
    assert not equal(None, 0)
    assert before(None, 1) is None
    assert before("a", None) is None


def test_true_is_not_one_and_a_text_is_never_a_number() -> None:
    assert not equal(True, 1)
    assert not equal("1", 1)
    assert equal(1, 1.0)
    assert is_number(1.5)
    assert not is_number(True)


def test_lists_and_maps_are_equal_when_what_they_hold_is() -> None:
    assert equal([1, {"a": [None, "x"]}], [1.0, {"a": [None, "x"]}])
    assert not equal([1], [True])
    assert not equal([1], [1, 2])
    assert not equal({"a": 1}, {"b": 1})
    assert not equal({"a": None}, {"a": 1})
    assert not equal([1], {"a": 1})


def test_a_date_equals_a_moment_on_it() -> None:
    moment = datetime(2026, 12, 1, 9, 30, tzinfo=CHICAGO)
    assert equal(date(2026, 12, 1), moment)
    assert before(moment, date(2026, 12, 1)) is False
    assert before(moment, date(2026, 12, 2)) is True


def test_moments_compare_by_the_time_that_has_passed() -> None:
    here = datetime(2026, 12, 1, 9, 30, tzinfo=CHICAGO)
    there = datetime(2026, 12, 1, 15, 30, tzinfo=UTC)
    assert equal(here, there)
    assert before(here, there + timedelta(minutes=1)) is True
    assert equal(here, datetime(2026, 12, 1, 9, 30))
    assert equal(datetime(2026, 12, 1, 9, 30), here)
    assert equal(datetime(2026, 12, 1, 9, 30), datetime(2026, 12, 1, 9, 30))


def test_the_second_of_two_doubled_hours_comes_after_the_first() -> None:
    first = datetime(2026, 11, 1, 1, 30, tzinfo=CHICAGO)
    second = first.replace(fold=1)
    assert before(first, second) is True
    assert not equal(first, second)


def test_numbers_texts_and_times_have_an_order() -> None:
    assert before(1, 1.5) is True
    assert before("b", "a") is False
    assert before(time(9), time(10)) is True
    assert equal(time(9), time(9, 0))


@pytest.mark.parametrize("pair", [("1", 1), (True, False), ([1], [2]), ({}, {}), (time(9), "9:00")])
def test_what_has_no_order_says_so_without_showing_the_values(pair: tuple[Value, Value]) -> None:
    with pytest.raises(EvaluationError, match="cannot be compared with"):
        before(*pair)


def test_comparing_stops_at_a_depth() -> None:
    with pytest.raises(EvaluationError, match="too deep"):
        equal(_nested(DEPTH_MAX + 2), _nested(DEPTH_MAX + 2))


def test_kinds_have_names() -> None:
    values: list[Value] = [None, True, 1, 1.5, "a", date.min, datetime.min, time(), [], {}]
    assert [kind_name(value) for value in values] == [
        *("nothing", "true or false", "a number", "a number", "a text"),
        *("a date", "a date", "a time", "a list", "a map"),
    ]


# --------------------------------------------------------------------------- as plain data


def _nested(depth: int) -> Value:
    value: Value = 1
    for _ in range(depth):
        value = [value]
    return value


_MOMENTS = st.datetimes(
    min_value=datetime(1990, 1, 1),
    max_value=datetime(2090, 1, 1),
    timezones=st.sampled_from([None, UTC, CHICAGO, timezone(timedelta(hours=5, minutes=30))]),
    # A time the clocks skip is no moment; nothing of ours makes one.
    allow_imaginary=False,
)
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-INTEGER_MAX, INTEGER_MAX)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10)
    | st.dates()
    | st.times().map(lambda moment: moment.replace(fold=0))
    | _MOMENTS
)
_VALUES: st.SearchStrategy[Value] = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=5) | st.sampled_from(["$date", "$", "$$x"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(_VALUES)
def test_every_value_survives_being_stored_as_json(value: Value) -> None:
    stored = msgspec.json.decode(msgspec.json.encode(to_plain(value)))
    back = from_plain(stored)
    assert back == value
    assert repr(_without_zone_objects(back)) == repr(_without_zone_objects(value))


def _without_zone_objects(value: Value) -> object:
    """UTC may come back as an offset of nothing; the instant and the clock must be as they were."""
    match value:
        case datetime():
            return (value.replace(tzinfo=None, fold=0), value.utcoffset())
        case list():
            return [_without_zone_objects(item) for item in value]
        case dict():
            return {name: _without_zone_objects(held) for name, held in value.items()}
        case _:
            return value


def test_a_stored_moment_keeps_its_zone() -> None:
    moment = datetime(2026, 11, 1, 1, 30, tzinfo=CHICAGO, fold=1)
    back = from_plain(to_plain(moment))
    assert isinstance(back, datetime)
    assert back.tzinfo is CHICAGO
    assert back.fold == 1


def test_opening_hours_are_stored_as_the_fields_they_had() -> None:
    schedule = compile_hours(
        {"mon": "8:00-9:00", "closed": []}, timezone="America/Chicago"
    ).schedule
    assert schedule is not None
    opening = schedule.at(datetime(2026, 11, 23, 8, 30, tzinfo=CHICAGO))
    stored = from_plain(to_plain(opening))
    assert isinstance(stored, dict)
    assert stored["open"] is True
    assert stored["closes_at"] == datetime(2026, 11, 23, 9, 0, tzinfo=CHICAGO)


def test_a_value_too_deep_is_not_stored() -> None:
    assert to_plain(_nested(DEPTH_MAX))
    with pytest.raises(EvaluationError, match="deeper than"):
        to_plain(_nested(DEPTH_MAX + 1))


def test_plain_data_of_someone_else_is_refused() -> None:
    with pytest.raises(ValueError, match="not a stored value"):
        from_plain(object())
    with pytest.raises(ValueError, match="Invalid isoformat"):
        from_plain({"$date": "soon"})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (42, "42"),
        (3.0, "3"),
        (1234.5, "1234.5"),
        (1e20, "1e+20"),
        ("a  b", "a  b"),
        (date(2026, 12, 1), "2026-12-01"),
        (time(9, 30), "09:30:00"),
        (datetime(2026, 12, 1, 9, 30), "2026-12-01T09:30:00"),
    ],
)
def test_machines_read_values_plainly(value: Value, text: str) -> None:
    assert plain_text(value) == text


def test_lists_and_maps_cannot_stand_in_a_text() -> None:
    with pytest.raises(EvaluationError, match="a list cannot stand in a text"):
        plain_text([1])
