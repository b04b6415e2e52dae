"""Flows that run flows: what they return, and what they are given."""

from __future__ import annotations

import pytest

from tests.flow.check.told import told
from tests.flow.ring import loaded, problems_of

FLOW = """\
anytime: {0: desk}
steps:
  main:
    - run: other
      one: bye
      two: bye
    - goto: bye
  bye: {say: Bye., goto: hangup}
  desk: {transfer: +13125550123, otherwise: bye}
"""
OTHER = """\
returns: [one, two]
steps:
  main:
    say: For one, press 1. For two, press 2. For a person, press 0.
    menu: {1: first, 2: second}
    fail: second
  first: {return: one}
  second: {return: two}
"""


def test_a_flow_that_is_run_and_all_its_outcomes_are_no_finding() -> None:
    assert problems_of(FLOW, other=OTHER) == []


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        (FLOW.replace("      two: bye\n", ""), [("F010", 4, 12)]),
        (FLOW.replace("two: bye", "otherwise: bye"), []),
        (FLOW.replace("two: bye", "goto: bye"), []),
    ],
)
def test_f010_otherwise_and_goto_lead_what_is_not_named(
    changed: str, found: list[tuple[str, int, int]]
) -> None:
    assert problems_of(changed, other=OTHER) == found


def test_f010_a_single_outcome_may_be_followed_by_the_next_action() -> None:
    one = "returns: [one]\nsteps: {main: {say: Hello., goto: back_}, back_: {return: one}}\n"
    flow = FLOW.replace("      one: bye\n      two: bye\n", "")
    assert problems_of(flow, other=one) == []
    assert problems_of(flow.replace("    - goto: bye\n", ""), other=one) == [("F010", 4, 12)]


def test_f010_and_f011_say_nothing_of_a_flow_that_could_not_be_read() -> None:
    flow = FLOW.replace("two: bye", "three: bye")
    assert problems_of(flow, other=OTHER.replace("menu:", "mneu:"))[:1] == [("S001", 5, 5)]
    assert told(flow, "F010", other=OTHER.replace("menu:", "mneu:")) == []


def test_f011_what_it_leads_to_is_not_looked_at() -> None:
    flow = FLOW.replace("two: bye", "two: bye\n      svae: customer")
    found = loaded(flow, frozenset(), other=OTHER).problems
    told = [(each.code, each.help) for each in found if each.code != "T004"]
    assert told == [("F011", "did you mean “save”?")]


def test_f013_flows_in_a_circle_are_told_at_each_step_that_closes_it() -> None:
    other = OTHER.replace("first: {return: one}", "first: {run: third, done: second}")
    third = "returns: [done]\nsteps: {main: {run: other, otherwise: end}, end: {return: done}}\n"
    found = loaded(FLOW, frozenset(), other=other, third=third).problems
    told = [(each.span.file, each.span.line) for each in found if each.code == "F013"]
    assert told == [("other.yaml", 7), ("third.yaml", 2)]


@pytest.mark.parametrize(("depth", "told"), [(8, []), (9, ["main.yaml"]), (10, ["f1.yaml"])])
def test_f013_flows_may_run_flows_eight_deep(depth: int, told: list[str]) -> None:
    files = {
        f"f{number}": f"returns: [a]\nsteps: {{m: {{run: f{number + 1}, a: e}}, e: {{return: a}}}}"
        for number in range(1, depth)
    }
    files[f"f{depth}"] = "returns: [a]\nsteps: {m: {return: a}}"
    flow = "steps: {main: {run: f1, a: end}, end: {goto: hangup}}\n"
    found = loaded(flow, frozenset(), **files).problems
    assert [each.span.file for each in found if each.code == "F013"] == told


@pytest.mark.parametrize("read", ["${default(inputs.name, 'you')}", "Hello."])
def test_x002_an_input_nobody_reads_unguarded_need_not_be_given(read: str) -> None:
    other = OTHER.replace("say: For", f"say: {read} For").replace(
        "returns", "inputs: [name]\nreturns"
    )
    assert told(FLOW, "X002", other=other) == []
    bare = other.replace("default(inputs.name, 'you')", "inputs.name").replace(
        "Hello.", "${inputs.name}"
    )
    assert told(FLOW, "X002", other=bare) == [(4, 12)]
    given = FLOW.replace("      one:", "      with: {name: Ana}\n      one:")
    assert told(given, "X002", other=bare) == []


def test_keys_that_work_anytime_come_along_into_a_flow_that_is_run() -> None:
    assert told(FLOW.replace("anytime: {0: desk}\n", ""), "M002", other=OTHER) == [(4, 60)]
    assert told(FLOW, "A001", other=OTHER) == []


def test_a001_a_person_may_be_where_the_flow_returns_to() -> None:
    alone = FLOW.replace("anytime: {0: desk}\n", "").replace("two: bye", "two: desk")
    other = OTHER.replace(" For a person, press 0.", "")
    assert told(alone, "A001", other=other) == []
    assert told(alone.replace("two: desk", "two: bye"), "A001", other=other) == [(5, 5)]


def test_f014_a_menu_of_a_flow_that_is_run_may_only_lead_back() -> None:
    assert told(FLOW, "F014", other=OTHER) == []
    alone = OTHER.replace("{return: one}", "{goto: main}").replace("{return: two}", "{goto: main}")
    flow = FLOW.replace("anytime: {0: desk}\n", "")
    assert told(flow, "F014", other=alone) == [(3, 3)]


def test_f002_steps_done_after_a_hang_up_or_in_trouble_are_reached() -> None:
    flow = FLOW + "  gone: {event: gone, goto: hangup}\n"
    assert problems_of(flow, other=OTHER) == [("F002", 10, 3)]
    for key in ("on_hangup: gone", "on_error: gone", "defaults: {operator: gone}"):
        assert problems_of(f"{flow}{key}\n", other=OTHER) == []


def test_l001_a_flow_that_is_run_has_to_speak_the_callers_languages() -> None:
    both = "languages: {en-US: {}, es-US: {}}\n"
    simple = "steps: {main: {run: other, one: main, two: main}}\n"
    silent = "returns: [one, two]\nsteps: {main: {goto: [{if: call.minutes, goto: a}, {else: b}]}, "
    silent += "a: {return: one}, b: {return: two}}\n"
    assert told(both + simple, "L001", other=silent) == [(2, 21)]
    assert told(both + simple, "L001", other=both + silent) == []
    assert told(simple, "L001", other=both + silent) == []


def test_m010_the_menus_of_the_flow_that_runs_another_are_counted() -> None:
    deep = """\
    steps:
      main: {menu: {1: m2}}
      m2: {menu: {1: m3}}
      m3: {menu: {1: sub}}
      sub: {run: other, otherwise: main}
    """
    assert told(deep, "M010", other=OTHER) == [(5, 5)]
    assert told(deep.replace("1: m3", "1: sub"), "M010", other=OTHER) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("1: first", "1: frist", ("F001", 5, 15)),
        ("{return: one}", "{return: oen}", ("F001", 7, 19)),
    ],
)
def test_f002_says_nothing_where_the_flow_that_is_run_is_to_blame(
    old: str, new: str, fault: tuple[str, int, int]
) -> None:
    flow = FLOW.replace("one: bye", "one: lost") + "  lost: {goto: bye}\n"
    assert problems_of(flow, other=OTHER) == []
    assert problems_of(flow, other=OTHER.replace(old, new)) == [fault]
