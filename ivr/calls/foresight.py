"""What may come next in a call: asked of the machine a moment after something happened, and made
ready while the caller listens or thinks.

A pure question (``ivr.flow.ahead``); its texts go to the studio, the requests a flow allows to be
asked early to the errands. Used by ``session``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from ivr.calls.call import Call
from ivr.calls.errands import Errands
from ivr.calls.studio import Studio
from ivr.flow.ahead import Ahead, Known
from ivr.flow.model import FlowSet
from ivr.flow.state import State, Wait

AHEAD_AFTER_MS = 40
"""What could be said next is asked so long after something happened: first the voice is asked for
what the caller waits for, and digits in a row are looked at once."""

LookAhead = Callable[[FlowSet, State, int, Known], Ahead]
"""What could come next from a state, at a moment in ms, given what was asked ahead already."""

log = logging.getLogger(__name__)


class Foresight:
    """Looks ahead for one stream of a call."""

    def __init__(self, call: Call, studio: Studio, errands: Errands, ask: LookAhead | None) -> None:
        """Without ``ask`` nothing is made ahead."""
        self.at: int | None = None
        """When it will look again, in ms since the call was answered."""
        self._call = call
        self._studio = studio
        self._errands = errands
        self._ask = ask
        self._looked_at: Wait | None = None
        """The wait for which it was asked last what could come next."""

    def look(self, state: State) -> None:
        """Look ahead if it is time to, or say when it will be."""
        seen = state.wait is self._looked_at and not self._errands.news
        if self._ask is None or seen:
            return
        call = self._call
        now = call.clock.now_ms()
        if self.at is None:
            self.at = now + AHEAD_AFTER_MS
        if now < self.at:
            return
        self._looked_at, self.at = state.wait, None
        try:
            ahead = self._ask(call.flows, state, now, self._errands.known)
        except Exception:
            log.exception("call %s: nothing is made ahead from here on", call.sid)
            self._ask = None
            return
        self._studio.look_ahead(call.booth, ahead.words)
        self._errands.ask_ahead(ahead.requests)
