"""``menu``: keys and choices."""

from __future__ import annotations

import pytest

from ivr.flow.messages import Noted
from tests.flow.ring import Ring, problems_of

AMBIGUOUS = """
    anytime: {0: other}
    steps:
      main:
        say: Choose.
        menu: {1: one, 12: twelve, 345: long, 0: zero, star: star, pound: pound}
      one: {say: One., goto: hangup}
      twelve: {say: Twelve., goto: hangup}
      long: {say: Long., goto: hangup}
      zero: {say: Zero., goto: hangup}
      star: {say: Star., goto: hangup}
      pound: {say: Pound., goto: hangup}
      other: {say: Other., goto: hangup}
"""


@pytest.mark.parametrize(
    ("keys", "step"), [("12", "twelve"), ("0", "zero"), ("*", "star"), ("#", "pound")]
)
def test_a_choice_is_made_as_soon_as_nothing_longer_can_match(keys: str, step: str) -> None:
    assert Ring(AMBIGUOUS).presses(keys).step == step


def test_a_key_that_begins_another_costs_one_and_a_half_seconds() -> None:
    call = Ring(AMBIGUOUS).presses("1")
    assert call.step == "main"
    assert call.state.deadline == call.now + 1_500
    assert call.waits().step == "one"


def test_keys_that_are_no_choice_yet_have_three_seconds() -> None:
    call = Ring(AMBIGUOUS).presses("34")
    assert call.state.deadline == call.now + 3_000
    call.waits()
    assert call.said[0] == "Sorry, 3 4 is not one of the choices."


def test_a_key_that_cannot_lengthen_a_choice_counts_as_typed_ahead() -> None:
    call = Ring(AMBIGUOUS).presses("15")
    assert call.step == "one"
    assert call.state.typed == "5"


def test_a_wrong_key_is_named_kindly_and_asked_again() -> None:
    call = Ring(AMBIGUOUS).presses("9")
    assert call.said == ["Sorry, 9 is not one of the choices.", "Choose."]
    assert call.notes(Noted.NO_MATCH) == ["try 1 of 3"]


def test_a_wrong_key_stops_the_prompt() -> None:
    assert Ring(AMBIGUOUS).presses("9").stopped == (1,)


def test_star_and_pound_are_said_by_name() -> None:
    flow = "steps: {main: {say: A., menu: {1: main}}}"
    assert Ring(flow).presses("*").said[0] == "Sorry, star is not one of the choices."


def test_reprompts_may_change_with_each_miss() -> None:
    call = Ring("""
        steps:
          main:
            say: Press 1.
            menu: {1: main}
            tries: 4
            no_input: [Hello?, Are you there?]
    """)
    assert call.silent().said[0] == "Hello?"
    assert call.silent().said[0] == "Are you there?"
    assert call.silent().said[0] == "Are you there?"


def test_wait_sets_the_patience() -> None:
    call = Ring("""
        steps:
          main:
            say: Press 1.
            menu: {1: main}
            wait: 12s
    """).hears_all()
    assert call.state.deadline == 12_000


def test_keys_that_yaml_would_break_survive() -> None:
    flow = """
        steps:
          main:
            say: Choose.
            menu: {0: zero, 00: nought, 010: ten}
          zero: {say: Zero., goto: hangup}
          nought: {say: Nought., goto: hangup}
          ten: {say: Ten., goto: hangup}
    """
    assert Ring(flow).presses("0").waits().step == "zero"
    assert Ring(flow).presses("00").step == "nought"
    assert Ring(flow).presses("010").step == "ten"


@pytest.mark.parametrize("key", ["no", "A", "1x", "1234567", "''"])
def test_what_is_no_telephone_key_is_refused_at_its_place(key: str) -> None:
    flow = f"steps:\n  main:\n    say: A.\n    menu:\n      1: main\n      {key}: main\n"
    assert problems_of(flow) == [("M004", 6, 7)]


def test_a_menu_takes_destinations_and_no_goto() -> None:
    flow = "steps:\n  main:\n    say: A.\n    menu: {1: main}\n    goto: main\n"
    assert problems_of(flow) == [("S006", 5, 5)]


def test_star_and_its_sign_are_the_same_key() -> None:
    flow = "steps:\n  main:\n    say: A.\n    menu: {star: main, '*': main}\n"
    assert problems_of(flow) == [("Y003", 4, 24)]


def test_an_empty_menu_is_refused() -> None:
    assert problems_of("steps:\n  main:\n    say: A.\n    menu: {}\n") == [("S004", 4, 11)]
