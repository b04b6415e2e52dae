"""Budgets that cannot be held."""

from __future__ import annotations

import pytest

from tests.flow.ring import loaded, problems_of

SETTINGS = """
voices:
  vendor: {provider: elevenlabs, voice_id: abc}
"""
FLOW = """
voice: vendor
steps:
  main:
    say: Your code?
    ask: code
    digits: 4
    goto: found
  found:
    say: ${code}, thank you.
    budget: 150ms
    goto: hangup
"""


def codes(flow: str, settings: str = SETTINGS) -> list[str]:
    return [code for code, _, _ in problems_of(flow, settings=settings)]


def test_p008_a_value_that_was_just_keyed_cannot_begin_a_text_in_time() -> None:
    (problem,) = (p for p in loaded(FLOW, settings=SETTINGS).problems if p.code == "P008")
    assert (problem.code, problem.severity.value) == ("P008", "warning")
    assert (problem.span.line, problem.span.column) == (11, 13)
    assert problem.message == (
        "“found” begins with code, which was keyed only just before: its first sound takes about "
        "300 ms, and its budget is 150 ms"
    )
    assert problem.help == "begin with fixed words, like “Thank you.”, or write  budget: 300ms"


def test_p008_a_step_that_says_nothing_gives_no_time() -> None:
    between = "  found:\n    goto: really\n  really:\n"
    assert codes(FLOW.replace("  found:\n", between)) == ["P008"]


def test_p008_a_text_that_is_said_whole_begins_when_all_of_it_is_known() -> None:
    whole = FLOW.replace("say: ${code}, thank you.", "say: Thank you for ${code}.\n    whole: yes")
    assert codes(whole) == ["P008"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("budget: 150ms", "budget: 300ms"),
        ("    budget: 150ms\n", ""),
        ("say: ${code}, thank you.", "say: Thank you. Your code is ${code}."),
        ("say: ${code}, thank you.", 'say: "${code | digits}. Thank you."'),
        ("say: ${code}, thank you.", "say: ${call.minutes} minutes."),
        ("digits: 4", "digits: 4\n    confirm: yes"),
        (
            "    goto: found\n  found:\n",
            "    goto: thanks\n  thanks: {say: A., goto: found}\n  found:\n",
        ),
        ("voice: vendor", "voice: embedded"),
        ("    say: ${code}, thank you.", "    say: [{en: '${code}.', if: code == '1'}]"),
    ],
)
def test_a_budget_that_can_be_held_is_not_told(before: str, after: str) -> None:
    assert before in FLOW
    assert codes(FLOW.replace(before, after)) == []


@pytest.mark.parametrize("budget", ["soon", "5ms", "1m", "[150ms]"])
def test_s007_a_budget_is_a_duration_in_bounds(budget: str) -> None:
    assert "S007" in codes(FLOW.replace("150ms", budget))


def test_the_budget_of_a_list_of_actions_is_that_of_its_step() -> None:
    flows = loaded(
        "steps:\n  main:\n    - say: A.\n    - {say: B., budget: 1.5s, goto: hangup}\n"
    ).flows
    assert flows is not None
    budget = flows.flows["main"].steps["main"].budget
    assert budget is not None
    assert (budget.ms, budget.span.line) == (1500, 4)
