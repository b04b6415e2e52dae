"""How long a rehearsed caller is away, and how going away and asking for things are told.

Part of ``line.py``: plain tables of times and words.
"""

from __future__ import annotations

from typing import assert_never

from ivr.flow.messages import (
    Errand,
    Invoke,
    JoinQueue,
    Leg,
    LegOutcome,
    RecordMessage,
    Request,
    RunTwiml,
    SendText,
    Transfer,
)

ANSWERED_MS = 5_000
"""How long a transfer rings before somebody answers."""
TALK_MS = 60_000
"""How long the caller then talks, if the transfer has no shorter limit."""
QUEUED_MS = 60_000
"""How long a caller waits in a queue that has no limit, if that is too long."""
BUSY_MS = 2_000
FAILED_MS = 1_000
DOCUMENT_MS = 5_000
"""What a TwiML document takes."""


def leg_ms(leg: Leg, outcome: LegOutcome) -> int:
    """How long the caller is away."""
    match outcome:
        case LegOutcome.DONE:
            if isinstance(leg, RunTwiml):
                return DOCUMENT_MS
            limit, rings = (
                (leg.limit_ms, leg.ring_ms) if isinstance(leg, Transfer) else (None, ANSWERED_MS)
            )
            return min(ANSWERED_MS, rings) + (TALK_MS if limit is None else min(TALK_MS, limit))
        case LegOutcome.BUSY:
            return BUSY_MS
        case LegOutcome.NO_ANSWER:
            return leg.ring_ms if isinstance(leg, Transfer) else BUSY_MS
        case LegOutcome.TOO_LONG:
            limit = leg.limit_ms if isinstance(leg, JoinQueue) else None
            return QUEUED_MS if limit is None else limit
        case LegOutcome.FAILED | LegOutcome.FULL | LegOutcome.CLOSED:
            return FAILED_MS
        case _:
            assert_never(outcome)


def spelled(errand: Errand) -> str:
    """An errand as a transcript tells it."""
    match errand:
        case Request(name=name):
            return f"asks {name}"
        case Invoke(function=function):
            return f"calls {function}"
        case SendText(to=to, text=text):
            return f"sends {to}: {text}"
        case RecordMessage(mailbox=mailbox):
            return f"records for {mailbox}" if mailbox else "records"
        case _:
            assert_never(errand)


def spelled_leg(leg: Leg) -> str:
    """A time away as a transcript tells it."""
    match leg:
        case Transfer(name=name, number=number, together=others):
            told = [number if name == number else f"{number} ({name})"]
            told += [each.address for each in others]
            return f"transfers to {', '.join(told)}"
        case JoinQueue(name=name):
            return f"puts the caller into the queue {name}"
        case RunTwiml(step=step):
            return f"runs the TwiML of {step}"
        case _:
            assert_never(leg)


def where_is(leg: Leg) -> str:
    """Where the caller is."""
    match leg:
        case Transfer(name=name):
            return f"connected to {name}"
        case JoinQueue(name=name):
            return f"in the queue {name}"
        case RunTwiml(step=step):
            return f"in the TwiML of {step}"
        case _:
            assert_never(leg)


def went_to(leg: Transfer | JoinQueue) -> str:
    """Where the caller was put."""
    if isinstance(leg, Transfer):
        return f"transferred to {leg.name}"
    return f"put into the queue {leg.name}"


def names_of(leg: Leg) -> set[str]:
    """Every name a test may call this by."""
    match leg:
        case Transfer(name=name, number=number, together=others):
            more = {text for each in others for text in (each.name, each.address)}
            return {name, number, *more}
        case JoinQueue(name=name):
            return {name}
        case RunTwiml(step=step):
            return {step}
        case _:
            assert_never(leg)
