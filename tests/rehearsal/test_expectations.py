"""Whether a value is the one a test expects, and how it is shown."""

from __future__ import annotations

from datetime import date

import pytest

from ivr.flow.values import Value
from ivr.rehearsal.expectations import fits_value, shown_value, unlike
from ivr.rehearsal.script import Expected


@pytest.mark.parametrize(
    ("actual", "value", "written", "fits"),
    [
        ("0042", "0042", "0042", True),
        ("42", 42, "42", True),
        (42, 42, "42", True),
        (42, "0042", "0042", False),
        (None, None, "null", True),
        (None, 0, "0", False),
        (0, None, "null", False),
        (True, True, "true", True),
        (date(2026, 12, 1), "2026-12-01", "2026-12-01", True),
        (date(2026, 12, 1), "2026-12-02", "2026-12-02", False),
        ({"a": 1}, {"a": 1}, None, True),
        ({"a": 1}, {"a": 2}, None, False),
        ([1, 2], [1, 2], None, True),
    ],
)
def test_a_value_is_compared_as_it_is_written(
    actual: Value, value: Value, written: str | None, fits: bool
) -> None:
    assert fits_value(actual, Expected("x", value, written)) is fits


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "empty"),
        (True, "true"),
        (False, "false"),
        ("tea", "“tea”"),
        (2, "2"),
        ({"id": "c-1", "n": [1, None]}, "{id: c-1, n: [1, null]}"),
    ],
)
def test_a_value_is_shown_in_words(value: Value, shown: str) -> None:
    assert shown_value(value) == shown


def test_of_a_map_the_first_wrong_field_is_told_and_shown_as_it_may_be() -> None:
    actual: Value = {"pin": "4711", "by": "phone"}
    public: Value = {"pin": "••••", "by": "phone"}
    assert unlike(actual, public, [Expected("by", "phone", "phone")]) == ""
    assert unlike(actual, public, [Expected("pin", "4711", "4711")]) == ""
    assert unlike(actual, public, [Expected("pin", 1, "1")]) == "“pin” is “••••”"
    assert unlike(actual, public, [Expected("to", 1, "1")]) == "it has no “to”"
    assert unlike(None, None, [Expected("to", 1, "1")]) == "it has no “to”"
    assert unlike(None, None, []) == ""
