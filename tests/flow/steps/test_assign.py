"""``set``: variables."""

from __future__ import annotations

from tests.flow.ring import Ring, problems_of


def test_a_value_that_is_one_placeholder_keeps_its_type() -> None:
    call = Ring("""
        vars: {tries: 1}
        steps:
          main:
            - set: {tries: "${tries + 1}", label: "try ${tries}", pin: 0042, yes_no: true}
            - say: Done.
              goto: hangup
    """)
    assert call.state.variables == {"tries": 2, "label": "try 1", "pin": "0042", "yes_no": True}


def test_all_values_are_computed_before_any_is_set() -> None:
    call = Ring("""
        vars: {a: 1, b: 2}
        steps:
          main:
            - set: {a: "${b}", b: "${a}"}
            - say: Done.
              goto: hangup
    """)
    assert call.state.variables == {"a": 2, "b": 1}


def test_a_prompt_beside_it_is_said_first() -> None:
    call = Ring("steps: {main: {say: Wait., set: {a: 1}, goto: hangup}}")
    assert call.said == ["Wait."]
    assert call.state.variables == {"a": 1}


def test_an_expression_that_cannot_be_computed_is_an_apology_not_silence() -> None:
    call = Ring("""
        vars: {a: text}
        steps:
          main:
            - set: {a: "${a - 1}"}
            - goto: hangup
    """)
    assert "technical problem" in call.said[0]
    assert call.hears_all().hung_up == "trouble"


def test_set_takes_a_map() -> None:
    assert problems_of("steps:\n  main:\n    set: a\n    goto: hangup\n") == [("S007", 3, 10)]
