"""Numbers as digits and names of scales."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.speech.tongue import Scale, ScaledNumber

WORDS = ScaledNumber(
    "minus", "point", (Scale(10**6, "1 million", "{} million"), Scale(10**3, "1 thousand", "{} k"))
)


@pytest.mark.parametrize(
    ("number", "plain_below", "text"),
    [
        ("0", 1000, "0"),
        ("-0", 1000, "0"),
        ("-0.50", 1000, "minus 0 point 5"),
        ("999", 1000, "999"),
        ("1000", 1000, "1 thousand"),
        ("9999", 10_000, "9999"),
        ("12345", 10_000, "12 k 345"),
        ("1000001", 10_000, "1 million 1"),
        ("5000000000", 1000, "5 k million"),
        ("1E+3", 1000, "1 thousand"),
    ],
)
def test_large_numbers_are_said_by_their_scales(number: str, plain_below: int, text: str) -> None:
    assert WORDS(Decimal(number), plain_below) == text


@given(st.integers(0, 10**9 - 1))
def test_what_is_said_adds_up_to_the_number(number: int) -> None:
    total = 0
    said = WORDS(Decimal(number), 1000).replace("thousand", "k").split()
    while said:
        count = int(said.pop(0))
        unit = {"k": 10**3, "million": 10**6}.get(said[0], 1) if said else 1
        if unit > 1:
            said.pop(0)
        total += count * unit
    assert total == number
