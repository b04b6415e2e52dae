"""Spanish grammar: gender, “e” and “u”, millions “de”, and the article of the hour."""

from __future__ import annotations

from datetime import time

import pytest

from ivr.flow.speech.spanish import ES_ES, ES_US
from ivr.flow.speech.tongue import Noun

BOOK = Noun("libro", "libros")
HOUR = Noun("hora", "horas", feminine=True)


def test_one_thing_has_its_gender() -> None:
    assert ES_US.counted("1", 1, BOOK) == "un libro"
    assert ES_US.counted("1", 1, HOUR) == "una hora"
    assert ES_US.counted("0", 0, BOOK) == "0 libros"
    assert ES_US.counted("2 millones", 2_000_000, BOOK) == "2 millones de libros"
    assert ES_US.counted("2 millones 3", 2_000_003, BOOK) == "2 millones 3 libros"


@pytest.mark.parametrize(
    ("last", "word", "joined"),
    [
        ("Inés", "y", "a e Inés"),
        ("hijos", "y", "a e hijos"),
        ("hierro", "y", "a y hierro"),
        ("oro", "o", "a u oro"),
        ("hora", "o", "a u hora"),
        ("8", "o", "a u 8"),
        ("b", "o", "a o b"),
        ("oro", "y", "a y oro"),
    ],
)
def test_and_and_or_change_before_their_own_sound(last: str, word: str, joined: str) -> None:
    assert ES_US.listed(["a", last], word) == joined


@pytest.mark.parametrize("hour", range(24))
def test_only_one_o_clock_is_singular(hour: int) -> None:
    singular = hour % 12 == 1
    assert ES_US.timed(time(hour)).startswith("la una" if singular else "las ")
    assert ES_ES.timed(time(hour)).startswith("la una" if hour == 1 else "las ")


def test_ordinals_agree_and_end() -> None:
    assert ES_US.ordinal(10, True) == "décima"
    assert ES_US.ordinal(30, False) == "trigésimo"
    assert ES_US.ordinal(99, True) == "nonagésima novena"
    assert ES_US.ordinal(0, False) == "número 0"
    assert ES_US.ordinal(100, True) == "número 100"


def test_clocks_have_twelve_hours_in_america_and_twentyfour_in_spain() -> None:
    assert (ES_US.twelve_hours, ES_ES.twelve_hours) == (True, False)
    assert not ES_US.month_first
