"""The end of a call, which happens once: its record is written, its voices are given back.

From then on its CallSid is refused, and the carrier is told what its last words are, however often
and late it asks. Part of the switchboard.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from typing import Final

from ivr.calls import alone
from ivr.calls.archive import Archive
from ivr.calls.call import Call
from ivr.calls.errands import Errands
from ivr.calls.kept import Apologise, Decision, Kept, Limits, Over, Phase
from ivr.calls.machine import Machine
from ivr.calls.parking import Found, Parking
from ivr.calls.record import Record
from ivr.calls.stream_ids import StreamIds
from ivr.flow.machine import Turn
from ivr.flow.messages import SPEECHLESS, TROUBLE, CallerHungUp, LegFinished, Note
from ivr.flow.model import FlowSet
from ivr.flow.state import CallFacts, State

GONE: Final = "caller_hung_up"

log = logging.getLogger(__name__)


class Endings:
    """How the calls of one switchboard end."""

    def __init__(
        self,
        calls: dict[str, Kept],
        stream_ids: StreamIds,
        parking: Parking,
        *,
        archive: Archive | None,
        limits: Limits,
        machine: Machine,
        counts: Counter[str],
    ) -> None:
        self._calls = calls
        self._stream_ids = stream_ids
        self._parking = parking
        self._archive = archive
        self._limits = limits
        self._machine = machine
        self._counts = counts
        self._told: dict[str, tuple[float, Decision]] = {}
        """CallSid to when it may be forgotten, and what the carrier is told; oldest first."""

    def __contains__(self, sid: str) -> bool:
        """Whether this call is over."""
        return sid in self._told

    def last_words(self, sid: str) -> Decision:
        """What the carrier is told about a call that is over."""
        return self._told[sid][1]

    def learn(self, found: Found, flows: FlowSet) -> None:
        """The call has ended in another process."""
        if found.ended is not None:
            self._remember(found.parked.call, _last_words(found.facts, flows, found.ended))

    def forget_old(self) -> None:
        """CallSids of calls that ended long ago, or too many calls ago, are refused no more."""
        now = asyncio.get_running_loop().time()
        while self._told:
            sid, (until, _) = next(iter(self._told.items()))
            if until > now and len(self._told) <= self._limits.ended_max:
                break
            del self._told[sid]

    # ----------------------------------------------------------------------- ending

    async def hang_up(self, kept: Kept) -> None:
        """The caller is gone while there was no stream to notice it."""
        call = kept.call
        state = call.state or kept.take_up()
        turn = ask(self._machine, call, state, CallerHungUp())
        if turn is None or turn.state.ended is not None:
            if turn is not None:
                write_notes(call.record, turn)
            await self.finish(kept, (turn and turn.state.ended) or GONE)
            return
        await self.finish(kept, await self._go_on_alone(kept, turn))

    async def _go_on_alone(self, kept: Kept, turn: Turn) -> str:
        """What the flow does without its caller; the outcome of the call."""
        call = kept.call
        bell = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as group:
                errands = Errands(call, kept.stage.world, bell.set, group)
                outcome = await alone.go_on(call, errands, bell, self._machine, turn)
                await errands.aclose()
        except Exception:
            log.exception("call %s: a fault of ours after its caller hung up", call.sid)
            return GONE
        return outcome

    async def finish(self, kept: Kept, outcome: str) -> None:
        """End a call that has no stream; when this returns every process knows."""
        if self.end(kept, outcome):
            try:
                await self._parking.now(kept)
            finally:
                await self.clean_up(kept)

    def end(self, kept: Kept, outcome: str) -> bool:
        """End the call, once: from now on its CallSid is spent. False if it had ended before."""
        if kept.phase is Phase.ENDED:
            return False
        kept.phase = Phase.ENDED
        sid, record = kept.call.sid, kept.call.record
        self._stream_ids.withdraw(kept)
        self._calls.pop(sid, None)
        call = kept.call
        language = call.state.language if call.state is not None else None
        self._remember(sid, _last_words(call.facts, call.flows, outcome, language))
        record.add("end", outcome=outcome)
        self._counts[f"ended_{outcome}"] += 1
        for entry in record.entries:
            if entry["what"] == "ignored":
                self._count_ignored(entry)
        log.info("call %s: over, %s", sid, outcome)
        return True

    async def clean_up(self, kept: Kept) -> None:
        """Keep the call's record and give back its voices."""
        call = kept.call
        self._parking.let_go(kept)
        if self._archive is not None:
            # Before anything is waited for: who waits can be cancelled, and would lose it.
            self._archive.keep(call.record)
        try:
            await kept.stage.world.over(call.sid)
            await kept.stage.studio.give_back(call.booth)
        finally:
            kept.stage.leave()

    async def let_go(self, kept: Kept) -> None:
        """Another process has gone on with the call: it is theirs, and so is its record."""
        if kept.phase is Phase.ENDED:
            return
        kept.phase = Phase.ENDED
        sid = kept.call.sid
        if kept.link is not None:
            await kept.link.close(1001, "over")
        self._stream_ids.withdraw(kept)
        self._calls.pop(sid, None)
        self._parking.let_go(kept)
        await kept.stage.studio.give_back(kept.call.booth)
        kept.stage.leave()
        log.info("call %s: another process goes on with it", sid)

    def _remember(self, sid: str, told: Decision) -> None:
        self._told[sid] = asyncio.get_running_loop().time() + self._limits.ended_s, told

    def _count_ignored(self, entry: Mapping[str, object]) -> None:
        for name in ("malformed", "unknown", "foreign", "early"):
            if isinstance(number := entry.get(name), int):
                self._counts[f"messages_{name}"] += number


def _last_words(
    facts: CallFacts, flows: FlowSet, outcome: str, language: str | None = None
) -> Decision:
    """What the carrier does when the call is over: in trouble more than to hang up."""
    if outcome not in (SPEECHLESS, TROUBLE):
        return Over()
    if outcome == TROUBLE and flows.emergency.operator is None:
        return Over()
    return apology(facts, flows, language, heard=outcome == TROUBLE)


def apology(
    facts: CallFacts, flows: FlowSet, language: str | None = None, *, heard: bool = False
) -> Apologise:
    """The last words of a call in trouble; ``heard``: its own voice has said them."""
    language = language or facts.language
    emergency = flows.emergency
    return Apologise(language, emergency.text(language), emergency.operator, heard)


def ask(
    machine: Machine, call: Call, state: State | None, event: LegFinished | CallerHungUp
) -> Turn | None:
    """What the machine makes of an event between two streams.

    None if there is no state yet, or by a fault of ours.
    """
    if state is None:
        return None
    try:
        return machine.handle(call.flows, state, event, call.clock.now_ms())
    except Exception:
        log.exception("call %s: a fault of ours between two streams", call.sid)
        return None


def write_notes(record: Record, turn: Turn) -> None:
    """What the machine tells, where no stream writes it down."""
    for command in turn.commands:
        if isinstance(command, Note):
            record.add_note(command)
