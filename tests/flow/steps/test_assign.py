"""``set``: variables."""

from __future__ import annotations

import pytest

from ivr.flow.messages import Noted
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


def test_lists_and_maps_are_computed_whole() -> None:
    call = Ring("""
        vars: {a: 1}
        steps:
          main:
            - set: {m: {x: "${a}", l: [2, "${a + 2}"]}}
            - say: "Done ${m.l[1]}."
              goto: hangup
    """)
    assert call.state.variables["m"] == {"x": 1, "l": [2, 3]}
    assert call.said == ["Done 3."]


PATIENCE = """
    language: en-US
    steps:
      main:
        - set: {call.patience: VALUE}
        - say: "${call.patience}"
          menu: {1: main}
"""


@pytest.mark.parametrize(("value", "patience"), [("2", 2.0), ("1.5", 1.5), ('"${1 + 2}"', 3.0)])
def test_a_caller_may_be_given_more_time(value: str, patience: float) -> None:
    call = Ring(PATIENCE.replace("VALUE", value))
    assert call.state.patience == patience
    assert call.hears_all().state.deadline == round(5_000 * patience)
    assert "call.patience" not in call.state.variables


@pytest.mark.parametrize("value", ["0.5", "6", "fast", "'2'", "null"])
def test_patience_has_its_bounds(value: str) -> None:
    call = Ring(PATIENCE.replace("VALUE", value))
    assert call.notes(Noted.TROUBLE) == ["call.patience is a number from 1 to 5"]


def test_more_than_a_call_may_keep_is_trouble_and_is_not_kept() -> None:
    call = Ring("""
        language: en-US
        on_error: sorry
        vars: {a: xxxxxxxxxxxxxxxx}
        steps:
          main:
            set: {a: "${a + a}"}
            goto: again
          again: {set: {a: "${a + a}", b: "${a}"}, goto: more}
          more: {set: {a: "${a + a}", c: "${a}"}, goto: again}
          sorry: {say: Sorry., goto: hangup}
    """)
    assert call.said == ["Sorry."]
    assert len(str(call.state.variables)) < 65_536


def test_many_small_values_are_too_much_as_well() -> None:
    name = "x" * 900
    sets = "".join(f"            - set: {{v{n}: {name}}}\n" for n in range(80))
    call = Ring(f"""
        language: en-US
        steps:
          main:
{sets}
            - goto: hangup
    """)
    assert call.notes(Noted.TROUBLE) == ["more than 64 kB of values in one call"]
    assert 70 < len(call.state.variables) < 73


def test_what_is_computed_from_something_sensitive_is_sensitive() -> None:
    call = Ring("""
        language: en-US
        steps:
          main:
            say: PIN?
            ask: pin
            digits: 2
            sensitive: yes
            goto: copy
          copy:
            - set: {a: "${pin}", b: {c: ["x${pin}"]}, d: "${default(pin, 1)}", e: 1}
            - set: {f: "${b.c}"}
            - say: Press 1.
              menu: {1: main}
    """).presses("12")
    assert call.state.sensitive == {"pin", "a", "b", "d", "f"}
