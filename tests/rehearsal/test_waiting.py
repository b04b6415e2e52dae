"""Budgets on the virtual clock: who waits for a voice, and for how long."""

from __future__ import annotations

import textwrap

import pytest

from ivr.rehearsal.caller import rehearse
from ivr.rehearsal.waiting import Waiting
from tests.rehearsal.stage import SHOP, flows_of, script_of

SETTINGS = "voices:\n  vendor: {provider: elevenlabs, voice_id: abc}\n"
FLOW = """
voice: vendor
vars: {name: Ana}
steps:
  main:
    say: For your code, press 1. For your name, press 2.
    menu: {1: ask, 2: greet}
  ask:
    say: Your code?
    ask: code
    digits: 2
    goto: found
  found:
    say: ${code}, thank you.
    budget: 150ms
    goto: hangup
  greet:
    say: ${name}, hello.
    budget: 150ms
    goto: hangup
"""
KEYED = "- hears: press 2\n- presses: 1\n- hears: Your code\n- presses: 42\n- hears: thank you"


def failure(lines: str, flow: str = FLOW) -> str | None:
    """What one call of a test says; its lines begin in line 3 of the file."""
    flows = flows_of(flow, settings=SETTINGS)
    test = "calls:\n  a call:\n" + textwrap.indent(lines, "    ")
    script = script_of(test, flows)
    assert script.problems == ()
    found = rehearse(flows, script.calls[0]).failure
    return None if found is None else found.sentence


def test_what_was_keyed_just_before_has_to_be_asked_of_the_voice() -> None:
    assert failure(KEYED) == (
        "line 6: the first sound of “found” needs 300 ms, and its budget (main.yaml:15) is 150 ms: "
        "a voice must say how it begins, and could not know it earlier; begin with fixed words, or "
        "allow more"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("budget: 150ms", "budget: 300ms"),
        ("say: ${code}, thank you.", "say: It is ${code}, thank you."),
        ("say: ${code}, thank you.", 'say: "${code | digits}, thank you."'),
        ("voice: vendor", "voice: embedded"),
    ],
)
def test_a_budget_that_is_held_changes_nothing(before: str, after: str) -> None:
    assert before in FLOW
    assert failure(KEYED, FLOW.replace(before, after)) is None


def test_what_lookahead_could_know_while_the_caller_listened_is_ready() -> None:
    assert failure("- hears: press 2\n- presses: 2\n- hears: Ana") is None


def test_a_caller_who_is_quicker_than_the_voice_waits_for_the_rest() -> None:
    at_once = "- hears: For your code\n- presses: {keys: 2, after: 100ms}\n- hears: Ana"
    assert "needs 200 ms" in (failure(at_once) or "")


def test_a_confirmation_gives_the_time_that_is_needed() -> None:
    confirmed = FLOW.replace("digits: 2", "digits: 2\n    confirm: yes")
    keyed = KEYED.replace(
        "- hears: thank you", "- hears: press 1\n- presses: 1\n- hears: thank you"
    )
    assert failure(keyed, confirmed) is None


def test_behind_another_text_nobody_waits() -> None:
    behind = FLOW.replace(
        "    goto: found\n", "    goto: thanks\n  thanks: {say: Fine., goto: found}\n"
    )
    assert failure(KEYED, behind) is None


def test_only_the_first_sound_after_a_step_was_entered_counts() -> None:
    asks = FLOW.replace(
        "    goto: found\n",
        "    no_match: '${code}?'\n    check: code == '42'\n    budget: 50ms\n    goto: hangup\n",
    )
    assert (
        failure("- hears: press 2\n- presses: 1\n- hears: code\n- presses: 11\n- hangs_up", asks)
        is None
    )


def test_a_flow_without_budgets_asks_nothing_ahead() -> None:
    assert not Waiting(flows_of(SHOP))._watched
