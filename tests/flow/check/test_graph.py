"""Where steps lead."""

from __future__ import annotations

from tests.flow.ring import problems_of

FLOW = "steps:\n  main:\n    say: Press 1.\n    menu: {1: bye}\n  bye: {goto: hangup}\n"


def test_f001_a_destination_that_does_not_exist_is_told_once_for_all_outcomes() -> None:
    flow = FLOW.replace("{1: bye}", "{1: bye}\n    fail: nowhere")
    assert problems_of(flow) == [("F001", 5, 11)]


def test_f001_anytime_keys_are_checked_too() -> None:
    assert problems_of(FLOW + "anytime: {0: nowhere}\n") == [("F001", 6, 14)]


def test_f001_a_flow_of_the_folder_is_a_destination() -> None:
    flow = FLOW.replace("goto: hangup", "goto: /other")
    assert problems_of(flow, other="steps: {main: {goto: hangup}}") == []
    assert problems_of(flow) == [("F001", 5, 15)]


def test_f002_a_step_only_an_unreachable_step_leads_to_is_unreachable() -> None:
    flow = FLOW + "  lost: {goto: more}\n  more: {goto: lost}\n"
    assert problems_of(flow) == [("F002", 6, 3), ("F002", 7, 3)]


def test_f002_anytime_keys_reach_steps() -> None:
    assert problems_of(FLOW + "  help: {goto: main}\nanytime: {0: help}\n") == []


def test_f002_and_f003_say_nothing_about_a_file_that_could_not_be_read_whole() -> None:
    flow = FLOW + "  lost: {say: A., tires: 3}\n"
    assert problems_of(flow) == [("S001", 6, 19)]


def test_f002_says_nothing_where_a_misspelt_destination_is_to_blame() -> None:
    assert problems_of(FLOW.replace("1: bye", "1: bey")) == [("F001", 4, 15)]


def test_f003_a_step_that_ends_without_a_destination_is_an_error() -> None:
    flow = FLOW.replace("{goto: hangup}", "{say: Bye.}")
    assert problems_of(flow) == [("F003", 5, 3)]


def test_f003_a_last_action_under_a_condition_may_be_skipped() -> None:
    flow = FLOW.replace("{goto: hangup}", "[{say: Bye., if: call.minutes > 3, goto: hangup}]")
    assert problems_of(flow) == [("F003", 5, 3)]


def test_f003_a_menu_needs_no_more() -> None:
    assert problems_of(FLOW) == []
