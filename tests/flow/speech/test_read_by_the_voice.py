"""English words for values as the embedded voice pronounces them: by its sounds, not by ear."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import cache

import pytest
from num2words import num2words  # type: ignore[import-untyped]

from ivr.flow.speech import Moment, speak
from ivr.flow.values import Value
from ivr.voices.embedded.hibari import readable

_STRESS_AND_PAUSES = re.compile(r"[ˈˌ ,.]")
TODAY = Moment(date(2026, 11, 23))


@cache
def voice() -> Callable[[str], str]:
    """What turns English into sounds for it, without a model; half a second to load."""
    from hibari.g2p import G2P  # type: ignore[import-untyped]

    sounds: Callable[[str], str | tuple[str, ...]] = G2P(british=False)

    def read(text: str) -> str:
        found = sounds(readable(text))
        return _STRESS_AND_PAUSES.sub("", found if isinstance(found, str) else found[0])

    return read


def said(value: Value, formatter: str) -> str:
    return speak(value, [(formatter, ())], "en-US", TODAY)


def words(number: int) -> str:
    """A number as Americans say it."""
    return str(num2words(number)).replace(" and ", " ").replace("-", " ")


def test_a_plain_number_of_four_digits_would_be_read_like_a_year() -> None:
    assert voice()("1234") == voice()("twelve thirty four")
    assert voice()("1234 dollars") == voice()("one thousand two hundred thirty four dollars")
    assert voice()("in 2026 we") == voice()("in twenty twenty six we")


@pytest.mark.parametrize(
    "amount", [2, 21, 100, 999, 1000, 1066, 1234, 1905, 2010, 9999, 45_678, 1_001_000, 3_200_000]
)
def test_amounts_and_numbers_are_read_as_such(amount: int) -> None:
    read = voice()
    assert read(said(amount, "money")) == read(f"{words(amount)} dollars")
    assert read(said(amount, "number")) == read(words(amount))
    cents = said(amount + 0.5, "money")
    assert read(cents) == read(f"{words(amount)} dollars and fifty cents")


@pytest.mark.parametrize(
    ("value", "formatter", "as_if"),
    [
        ("2026-12-01", "date", "Tuesday, December first"),
        ("2027-03-05", "date", "March fifth, twenty twenty seven"),
        (3.14, "number", "three point one four"),
        ("12345678", "digits", "one two three four, five six seven eight"),
        ("+13125550123", "phone", "three one two, five five five, zero one two three"),
        (112, "ordinal", "one hundred twelfth"),
        (5400, "duration", "one hour and thirty minutes"),
        (4.5, "percent", "four point five percent"),
    ],
)
def test_what_is_written_with_figures_is_read_as_meant(
    value: Value, formatter: str, as_if: str
) -> None:
    assert voice()(said(value, formatter)) == voice()(as_if)


def test_letters_are_not_read_as_words() -> None:
    letter = voice()("A.")
    assert voice()(said("A1", "digits")).startswith(letter)
    assert voice()(said("A1", "spell")).startswith(letter)
    spelled = speak("a", [("spell", ("words",))], "en-US", TODAY)
    assert voice()(spelled) == letter + voice()("as in Alpha")
