"""``return``: a flow ends with an outcome, and the one that runs it goes on."""

from __future__ import annotations

from ivr.flow.messages import Noted
from tests.flow.ring import Ring, problems_of

MAIN = """
    language: en-US
    steps:
      main:
        - run: inner
          save: got
          ok: good
          goto: hangup
      good: {say: "Got ${got.name}, ${size(got.list)}.", goto: hangup}
"""
INNER = """
    language: en-US
    returns: [ok]
    vars: {name: Ana}
    steps:
      main:
        - say: Goodbye from inside.
          return: ok
          value: {name: "${name}", list: [1, "${name}"]}
"""


def test_the_text_beside_it_is_said_and_the_value_goes_along() -> None:
    call = Ring(MAIN, inner=INNER)
    assert call.said == ["Goodbye from inside.", "Got Ana, 2."]
    assert call.state.variables["got"] == {"name": "Ana", "list": [1, "Ana"]}


def test_without_a_value_nothing_goes_along() -> None:
    inner = INNER.replace('value: {name: "${name}", list: [1, "${name}"]}', "note: none")
    assert Ring(MAIN, inner=inner).state.variables["got"] is None


def test_the_step_that_ran_it_is_not_counted_as_entered_again() -> None:
    assert Ring(MAIN, inner=INNER).state.visits["main/main"] == 1


def test_a_flow_nobody_runs_cannot_return() -> None:
    call = Ring(INNER)
    assert call.notes(Noted.TROUBLE) == ["a flow returned that nobody runs"]
    assert call.hears_all().hung_up == "trouble"


def test_a_value_that_cannot_be_computed_is_trouble_inside() -> None:
    inner = INNER.replace('name: "${name}"', 'name: "${name - 1}"').replace(
        "    steps:", "    on_error: again\n    steps:"
    )
    inner += "      again: {say: Inside., goto: hangup}\n"
    assert Ring(MAIN, inner=inner).said[-1] == "Inside."


def test_an_outcome_is_a_word() -> None:
    flow = "returns: [x]\nsteps:\n  main:\n    return: [x]\n"
    assert "S007" in [code for code, _, _ in problems_of(flow)]
