"""Conditions that decide nothing."""

from __future__ import annotations

import pytest

from tests.flow.check.told import told

FLOW = """\
vars: {n: 1}
steps:
  main:
    goto:
      - {if: IF, goto: hangup}
      - {else: main}
"""


@pytest.mark.parametrize("condition", ["1 < 2", "1 == 2", "true", "not false", "size('ab') > 1"])
def test_f007_a_condition_that_reads_nothing_is_always_the_same(condition: str) -> None:
    assert told(FLOW.replace("IF", condition), "F007") == [(5, 14)]


@pytest.mark.parametrize("condition", ["n > 1", "today() > date('2026-01-01')", "call.minutes > 2"])
def test_f007_a_condition_that_reads_something_is_not(condition: str) -> None:
    assert told(FLOW.replace("IF", condition), "F007") == []


def test_f007_an_entry_with_the_condition_of_one_above_is_never_reached() -> None:
    flow = FLOW.replace("IF", "n > 1").replace(
        "      - {else", "      - {if: n > 1, goto: main}\n      - {else"
    )
    assert told(flow, "F007") == [(6, 27)]


def test_f007_the_condition_of_an_action_is_one_too() -> None:
    flow = "steps:\n  main:\n    - say: A.\n      if: 1 > 2\n    - goto: hangup\n"
    assert told(flow, "F007") == [(4, 11)]
