"""What is tried at each kind of step, from its own rules."""

from __future__ import annotations

import random

from ivr.flow.messages import LegOutcome
from ivr.flow.steps.ask import luhn_ok
from ivr.rehearsal.draws import Answers, Presses, Silent, acts, literals
from ivr.rehearsal.line import Line
from tests.rehearsal.stage import flows_of, line_to


def tried(line: Line) -> list[str]:
    known = {flow.id: literals(flow) for flow in line.flows.flows.values()}
    found = acts(line.flows, line.state, known, random.Random(1))
    return [act.keys for act in found if isinstance(act, Presses)]


MENU = """
anytime: {0: bye}
steps:
  main:
    say: Choose.
    menu: {1: code, 25: bye}
    fail: bye
  code:
    say: Your code.
    ask: code
    digits: 3-5
    check: code != '777'
    confirm: yes
    goto: bye
  card:
    say: Your card.
    ask: card
    digits: 6
    check: luhn
    goto: bye
  bye: {transfer: +13125550123, otherwise: card}
"""


def test_in_a_menu_every_choice_half_of_a_longer_one_anytime_and_a_wrong_key() -> None:
    line = line_to(flows_of(MENU))
    assert tried(line) == ["1", "25", "2", "0", "7"]
    line.press("2")
    assert tried(line) == ["5", "7"]


def test_silence_is_always_tried() -> None:
    line = line_to(flows_of(MENU))
    assert acts(line.flows, line.state, {"main": ()}, random.Random(1))[-1] == Silent()


def test_of_an_entry_both_lengths_too_short_ended_cleared_and_around_known_numbers() -> None:
    line = line_to(flows_of(MENU))
    line.press("1")
    keys = tried(line)
    assert {"777#", "778#", "776#", "000#", "#", "*"} <= set(keys)
    entries = [key.removesuffix("#") for key in keys if "*" not in key]
    assert {len(entry) for entry in entries} == {0, 2, 3, 4, 5}
    assert all(not key.endswith("#") for key in keys if len(key) > 5 and "*" not in key)
    assert any("*" in key and len(key) > 2 for key in keys)


def test_of_a_checked_number_one_with_the_right_digit_and_one_without() -> None:
    line = line_to(flows_of(MENU.replace("steps:\n  main:", "start: card\nsteps:\n  main:")))
    whole = [key for key in tried(line) if len(key) == 6 and key.isdigit()]
    assert {luhn_ok(key) for key in whole} == {True, False}


def test_of_a_confirmation_both_answers_anytime_and_a_wrong_one() -> None:
    line = line_to(flows_of(MENU))
    for key in "1123#":
        line.press(key)
        line.run_until(line.now + 250)
    assert tried(line) == ["1", "2", "0", "7"]


def test_of_a_transfer_every_way_it_can_come_back() -> None:
    line = line_to(flows_of(MENU))
    line.press("0")
    while line.away is None:
        line.step()
    known = {"main": literals(line.flows.flows["main"])}
    found = acts(line.flows, line.state, known, random.Random(1))
    assert found == [Answers(outcome) for outcome in LegOutcome]


def test_the_numbers_conditions_speak_of_are_known() -> None:
    assert literals(flows_of(MENU).flows["main"]) == ("777",)
