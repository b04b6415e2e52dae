"""Where a call goes: what each word of a destination means."""

from __future__ import annotations

from ivr.flow.going import MENUS_MAX, VISITS_MAX
from tests.flow.ring import Ring

FLOW = """
    language: en-US
    anytime: {star: repeat, 9: back, 8: start}
    vars: {count: 0}
    steps:
      main:
        - set: {count: "${count + 1}"}
        - say: "Main ${count}."
          repeat: Main again.
          menu: {1: second, 2: /other, 3: round}
      second: {say: Second., menu: {1: third}}
      third: {say: Third., menu: {1: main}}
      round: {goto: [{if: count > 100, goto: main}, {else: round}]}
"""
OTHER = "language: en-US\nanytime: {9: back}\nsteps: {hello: {say: Hello., menu: {1: /main}}}\n"


def ring() -> Ring:
    return Ring(FLOW, other=OTHER)


def test_back_goes_through_the_menus_before_one_by_one() -> None:
    call = ring().presses("1").presses("1")
    assert [call.presses("9").step for _ in range(3)] == ["second", "main", "main"]


def test_back_remembers_ten_menus() -> None:
    call = ring()
    for _ in range(5):
        call.presses("1").presses("1").presses("1")
    assert len(call.state.menus) == MENUS_MAX


def test_start_begins_again_with_the_values_as_they_are() -> None:
    assert ring().presses("1").presses("8").presses("*").said == ["Main 2."]


def test_another_flow_begins_anew_and_there_is_no_way_back() -> None:
    call = ring().presses("2")
    assert call.said == ["Hello."]
    assert call.state.variables == {}
    assert call.presses("9").said == ["Hello."], "its menus are its own"
    assert call.presses("1").state.variables == {"count": 1}


def test_repeat_says_the_whole_question_not_the_shorter_one() -> None:
    call = ring().presses("1").presses("9")
    assert call.said == ["Main again."]
    assert call.presses("*").said == ["Main 1."]


def test_a_flow_that_runs_in_a_circle_is_stopped_after_ten_visits() -> None:
    call = ring().presses("3")
    assert call.state.visits["main/round"] == VISITS_MAX + 1
    assert "technical problem" in call.said[0]


def test_each_key_of_the_caller_lets_the_visits_count_anew() -> None:
    call = ring()
    for _ in range(VISITS_MAX * 2):
        call.presses("8")
    assert call.presses("*").said == [f"Main {VISITS_MAX * 2 + 1}."]


def test_a_question_that_is_repeated_to_a_silent_caller_is_a_circle_too() -> None:
    call = Ring("""
        language: en-US
        steps: {main: {say: Press 1., menu: {1: main}, tries: 1, fail: repeat}}
    """)
    for _ in range(VISITS_MAX - 1):
        assert call.silent().said == ["Press 1."]
    assert "technical problem" in call.silent().said[-1]
