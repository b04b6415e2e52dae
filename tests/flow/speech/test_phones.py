"""Telephone numbers in the groups of their country."""

from __future__ import annotations

import pytest

from ivr.flow.speech.english import EN_GB, EN_US
from ivr.flow.speech.phones import group_sizes, grouped_digits, spoken_phone
from ivr.flow.speech.spanish import ES_ES, ES_US
from ivr.flow.speech.tongue import FormatError, Tongue


@pytest.mark.parametrize(
    ("number", "tongue", "text"),
    [
        ("+13125550123", EN_US, "3 1 2, 5 5 5, 0 1 2 3"),
        ("(312) 555-0123", EN_US, "3 1 2, 5 5 5, 0 1 2 3"),
        ("+13125550123", ES_US, "3 1 2, 5 5 5, 0 1 2 3"),
        ("+13125550123", EN_GB, "plus 1, 3 1 2, 5 5 5, 0 1 2 3"),
        ("+442079460958", EN_GB, "0 2 0, 7 9 4 6, 0 9 5 8"),
        ("+442079460958", EN_US, "plus 4 4, 2 0, 7 9 4 6, 0 9 5 8"),
        ("+34912345678", ES_ES, "9 1 2, 3 4, 5 6, 7 8"),
        ("+34912345678", ES_US, "más 3 4, 9 1 2, 3 4, 5 6, 7 8"),
        ("911", EN_US, "9 1 1"),
        ("+999123456789", EN_US, "9 9 9 1, 2 3 4 5, 6 7 8 9"),
        ("12", EN_US, "1 2"),
    ],
)
def test_a_number_is_said_in_the_groups_people_know(number: str, tongue: Tongue, text: str) -> None:
    assert spoken_phone(number, tongue) == text


@pytest.mark.parametrize("number", ["", "+", "anonymous", "sip:a@b", "1", "1" * 16, "+1 312 CALL"])
def test_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(FormatError, match="not a telephone number"):
        spoken_phone(number, EN_US)


@pytest.mark.parametrize("length", range(1, 65))
def test_groups_have_three_or_four_characters(length: int) -> None:
    sizes = group_sizes(length)
    assert sum(sizes) == length
    if length > 5:
        assert set(sizes) <= {3, 4}


def test_nothing_has_no_groups() -> None:
    assert grouped_digits("") == ""
