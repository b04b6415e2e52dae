"""What all questions share: options and tries."""

from __future__ import annotations

import pytest

from tests.flow.ring import Ring, loaded, problems_of

FLOW = "steps:\n  main:\n    say: Press 1.\n    menu: {1: main}\n"


@pytest.mark.parametrize(
    ("option", "column"),
    [
        ("tries: 0", 12),
        ("tries: 11", 12),
        ("wait: 100ms", 11),
        ("between_keys: 1h", 19),
        ("type_ahead: perhaps", 17),
        ("no_input: {fr: Salut.}", 16),
        ("fail: {}", 11),
    ],
)
def test_options_are_read_in_bounds(option: str, column: int) -> None:
    found = problems_of(FLOW + f"    {option}\n")
    if option == "fail: {}":
        assert found == []
    else:
        assert [(line, col) for _, line, col in found] == [(5, column)]


def test_fail_by_cause_knows_two_causes() -> None:
    (problem,) = loaded(FLOW + "    fail: {silence: main}\n").problems
    assert (problem.code, problem.span.column) == ("S001", 12)
    assert problem.help == "use no_input: and no_match:"


def test_the_last_try_is_the_number_of_tries() -> None:
    call = Ring(FLOW + "    tries: 2\n    fail: main\n").presses("9")
    assert call.said[0].startswith("Sorry")
    assert call.presses("8").said == ["Press 1."]
    assert call.state.wait is not None
    assert call.state.wait.tries == 0


def test_a_reprompt_uses_the_shorter_question_where_there_is_one() -> None:
    call = Ring(FLOW + "    repeat: Just A.\n").presses("9")
    assert call.said[1] == "Just A."


def test_between_keys_sets_the_pace_of_longer_choices() -> None:
    flow = FLOW.replace("{1: main}", "{12: main}") + "    between_keys: 5s\n"
    call = Ring(flow).presses("1")
    assert call.state.deadline == call.now + 5_000
