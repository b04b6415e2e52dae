"""What may not be set when a caller comes to an action."""

from __future__ import annotations

import pytest

from ivr.flow.check.assigned import maybe_unset
from tests.flow.ring import flows_of

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
    made = flows_of(flow).flows["main"]
    found = maybe_unset(made, {"code", "known"})
    return set(found[id(made.steps[step].actions[0])])


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
