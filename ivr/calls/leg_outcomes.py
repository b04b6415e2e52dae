"""How a time away ended, in the flow's words: what the carrier says of it, against what it was.

Values nobody knows are accepted and logged: the flow then goes where a failure leads. Names of
statuses and results: reference/twilio.md 4.2, 4.3. Used by ``returning``.
"""

from __future__ import annotations

import logging
from typing import Final, assert_never

from ivr.carriers.webhook import Leg as Dialled
from ivr.carriers.webhook import Returned
from ivr.flow.messages import JoinQueue, Leg, LegOutcome, RunTwiml, Transfer

DIALLED: Final = {
    "completed": LegOutcome.DONE,
    "answered": LegOutcome.DONE,
    # Of a SIP caller who was handed over, where the other side has not said more yet.
    "in-progress": LegOutcome.DONE,
    "busy": LegOutcome.BUSY,
    "no-answer": LegOutcome.NO_ANSWER,
    "canceled": LegOutcome.NO_ANSWER,
    "failed": LegOutcome.FAILED,
}
"""What a finished ``<Dial>`` or ``<Refer>`` says."""

QUEUED: Final = {
    "bridged": LegOutcome.DONE,
    "bridging-in-process": LegOutcome.DONE,
    "redirected-from-bridged": LegOutcome.DONE,
    # Only our own document says <Leave/>, and only when the longest time has passed.
    "leave": LegOutcome.TOO_LONG,
    # The same by the way of <Leave>'s page: the verb behind <Enqueue> asks, and says nothing.
    "": LegOutcome.TOO_LONG,
    "queue-full": LegOutcome.FULL,
    "redirected": LegOutcome.FAILED,
    "error": LegOutcome.FAILED,
    "system-error": LegOutcome.FAILED,
    "hangup": LegOutcome.FAILED,
}
"""What a queue that was left says."""

log = logging.getLogger(__name__)


def outcome_of(leg: Leg, returned: Returned, *, taken: bool) -> LegOutcome:
    """How it ended. ``taken`` says that whoever answered has pressed the key to take the call."""
    match leg:
        case Transfer():
            return _of_transfer(leg, returned.leg, taken=taken)
        case JoinQueue():
            return _known(QUEUED, returned.queue, returned)
        case RunTwiml():
            # A document says how it went only where its last verb was one that tells.
            dialled = returned.leg
            failed = dialled is not None and DIALLED.get(dialled.status) is not LegOutcome.DONE
            return LegOutcome.FAILED if failed else LegOutcome.DONE
        case _:
            assert_never(leg)


def _of_transfer(transfer: Transfer, dialled: Dialled | None, *, taken: bool) -> LegOutcome:
    """What became of it: who answers and does not take the call has not answered.

    A leg that was answered and never bridged is one that declined, or somebody's own mailbox. Of a
    conference (``answered``) it says nothing. Where Twilio does not tell whether it was bridged,
    the key that takes a call does.
    """
    if dialled is None:
        return LegOutcome.FAILED
    outcome = DIALLED.get(dialled.status)
    if outcome is None:
        log.warning("a transfer ended as %r, which nobody knows: failed", dialled.status)
        return LegOutcome.FAILED
    if dialled.status != "completed" or transfer.blind:
        return outcome
    connected = dialled.bridged
    if connected is None:
        connected = taken or not transfer.accept
    return outcome if connected else LegOutcome.NO_ANSWER


def _known(table: dict[str, LegOutcome], said: str, returned: Returned) -> LegOutcome:
    if said not in table:
        log.warning("call %s: a queue ended as %r: failed", returned.call_sid, said)
    return table.get(said, LegOutcome.FAILED)
