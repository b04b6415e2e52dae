"""Calls that another process began: gone on with when the carrier asks about them, or buried.

A process that died, or was replaced, has written down what it knew (``parking``). Whoever is asked
about the call next goes on with it where it was, under the same flow set; under another one the
call begins anew, and nothing of what it knew goes with it. Of a call whose caller hung up meanwhile
the record is written here, once. Part of the switchboard.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from ivr.calls.clock import Clock, precise
from ivr.calls.endings import Endings
from ivr.calls.kept import Kept, Phase
from ivr.calls.parking import Found, Parking
from ivr.calls.returning import LOST
from ivr.calls.stream_ids import call_of
from ivr.flow.model import FlowSet
from ivr.flow.state import CallFacts, decode

BEREAVED_SECONDS: Final = 30
"""From news of the end of a call another process has until its record is written here: that process
has heard of it as well, and what a flow does after a hang-up takes ten seconds at most."""
BEREAVED_MAX: Final = 1_000
OVERDUE_SECONDS: Final = 60
"""Between two looks into the store for calls nobody has heard of any more."""

Keep = Callable[[CallFacts, str, Clock], Kept]
"""Make a call one of this process."""

log = logging.getLogger(__name__)


class TakingOver:
    """What one switchboard does about the calls of other processes."""

    def __init__(
        self,
        calls: dict[str, Kept],
        endings: Endings,
        parking: Parking,
        *,
        keep: Keep,
        flows: Callable[[], FlowSet],
        wall_clock: Callable[[], datetime],
        away_s: float,
    ) -> None:
        self._calls = calls
        self._endings = endings
        self._parking = parking
        self._keep = keep
        self._flows = flows
        self._wall_clock = wall_clock
        self._away_s = away_s
        self._bereaved: dict[str, float] = {}
        """Calls of other processes that are over, and when their records are written here."""
        self._looks_at = 0.0
        """When the store is looked into next."""

    async def known(self, sid: str) -> Kept | None:
        """The call as another process has written it down; None if it is over, or nobody has."""
        if sid in self._endings:
            return None
        found = await self._parking.find(sid)
        kept = self._calls.get(sid)
        if kept is not None or found is None:
            return kept
        if found.ended is not None:
            self._endings.learn(found, self._flows())
            return None
        kept = self._adopt(found)
        if kept is not None:
            # Before the carrier is answered: from now on whoever had it is out of date.
            await self._parking.now(kept)
        return kept

    async def fresh(self, kept: Kept) -> Kept | None:
        """The call as this process has it, or as another one does that has gone on with it since.

        Which process the carrier asks is a matter of chance where there are several.
        """
        if await self._parking.is_ours(kept):
            return kept
        await self._endings.let_go(kept)
        return await self.known(kept.call.sid)

    async def claim(self, stream_id: str) -> Kept | None:
        """The call that another process told to open this stream; it is this one's from now on."""
        sid = call_of(stream_id)
        if (here := self._calls.get(sid)) is not None:
            if await self._parking.is_ours(here):
                return None  # it was told here, and is used, or too old
            await self._endings.let_go(here)
        found = await self._parking.told_to_open(stream_id)
        if found is None or sid in self._calls:
            return None
        kept = self._adopt(found)
        if kept is not None:
            kept.phase, kept.stream_id, kept.leaving = Phase.RINGING, stream_id, None
            kept.call.state = kept.take_up()
            await self._parking.now(kept)
        return kept

    def mourn(self, sid: str) -> None:
        """A call that is not here is over: its record is written, unless somebody else does."""
        if self._parking.open and sid not in self._endings and len(self._bereaved) < BEREAVED_MAX:
            self._bereaved.setdefault(sid, _now() + BEREAVED_SECONDS)

    @property
    def looks(self) -> bool:
        """Whether the store is looked into the next time."""
        return self._parking.open and _now() >= self._looks_at

    async def look_after(self, *, leaving: bool = False) -> None:
        """Write the records of calls whose processes are gone, and which are over.

        A process that is ``leaving`` has no time to wait for them.
        """
        if not self._parking.open:
            return
        now = _now()
        for sid in [sid for sid, at in self._bereaved.items() if at <= now or leaving]:
            found = await self._parking.find(sid)
            if found is None and not self._parking.answers:
                continue  # it is asked again
            self._bereaved.pop(sid, None)
            if found is not None:
                await self._bury(found, hung_up=True)
        if now >= self._looks_at:
            self._looks_at = now + OVERDUE_SECONDS
            for found in await self._parking.overdue():
                await self._bury(found, hung_up=False)

    # ----------------------------------------------------------------------- taking over

    def _adopt(self, found: Found) -> Kept | None:
        """Make it one of this process; None where no flow answers its number any more."""
        parked, facts = found.parked, found.facts
        same = parked.flows == self._flows().hash and _readable(parked.state, parked.call)
        if not same:
            entry = self._flows().entry_for(facts.called)
            if entry is None:
                log.error("call %s: there is no flow for its number any more", parked.call)
                return None
            facts = replace(facts, flow=entry.flow, language=entry.language)
        kept = self._keep(facts, parked.account, self._clock(found, same=same))
        entries = found.entries if found.ended is None else found.entries[:-1]
        kept.call.record.entries.extend(entries)
        kept.phase, kept.until = Phase.AWAY, _now() + self._away_s
        kept.opened, kept.version, kept.number = parked.stream, parked.version, found.number
        kept.resumes, kept.keys = found.resumes, found.keys
        kept.call.streams = found.streams
        if same:
            kept.checkpoint = parked.state
            kept.call.return_event = found.return_event
            kept.leaving, kept.taken = found.leaving, found.taken
        if found.ended is None:
            kept.call.record.add("taken_over", was=parked.phase, anew=not same)
        log.info("call %s: taken over from another process, %s", parked.call, parked.phase)
        return kept

    def _clock(self, found: Found, *, same: bool) -> Clock:
        """The call's time goes on; for one that begins anew it begins anew when it is answered."""
        passed = self._wall_clock() - found.facts.started_at
        rang_ms = max(0.0, passed.total_seconds() * 1000)
        answered_ms = None
        if same and found.answered_after_ms is not None:
            answered_ms = max(0, int(rang_ms - found.answered_after_ms))
        loop = asyncio.get_running_loop()
        return Clock(loop.time, precise=precise(loop), webhook_ms=rang_ms, answered_ms=answered_ms)

    async def _bury(self, found: Found, *, hung_up: bool) -> None:
        """The end of a call whose process is gone."""
        if found.parked.call in self._calls or found.parked.call in self._endings:
            return
        kept = self._adopt(found)
        if kept is None:
            return
        if hung_up and found.ended is None:
            await self._endings.hang_up(kept)
        else:
            await self._endings.finish(kept, found.ended or LOST)


def _readable(state: bytes | None, sid: str) -> bool:
    try:
        if state is not None:
            decode(state)
    except ValueError as error:
        log.error("call %s: its state cannot be read, it begins anew: %s", sid, error)
        return False
    return True


def _now() -> float:
    return asyncio.get_running_loop().time()
