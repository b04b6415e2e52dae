"""Asking for digits."""

from __future__ import annotations

import pytest

from tests.flow.check.told import told

FLOW = "steps:\n  main:\n    say: SAY\n    ask: n\n    digits: DIGITS\n    goto: hangup\n"


def flow(say: str, digits: str) -> str:
    return FLOW.replace("SAY", say).replace("DIGITS", digits)


@pytest.mark.parametrize(
    ("say", "digits", "wrong"),
    [
        ("Your eight digit number, please.", "8", False),
        ("Your eight digit number, please.", "6-10", False),
        ("Your eight digit number, please.", "7", True),
        ("Your 4-digit number, please.", "5-9", True),
        ("Your number, please.", "7", False),
    ],
)
def test_p007_the_number_that_is_said_is_the_number_that_is_taken(
    say: str, digits: str, wrong: bool
) -> None:
    assert told(flow(say, digits), "P007") == ([(3, 15)] if wrong else [])


@pytest.mark.parametrize(
    ("say", "digits", "unsaid"),
    [
        ("Your number, please.", "8", True),
        ("Your 8 digits, please.", "8", False),
        ("Your number, please, then pound.", "8", True),
        ("Your number, please, then pound.", "4-8", False),
        ("Your four to eight digits, please.", "4-8", False),
        ("Your number, please.", "4-8", True),
    ],
)
def test_a003_the_prompt_says_how_many_digits_or_how_to_finish(
    say: str, digits: str, unsaid: bool
) -> None:
    assert told(flow(say, digits), "A003") == ([(3, 10)] if unsaid else [])


def test_a003_is_not_told_of_a_language_without_words() -> None:
    assert told("language: pt-BR\n" + flow("O seu número.", "8"), "A003") == []
