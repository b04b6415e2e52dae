"""What is tried at each kind of step, from its own rules."""

from __future__ import annotations

import random

import pytest

from ivr.flow import machine
from ivr.flow.messages import LegOutcome
from ivr.flow.steps.entries.digits import luhn_ok
from ivr.rehearsal.draws import (
    Act,
    Answers,
    Finishes,
    Presses,
    Returns,
    Silent,
    Speaks,
    acts,
    literals,
)
from ivr.rehearsal.line import Line
from tests.rehearsal.stage import flows_of, line_to, world_of


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
    assert found == [Returns(LegOutcome(how)) for how in ("done", "busy", "no_answer", "failed")]


def test_the_numbers_conditions_speak_of_are_known() -> None:
    assert literals(flows_of(MENU).flows["main"]) == ("777",)


def drawn_in(step: str) -> list[Act]:
    """What is drawn at the errand, recording or time away of the only step."""
    flows = world_of(f"steps: {{main: {step}, bye: {{say: Bye., goto: hangup}}}}")
    line = line_to(flows, handle=machine.handle)
    known = {"main": literals(flows.flows["main"])}
    while line.away is None and not line.errands.busy:
        line.step()
    return acts(flows, line.state, known, random.Random(1))


GET = "http: GET https://a.example/x, example: {name: Ana}"


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (
            f"{{{GET}, status: {{409: bye, 201: bye}}, error: bye, goto: bye}}",
            [
                Answers(200, {"name": "Ana"}),
                Answers(404),
                Answers(500),
                Answers(409),
                Answers(201, {"name": "Ana"}),
                Answers(None),
                Silent(),
            ],
        ),
        (
            "{do: book_table, with: {people: 1}, example: {number: 7}, full: bye, goto: bye}",
            [
                Finishes("done", {"number": 7}),
                Finishes("full"),
                Finishes("failed"),
                Silent(),
            ],
        ),
        (
            "{sms: +13125550123, text: Hi., goto: bye}",
            [Finishes("done"), Finishes("failed"), Silent()],
        ),
        ("{voicemail: box}", [Speaks(12), Speaks(1), Speaks(0), Presses("#")]),
        (
            "{queue: support, otherwise: bye}",
            [Returns(LegOutcome(how)) for how in ("done", "full", "too_long", "closed", "failed")],
        ),
        ("{twiml: <Response/>}", [Returns(LegOutcome.DONE), Returns(LegOutcome.FAILED)]),
    ],
)
def test_of_the_world_everything_it_can_come_back_with(step: str, expected: list[Act]) -> None:
    assert drawn_in(step) == expected


def test_of_a_review_every_key() -> None:
    line = line_to(world_of("steps: {main: {voicemail: box, review: yes}}"))
    line.run_until(1_000)
    line.talk(3_000)
    line.run_until(30_000)
    known = {"main": literals(line.flows.flows["main"])}
    found = acts(line.flows, line.state, known, random.Random(1))
    assert found == [Presses("1"), Presses("2"), Presses("3"), Presses("7"), Silent()]
