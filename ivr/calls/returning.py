"""What comes after a stream: a time away, the way back from it, or another stream.

Asked by the switchboard whenever the carrier asks what comes next and nothing of ours is in the
way. A time away has a number, which stands in the address that is told how it ended: so an answer
that comes late or twice ends no other. Nothing here waits for anything but the store.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import Final, assert_never

from ivr.calls import session
from ivr.calls.endings import Endings, apology, ask, write_notes
from ivr.calls.kept import (
    Connect,
    Decision,
    Dial,
    Enqueue,
    Kept,
    Limits,
    Over,
    Perform,
    Phase,
)
from ivr.calls.leg_outcomes import outcome_of
from ivr.calls.machine import Machine
from ivr.calls.parking import Parking
from ivr.calls.stream_ids import StreamIds
from ivr.carriers.webhook import Returned
from ivr.flow.machine import Turn
from ivr.flow.messages import (
    CallResumed,
    JoinQueue,
    Leg,
    LegFinished,
    LegOutcome,
    RunTwiml,
    Speak,
    Transfer,
)
from ivr.flow.state import State, decode

LOST: Final = "lost"
"""Outcome of a call that was cut and never came back, or too often."""

log = logging.getLogger(__name__)


class Returning:
    """What the calls of one switchboard do between their streams."""

    def __init__(
        self,
        endings: Endings,
        stream_ids: StreamIds,
        parking: Parking,
        *,
        limits: Limits,
        machine: Machine,
        counts: Counter[str],
    ) -> None:
        self._endings = endings
        self._stream_ids = stream_ids
        self._parking = parking
        self._limits = limits
        self._machine = machine
        self._counts = counts

    def leave(self, kept: Kept, leg: Leg | None) -> None:
        """The stream is over; ``leg`` is where the caller is to be sent."""
        kept.phase, kept.until = Phase.AWAY, _now() + self._limits.away_s
        kept.leaving, kept.taken = leg, False
        kept.number += leg is not None

    async def next(self, kept: Kept, returned: Returned, *, back: bool) -> Decision:
        """What the carrier does next; no stream of the call is open.

        ``back`` says that the caller is back from where they were sent last.
        """
        if back and kept.leaving is not None:
            if returned.leg is not None and returned.leg.recording:
                kept.call.record.add("recorded", url=returned.leg.recording)
            return await self._back(kept, outcome_of(kept.leaving, returned, taken=kept.taken))
        match kept.phase:
            case Phase.DIALLED:
                return kept.answer
            case Phase.AWAY if kept.leaving is not None:
                return self._go(kept, kept.leaving)
            case Phase.AWAY | Phase.RINGING:
                return await self._resume(kept)
            case Phase.LIVE | Phase.ENDED:
                raise AssertionError("a live stream was waited for, and an ended call is gone")
        assert_never(kept.phase)

    async def handed_over(self, kept: Kept, returned: Returned) -> str | None:
        """The outcome of a call that was handed over for good, and is therefore over for us."""
        leg = kept.leaving
        if not isinstance(leg, Transfer) or not leg.blind or returned.leg is None:
            return None
        outcome = outcome_of(leg, returned, taken=False)
        state = None if kept.checkpoint is None else decode(kept.checkpoint)
        turn = ask(self._machine, kept.call, state, LegFinished(outcome))
        if outcome is not LegOutcome.DONE or turn is None or turn.state.ended is None:
            return None
        self._returned(kept, outcome, turn)
        return turn.state.ended

    # ----------------------------------------------------------------------- away

    def _go(self, kept: Kept, leg: Leg) -> Decision:
        """Send the caller there."""
        kept.phase = Phase.DIALLED
        kept.until = _now() + self._away_s(leg) + self._limits.away_s
        kept.answer = self.way_to(kept, leg)
        return kept.answer

    def way_to(self, kept: Kept, leg: Leg) -> Decision:
        """How the caller gets there."""
        match leg:
            case Transfer():
                return Dial(leg, kept.number)
            case JoinQueue():
                language, voice = _speaks(kept)
                return Enqueue(leg, kept.number, language, voice)
            case RunTwiml():
                return Perform(leg, kept.number)
        assert_never(leg)

    def _away_s(self, leg: Leg) -> float:
        """How long the caller may be away; a queue and a talk may be as long as a call."""
        match leg:
            case Transfer(limit_ms=int() as limit_ms, ring_ms=ring_ms):
                return (ring_ms + limit_ms) / 1000
            case Transfer(ring_ms=ring_ms):
                return ring_ms / 1000 + self._limits.leg_s
            case JoinQueue() | RunTwiml():
                return self._limits.leg_s
        assert_never(leg)

    async def _back(self, kept: Kept, outcome: LegOutcome) -> Decision:
        """The caller is back. The machine decides whether there is anything to say."""
        call, event = kept.call, LegFinished(outcome)
        state = kept.take_up()
        turn = ask(self._machine, call, state, event)
        if turn is None or any(isinstance(command, Speak) for command in turn.commands):
            call.state = state
            return self.connect(kept, event)
        last = turn.commands[-1] if turn.commands else None
        leg = last if isinstance(last, Transfer | JoinQueue | RunTwiml) else None
        if turn.state.ended is None and leg is None:
            call.state = state  # it waits for keys
            return self.connect(kept, event)
        # Nothing to hear: no stream is needed to hang up, or to try the next number.
        self._returned(kept, outcome, turn)
        if leg is not None:
            call.record.add_leave(leg)
            kept.put_down(turn.state)
            self.leave(kept, leg)
            await self._parking.now(kept)
            return self._go(kept, leg)
        assert turn.state.ended is not None
        await self._endings.finish(kept, turn.state.ended)
        return Over()

    def _returned(self, kept: Kept, outcome: LegOutcome, turn: Turn) -> None:
        kept.call.record.add("return", outcome=outcome.value)
        write_notes(kept.call.record, turn)

    # ----------------------------------------------------------------------- another stream

    async def _resume(self, kept: Kept) -> Decision:
        """A stream was lost, or never came about: another one, but not for ever."""
        keys = sum(1 for entry in kept.call.record.entries if entry["what"] == "key")
        if keys > kept.keys:
            kept.keys, kept.resumes = keys, 0
        kept.resumes += 1
        if kept.resumes > self._limits.resumes_max:
            log.error("call %s: given up after %d lost streams", kept.call.sid, kept.resumes)
            state = kept.call.state
            language = None if state is None else state.language
            said = apology(kept.call.facts, kept.call.flows, language)
            await self._endings.finish(kept, LOST)
            return said
        self._counts["resumes"] += 1
        if kept.phase is Phase.RINGING and kept.stream_id in self._stream_ids:
            kept.until = _now() + self._limits.claim_s
            return kept.answer
        return self.connect(kept, CallResumed())

    def connect(self, kept: Kept, event: CallResumed | LegFinished | None) -> Decision:
        """Have a new stream opened; its first words are made while the carrier connects."""
        call = kept.call
        if call.state is None:
            call.state = kept.take_up()
        if call.state is not None and call.return_event is None:
            # One that no stream has used up yet still holds: the stream for it never came about.
            call.return_event = event
        kept.phase, kept.until = Phase.RINGING, _now() + self._limits.claim_s
        kept.leaving = None
        kept.opened += 1
        kept.version = 0
        kept.answer = Connect(self._stream_ids.issue(kept))
        self._parking.soon(kept)
        session.prepare(call, kept.stage.studio, machine=self._machine)
        return kept.answer


def _speaks(kept: Kept) -> tuple[str, str]:
    """The language of the flow the caller is in, and its voice."""
    assert kept.checkpoint is not None, "whoever was sent somewhere has a state"
    state: State = decode(kept.checkpoint)
    language = kept.call.flows.flows[state.place.flow].language(state.language)
    return language.code, language.voice


def _now() -> float:
    return asyncio.get_running_loop().time()
