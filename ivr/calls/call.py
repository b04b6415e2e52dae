"""One telephone call over all its streams: the plain things that outlive a stream.

A call begins at its webhook, has one stream after another (a transfer or a lost line ends one), and
ends once. This is data: the switchboard makes it, keeps it by CallSid and ends it; ``session`` runs
one stream of it. Nothing here waits or decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ivr.calls.booth import Booth
from ivr.calls.clock import Clock
from ivr.calls.record import Record
from ivr.flow.messages import CallResumed, LegFinished
from ivr.flow.model import FlowSet
from ivr.flow.state import CallFacts, State


def _nobody() -> None:
    """Nobody wants to know."""


@dataclass(slots=True)
class Call:
    """One telephone call."""

    facts: CallFacts
    account: str
    """The carrier's account (AccountSid) that signed the webhook; a stream must name the same."""
    flows: FlowSet
    """The set it began with; a hot reload changes nothing for it."""
    clock: Clock
    record: Record
    booth: Booth
    """Its hold on the voices; taken at the webhook (``studio.lease``), given back at the end."""
    state: State | None = None
    """None until the first stream has started."""
    return_event: CallResumed | LegFinished | None = None
    """Why there is a next stream: set by the switchboard before it connects, used up by it."""
    streams: int = 0
    """How many streams have started."""
    alone: bool = False
    """The caller has hung up, and the flow goes on without them for a moment."""
    faults: int = 0
    """Bugs of ours it survived; see ``session.FAULTS_MAX``."""
    to_move: bool = False
    """The process is leaving: the stream ends at its next quiet moment, and the call goes on in
    another process."""
    nudge: Callable[[], None] = _nobody
    """Lets its stream see that something of this has changed."""
    went_on: Callable[[], None] = _nobody
    """Told by its stream when there is something to wait for again, and everything due is sent."""

    @property
    def sid(self) -> str:
        """The carrier's id of the call: CallSid."""
        return self.facts.id
