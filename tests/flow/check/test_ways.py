"""The graph of a flow."""

from __future__ import annotations

from ivr.flow.check.ways import ANY_QUESTION, Graph, falls_off, graph
from tests.flow.check.told import subject_of
from tests.flow.ring import flows_of

FLOW = """\
anytime: {0: desk}
steps:
  main:
    menu: {1: told, 2: /other}
    fail: main
  told: {say: Told., goto: back}
  ask: {ask: code, fail: start, goto: repeat}
  desk: {transfer: +13125550123, otherwise: main}
  other: {say: A.}
"""


def made(flow: str = FLOW) -> Graph:
    return graph(subject_of(flow, other="steps: {main: {goto: hangup}}"))


def test_steps_lead_where_their_destinations_and_the_anytime_keys_do() -> None:
    found = made()
    assert found.led["main"] == {"told", "main", "desk"}
    assert found.own["main"] == {"told", "main"}
    assert found.led["told"] == {ANY_QUESTION}
    assert found.led["ask"] == {"main", "ask", "desk"}
    assert found.led[ANY_QUESTION] == {"main", "ask"}


def test_what_happens_at_each_step_is_known() -> None:
    found = made()
    assert (found.menus, found.waits, found.people) == ({"main"}, {"main", "ask"}, {"desk"})
    assert found.ends == {"main", "desk", "other"}


def test_the_graph_is_walked_both_ways() -> None:
    found = made()
    assert found.leading_to({"desk"}) == {"main", "ask", "told", "desk", ANY_QUESTION}
    assert found.reached_from("told") == {"told", "main", "ask", "desk"}
    assert found.menu_depths("main") == {"main": 1, "told": 1, ANY_QUESTION: 1}


def test_only_the_last_action_can_fall_off() -> None:
    steps = flows_of(FLOW).flows["main"].steps
    assert [name for name, step in steps.items() if falls_off(step)] == ["other"]


def test_what_stands_behind_an_action_that_always_leaves_leads_nowhere() -> None:
    flow = "steps:\n  main:\n    - ACTION\n    - goto: end\n  end: {goto: hangup}\n"
    sub = "returns: [a]\nsteps: {main: {return: a}}\n"

    def led(action: str) -> set[str]:
        looked = subject_of(flow.replace("ACTION", f"{{{action}}}"), other=sub)
        return set(graph(looked).led["main"])

    assert led("goto: main") == {"main"}
    assert led("goto: main, if: call.minutes > 1") == {"main", "end"}
    assert led("menu: {1: main}, fail: main") == {"main"}
    assert led("menu: {1: [{if: call.minutes > 1, goto: main}]}, fail: main") == {"main", "end"}
    assert led("run: other, a: main") == {"main"}
    assert led("run: other") == {"end"}
    assert led("set: {a: 1}") == {"end"}
