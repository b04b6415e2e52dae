"""``queue``: the caller waits for somebody, and comes back with how that went."""

from __future__ import annotations

import pytest

from ivr.flow.messages import JoinQueue, LegOutcome
from tests.flow.ring import Ring, problems_of

FLOW = """
    language: en-US
    steps:
      main:
        say: Please wait.
        queue: support
        hold: audio/music.wav
        limit: 10m
        full: packed
        too_long: long
        closed: shut
        otherwise: other
      packed: {say: Full., goto: hangup}
      long: {say: Long., goto: hangup}
      shut: {say: Shut., goto: hangup}
      other: {say: Other., goto: hangup}
"""


def test_the_text_is_heard_before_the_caller_leaves() -> None:
    call = Ring(FLOW)
    assert call.told(JoinQueue) == []
    assert call.hears_all().told(JoinQueue) == [
        JoinQueue("support", "audio/music.wav", 600_000, "main")
    ]


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (LegOutcome.FULL, "Full."),
        (LegOutcome.TOO_LONG, "Long."),
        (LegOutcome.CLOSED, "Shut."),
        (LegOutcome.FAILED, "Other."),
        (LegOutcome.NO_ANSWER, "Other."),
    ],
)
def test_each_outcome_goes_where_it_is_told_or_otherwise(outcome: LegOutcome, text: str) -> None:
    assert Ring(FLOW).hears_all().leg(outcome).said == [text]


def test_a_talk_that_is_over_ends_the_call_unless_the_flow_goes_on() -> None:
    assert Ring(FLOW).hears_all().leg(LegOutcome.DONE).hung_up == "transferred"
    flow = FLOW.replace("full: packed", "done: other")
    assert Ring(flow).hears_all().leg(LegOutcome.DONE).said == ["Other."]


def test_an_outcome_nobody_thought_of_is_a_goodbye() -> None:
    flow = "language: en-US\nsteps: {main: {queue: support, full: main}}\n"
    call = Ring(flow).leg(LegOutcome.CLOSED)
    assert call.said == ["Thank you for calling. Goodbye."]
    assert call.hears_all().hung_up == "not_connected"


def test_keys_before_a_queue_were_meant_for_before() -> None:
    call = Ring(FLOW).presses("1").hears_all()
    assert call.state.typed == ""


@pytest.mark.parametrize("written", ["[a]", "x\n    limit: 1s", "x\n    hold: nothing.wav"])
def test_what_cannot_be_is_told_to_the_author(written: str) -> None:
    flow = f"steps:\n  main:\n    queue: {written}\n    otherwise: hangup\n"
    assert "S007" in [code for code, _, _ in problems_of(flow)]
