"""Asking for entries."""

from __future__ import annotations

import pytest

from tests.flow.check.told import told

FLOW = "steps:\n  main:\n    say: SAY\n    ask: n\n    OPTIONS\n    goto: hangup\n"


def flow(say: str, options: str) -> str:
    if ":" not in options:
        options = f"digits: {options}"
    return FLOW.replace("SAY", say).replace("OPTIONS", "\n    ".join(options.split("; ")))


@pytest.mark.parametrize(
    ("say", "options", "wrong"),
    [
        ("Your eight digit number, please.", "8", False),
        ("Your eight digit number, please.", "6-10", False),
        ("Your eight digit number, please.", "7", True),
        ("Your 4-digit number, please.", "5-9", True),
        ("Your number, please.", "7", False),
        ("Your six digit PIN, please.", "as: pin; digits: 4", True),
        ("Your six digit PIN, please.", "as: pin", False),
        ("Your sixteen digit card number.", "as: card", False),
        ("Your nine digit card number.", "as: card", True),
        ("Your ten digit telephone number.", "as: phone", False),
        ("Your two digit telephone number.", "as: phone", True),
        ("Two digits for the month, two digits for the day, four digits.", "as: date", False),
        ("Seven digits for the date.", "as: date", True),
        ("Eight digits for the date.", "as: date; format: MMDDYY", True),
        ("Four digits for the time.", "as: time", False),
        ("Five digits for the time.", "as: time", True),
        ("Two digits for the cents.", "as: money", False),
        ("A two digit number.", "as: number; max: 31", False),
        ("A three digit number.", "as: number; max: 31", True),
        ("A three digit number.", "as: number", False),
    ],
)
def test_p007_the_number_that_is_said_is_the_number_that_is_taken(
    say: str, options: str, wrong: bool
) -> None:
    assert bool(told(flow(say, options), "P007")) == wrong


def test_p007_is_told_at_the_words() -> None:
    assert told(flow("Your eight digit number.", "7"), "P007") == [(3, 15)]


@pytest.mark.parametrize(
    ("say", "options", "unsaid"),
    [
        ("Your number, please.", "8", True),
        ("Your 8 digits, please.", "8", False),
        ("Your number, please, then pound.", "8", True),
        ("Your number, please, then pound.", "4-8", False),
        ("Your four to eight digits, please.", "4-8", False),
        ("Your number, please.", "4-8", True),
        ("Your PIN, please.", "as: pin; digits: 4", False),
        ("Your card, please.", "as: card", True),
        ("Your card, please, then pound.", "as: card", False),
        ("Your card, please, then pound.", "as: card; digits: 16", True),
        ("Your telephone number, please.", "as: phone", False),
        ("The date, please.", "as: date", True),
        ("The date, please, then pound.", "as: date", True),
        ("Two digits for the month, two for the day, four for the year.", "as: date", False),
        ("The time, please.", "as: time", True),
        ("Two digits for the hour, and two for the minutes.", "as: time", False),
        ("How much, please.", "as: money", True),
        ("How much, please. Then press pound.", "as: money", False),
        ("How many, please.", "as: number", True),
        ("How many, please, then pound.", "as: number", False),
        ("How many, from 1 to 5.", "as: number; max: 5", False),
        ("How many, from 1 to 50.", "as: number; max: 50", True),
        ("Are you well.", "as: yes_no", True),
        ("If you are well, press 1.", "as: yes_no", True),
        ("If you are well, press 1. If not, press 2.", "as: yes_no", False),
    ],
)
def test_a003_the_prompt_says_how_many_digits_or_how_to_finish(
    say: str, options: str, unsaid: bool
) -> None:
    assert told(flow(say, options), "A003") == ([(3, 10)] if unsaid else [])


def test_a003_is_not_told_of_a_language_without_words() -> None:
    assert told("language: pt-BR\n" + flow("O seu número.", "8"), "A003") == []


def test_a003_in_spanish() -> None:
    spanish = "language: es-US\n" + flow("Marque la fecha.", "as: date")
    assert told(spanish, "A003") == [(4, 10)]
    said = "Marque dos dígitos para el día, dos para el mes y cuatro para el año."
    assert told(spanish.replace("Marque la fecha.", said), "A003") == []
