"""Calls as any process can go on with them: to the store and from it, and never in a caller's way.

A call is parked when it rings, when its stream begins, while it is in it, when it leaves and when
it ends, so that whoever is asked about it next knows what the process knew that had it. Parking at
the end of a stream is awaited, because the carrier asks somebody as soon as the stream is closed,
though not for long: a store that is down costs a call nothing but its second life. Everything else
is written by ``work`` in the background, and of several states of a call only the last. What may be
stored of a state is ``flow.state``'s to know. Used by the switchboard and its two helpers.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

import msgspec

from ivr.calls.kept import Kept, Phase
from ivr.calls.stream_ids import call_of, digest
from ivr.flow.messages import (
    CallResumed,
    JoinQueue,
    Leg,
    LegFinished,
    LegOutcome,
    RunTwiml,
    Transfer,
)
from ivr.flow.state import CallFacts, encode
from ivr.stores.base import Parked, StaleWriter, Store, StoreError

STORE_SECONDS_MAX: Final = 1.0
"""How long the end of a stream, or a webhook, may wait for the store."""
REST_SECONDS: Final = 10.0
"""So long nobody waits for a store that has not answered in time."""
CALL_SECONDS_MAX: Final = 15_000
"""Longer than Twilio's longest call: then somebody asks what became of it."""
LINES_BYTES_MAX: Final = 65_536
"""Of a record that is written at every wait of its call: some ten minutes of menus."""
AGAIN_SECONDS: Final = 1.0
"""Until a call that could not be written is tried again."""
RESUMED: Final = "resumed"

T = TypeVar("T")

log = logging.getLogger(__name__)


class _Facts(msgspec.Struct):
    """What is kept of a call beside its state."""

    facts: CallFacts
    answered_after_ms: float | None
    number: int
    taken: bool
    returned: str | None
    """What the next stream begins with: ``resumed``, or how a time away ended."""
    resumes: int
    keys: int
    streams: int
    stream: str
    """Digest of the id of the stream it was told to open, while nobody has opened it."""
    stream_until: datetime


class _Leaving(msgspec.Struct, omit_defaults=True):
    """Where the caller was sent: one of these."""

    transfer: Transfer | None = None
    queue: JoinQueue | None = None
    document: RunTwiml | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A parked call, read."""

    parked: Parked
    facts: CallFacts
    answered_after_ms: float | None
    number: int
    taken: bool
    return_event: CallResumed | LegFinished | None
    resumes: int
    keys: int
    streams: int
    """How many have started."""
    stream: str
    stream_until: datetime
    leaving: Leg | None
    entries: list[dict[str, object]]

    @property
    def ended(self) -> str | None:
        """Its outcome, where it was over when it was parked."""
        last = self.entries[-1] if self.entries else {}
        return str(last.get("outcome")) if last.get("what") == "end" else None


class Parking:
    """Between the calls of this process and the store."""

    def __init__(self, store: Store | None, wall_clock: Callable[[], datetime]) -> None:
        """Without a store nothing is parked, and nothing found."""
        self._calls = None if store is None else store.calls
        self._records = None if store is None else store.records
        self._wall_clock = wall_clock
        self._waiting: dict[str, Kept] = {}
        """To be written soon, each as it is when its turn comes."""
        self._bell = asyncio.Event()
        self.answers = True
        """Whether the store did, when it was asked last."""
        self._rests_until = 0.0
        """A store that did not answer is left alone for a while."""

    @property
    def open(self) -> bool:
        """Whether there is a store."""
        return self._calls is not None

    # ----------------------------------------------------------------------- writing

    def soon(self, kept: Kept) -> None:
        """Write the call down in a moment, without anybody waiting for it."""
        if self._calls is None or not kept.parks:
            return
        self._waiting[kept.call.sid] = kept
        self._bell.set()

    def checkpoint(self, kept: Kept) -> None:
        """Write a call that is in a stream down, if it has gone on since."""
        if kept.phase is Phase.LIVE and kept.call.state is not kept.written:
            self.soon(kept)

    def went_on(self, kept: Kept) -> None:
        """A call waits for its caller again: what it knows is written down, behind their back.

        One whose record has become long is left to the sweep: all of it is written each time.
        """
        if len(kept.lines) <= LINES_BYTES_MAX:
            self.checkpoint(kept)

    async def now(self, kept: Kept) -> None:
        """Write the call down; returns when it is, or when the caller has waited long enough."""
        if self._calls is None or not kept.parks:
            return
        self._waiting.pop(kept.call.sid, None)
        await self._write(kept)

    async def work(self) -> None:
        """Write down what is to be written soon, for ever."""
        while True:
            await self._bell.wait()
            self._bell.clear()
            while self._waiting:
                await asyncio.sleep(max(0.0, self._rests_until - _now()))
                if not self._waiting:
                    break  # written or let go of meanwhile
                kept = self._waiting.pop(next(iter(self._waiting)))
                if kept.parks and not await self._write(kept):
                    await asyncio.sleep(AGAIN_SECONDS)

    def let_go(self, kept: Kept) -> None:
        """The call is over, or another process's: what is known of it here is out of date."""
        kept.parks = False
        self._waiting.pop(kept.call.sid, None)

    async def _write(self, kept: Kept) -> bool:
        """Write it down; where the store cannot it is written later."""
        assert self._calls is not None, "there is a store"
        parked = self._packed(kept)
        await self._ask(partial(self._calls.park, parked), f"call {parked.call}: parking it")
        if not self.answers:
            self.soon(kept)
        return self.answers

    def _packed(self, kept: Kept) -> Parked:
        call = kept.call
        kept.version += 1
        event = call.return_event
        returned = None if event is None else RESUMED
        if isinstance(event, LegFinished):
            returned = event.outcome.value
        facts = _Facts(
            call.facts,
            call.clock.answered_after_ms,
            kept.number,
            kept.taken,
            returned,
            kept.resumes,
            kept.keys,
            call.streams,
            digest(kept.stream_id).hex() if kept.phase is Phase.RINGING else "",
            self._wall_clock() + timedelta(seconds=kept.until - _now()),
        )
        state = kept.checkpoint
        if state is None and call.state is not None:
            state = encode(call.state)
        kept.written = call.state
        new = call.record.entries[kept.lines_written :]
        kept.lines += b"".join(msgspec.json.encode(entry) + b"\n" for entry in new)
        kept.lines_written += len(new)
        return Parked(
            call=call.sid,
            account=call.account,
            stream=kept.opened,
            version=kept.version,
            flows=call.flows.hash,
            facts=msgspec.json.encode(facts),
            state=state,
            entries=bytes(kept.lines),
            phase=kept.phase.value,
            leaving=_leaving(kept.leaving),
            until=self._wall_clock() + timedelta(seconds=_patience_s(kept)),
        )

    # ----------------------------------------------------------------------- reading

    async def find(self, sid: str) -> Found | None:
        """The call as some process had it; None where nobody knows it, or the store does not say.

        One whose bytes cannot be read is as good as unknown.
        """
        if self._calls is None:
            return None
        parked = await self._ask(partial(self._calls.find, sid), f"call {sid}: finding it")
        return None if parked is None else _read(parked)

    async def told_to_open(self, stream_id: str) -> Found | None:
        """The call that some process told to open this stream, which nobody has opened yet."""
        found = await self.find(call_of(stream_id))
        if found is None or self._wall_clock() >= found.stream_until:
            return None
        right = hmac.compare_digest(digest(stream_id).hex(), found.stream)
        return found if right else None

    async def overdue(self) -> list[Found]:
        """Calls of whatever process that should have been heard of."""
        if self._calls is None:
            return []
        overdue = partial(self._calls.overdue, self._wall_clock())
        found = await self._ask(overdue, "looking for calls that were lost") or []
        return [read for each in found if (read := _read(each)) is not None]

    async def outcome(self, sid: str) -> str | None:
        """How a call ended, in whatever process; None where it goes on, or nobody knows it."""
        if self._records is None:
            return None
        found = await self.find(sid)
        if found is not None:
            return found.ended
        asked = partial(self._records.search, call=sid, limit=1)
        kept = await self._ask(asked, f"call {sid}: finding its record")
        return kept[0].outcome if kept else None

    async def is_ours(self, kept: Kept) -> bool:
        """Whether no other process has gone on with this call."""
        if self._calls is None or not kept.parks:
            return True
        found = await self.find(kept.call.sid)
        if found is None:
            return await self.outcome(kept.call.sid) is None
        parked = found.parked
        return (parked.stream, parked.version) <= (kept.opened, kept.version)

    async def _ask(self, asked: Callable[[], Awaitable[T]], what: str) -> T | None:
        """What the store says; None, and a line in the log, where it cannot or takes too long."""
        self.answers = False
        if _now() < self._rests_until:
            return None
        try:
            async with asyncio.timeout(STORE_SECONDS_MAX):
                answer = await asked()
            self.answers = True
            return answer
        except StaleWriter:
            self.answers = True
            log.warning("%s: another process has gone on with it", what)
        except StoreError as error:
            log.error("%s: %s", what, error)
        except TimeoutError:
            self._rests_until = _now() + REST_SECONDS
            log.error("%s: the store did not answer within %g s", what, STORE_SECONDS_MAX)
        except Exception:
            log.exception("%s: a fault of ours in the store", what)
        return None


def _now() -> float:
    return asyncio.get_running_loop().time()


def _patience_s(kept: Kept) -> float:
    """From now on, when a call that nobody hears of any more is looked after."""
    match kept.phase:
        case Phase.ENDED:
            # Its record is about to be written; the process may die in this very moment.
            return 60
        case Phase.RINGING if kept.opened <= 1:
            return 120
        case _:
            return CALL_SECONDS_MAX


def _leaving(leg: Leg | None) -> bytes | None:
    match leg:
        case None:
            return None
        case Transfer():
            # What may be shown nowhere may be stored nowhere either.
            told = tuple(words for words in leg.whisper if not words.shown)
            return msgspec.json.encode(_Leaving(transfer=replace(leg, whisper=told)))
        case JoinQueue():
            return msgspec.json.encode(_Leaving(queue=leg))
        case RunTwiml():
            return msgspec.json.encode(_Leaving(document=leg))


def _read(parked: Parked) -> Found | None:
    try:
        facts = msgspec.json.decode(parked.facts, type=_Facts)
        left = msgspec.json.decode(parked.leaving or b"{}", type=_Leaving)
        lines = parked.entries.splitlines()
        entries = [msgspec.json.decode(line, type=dict[str, object]) for line in lines]
        event: CallResumed | LegFinished | None = None
        if facts.returned is not None:
            resumed = facts.returned == RESUMED
            event = CallResumed() if resumed else LegFinished(LegOutcome(facts.returned))
    except (msgspec.DecodeError, ValueError) as error:
        log.error("call %s: what is parked of it cannot be read: %s", parked.call, error)
        return None
    return Found(
        parked=parked,
        facts=facts.facts,
        answered_after_ms=facts.answered_after_ms,
        number=facts.number,
        taken=facts.taken,
        return_event=event,
        resumes=facts.resumes,
        keys=facts.keys,
        streams=facts.streams,
        stream=facts.stream,
        stream_until=facts.stream_until,
        leaving=left.transfer or left.queue or left.document,
        entries=entries,
    )
