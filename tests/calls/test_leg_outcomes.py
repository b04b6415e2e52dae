"""What the carrier says of a time away, in the flow's words."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from ivr.calls.leg_outcomes import outcome_of
from ivr.carriers.webhook import Leg, Returned
from ivr.flow.messages import JoinQueue, LegOutcome, RunTwiml, Transfer

PLAIN = Transfer("desk", "+15551230000", 25_000, None, None, "operator")
SCREENED = replace(PLAIN, accept="1")
BLIND = replace(PLAIN, blind=True)
QUEUE = JoinQueue("agents", None, None, "wait")
DOCUMENT = RunTwiml("<Response/>", "script")


def back(status: str = "", bridged: bool | None = None, queue: str = "") -> Returned:
    leg = Leg("CA2", status, bridged) if status else None
    return Returned("CA1", "AC1", False, leg, queue)


@pytest.mark.parametrize(
    ("transfer", "returned", "taken", "outcome"),
    [
        (PLAIN, back("completed"), False, LegOutcome.DONE),
        (PLAIN, back("completed", bridged=True), False, LegOutcome.DONE),
        (PLAIN, back("completed", bridged=False), False, LegOutcome.NO_ANSWER),
        # A private mailbox answered, and nobody pressed the key.
        (SCREENED, back("completed", bridged=False), False, LegOutcome.NO_ANSWER),
        (SCREENED, back("completed"), False, LegOutcome.NO_ANSWER),
        (SCREENED, back("completed"), True, LegOutcome.DONE),
        # Of a conference nothing is said about a bridge.
        (PLAIN, back("answered", bridged=False), False, LegOutcome.DONE),
        (PLAIN, back("busy"), False, LegOutcome.BUSY),
        (PLAIN, back("no-answer"), False, LegOutcome.NO_ANSWER),
        (PLAIN, back("canceled"), False, LegOutcome.NO_ANSWER),
        (PLAIN, back("failed"), False, LegOutcome.FAILED),
        (PLAIN, back("tomorrow"), False, LegOutcome.FAILED),
        (PLAIN, back(), False, LegOutcome.FAILED),
        (BLIND, back("in-progress"), False, LegOutcome.DONE),
        (BLIND, back("completed", bridged=False), False, LegOutcome.DONE),
        (BLIND, back("failed"), False, LegOutcome.FAILED),
    ],
)
def test_a_transfer_has_one_of_four_outcomes(
    transfer: Transfer, returned: Returned, taken: bool, outcome: LegOutcome
) -> None:
    assert outcome_of(transfer, returned, taken=taken) is outcome


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        ("bridged", LegOutcome.DONE),
        ("redirected-from-bridged", LegOutcome.DONE),
        ("leave", LegOutcome.TOO_LONG),
        ("", LegOutcome.TOO_LONG),
        ("queue-full", LegOutcome.FULL),
        ("error", LegOutcome.FAILED),
        ("system-error", LegOutcome.FAILED),
        ("tomorrow", LegOutcome.FAILED),
    ],
)
def test_a_queue_says_how_it_was_left(result: str, outcome: LegOutcome) -> None:
    assert outcome_of(QUEUE, back(queue=result), taken=False) is outcome


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("", LegOutcome.DONE), ("completed", LegOutcome.DONE), ("busy", LegOutcome.FAILED)],
)
def test_a_document_is_done_unless_its_last_verb_says_otherwise(
    status: str, outcome: LegOutcome
) -> None:
    assert outcome_of(DOCUMENT, back(status), taken=False) is outcome


def test_what_nobody_knows_is_logged_and_failed(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        outcome_of(PLAIN, back("tomorrow"), taken=False)
        outcome_of(QUEUE, back(queue="later"), taken=False)
    assert "'tomorrow'" in caplog.text
    assert "'later'" in caplog.text
