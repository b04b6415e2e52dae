"""English grammar: ordinals and lists."""

from __future__ import annotations

import pytest

from ivr.flow.speech.english import EN_GB, EN_US


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (13, "13th"), (22, "22nd"),
     (31, "31st"), (101, "101st"), (111, "111th"), (0, "0th")],
)  # fmt: skip
def test_ordinals_have_their_letters(number: int, text: str) -> None:
    assert EN_US.ordinal(number, False) == text


def test_three_things_have_a_comma_before_and() -> None:
    assert EN_US.listed([], "and") == ""
    assert EN_US.listed(["a", "b"], "and") == "a and b"
    assert EN_US.listed(["a", "b", "c"], "and") == "a, b, and c"


def test_britain_differs_where_people_do() -> None:
    assert (EN_GB.currency, EN_GB.country, EN_GB.symbols["#"]) == ("GBP", "GB", "hash")
    assert EN_GB.timed is EN_US.timed


def test_dates_begin_with_the_month_in_america_only_and_clocks_have_twelve_hours_in_both() -> None:
    assert (EN_US.month_first, EN_GB.month_first) == (True, False)
    assert EN_US.twelve_hours
    assert EN_GB.twelve_hours
