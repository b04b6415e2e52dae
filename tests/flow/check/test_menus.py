"""Menus."""

from __future__ import annotations

import pytest

from tests.flow.check.told import told
from tests.flow.ring import loaded

FLOW = "anytime: {0: main}\nsteps:\n  main:\n    say: SAY\n    menu: MENU\n    fail: hangup\n"


def flow(say: str, menu: str) -> str:
    return FLOW.replace("SAY", say).replace("MENU", menu)


def test_m001_keys_that_work_anytime_are_not_counted() -> None:
    six = "{1: main, 2: main, 3: main, 4: main, 5: main, 6: main}"
    assert told(flow("Hi.", six), "M001") == [(5, 57)]
    assert told(flow("Hi.", six.replace("6: main", "0: main")), "M001") == []


@pytest.mark.parametrize(
    ("say", "column"),
    [
        ("Press 1.", None),
        ("Press 0.", None),
        ("Press two.", 10),
        ("Now push 4.", 14),
        ("Press star.", 10),
        ("'Press ${call.minutes}.'", None),
    ],
)
def test_m002_what_the_prompt_says_can_be_pressed(say: str, column: int | None) -> None:
    assert told(flow(say, "{1: main}"), "M002") == ([] if column is None else [(4, column)])


def test_m002_actions_before_the_menu_belong_to_its_prompt() -> None:
    lists = "steps:\n  main:\n    - say: Press 7.\n    - say: Press 1.\n      menu: {1: main}\n"
    assert told(lists, "M002") == [(3, 12)]


def test_m003_names_the_languages_in_which_a_choice_is_not_said() -> None:
    text = "languages: {en-US: {}, es-US: {}}\n" + flow(
        "{en: 'Press 1 or 2.', es: Oprima 1.}", "{1: main, 2: main}"
    )
    (problem,) = (p for p in loaded(text).problems if p.code == "M003")
    assert problem.message == "choice 2 is never mentioned in es-US"


@pytest.mark.parametrize(
    "say",
    [
        "'For sales, press 1. For support, 2.'",
        "'${call.language}. Press 1 or 2.'",
        "'Press 1, or press ${call.minutes}.'",
        "[{en: Press 1.}, {en: Or 2., if: call.minutes > 1}]",
        "[{en: Press 1.}, {say: 'Para español, oprima 2.', language: en-US}]",
    ],
)
def test_m003_a_choice_may_be_said_in_many_ways(say: str) -> None:
    assert told(flow(say, "{1: main, 2: main}"), "M003") == []


def test_m003_repeating_needs_no_word() -> None:
    assert told(flow("Press 1.", "{1: main, star: repeat}"), "M003") == []


def test_m003_a_menu_that_is_only_played_or_was_said_before_is_not_judged() -> None:
    assert (
        told(flow("Press 1.", "{1: main, 2: main}").replace("    say: Press 1.\n", ""), "M003")
        == []
    )


def test_m005_the_shorter_key_is_told() -> None:
    assert told(flow("Hi.", "{1: main, 2: main, 12: main}"), "M005") == [(5, 12)]


def test_m006_the_same_destination_hides_nothing() -> None:
    assert told(flow("Hi.", "{0: hangup}"), "M006") == [(5, 12)]
    assert told(flow("Hi.", "{0: main}"), "M006") == []


def test_m007_both_causes_want_a_destination() -> None:
    only = flow("Hi.", "{1: main}").replace("fail: hangup", "fail: {no_input: hangup}")
    (problem,) = (p for p in loaded(only).problems if p.code == "M007")
    assert problem.message == "after 3 unsuccessful tries the call ends (no_input is named only)"
    assert told(flow("Hi.", "{1: main}"), "M007") == []


@pytest.mark.parametrize(
    ("say", "told_at"),
    [
        ("Press 1. Press 2. Press 3.", []),
        ("Press 1. Press 0. Press 2.", []),
        ("Press 1. Press 3.", [(4, 19)]),
        ("Press 2. Press 1.", [(4, 10)]),
        ("Press 1. Press star. Press 2.", []),
    ],
)
def test_m008_keys_are_said_in_the_order_of_the_telephone(
    say: str, told_at: list[tuple[int, int]]
) -> None:
    assert told(flow(say, "{1: main, 2: main, 3: main, star: repeat}"), "M008") == told_at


def test_m009_the_purpose_comes_first() -> None:
    assert told(flow("Press 1 for sales.", "{1: main}"), "M009") == [(4, 10)]
    assert told(flow("For sales, press 1. To end, hang up.", "{1: main}"), "M009") == []


def test_a002_three_seconds_are_enough() -> None:
    short = flow("Hi.", "{1: main}") + "    wait: 2.5s\n"
    assert told(short, "A002") == [(7, 11)]
    assert told(short.replace("2.5s", "3s"), "A002") == []
