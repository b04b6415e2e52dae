"""``event``: those who listen outside are told, and nothing is waited for."""

from __future__ import annotations

from ivr.flow.messages import Emit
from tests.flow.ring import Ring, problems_of

FLOW = """
    language: en-US
    vars: {why: late, count: 2}
    steps:
      main:
        - say: Thank you.
          event: complained
          with: {reason: "${why}", times: "${count}", where: [desk]}
          goto: bye
      bye: {say: Bye., goto: hangup}
"""


def test_an_event_is_told_with_its_values_and_the_flow_goes_on_at_once() -> None:
    call = Ring(FLOW)
    assert call.told(Emit) == [
        Emit("complained", {"reason": "late", "times": 2, "where": ["desk"]}, "main", "main")
    ]
    assert call.said == ["Thank you.", "Bye."]


def test_it_waits_for_earlier_notices_but_not_for_its_own() -> None:
    notice = FLOW.replace(
        "- say: Thank", "- say: Notice.\n          interrupt: no\n        - say: Thank"
    )
    call = Ring(notice)
    assert call.told(Emit) == []
    assert len(call.hears_one().told(Emit)) == 1
    own = FLOW.replace("- say: Thank", "- interrupt: no\n          say: Thank")
    assert len(Ring(own).told(Emit)) == 1


def test_a_sensitive_value_is_masked_whatever_it_lies_in() -> None:
    call = Ring("""
        language: en-US
        steps:
          main:
            say: PIN?
            ask: pin
            digits: 4
            sensitive: yes
            goto: tell
          tell:
            event: told
            with: {pin: "x${pin}", deep: {list: ["${pin}"]}, open: 1}
            goto: hangup
    """).presses("7391")
    assert call.told(Emit) == [
        Emit("told", {"pin": "••••", "deep": "••••", "open": 1}, "tell", "main")
    ]


def test_an_event_may_have_nothing_to_tell() -> None:
    call = Ring("steps: {main: {event: x, goto: hangup}}")
    assert call.told(Emit) == [Emit("x", {}, "main", "main")]


def test_a_value_that_cannot_be_computed_is_trouble_and_nothing_is_told() -> None:
    call = Ring(FLOW.replace('"${count}"', '"${why - 1}"'))
    assert call.told(Emit) == []
    assert "technical problem" in call.said[-1]


def test_it_is_told_after_a_hang_up_too() -> None:
    call = Ring(FLOW.replace("    steps:", "    on_hangup: main\n    steps:")).hangs_up()
    assert len(call.told(Emit)) == 1


def test_an_events_name_is_a_word() -> None:
    flow = "steps:\n  main:\n    event: [x]\n    goto: hangup\n"
    assert "S007" in [code for code, _, _ in problems_of(flow)]
