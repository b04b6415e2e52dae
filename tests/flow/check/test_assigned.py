"""What may not be set when a caller comes to an action."""

from __future__ import annotations

import pytest

from ivr.flow.check.assigned import maybe_unset
from ivr.flow.check.subject import Subject
from tests.flow.check.told import subject_of

FLOW = """\
anytime: {0: help}
vars: {known: 1}
steps:
  main:
    - say: Code?
      ask: code
      digits: 4
      fail: lost
      goto: WAY
  lost: {say: Bye., goto: hangup}
  help: {say: Help., goto: hangup}
  told: {say: Told., goto: hangup}
"""


def unset(flow: str, step: str) -> set[str]:
    return unset_at(subject_of(flow), step, {"code", "known"})


def unset_at(looked: Subject, step: str, known: set[str]) -> set[str]:
    found = maybe_unset(looked, known)
    return {name for name in known if found.may_be(looked.flow.steps[step].actions[0], name)}


@pytest.mark.parametrize(
    ("step", "names"),
    [("main", {"code"}), ("lost", {"code"}), ("help", {"code"}), ("told", set())],
)
def test_only_the_way_on_has_what_was_asked_for(step: str, names: set[str]) -> None:
    assert unset(FLOW.replace("WAY", "told"), step) == names


def test_a_way_that_asks_for_the_variable_counts_as_having_it() -> None:
    flow = FLOW.replace("fail: lost", "fail: [{if: has(code), goto: lost}, {else: told}]")
    assert unset(flow.replace("WAY", "told"), "lost") == set()


def test_an_action_that_may_be_skipped_sets_nothing() -> None:
    flow = FLOW.replace("      goto: WAY\n", "      if: known > 1\n    - goto: told\n")
    assert unset(flow, "told") == {"code"}
    assert unset(flow.replace("      if: known > 1\n", ""), "told") == set()


def test_two_ways_to_a_step_leave_unset_what_one_of_them_does() -> None:
    assert unset(FLOW.replace("WAY", "lost"), "lost") == {"code"}


MORE = """\
on_hangup: told
steps:
  main: {http: GET https://a.example, save: found, error: lost, goto: done}
  done: {do: work, save: found, failed: lost, other: saved, goto: ran}
  ran: {run: other, save: found, one: saved, two: lost}
  kept: {record: found, goto: lost, empty: saved}
  chosen: {menu: {1: saved}, save: found, fail: lost}
  saved: {goto: hangup}
  lost: {goto: hangup}
  told: {goto: hangup}
"""
OTHER = """\
returns: [one, two]
steps:
  main: {goto: [{if: call.minutes > 1, goto: a}, {else: b}]}
  a: {return: one, value: 1}
  b: {return: two}
"""


@pytest.mark.parametrize(
    ("start", "saved", "lost"),
    [("done", set(), {"found"}), ("ran", set(), {"found"}), ("chosen", set(), {"found"})],
)
def test_each_kind_sets_its_variable_where_it_went_well(
    start: str, saved: set[str], lost: set[str]
) -> None:
    looked = subject_of(f"start: {start}\n{MORE.replace('goto: ran', 'goto: saved')}", other=OTHER)
    unset = {name: unset_at(looked, name, {"found"}) for name in ("saved", "lost")}
    assert unset == {"saved": saved, "lost": lost}


def test_a_recording_may_be_empty_where_that_goes_on() -> None:
    flow = f"start: kept\n{MORE}"
    looked = subject_of(flow, other=OTHER)
    assert unset_at(looked, "lost", {"found"}) == set()
    assert unset_at(looked, "saved", {"found"}) == {"found"}
    looked = subject_of(flow.replace(", empty: saved", ""), other=OTHER)
    assert unset_at(looked, "lost", {"found"}) == {"found"}


def test_after_a_hang_up_anything_may_be_unset() -> None:
    looked = subject_of(MORE, other=OTHER)
    assert unset_at(looked, "told", {"found"}) == {"found"}
    assert unset_at(looked, "done", {"found"}) == set()
