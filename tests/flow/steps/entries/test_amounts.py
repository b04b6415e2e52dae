"""``number`` and ``money``."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.phrases import Phrase
from ivr.flow.steps.entries import Misfit, Progress
from ivr.flow.values import EvaluationError, Value
from tests.flow.steps.entries.keyed import entry_of, ground, pace, read_entry


def found(options: str, keyed: str, **scope: Value) -> Value | Phrase:
    value = entry_of(options).value(keyed, ground("en-US", **scope))
    return value.what if isinstance(value, Misfit) else value


@pytest.mark.parametrize(
    ("options", "keyed", "how"),
    [
        ("number", "123", "+++"),
        ("number; max: 31", "4", "!"),
        ("number; max: 31", "31", "+!"),
        ("number; max: 31", "05", "+!"),
        ("number; min: 10; max: 31", "12", ".!"),
        ("number; min: 10; max: 31", "4", "."),
        ("number; max: 5", "9", "!"),
        ("number; max: 120", "119", "++!"),
        ("number; max: 120", "13", "+!"),
        ("number; max: 0", "0", "!"),
        ("number", "123456789012345", "++++++++++++++!"),
    ],
)
def test_a_number_is_whole_when_no_longer_one_can_fit(options: str, keyed: str, how: str) -> None:
    assert pace(entry_of(options), keyed) == how


@pytest.mark.parametrize(
    ("options", "keyed", "value"),
    [
        ("number", "0042", 42),
        ("number", "0", 0),
        ("number; min: 5", "4", Phrase.NUMBER_LEAST),
        ("number; min: 5", "5", 5),
        ("number; max: 5", "6", Phrase.NUMBER_MOST),
        ("number; max: 5.5", "5", 5),
        ("money", "12", 12),
        ("money", "12*5", 12.5),
        ("money", "12*50", 12.5),
        ("money", "12*05", 12.05),
        ("money", "*50", 0.5),
        ("money", "12*", 12),
        ("money", "*", Phrase.NO_AMOUNT),
        ("money; min: 0.01", "0", Phrase.AMOUNT_LEAST),
        ("money; max: 500", "500*01", Phrase.AMOUNT_MOST),
        ("money; max: 500", "500*00", 500),
        ("money; format: cents", "1250", 12.5),
        ("money; format: cents", "5", 0.05),
        ("money; format: cents", "1200", 12),
        ("money; format: cents; max: 10", "1001", Phrase.AMOUNT_MOST),
    ],
)
def test_keys_become_a_number_or_the_reason_why_not(
    options: str, keyed: str, value: Value | Phrase
) -> None:
    assert found(options, keyed) == value
    assert type(found(options, keyed)) is type(value)


@pytest.mark.parametrize(
    ("options", "keyed", "how"),
    [
        ("money", "12*50", "++++!"),
        ("money; max: 500", "600", "++."),
        ("money; max: 500", "5000", "+++!"),
        ("money; min: 5", "4*99", "...!"),
        ("money; format: cents; max: 10", "1000", "+++!"),
        ("money", "1" * 13, "+" * 12 + "!"),
    ],
)
def test_an_amount_is_whole_with_its_cents(options: str, keyed: str, how: str) -> None:
    assert pace(entry_of(options), keyed) == how


def test_the_first_star_is_the_point_and_the_second_starts_again() -> None:
    money = entry_of("money")
    assert money.takes_star("")
    assert money.takes_star("12")
    assert not money.takes_star("12*")
    assert not money.takes_star("12*5")
    assert not entry_of("money; format: cents").takes_star("12")
    assert not entry_of("number").takes_star("12")


def test_a_limit_can_be_computed_in_the_call() -> None:
    assert found("money; max: '${balance}'", "12", balance=10.5) is Phrase.AMOUNT_MOST
    assert found("money; max: '${balance}'", "10", balance="10.50") == 10
    assert found("number; min: '${least + 1}'", "3", least=3) is Phrase.NUMBER_LEAST
    assert found("number; max: '${most}'", "3", most=None) == 3
    with pytest.raises(EvaluationError, match="a text, not a number"):
        found("number; max: '${most}'", "3", most="many")


def test_amounts_are_read_back_in_the_currency_of_the_place_where_there_is_one() -> None:
    money = entry_of("money; max: 5")
    assert money.read_back("en-GB") == "money"
    assert money.read_back("es-MX") == "number"
    assert money.read_back("xx-XX") == "number"
    assert [m.formatter for m in money.misfits("es-MX")] == ["", "number"]
    assert entry_of("number").read_back("en-US") == "number"


def test_only_the_limits_there_are_can_be_told() -> None:
    def told(options: str) -> list[Phrase]:
        return [misfit.what for misfit in entry_of(options).misfits("en-US")]

    assert told("number") == []
    assert told("number; min: 1") == [Phrase.NUMBER_LEAST]
    assert told("money; min: 1; max: 2") == [
        *(Phrase.NO_AMOUNT, Phrase.AMOUNT_LEAST, Phrase.AMOUNT_MOST)
    ]


@pytest.mark.parametrize("options", ["money; format: dollars", "money; format: [star]"])
def test_a_format_of_amounts_is_one_of_two(options: str) -> None:
    assert [code for code, _ in read_entry(options)[1]] == ["S007"]


def test_a_prompt_may_speak_of_as_many_digits_as_the_largest_has() -> None:
    assert [n for n in range(20) if entry_of("number; max: 99").may_say(n)] == [0, 1, 2]
    assert entry_of("number; max: 99").wanted == "up to 2"
    assert entry_of("number; max: '${n}'").may_say(9)
    assert entry_of("number").wanted == entry_of("money").wanted == ""


@given(st.integers(0, 99_999), st.text("0123456789", min_size=1, max_size=7))
def test_nothing_that_fits_lies_behind_a_whole_number(most: int, keyed: str) -> None:
    entry = entry_of(f"number; max: {most}")
    if entry.progress(keyed, ground()) is Progress.WHOLE:
        for digit in "0123456789":
            longer = entry.value(keyed + digit, ground())
            # Zeros in front say nothing new.
            assert isinstance(longer, Misfit) or keyed.startswith("0")
