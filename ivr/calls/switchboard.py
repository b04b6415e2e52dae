"""All calls of this process by CallSid: who rings, who may connect, and what comes after a stream.

The carrier asks by webhook what to do with a call, again and again until it is over; the answer is
a :data:`~ivr.calls.kept.Decision`. Between two streams a call is its checkpoint, the bytes of
``flow.state``: whatever could not survive a restart is lost here already. What happens within a
stream is ``session``'s; where a caller goes after it is ``returning``'s; ``endings`` ends a call
once. A call another process had is taken over from the store (``taking_over``) as soon as the
carrier asks about it. Made by ``server/app``, one for a process.

Every webhook may come twice and late, and is answered the same again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial

import ivr.flow.machine
from ivr.calls import session
from ivr.calls.archive import Archive
from ivr.calls.call import Call
from ivr.calls.clock import Clock, precise
from ivr.calls.endings import GONE as GONE
from ivr.calls.endings import Endings
from ivr.calls.errands import NOBODY, World
from ivr.calls.kept import (
    Apologise,
    Busy,
    Claim,
    Connect,
    Decision,
    Kept,
    Limits,
    Over,
    Phase,
)
from ivr.calls.link import Link
from ivr.calls.machine import Machine
from ivr.calls.parking import Parking
from ivr.calls.record import Record, Watch
from ivr.calls.returning import LOST as LOST
from ivr.calls.returning import Returning
from ivr.calls.session import Cut, Ended, Exit, Leaving, Moved
from ivr.calls.stage import Stage, Talk, Trial
from ivr.calls.stream_ids import StreamIds
from ivr.calls.studio import Studio
from ivr.calls.taking_over import TakingOver
from ivr.carriers.webhook import Returned, Ringing
from ivr.flow.messages import SPEECHLESS, Leg
from ivr.flow.model import Entry, FlowSet
from ivr.flow.state import CallFacts
from ivr.stores.base import Store

log = logging.getLogger(__name__)


class Switchboard:
    """The calls of this process."""

    def __init__(
        self,
        flows: FlowSet,
        studio: Studio,
        *,
        archive: Archive | None,
        wall_clock: Callable[[], datetime],
        watch: Watch | None = None,
        limits: Limits | None = None,
        machine: Machine = ivr.flow.machine,
        talk: Talk = session.converse,
        world: World = NOBODY,
        store: Store | None = None,
    ) -> None:
        """``archive`` takes the records of calls that are over; None: nobody keeps them.

        ``wall_clock`` says the time in UTC. In ``store`` calls outlive this process.
        """
        self.stage = Stage(flows, studio, talk, world)
        """Where calls begin; :meth:`exchange` puts another in its place."""
        self.limits = limits or Limits()
        self.counts: Counter[str] = Counter()
        """Since the process began: calls, outcomes, refusals, messages that were ignored."""
        self._wall_clock = wall_clock
        self._watch = watch
        self.moving = False
        """The process is leaving, and its calls go on in another one."""
        self._calls: dict[str, Kept] = {}
        self._stream_ids = StreamIds()
        self._parking = Parking(store, wall_clock)
        self._endings = Endings(
            self._calls,
            self._stream_ids,
            self._parking,
            archive=archive,
            limits=self.limits,
            machine=machine,
            counts=self.counts,
        )
        self._returning = Returning(
            self._endings,
            self._stream_ids,
            self._parking,
            limits=self.limits,
            machine=machine,
            counts=self.counts,
        )
        self._others = TakingOver(
            self._calls,
            self._endings,
            self._parking,
            keep=partial(self._keep, self._watch),
            flows=lambda: self.flows,
            wall_clock=wall_clock,
            away_s=self.limits.away_s,
        )

    @property
    def flows(self) -> FlowSet:
        """The flow set that calls begin with now."""
        return self.stage.flows

    def exchange(self, stage: Stage) -> None:
        """From now on calls begin with this one; those that had begun stay where they are."""
        self.stage = stage

    @property
    def live(self) -> int:
        """Calls that are not over."""
        return len(self._calls)

    @property
    def staying(self) -> int:
        """Calls a process that leaves has to wait for: those nobody else can go on with yet."""
        if not self.moving:
            return self.live
        kept = self._calls.values()
        return sum(1 for each in kept if each.phase is Phase.LIVE or not each.parks)

    # ----------------------------------------------------------------------- ringing

    async def rings(self, ringing: Ringing) -> Decision:
        """A call asks what to do, perhaps not for the first time, and perhaps another process."""
        sid = ringing.call_sid
        if sid in self._calls or ringing.over or await self._others.known(sid) is None:
            return self.ring(ringing)
        log.info("call %s: rang in another process before", sid)
        return await self.after(Returned(sid, ringing.account_sid, False, None))

    def ring(self, ringing: Ringing, trial: Trial | None = None) -> Decision:
        """A call asks what to do, perhaps not for the first time.

        A ``trial`` says itself which flow it is for and what time it is.
        """
        sid = ringing.call_sid
        kept = self._calls.get(sid)
        if kept is not None:
            return self._rings_again(kept, ringing)
        if sid in self._endings or ringing.over:
            log.warning("call %s: rang although it is over", sid)
            return Over()
        entry = (
            self.flows.entry_for(ringing.called)
            if trial is None
            else Entry(trial.flow, trial.language)
        )
        if entry is None:
            self.counts["unknown_number"] += 1
            log.warning("call %s: no flow for %r; see numbers.yaml", sid, ringing.called)
            return Apologise(None)
        if len(self._calls) >= self.limits.calls_max:
            self.counts["busy"] += 1
            log.error("call %s: refused, %d calls are as many as we take", sid, len(self._calls))
            return Busy()
        facts = CallFacts(
            id=sid,
            caller=ringing.caller,
            called=ringing.called,
            started_at=self._wall_clock() if trial is None else trial.started_at,
            flow=entry.flow,
            language=entry.language,
        )
        self.counts["calls"] += 1
        watch = self._watch if trial is None else trial.watch
        kept = self._keep(watch, facts, ringing.account_sid, _clock())
        kept.parks = trial is None
        fields = {"from": facts.caller, "to": facts.called}
        kept.call.record.add(
            "webhook",
            call=facts.id,
            flow=facts.flow,
            **fields,
            started_at=facts.started_at.isoformat(),
        )
        return self._returning.connect(kept, None)

    def _rings_again(self, kept: Kept, ringing: Ringing) -> Decision:
        """The same webhook once more: never a second call, and the same answer."""
        if ringing.account_sid != kept.call.account:
            log.warning("call %s: rang again from another account", kept.call.sid)
            return Over()
        return Connect(kept.stream_id)

    def _keep(self, watch: Watch | None, facts: CallFacts, account: str, clock: Clock) -> Kept:
        stage = self.stage
        stage.enter()
        call = Call(
            facts=facts,
            account=account,
            flows=stage.flows,
            clock=clock,
            record=Record(facts.id, facts.started_at, clock, watch=watch),
            booth=stage.studio.lease(facts.id),
        )
        kept = Kept(call, stage, Phase.RINGING, until=0, stream_id="", answer=Over())
        kept.over.set()
        self._calls[facts.id] = kept
        return kept

    # ----------------------------------------------------------------------- connecting

    def claim(self, stream_id: str) -> Claim | None:
        """The right to open this stream; None if its id is unknown, used or too old.

        To be asked before the socket is accepted. Works once.
        """
        kept = self._stream_ids.claim(stream_id)
        return Claim(kept, stream_id) if kept is not None and _now() < kept.until else None

    async def claim_of_another(self, stream_id: str) -> Claim | None:
        """The same for a stream that another process has told a call to open."""
        kept = await self._others.claim(stream_id)
        return None if kept is None else Claim(kept, stream_id)

    async def run_stream(self, claim: Claim, link: Link) -> None:
        """Run the claimed stream to its end on an open link, and close the link."""
        kept = claim.kept
        if kept.phase is not Phase.RINGING or kept.stream_id != claim.stream_id:
            # While the socket was being accepted the call ended, or was told to open another.
            await link.close(1008, "too late")
            return
        kept.phase, kept.link = Phase.LIVE, link
        kept.over.clear()
        kept.call.went_on = partial(self._parking.went_on, kept)
        # One that comes back to a process that is leaving has nowhere else to go: it stays.
        kept.call.to_move = False
        self._parking.soon(kept)
        streams = kept.call.streams
        exit: Exit = Cut("cancelled")
        try:
            exit = await kept.stage.talk(kept.call, link, kept.stage.studio)
        finally:
            # First kept, then closed: the carrier asks what comes next as soon as it is closed.
            ended = isinstance(exit, Ended) and self._endings.end(kept, exit.outcome)
            if kept.phase is Phase.LIVE:
                leg = exit.leg if isinstance(exit, Leaving) else None
                self._returning.leave(kept, leg)
                kept.put_down(kept.call.state)
            kept.link = None
            kept.over.set()
            moved = isinstance(exit, Moved)
            # No line was lost: the next stream is none of those that are counted.
            kept.resumes -= moved
            await self._parking.now(kept)
            await link.close(*_closing(exit, started=kept.call.streams > streams))
            if ended:
                await self._endings.clean_up(kept)
            elif moved and kept.phase is Phase.AWAY:
                await self._endings.let_go(kept)

    def move(self) -> None:
        """The process is leaving: each call goes on elsewhere from its next quiet moment.

        Where calls cannot outlive the process they go on here, for as long as it stays.
        """
        self.moving = self._parking.open
        for kept in self._calls.values():
            kept.call.to_move = self.moving and kept.parks
            kept.call.nudge()

    # ----------------------------------------------------------------------- coming back

    async def after(
        self, returned: Returned, token: str | None = None, number: int | None = None
    ) -> Decision:
        """The carrier asks what comes next: a stream is over, or a time away, or the call.

        ``token`` is the same in all retries of one webhook; ``number`` is that of the time away
        that is over, where the carrier was told one. Waits at most twice ``over_s``, for a stream
        that does not know yet that it is over, and for the store.
        """
        sid = returned.call_sid
        here = self._calls.get(sid)
        kept = await (self._others.known(sid) if here is None else self._others.fresh(here))
        adopted = kept is not here
        if kept is None:
            return await self._of_nobody(returned)
        if returned.account_sid != kept.call.account:
            log.warning("call %s: came back from another account", sid)
            return Over()
        if token is not None and token == kept.token:
            return kept.answer
        if kept.call.alone:
            return Over()
        back = _is_back(kept, returned, number)
        if not back and not adopted and (number is not None or _tells(returned)):
            return kept.answer  # late, or told before
        await self._stream_over(kept)
        if kept.phase is Phase.ENDED:
            if sid in self._endings:
                return Over()
            return await self.after(returned, token, number)  # let go of meanwhile
        if returned.over:
            outcome = await self._returning.handed_over(kept, returned)
            if outcome is not None:
                await self._endings.finish(kept, outcome)
            else:
                await self._endings.hang_up(kept)
            return Over()
        kept.token = token
        return await self._returning.next(kept, returned, back=back)

    async def _of_nobody(self, returned: Returned) -> Decision:
        """A call no process has."""
        sid = returned.call_sid
        if sid in self._endings:
            return Over() if returned.over else self._endings.last_words(sid)
        outcome = await self._parking.outcome(sid)
        if outcome is not None and outcome != SPEECHLESS:
            return Over()
        # Of a process that is gone, and nobody has written down what it knew.
        self.counts["unknown_call"] += 1
        log.error("call %s: came back, and nothing is known of it", sid)
        return Over() if returned.over else Apologise(None)

    async def status(self, returned: Returned) -> None:
        """The carrier tells of the call itself; all that matters here is that it is over."""
        kept = self._calls.get(returned.call_sid)
        if not returned.over:
            return
        if kept is None:
            self._others.mourn(returned.call_sid)
            return
        if returned.account_sid != kept.call.account:
            return
        if kept.call.alone:
            return  # it ends by itself
        if not await self._parking.is_ours(kept):
            await self._endings.let_go(kept)
            self._others.mourn(returned.call_sid)
            return
        await self._stream_over(kept)
        if kept.phase is not Phase.ENDED:
            await self._endings.hang_up(kept)
        elif returned.call_sid not in self._endings:
            self._others.mourn(returned.call_sid)

    def taken(self, sid: str, number: int) -> None:
        """Whoever was rung has pressed the key that takes the call."""
        kept = self._calls.get(sid)
        if kept is not None and kept.number == number:
            kept.taken = True

    async def leg(self, sid: str, number: int) -> Leg | None:
        """Where the caller was sent with this number, while they are there."""
        kept = self._calls.get(sid)
        if kept is not None and kept.number == number:
            return kept.leaving
        found = await self._parking.find(sid)
        return found.leaving if found is not None and found.number == number else None

    async def _stream_over(self, kept: Kept) -> None:
        """Wait for a stream the carrier has ended; one that hangs half-open is closed."""
        for last_resort in (False, True):
            if last_resort and kept.link is not None:
                log.warning("call %s: its stream does not end; closing it", kept.call.sid)
                await kept.link.close(1001, "over")
            try:
                async with asyncio.timeout(self.limits.over_s):
                    await kept.over.wait()
            except TimeoutError:
                continue
            return
        log.error("call %s: its stream is stuck, which is a fault of ours", kept.call.sid)
        await self._endings.finish(kept, "trouble")

    # ----------------------------------------------------------------------- ending

    async def sweep(self) -> None:
        """End the calls that wait longer than they may, and forget what ended long ago."""
        now = _now()
        for kept in [
            k for k in self._calls.values() if k.phase is not Phase.LIVE and k.until <= now
        ]:
            if not await self._parking.is_ours(kept):
                await self._endings.let_go(kept)
                continue
            log.warning("call %s: lost while %s", kept.call.sid, kept.phase.value)
            await self._endings.finish(kept, LOST)
        self._endings.forget_old()
        if self._others.looks:
            for kept in [k for k in self._calls.values() if k.phase is Phase.DIALLED]:
                if not await self._parking.is_ours(kept):
                    await self._endings.let_go(kept)
        await self._others.look_after()
        for kept in list(self._calls.values()):
            self._parking.checkpoint(kept)
            await asyncio.sleep(0)  # nobody who presses a key waits for all of them

    async def sweep_for_ever(self) -> None:
        """Sweep every few seconds; a fault in it must not cost anybody a call."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._parking.work())
            while True:
                await asyncio.sleep(self.limits.sweep_s)
                try:
                    await self.sweep()
                except Exception:
                    log.exception("the sweep failed; it goes on")

    async def aclose(self) -> None:
        """The process ends. What can outlive it does; the others are lost, and that is written."""
        for kept in list(self._calls.values()):
            if self._parking.open and kept.parks:
                if await self._parking.is_ours(kept):
                    await self._parking.now(kept)
                await self._endings.let_go(kept)
            else:
                await self._endings.finish(kept, LOST)
        await self._others.look_after(leaving=True)


def _is_back(kept: Kept, returned: Returned, number: int | None) -> bool:
    """Whether this tells that the caller is back from where they were sent last."""
    if kept.leaving is None:
        return False
    if number is None:
        return kept.phase is Phase.DIALLED and _tells(returned)
    return number == kept.number


def _tells(returned: Returned) -> bool:
    """Whether it says how a time away ended."""
    return returned.leg is not None or bool(returned.queue)


def _closing(exit: Exit, *, started: bool) -> tuple[int, str]:
    """Close code and reason: 1008 to whoever was never this call's carrier."""
    match exit:
        case Ended() | Leaving() | Moved():
            return 1000, ""
        case Cut():
            return (1011, "") if started else (1008, "")


def _clock() -> Clock:
    loop = asyncio.get_running_loop()
    return Clock(loop.time, precise=precise(loop))


def _now() -> float:
    return asyncio.get_running_loop().time()
