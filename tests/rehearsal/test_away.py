"""How long a caller is away, and how that is told."""

from __future__ import annotations

import pytest

from ivr.flow.messages import (
    JoinQueue,
    Leg,
    LegOutcome,
    RecordMessage,
    RunTwiml,
    SendText,
    Target,
    Transfer,
)
from ivr.rehearsal.away import leg_ms, names_of, spelled, spelled_leg, where_is

DESK = Transfer("desk", "+13125550123", 20_000, None, None, "main")
SHORT = Transfer("desk", "+13125550123", 3_000, None, 30_000, "main")
BOTH = Transfer(
    *("desk", "+13125550123", 20_000, None, None, "main"),
    together=(Target("night", "+13125550124"),),
)
QUEUE = JoinQueue("support", None, 90_000, "main")
ENDLESS = JoinQueue("support", None, None, "main")
SCRIPT = RunTwiml("<Response/>", "main")


@pytest.mark.parametrize(
    ("leg", "outcome", "seconds"),
    [
        (DESK, LegOutcome.DONE, 65),
        (SHORT, LegOutcome.DONE, 33),
        (DESK, LegOutcome.BUSY, 2),
        (DESK, LegOutcome.NO_ANSWER, 20),
        (DESK, LegOutcome.FAILED, 1),
        (QUEUE, LegOutcome.DONE, 65),
        (QUEUE, LegOutcome.TOO_LONG, 90),
        (ENDLESS, LegOutcome.TOO_LONG, 60),
        (QUEUE, LegOutcome.FULL, 1),
        (QUEUE, LegOutcome.CLOSED, 1),
        (SCRIPT, LegOutcome.DONE, 5),
        (SCRIPT, LegOutcome.FAILED, 1),
    ],
)
def test_a_caller_is_away_for_as_long_as_that_takes(
    leg: Leg, outcome: LegOutcome, seconds: int
) -> None:
    assert leg_ms(leg, outcome) == seconds * 1_000


@pytest.mark.parametrize(
    ("leg", "told", "where", "names"),
    [
        (
            DESK,
            "transfers to +13125550123 (desk)",
            "connected to desk",
            {"desk", "+13125550123"},
        ),
        (
            BOTH,
            "transfers to +13125550123 (desk), +13125550124",
            "connected to desk",
            {"desk", "+13125550123", "night", "+13125550124"},
        ),
        (QUEUE, "puts the caller into the queue support", "in the queue support", {"support"}),
        (SCRIPT, "runs the TwiML of main", "in the TwiML of main", {"main"}),
    ],
)
def test_going_away_is_told_with_names(leg: Leg, told: str, where: str, names: set[str]) -> None:
    assert spelled_leg(leg) == told
    assert where_is(leg) == where
    assert names_of(leg) == names


def test_errands_are_told_without_what_is_sent() -> None:
    assert spelled(SendText(1, "+13125550177", "Hello.", "main")) == "sends +13125550177: Hello."
    message = RecordMessage(1, "box", True, 9_000, 5_000, 2_000, "main")
    assert spelled(message) == "records for box"
