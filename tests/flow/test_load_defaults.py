"""Options for all steps of a kind."""

from __future__ import annotations

import pytest

from ivr.flow.model import Action
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.menu import Menu
from ivr.flow.steps.question import Miss
from ivr.flow.steps.transfer import TransferTo
from tests.flow.folders import compiled, problem, told

FLOW = """\
defaults: {menu: {tries: 2, wait: 7s}, transfer: {ring: 30s}, fail: operator, after_key: 300ms}
steps:
  main:
    say: For your number, press 1.
    menu: {1: number}
  own:
    say: For your number, press 1.
    menu: {1: number}
    tries: 4
    fail: hangup
  number:
    say: Enter your number.
    ask: card
    digits: 3
    goto: operator
  operator:
    say: Please hold.
    transfer: +13125550123
    otherwise: hangup
"""


def action(flow: str, step: str, **files: str) -> Action:
    return compiled({"main": flow, **files}).flows["main"].steps[step].actions[0]


def menu(flow: str, step: str, **files: str) -> Menu:
    kind = action(flow, step, **files).kind
    assert isinstance(kind, Menu)
    return kind


def test_a_default_is_for_steps_that_do_not_say_otherwise() -> None:
    assert (menu(FLOW, "main").question.tries, menu(FLOW, "main").question.wait_ms) == (2, 7_000)
    assert (menu(FLOW, "own").question.tries, menu(FLOW, "own").question.wait_ms) == (4, 7_000)
    transfer = action(FLOW, "operator").kind
    assert isinstance(transfer, TransferTo)
    assert transfer.ring_ms == 30_000


def test_fail_is_for_every_question_without_its_own() -> None:
    fails = menu(FLOW, "main").question.fail
    assert {miss: way[0].target for miss, way in fails.items()} == dict.fromkeys(Miss, "operator")
    assert menu(FLOW, "own").question.fail[Miss.NO_INPUT][0].target == "hangup"
    ask = action(FLOW, "number").kind
    assert isinstance(ask, Ask)
    assert ask.question.fail.keys() == set(Miss)


def test_fail_of_a_kind_comes_before_the_general_one() -> None:
    flow = FLOW.replace("tries: 2", "fail: hangup")
    assert menu(flow, "main").question.fail[Miss.NO_MATCH][0].target == "hangup"


def test_an_outcome_of_its_own_comes_before_that_of_the_kind() -> None:
    flow = FLOW.replace("ring: 30s", "ring: 30s, otherwise: main, done: main")
    transfer = action(flow, "operator").kind
    assert isinstance(transfer, TransferTo)
    ways = {name: way[0].target for name, way in transfer.outcomes.items()}
    assert ways == {"otherwise": "hangup", "done": "main"}


def test_what_is_said_of_the_whole_line_stands_in_the_flow() -> None:
    flow = compiled({"main": FLOW.replace("after_key", "operator: operator, after_key")})
    assert flow.flows["main"].after_key_ms == 300
    assert flow.flows["main"].operator is not None
    assert flow.flows["main"].operator[0].target == "operator"
    assert compiled({"main": FLOW}).flows["main"].operator is None


def test_the_flow_comes_before_what_it_includes_option_by_option() -> None:
    flow = FLOW.replace(
        "defaults: {menu: {tries: 2, wait: 7s}", "include: a/b.yaml\ndefaults: {menu: {tries: 2}"
    )
    shared = {"a/b": "defaults: {menu: {tries: 5, wait: 9s}, after_key: 1s}\n"}
    question = menu(flow, "main", **shared).question
    assert (question.tries, question.wait_ms) == (2, 9_000)
    assert told({"main": flow, **shared}, "N003") == [
        ("N003", "main.yaml", 2, 19),
        ("N003", "main.yaml", 2, 69),
    ]


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        ("tries: 2", "ring: 2s", ("S006", 1, 19)),
        ("tries: 2", "tires: 2", ("S001", 1, 19)),
        ("tries: 2", "say: Hello.", ("S006", 1, 19)),
        ("tries: 2", "words: [a]", ("S001", 1, 19)),
        ("tries: 2", "tries: many", ("S007", 1, 26)),
        ("menu:", "meun:", ("S001", 1, 12)),
        ("menu:", "agent:", ("S001", 1, 12)),
        ("300ms", "300", ("S007", 1, 90)),
        ("fail: operator", "fail: operater", ("F001", 1, 69)),
        ("fail: operator", "operator: gone", ("F001", 1, 73)),
        ("fail: operator", "operator: /gone", ("F001", 1, 73)),
        ("fail: operator", "fail: {no_input: gone}", ("F001", 1, 80)),
        ("{ring: 30s}", "30s", ("S007", 1, 50)),
    ],
)
def test_a_mistake_in_a_default_is_told_once_at_its_own_place(
    before: str, after: str, place: tuple[str, int, int]
) -> None:
    code, line, column = place
    found = told({"main": FLOW.replace(before, after, 1)}, "S001", "S006", "S007", "F001")
    assert found == [(code, "main.yaml", line, column)]


def test_a_default_nobody_uses_has_to_lead_somewhere_all_the_same() -> None:
    flow = "defaults: {fail: gone}\nsteps: {main: {say: A., goto: hangup}}\n"
    assert told({"main": flow}) == [("F001", "main.yaml", 1, 18)]


def test_an_included_default_that_leads_nowhere_names_the_flow() -> None:
    flow = "include: a/b.yaml\nsteps: {main: {say: A., goto: hangup}}\n"
    found = problem({"main": flow, "a/b": "defaults: {operator: desk}\n"}, "F001")
    assert found.span.file == "a/b.yaml"
    assert "main.yaml" in found.message


def test_defaults_that_are_no_map() -> None:
    assert told({"main": "defaults: 2\n" + FLOW.partition("\n")[2]}, "S007") == [
        ("S007", "main.yaml", 1, 11)
    ]
