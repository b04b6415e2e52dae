"""What goes wrong in a flow while a caller is on the line never ends a call without a word."""

from __future__ import annotations

import pytest

from ivr.rehearsal.line import Line
from ivr.rehearsal.transcript import render
from tests.rehearsal.stage import flows_of, line_to

BAD = "[{if: word > 5, goto: bye}, {else: bye}]"


def troubled(main: str) -> Line:
    flow = f"""
vars: {{word: abc}}
anytime: {{0: {BAD}}}
steps:
  main: {main}
  bye: {{say: Goodbye., goto: hangup}}
"""
    line = line_to(flows_of(flow))
    line.run_until(200)
    return line


@pytest.mark.parametrize(
    ("main", "keys"),
    [
        ("{say: Choose., goto: " + BAD + "}", ""),
        ("{say: Choose., menu: {1: " + BAD + "}, fail: bye}", "1"),
        ("{say: Choose., menu: {1: bye, 12: " + BAD + "}, fail: bye}", "12"),
        ("{say: Choose., menu: {1: bye}, fail: bye}", "0"),
        ("{say: Choose., menu: {1: bye}, tries: 1, fail: " + BAD + "}", ""),
        ("{say: Choose., menu: {1: bye}, tries: 1, fail: " + BAD + "}", "7"),
        ('{say: Choose., menu: {1: bye}, no_input: "${word | money}", fail: bye}', ""),
        ('{say: Choose., menu: {1: bye}, repeat: "${word | money}", fail: bye}', "7"),
        ("{say: Number., ask: n, digits: 2, goto: " + BAD + "}", "42"),
        ("{say: Number., ask: n, digits: 2, goto: [{if: n > 1, goto: bye}, {else: bye}]}", "42"),
        ('{say: Number., ask: n, digits: 2, confirm: "${word | date}", goto: bye}', "42"),
        ("{say: Hold., transfer: +13125550123, done: " + BAD + ", otherwise: bye}", ""),
        ('{say: "${word | money}", menu: {1: bye}, fail: bye}', ""),
    ],
)
def test_a_value_of_the_wrong_kind_is_answered_with_an_apology(main: str, keys: str) -> None:
    line = troubled(main)
    for key in keys:
        line.press(key)
        line.run_until(line.now + 300)
    while line.over is None:
        line.step()
    assert line.over == "trouble", render(line.transcript.entries)
    assert "technical problem" in line.transcript.entries[-2].what


def test_the_warning_of_the_limit_does_not_use_up_the_callers_time_to_answer() -> None:
    """Silence counts from the end of the last text, whoever wrote it (LANGUAGE.md §2.2)."""
    flow = """
    limits: {call: 5m}
    steps:
      main: {say: Choose., menu: {1: bye}, wait: 100s, fail: bye}
      bye: {say: Goodbye., goto: hangup}
    """
    line = line_to(flows_of(flow))
    while line.over is None:
        line.step()
    shown = render(line.transcript.entries)
    warned = shown.index("180.0  ivr     This call will end in two minutes.")
    assert shown[warned + 1] == "182.7  caller  says nothing for 100s"
