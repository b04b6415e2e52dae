"""The world of a real line: who does what flows ask for, put together from those who can.

A thin shell over ``ivr.outside.world.Outside``, which asks services and calls functions; text
messages, recordings of calls and durable intentions are plugged in here. Made by ``server/app``,
one for a process; simulated calls have stubbed worlds of their own.
"""

from __future__ import annotations

import logging
from typing import Final

from ivr.calls.call import Call
from ivr.calls.mic import Mic
from ivr.calls.voicemail import Voicemail
from ivr.flow.messages import (
    Emit,
    ErrandDone,
    Invoke,
    JoinQueue,
    LegOutcome,
    Recording,
    RecordMessage,
    Request,
    RequestAnswered,
    RunTwiml,
    SendText,
)
from ivr.flow.state import CallFacts
from ivr.outside.streams import TextStream
from ivr.outside.world import Outside
from ivr.server.account import LineAccount
from ivr.server.ledger import Ledger
from ivr.server.mailroom import Events

SAFE: Final = frozenset({"GET", "HEAD"})
"""Methods that change nothing, so that they may be asked again."""
BEGUN_BEFORE: Final = "the line was lost while this was asked, and it may have been done"

log = logging.getLogger(__name__)


class LiveWorld:
    """What flows can ask for on a real line. Nothing of it raises anything but cancellation."""

    def __init__(
        self,
        outside: Outside,
        voicemail: Voicemail,
        events: Events,
        account: LineAccount,
        ledger: Ledger,
    ) -> None:
        self._outside = outside
        self._voicemail = voicemail
        self._events = events
        self._account = account
        self._ledger = ledger

    async def ask(self, call: str, request: Request) -> RequestAnswered:
        """Ask a service over HTTP; what changes something there is asked once."""
        if request.method.upper() in SAFE:
            return await self._outside.ask(request)
        purpose = f"http {request.step} {request.id}"
        if not await self._ledger.begin(call, purpose):
            return RequestAnswered(request.id, None, None, BEGUN_BEFORE)
        answer = await self._outside.ask(request)
        status = "no answer" if answer.status is None else str(answer.status)
        self._ledger.ended(call, purpose, status)
        return answer

    async def invoke(self, call: str, invoke: Invoke) -> ErrandDone | TextStream:
        """Call a registered function, once."""
        purpose = f"do {invoke.step} {invoke.id}"
        if not await self._ledger.begin(call, purpose):
            return ErrandDone(invoke.id, "failed", None, BEGUN_BEFORE)
        done = await self._outside.invoke(invoke)
        told = done.outcome if isinstance(done, ErrandDone) else "brings a text"
        self._ledger.ended(call, purpose, told)
        return done

    async def send(self, call: str, text: SendText) -> ErrandDone:
        """Take a text message, so that it is safely on its way."""
        return await self._account.send(call, text)

    async def record(self, facts: CallFacts, message: RecordMessage, mic: Mic) -> ErrandDone:
        """Record what comes from ``mic`` until it is stopped, silence or the longest time."""
        return await self._voicemail.record(facts, message, mic)

    async def keep(self, call: str, recording: int) -> None:
        """The caller is content with this recording: it is a message."""
        await self._voicemail.keep(call, recording)

    def sound_of(self, call: str, recording: int) -> bytes:
        """What was recorded, for hearing it again: raw mu-law."""
        return self._voicemail.sound_of(call, recording)

    async def over(self, call: str) -> None:
        """The call is over: what it has recorded is settled, and so is what was recorded of it."""
        await self._voicemail.over(call)
        self._account.tapes.over(call)

    def record_call(self, call: Call, what: Recording) -> None:
        """Begin, pause, go on with or end the recording of the whole call."""
        self._account.tapes.perform(call, what)

    def away(self, leg: JoinQueue | RunTwiml) -> LegOutcome | None:
        """The caller leaves the stream, and the carrier does it."""
        return None

    def tell(self, call: str, event: Emit, number: int) -> None:
        """Pass an event on: its step's ``number``-th in this call."""
        log.info("call %s: event %s", call, event.name)
        self._events.tell(call, event, number)
