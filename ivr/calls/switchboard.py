"""All calls of this process by CallSid: who rings, who may connect, and what comes after a stream.

The carrier asks by webhook what to do with a call, again and again until it is over; the answer is
a :data:`~ivr.calls.kept.Decision`. Between two streams a call is its checkpoint, the bytes of
``flow.state``: whatever could not survive a restart is lost here already. What happens within a
stream is ``session``'s. Made by ``server/app``, one for a process.

Every webhook may come twice and late, and is answered the same again. A call ends once: its record
is written, its voices are given back, and its CallSid is refused from then on.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol, assert_never

import ivr.flow.machine
from ivr.calls import alone, session
from ivr.calls.call import Call
from ivr.calls.clock import Clock, precise
from ivr.calls.errands import NOBODY, Errands, World
from ivr.calls.kept import (
    Apologise,
    Busy,
    Claim,
    Connect,
    Decision,
    Dial,
    Kept,
    Limits,
    Over,
    Phase,
)
from ivr.calls.link import Link
from ivr.calls.machine import Machine
from ivr.calls.record import Record, Watch
from ivr.calls.session import Cut, Ended, Exit, Leaving
from ivr.calls.stream_ids import StreamIds
from ivr.calls.studio import Studio
from ivr.carriers.webhook import Leg, Returned, Ringing
from ivr.flow.machine import Turn
from ivr.flow.messages import (
    SPEECHLESS,
    TROUBLE,
    CallerHungUp,
    CallResumed,
    LegFinished,
    LegOutcome,
    Note,
    Speak,
    Transfer,
)
from ivr.flow.model import FlowSet
from ivr.flow.state import CallFacts, State, decode, encode

GONE: Final = "caller_hung_up"
LOST: Final = "lost"
"""Outcome of a call that was cut and never came back, or too often."""

LEG_OUTCOMES: Final = {
    "completed": LegOutcome.DONE,
    "answered": LegOutcome.DONE,
    "busy": LegOutcome.BUSY,
    "no-answer": LegOutcome.NO_ANSWER,
    "canceled": LegOutcome.NO_ANSWER,
    "failed": LegOutcome.FAILED,
}
"""What a finished ``<Dial>`` says, in the flow's words; anything new is ``failed``."""

log = logging.getLogger(__name__)


class Talk(Protocol):
    """Runs one stream of a call; ``session.converse``, or a script in a test."""

    def __call__(self, call: Call, link: Link, studio: Studio) -> Awaitable[Exit]:
        """Run it to its end."""
        ...


class Switchboard:
    """The calls of this process."""

    def __init__(
        self,
        flows: FlowSet,
        studio: Studio,
        *,
        records: Path | None,
        wall_clock: Callable[[], datetime],
        watch: Watch | None = None,
        limits: Limits | None = None,
        machine: Machine = ivr.flow.machine,
        talk: Talk = session.converse,
        world: World = NOBODY,
    ) -> None:
        """``records`` is the folder they are written to, None for nowhere.

        ``wall_clock`` says the time in UTC; a call asks it once.
        """
        self.flows = flows
        self.limits = limits or Limits()
        self.counts: Counter[str] = Counter()
        """Since the process began: calls, outcomes, refusals, messages that were ignored."""
        self._studio = studio
        self._records = records
        self._wall_clock = wall_clock
        self._watch = watch
        self._machine = machine
        self._talk = talk
        self._world = world
        self._calls: dict[str, Kept] = {}
        self._stream_ids = StreamIds()
        self._ended: dict[str, tuple[float, Decision]] = {}
        """CallSid to when it may be forgotten, and what the carrier is told; oldest first."""

    @property
    def live(self) -> int:
        """Calls that are not over."""
        return len(self._calls)

    # ----------------------------------------------------------------------- ringing

    def ring(self, ringing: Ringing) -> Decision:
        """A call asks what to do, perhaps not for the first time."""
        sid = ringing.call_sid
        kept = self._calls.get(sid)
        if kept is not None:
            return self._rings_again(kept, ringing)
        if sid in self._ended or ringing.over:
            log.warning("call %s: rang although it is over", sid)
            return Over()
        entry = self.flows.entry_for(ringing.called)
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
            started_at=self._wall_clock(),
            flow=entry.flow,
            language=entry.language,
        )
        self.counts["calls"] += 1
        return self._connect(self._keep(facts, ringing.account_sid), None)

    def _rings_again(self, kept: Kept, ringing: Ringing) -> Decision:
        """The same webhook once more: never a second call, and the same answer."""
        if ringing.account_sid != kept.call.account:
            log.warning("call %s: rang again from another account", kept.call.sid)
            return Over()
        return Connect(kept.stream_id)

    def _keep(self, facts: CallFacts, account: str) -> Kept:
        clock = Clock(_now_source(), precise=precise(asyncio.get_running_loop()))
        record = Record(facts.id, facts.started_at, clock, watch=self._watch)
        fields = {"from": facts.caller, "to": facts.called}
        record.add(
            "webhook",
            call=facts.id,
            flow=facts.flow,
            **fields,
            started_at=facts.started_at.isoformat(),
        )
        call = Call(
            facts=facts,
            account=account,
            flows=self.flows,
            clock=clock,
            record=record,
            booth=self._studio.lease(facts.id),
        )
        kept = Kept(call, Phase.RINGING, until=0, stream_id="", answer=Over())
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

    async def run_stream(self, claim: Claim, link: Link) -> None:
        """Run the claimed stream to its end on an open link, and close the link."""
        kept = claim.kept
        if kept.phase is not Phase.RINGING or kept.stream_id != claim.stream_id:
            # While the socket was being accepted the call ended, or was told to open another.
            await link.close(1008, "too late")
            return
        kept.phase, kept.link = Phase.LIVE, link
        kept.over.clear()
        streams = kept.call.streams
        exit: Exit = Cut("cancelled")
        try:
            exit = await self._talk(kept.call, link, self._studio)
        finally:
            # First kept, then closed: the carrier asks what comes next as soon as it is closed.
            ended = isinstance(exit, Ended) and self._end(kept, exit.outcome)
            if kept.phase is Phase.LIVE:
                self._stream_ended(kept, exit)
            kept.link = None
            kept.over.set()
            await link.close(*_closing(exit, started=kept.call.streams > streams))
            if ended:
                await self._clean_up(kept.call)

    def _stream_ended(self, kept: Kept, exit: Exit) -> None:
        kept.phase, kept.until = Phase.AWAY, _now() + self.limits.away_s
        kept.leaving = exit.transfer if isinstance(exit, Leaving) else None
        self._park(kept, kept.call.state)

    def _park(self, kept: Kept, state: State | None) -> None:
        """Without a stream a call is nothing but bytes; what they do not hold is forgotten."""
        kept.checkpoint = None if state is None else encode(state)
        kept.call.state = None

    # ----------------------------------------------------------------------- coming back

    async def after(self, returned: Returned, token: str | None = None) -> Decision:
        """The carrier asks what comes next: a stream is over, or a transfer, or the call.

        ``token`` is the same in all retries of one webhook. Waits at most twice ``over_s``, for a
        stream that does not know yet that it is over.
        """
        sid = returned.call_sid
        kept = self._calls.get(sid)
        if kept is None:
            if sid in self._ended:
                return Over() if returned.over else self._ended[sid][1]
            # Another process had it, or this one before it was restarted.
            self.counts["unknown_call"] += 1
            log.error("call %s: came back, and nothing is known of it", sid)
            return Over() if returned.over else Apologise(None)
        if returned.account_sid != kept.call.account:
            log.warning("call %s: came back from another account", sid)
            return Over()
        if token is not None and token == kept.token:
            return kept.answer
        if kept.call.alone:
            return Over()
        if returned.leg is not None and kept.phase is not Phase.DIALLED:
            return kept.answer  # told before
        await self._stream_over(kept)
        if kept.phase is Phase.ENDED:
            return Over()
        if returned.over:
            await self._hang_up(kept)
            return Over()
        kept.token = token
        return await self._next(kept, returned.leg)

    async def status(self, returned: Returned) -> None:
        """The carrier tells of the call itself; all that matters here is that it is over."""
        kept = self._calls.get(returned.call_sid)
        if kept is None or not returned.over or returned.account_sid != kept.call.account:
            return
        if kept.call.alone:
            return  # it ends by itself
        await self._stream_over(kept)
        if kept.phase is not Phase.ENDED:
            await self._hang_up(kept)

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
        await self._finish(kept, "trouble")

    async def _next(self, kept: Kept, leg: Leg | None) -> Decision:
        match kept.phase:
            case Phase.DIALLED if leg is None:
                return kept.answer
            case Phase.DIALLED:
                assert leg is not None
                outcome = LEG_OUTCOMES.get(leg.status, LegOutcome.FAILED)
                return await self._leg_finished(kept, LegFinished(outcome))
            case Phase.AWAY if kept.leaving is not None:
                return self._dial(kept, kept.leaving)
            case Phase.AWAY | Phase.RINGING:
                return await self._resume(kept)
            case Phase.LIVE | Phase.ENDED:
                raise AssertionError("a live stream was waited for, and an ended call is gone")
        assert_never(kept.phase)

    def _dial(self, kept: Kept, transfer: Transfer) -> Decision:
        limit_s = self.limits.leg_s if transfer.limit_ms is None else transfer.limit_ms / 1000
        kept.phase = Phase.DIALLED
        kept.until = _now() + transfer.ring_ms / 1000 + limit_s + self.limits.away_s
        kept.answer = Dial(transfer)
        return kept.answer

    async def _resume(self, kept: Kept) -> Decision:
        """A stream was lost, or never came about: another one, but not for ever."""
        keys = sum(1 for entry in kept.call.record.entries if entry["what"] == "key")
        if keys > kept.keys:
            kept.keys, kept.resumes = keys, 0
        kept.resumes += 1
        if kept.resumes > self.limits.resumes_max:
            log.error("call %s: given up after %d lost streams", kept.call.sid, kept.resumes)
            apology = self._apology(kept.call)
            await self._finish(kept, LOST)
            return apology
        self.counts["resumes"] += 1
        if kept.phase is Phase.RINGING and kept.stream_id in self._stream_ids:
            kept.until = _now() + self.limits.claim_s
            return kept.answer
        return self._connect(kept, CallResumed())

    async def _leg_finished(self, kept: Kept, event: LegFinished) -> Decision:
        """The caller is back. The machine decides whether there is anything to say."""
        call = kept.call
        state = self._unpark(kept)
        turn = self._ask(call, state, event)
        if turn is None or any(isinstance(command, Speak) for command in turn.commands):
            call.state = state
            return self._connect(kept, event)
        last = turn.commands[-1] if turn.commands else None
        if turn.state.ended is None and not isinstance(last, Transfer):
            call.state = state  # it waits for keys
            return self._connect(kept, event)
        # Nothing to hear: no stream is needed to hang up, or to try the next number.
        call.record.add("return", outcome=event.outcome.value)
        _write_notes(call.record, turn)
        if isinstance(last, Transfer):
            call.record.add_leave(last)
            self._park(kept, turn.state)
            return self._dial(kept, last)
        assert turn.state.ended is not None
        await self._finish(kept, turn.state.ended)
        return Over()

    def _connect(self, kept: Kept, event: CallResumed | LegFinished | None) -> Decision:
        """Have a new stream opened; its first words are made while the carrier connects."""
        call = kept.call
        if call.state is None:
            call.state = self._unpark(kept)
        if call.state is not None and call.return_event is None:
            # One that no stream has used up yet still holds: the stream for it never came about.
            call.return_event = event
        kept.phase, kept.until = Phase.RINGING, _now() + self.limits.claim_s
        kept.leaving = None
        kept.answer = Connect(self._stream_ids.issue(kept))
        session.prepare(call, self._studio, machine=self._machine)
        return kept.answer

    def _unpark(self, kept: Kept) -> State | None:
        state = None if kept.checkpoint is None else decode(kept.checkpoint)
        kept.checkpoint = None
        return state

    # ----------------------------------------------------------------------- ending

    async def _hang_up(self, kept: Kept) -> None:
        """The caller is gone while there was no stream to notice it."""
        call = kept.call
        state = call.state or self._unpark(kept)
        turn = self._ask(call, state, CallerHungUp())
        if turn is None or turn.state.ended is not None:
            if turn is not None:
                _write_notes(call.record, turn)
            await self._finish(kept, (turn and turn.state.ended) or GONE)
            return
        await self._finish(kept, await self._go_on_alone(call, turn))

    async def _go_on_alone(self, call: Call, turn: Turn) -> str:
        """What the flow does without its caller; the outcome of the call."""
        bell = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as group:
                errands = Errands(call, self._world, bell.set, group)
                outcome = await alone.go_on(call, errands, bell, self._machine, turn)
                await errands.aclose()
        except Exception:
            log.exception("call %s: a fault of ours after its caller hung up", call.sid)
            return GONE
        return outcome

    def _ask(
        self, call: Call, state: State | None, event: LegFinished | CallerHungUp
    ) -> Turn | None:
        """What the machine makes of it; None if there is no state yet, or by a fault of ours."""
        if state is None:
            return None
        try:
            return self._machine.handle(call.flows, state, event, call.clock.now_ms())
        except Exception:
            log.exception("call %s: a fault of ours between two streams", call.sid)
            return None

    async def _finish(self, kept: Kept, outcome: str) -> None:
        """End a call that has no stream."""
        if self._end(kept, outcome):
            await self._clean_up(kept.call)

    def _end(self, kept: Kept, outcome: str) -> bool:
        """End the call, once: from now on its CallSid is spent. False if it had ended before."""
        if kept.phase is Phase.ENDED:
            return False
        kept.phase = Phase.ENDED
        sid, record = kept.call.sid, kept.call.record
        self._stream_ids.withdraw(kept)
        del self._calls[sid]
        self._ended[sid] = _now() + self.limits.ended_s, self._last_words(kept.call, outcome)
        record.add("end", outcome=outcome)
        self.counts[f"ended_{outcome}"] += 1
        for entry in record.entries:
            if entry["what"] == "ignored":
                self._count_ignored(entry)
        log.info("call %s: over, %s", sid, outcome)
        return True

    def _last_words(self, call: Call, outcome: str) -> Decision:
        """What the carrier does when the stream is over: in trouble more than to hang up."""
        if outcome not in (SPEECHLESS, TROUBLE):
            return Over()
        operator = call.flows.emergency.operator
        if outcome == TROUBLE and operator is None:
            return Over()
        return self._apology(call, heard=outcome == TROUBLE)

    def _apology(self, call: Call, *, heard: bool = False) -> Apologise:
        language = call.state.language if call.state is not None else call.facts.language
        emergency = call.flows.emergency
        return Apologise(language, emergency.text(language), emergency.operator, heard)

    async def _clean_up(self, call: Call) -> None:
        """Give back the call's voices and keep its record."""
        await self._studio.give_back(call.booth)
        if self._records is None:
            return
        try:
            await asyncio.to_thread(call.record.write, self._records)
        except (OSError, ValueError) as error:
            log.error("call %s: its record could not be written: %s", call.sid, error)

    def _count_ignored(self, entry: Mapping[str, object]) -> None:
        for name in ("malformed", "unknown", "foreign", "early"):
            if isinstance(number := entry.get(name), int):
                self.counts[f"messages_{name}"] += number

    async def sweep(self) -> None:
        """End the calls that wait longer than they may, and forget what ended long ago."""
        now = _now()
        for kept in [
            k for k in self._calls.values() if k.phase is not Phase.LIVE and k.until <= now
        ]:
            log.warning("call %s: lost while %s", kept.call.sid, kept.phase.value)
            await self._finish(kept, LOST)
        while self._ended:
            sid, (until, _) = next(iter(self._ended.items()))
            if until > now and len(self._ended) <= self.limits.ended_max:
                break
            del self._ended[sid]

    async def sweep_for_ever(self) -> None:
        """Sweep every few seconds; a fault in it must not cost anybody a call."""
        while True:
            await asyncio.sleep(self.limits.sweep_s)
            try:
                await self.sweep()
            except Exception:
                log.exception("the sweep failed; it goes on")

    async def aclose(self) -> None:
        """The process ends: whoever is still here is lost, and that is written down."""
        for kept in list(self._calls.values()):
            await self._finish(kept, LOST)


def _closing(exit: Exit, *, started: bool) -> tuple[int, str]:
    """Close code and reason: 1008 to whoever was never this call's carrier."""
    match exit:
        case Ended() | Leaving():
            return 1000, ""
        case Cut():
            return (1011, "") if started else (1008, "")


def _write_notes(record: Record, turn: Turn) -> None:
    for command in turn.commands:
        if isinstance(command, Note):
            record.add_note(command)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _now_source() -> Callable[[], float]:
    return asyncio.get_running_loop().time
