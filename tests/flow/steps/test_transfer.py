"""``transfer``: to a person, and back with how it went."""

from __future__ import annotations

import pytest

from ivr.flow.messages import LegOutcome
from tests.flow.ring import Ring, problems_of

FLOW = """
    numbers: {desk: +13125550123, ours: +13125550100}
    steps:
      main:
        say: Please hold.
        transfer: desk
        ring: 20s
        caller_id: ours
        limit: 1h
        busy: engaged
        otherwise: nobody
      engaged: {say: Engaged., goto: hangup}
      nobody: {say: Nobody., goto: hangup}
"""


def test_the_text_before_a_transfer_is_heard_to_its_end() -> None:
    call = Ring(FLOW)
    assert call.said == ["Please hold."]
    assert call.transfer is None
    assert call.hears_all().transfer is not None


def test_the_transfer_says_whom_to_ring_and_for_how_long() -> None:
    transfer = Ring(FLOW).hears_all().transfer
    assert transfer is not None
    assert transfer.name == "desk"
    assert transfer.number == "+13125550123"
    assert transfer.ring_ms == 20_000
    assert transfer.caller_id == "+13125550100"
    assert transfer.limit_ms == 3_600_000


def test_it_rings_25_seconds_unless_told_otherwise() -> None:
    call = Ring("steps: {main: {transfer: +13125550123, otherwise: main}}")
    assert call.transfer is not None
    assert call.transfer.ring_ms == 25_000


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (LegOutcome.BUSY, "Engaged."),
        (LegOutcome.NO_ANSWER, "Nobody."),
        (LegOutcome.FAILED, "Nobody."),
    ],
)
def test_each_outcome_goes_where_it_is_told_or_otherwise(outcome: LegOutcome, text: str) -> None:
    assert Ring(FLOW).hears_all().leg(outcome).said == [text]


def test_a_talk_that_is_over_ends_the_call_unless_the_flow_goes_on() -> None:
    assert Ring(FLOW).hears_all().leg(LegOutcome.DONE).hung_up == "transferred"
    going_on = FLOW.replace("busy: engaged", "done: engaged")
    assert Ring(going_on).hears_all().leg(LegOutcome.DONE).said == ["Engaged."]


def test_an_outcome_nobody_thought_of_is_a_goodbye_and_a_warning() -> None:
    flow = "steps:\n  main:\n    transfer: +13125550123\n"
    assert problems_of(flow) == [("T002", 3, 15)]
    call = Ring(flow).leg(LegOutcome.BUSY)
    assert call.said == ["Thank you for calling. Goodbye."]
    assert call.hears_all().hung_up == "not_connected"


def test_nothing_is_woken_while_the_caller_talks_to_somebody() -> None:
    assert Ring(FLOW).hears_all().state.deadline is None
