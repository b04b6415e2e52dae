"""What decides in a call, as the driver of a call sees it."""

from __future__ import annotations

from typing import Protocol

from ivr.flow.machine import Turn
from ivr.flow.messages import Event
from ivr.flow.model import FlowSet
from ivr.flow.state import CallFacts, State


class Machine(Protocol):
    """What decides; ``ivr.flow.machine``, or a script in a test."""

    def answer(self, flows: FlowSet, facts: CallFacts) -> State:
        """The state of a call before its first stream."""
        ...

    def handle(self, flows: FlowSet, state: State, event: Event, now: int) -> Turn:
        """What happens next."""
        ...

    def secret_now(self, state: State) -> bool:
        """Whether a key pressed now may be written nowhere."""
        ...
