"""Operators: arithmetic that keeps money exact, comparisons, and their limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.expression.operators import COMPARE, compute, item, negative, truth
from ivr.flow.values import INTEGER_MAX, LIST_MAX, TEXT_MAX, EvaluationError, Value


@pytest.mark.parametrize(
    ("sign", "left", "right", "result"),
    [
        ("+", 0.1, 0.2, 0.3),
        ("-", 10.10, 10.00, 0.1),
        ("*", 19.99, 3, 59.97),
        ("/", 7, 2, 3.5),
        ("/", 6, 2, 3),
        ("/", -7, 2, -3.5),
        ("%", 7, 3, 1),
        ("%", -7, 3, -1),
        ("%", 7, -3, 1),
        ("%", 7.0, 3, 1),
        ("+", "a", "b", "ab"),
        ("+", [1], [2], [1, 2]),
        ("+", None, 1, None),
        ("*", 1, None, None),
    ],
)
def test_arithmetic_gives_what_people_expect(
    sign: str, left: Value, right: Value, result: Value
) -> None:
    found = compute(sign, left, right)
    assert found == result
    assert type(found) is type(result)


@pytest.mark.parametrize(
    ("sign", "left", "right", "message"),
    [
        ("/", 1, 0, "divided by 0"),
        ("%", 1, 0.0, "divided by 0"),
        ("%", 1.5, 1, "whole numbers"),
        ("+", "a", 1, "a text and a number cannot be added"),
        ("-", "a", "b", "cannot be subtracted"),
        ("*", "a", 3, "a text and a number cannot be multiplied"),
        ("+", True, 1, "true or false and a number cannot be added"),
        ("/", [], {}, "a list and a map cannot be divided"),
        ("+", INTEGER_MAX, 1, "too large"),
        ("*", 1e200, 1e200, "too large"),
        ("/", 10**400, 3, "too large"),
        ("+", "a" * TEXT_MAX, "b", "characters at most"),
        ("+", [0] * LIST_MAX, [0], "items at most"),
    ],
)
def test_what_cannot_be_computed_is_one_sentence(
    sign: str, left: Value, right: Value, message: str
) -> None:
    with pytest.raises(EvaluationError, match=message):
        compute(sign, left, right)


_CENTS = st.integers(-(10**12), 10**12)


@given(_CENTS, _CENTS)
def test_amounts_add_up_to_the_cent(a: int, b: int) -> None:
    total = compute("+", a / 100, b / 100)
    assert total == (a + b) / 100
    assert compute("-", total, b / 100) == a / 100


_NUMBERS = st.integers(-(2**64), 2**64) | st.floats(allow_nan=False, allow_infinity=False)


@given(st.sampled_from("+-*/%"), _NUMBERS, _NUMBERS)
def test_numbers_give_a_number_or_a_sentence(sign: str, left: float, right: float) -> None:
    try:
        result = compute(sign, left, right)
    except EvaluationError:
        return
    assert isinstance(result, (int, float))
    assert abs(result) < float("inf")


def test_comparisons_do_not_hold_for_null() -> None:
    for sign, compare in COMPARE.items():
        assert compare(None, 1) is False, sign
        assert compare("a", None) is False, sign


@pytest.mark.parametrize(
    ("left", "sign", "right"),
    [
        (1, "<", 2),
        (2, "<=", 2),
        (1, "<=", 2),
        (3, ">", 2),
        (2, ">=", 2),
        ("a", "!=", "b"),
        (1, "!=", "1"),
        ("a", "in", ["b", "a"]),
        ("a", "in", {"a": None}),
    ],
)
def test_comparisons_hold(left: Value, sign: str, right: Value) -> None:
    assert COMPARE[sign](left, right) is True


@pytest.mark.parametrize(
    ("left", "sign", "right"),
    [(2, "<", 2), (3, "<=", 2), (2, ">", 2), (1, ">=", 2), (1, "in", ["1"]), (1, "in", {"1": 1})],
)
def test_comparisons_do_not_hold(left: Value, sign: str, right: Value) -> None:
    assert COMPARE[sign](left, right) is False


def test_only_true_is_true() -> None:
    assert truth(True)
    assert not truth(False)
    assert not truth(None)
    others: list[Value] = [1, 0, "", "true", [], {}]
    for other in others:
        with pytest.raises(EvaluationError):
            truth(other)


def test_small_steps_pass_null_on() -> None:
    assert negative(None) is None
    assert negative(2) == -2
    assert item({"a": 1}, None) is None
    assert item([1], 0) == 1
