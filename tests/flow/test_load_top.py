"""What stands above the steps."""

from __future__ import annotations

import pytest

from ivr.flow.model import Flow
from tests.flow.folders import compiled, problem, told

STEPS = "steps:\n  main:\n    say: Hello.\n    goto: hangup\n  away: {say: Bye., goto: hangup}\n"


def flow(top: str) -> Flow:
    return compiled({"main": top + STEPS}).flows["main"]


def test_a_flow_may_be_given_values_and_may_return_outcomes() -> None:
    found = flow("inputs: [card, pin_tries]\nreturns: [verified, gave_up]\n")
    assert found.inputs == ("card", "pin_tries")
    assert found.returns == ("verified", "gave_up")
    assert (flow("").inputs, flow("").returns) == ((), ())


def test_one_name_needs_no_list() -> None:
    assert flow("returns: done\n").returns == ("done",)


def test_ways_out_are_destinations() -> None:
    found = flow(
        "on_hangup: away\non_error: [{if: call.minutes > 1, goto: away}, {else: hangup}]\n"
    )
    assert found.on_hangup is not None
    assert [branch.target for branch in found.on_hangup] == ["away"]
    assert found.on_error is not None
    assert [branch.target for branch in found.on_error] == ["away", "hangup"]
    assert (flow("").on_hangup, flow("").on_error) == (None, None)


@pytest.mark.parametrize(
    ("top", "code", "column"),
    [
        ("inputs: {a: b}\n", "S007", 9),
        ("inputs: [Card]\n", "S007", 10),
        ("inputs: [call]\n", "S007", 10),
        ("inputs: [a, a]\n", "Y003", 13),
        ("inputs: [[a]]\n", "S007", 10),
        (f"inputs: [{', '.join(f'a{n}' for n in range(51))}]\n", "S007", 9),
        ("returns: {a: b}\n", "S007", 10),
        ("returns: []\n", "S007", 10),
        ("returns: [Done]\n", "S007", 11),
        ("returns: [done, done]\n", "Y003", 17),
        ("returns: [say]\n", "F012", 11),
        ("returns: [menu]\n", "F012", 11),
        ("returns: [save]\n", "F012", 11),
        ("returns: [otherwise]\n", "F012", 11),
        ("returns: [agent]\n", "F012", 11),
        ("on_hangup: awy\n", "F001", 12),
        ("on_error: /mian\n", "F001", 11),
        ("on_error: {a: b}\n", "S007", 11),
        ("on_eror: away\n", "S001", 1),
    ],
)
def test_mistakes_at_the_top_are_told_at_their_place(top: str, code: str, column: int) -> None:
    found = told({"main": top + STEPS}, "S001", "S007", "Y003", "F001", "F012")
    assert found == [(code, "main.yaml", 1, column)]


@pytest.mark.parametrize(
    ("top", "remedy"),
    [
        ("on_hangup: awy\n", "did you mean “away”?"),
        ("on_error: /mian\n", "did you mean “/main”?"),
        ("on_eror: away\n", "did you mean “on_error”?"),
        ("returns: [say]\n", "call it  was_say"),
    ],
)
def test_what_was_meant_is_named(top: str, remedy: str) -> None:
    found = [e for e in problem_helps(top + STEPS) if e == remedy]
    assert found == [remedy]


def problem_helps(text: str) -> list[str]:
    codes = ("F001", "S001", "F012")
    return [problem({"main": text}, code).help for code in codes if told({"main": text}, code)]


def test_a_way_out_to_another_flow_is_known_even_if_that_is_broken() -> None:
    files = {"main": "on_error: /other\n" + STEPS, "other": "steps: 3\n"}
    assert told(files, "F001") == []
