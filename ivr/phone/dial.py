"""One ``<Dial>``: somebody is rung, told something in private, and connected with the caller.

Several ring at once (or one after the other) and the first who is ready has the call: who picks up,
or, where there is a whisper, who has heard it and taken the call. While nobody has it the caller
hears it ring. Semantics: reference/twilio.md 4.2, 4.11.

A callee who hangs up in a whisper, or is hung up on by its document, has answered a call that was
never bridged. How Twilio words that is not documented: here the first is ``completed`` and the
second ``no-answer``, both with ``DialBridged=false``, so that a server has to look at that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ivr.phone.answers import KEY, LISTEN_MS, Answer, Outcome
from ivr.phone.events import CalleeTold, DialEnded, Dialled
from ivr.phone.exchange import MS, Ask, Cut, Exchange, new_sid, stamp
from ivr.phone.obey import Caller, Way, obey
from ivr.phone.verbs import Dial, FirstOf, Number, Room

THINKS_MS: Final = 500
"""Between the end of a whisper and the key of whoever heard it."""
WAIT_MS_LEAST: Final = 1_000
"""A wait document that is over sooner is not asked again before."""

_API: Final = "https://api.twilio.com/2010-04-01"
_REFUSED: Final = {
    "no-answer": "does not answer",
    "busy": "is busy",
    "failed": "cannot be reached",
}
_HOPEFUL: Final = ("completed", "no-answer", "busy", "failed")
"""Of several refusals the first of these is told."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a ``<Dial>`` ended, as its ``action`` is told."""

    status: str
    sid: str
    talked_s: int
    bridged: bool
    recording: str = ""
    """Where the recording of the talk is, if the document wanted one."""

    def fields(self) -> dict[str, str]:
        """Twilio's names."""
        return {
            "DialCallStatus": self.status,
            "DialCallSid": self.sid,
            "DialCallDuration": str(self.talked_s),
            "DialBridged": "true" if self.bridged else "false",
            **({"RecordingUrl": self.recording} if self.recording else {}),
        }


async def dial(exchange: Exchange, verb: Dial, answers: Callable[[str], Answer]) -> Result:
    """Connect the caller to somebody else, as ``answers`` will have it."""
    if not verb.answer_on_bridge:
        exchange.answer()
    exchange.witness.answer()  # the clock of the call runs, and the ring is heard
    callees = [_callee(exchange, verb, noun, answers) for noun in verb.nouns]
    for callee in callees:
        callee.one_of_several = len(callees) > 1
    names = tuple(callee.address for callee in callees)
    told = "; ".join(str(callee.answer) for callee in callees) or Outcome.FAILED.value
    exchange.witness.tell(Dialled(exchange.now_ms, names, verb.timeout_s, told))
    exchange.star.clear()
    stops = [exchange.hung_up] + ([exchange.star] if verb.hangup_on_star else [])
    found = await exchange.unless(_reach(exchange, verb, callees), *stops)
    if isinstance(found, Callee):
        result = await _talk(exchange, verb, found, stops)
    else:
        status = "canceled" if isinstance(found, Cut) else found
        result = Result(status, callees[0].sid if callees else new_sid("CA"), 0, bridged=False)
    exchange.witness.tell(
        DialEnded(exchange.now_ms, result.status, result.talked_s, result.bridged)
    )
    return result


async def _talk(
    exchange: Exchange, verb: Dial, callee: Callee, stops: list[asyncio.Event]
) -> Result:
    exchange.answer()
    began_ms = exchange.now_ms
    talk_ms = min(callee.answer.talk_ms, verb.time_limit_s * MS)
    await exchange.unless(asyncio.sleep(talk_ms / MS), *stops)
    talked_s = round((exchange.now_ms - began_ms) / MS)
    if callee.answer.talk_ms > talk_ms and not any(stop.is_set() for stop in stops):
        callee.tell("is hung up on: the time is over")
    callee.over("completed", talked_s)
    recording = ""
    if verb.record:
        account = exchange.line.account_sid
        recording = f"{_API}/Accounts/{account}/Recordings/{new_sid('RE')}"
    return Result(callee.bridged_status, callee.sid, talked_s, bridged=True, recording=recording)


async def _reach(exchange: Exchange, verb: Dial, callees: list[Callee]) -> Callee | str:
    """Who is ready first, or why nobody is; meanwhile the caller hears it ring."""
    async with asyncio.TaskGroup() as group:
        if callees and callees[0].wait is not None:
            hearing = group.create_task(_wait(exchange, callees[0].wait))
        else:
            hearing = group.create_task(exchange.ring())
        together = _one_by_one if verb.sequential else _at_once
        found = await together(callees)
        hearing.cancel()
    return found


async def _at_once(callees: list[Callee]) -> Callee | str:
    statuses: list[str] = []
    async with asyncio.TaskGroup() as group:
        ringing = {group.create_task(callee.reach()): callee for callee in callees}
        left = set(ringing)
        while left:
            done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
            for task in ringing:
                if task not in done:
                    continue
                if task.result() is None:
                    for other in left:
                        other.cancel()
                    return ringing[task]
                statuses.append(task.result() or "")
    return _best(statuses)


async def _one_by_one(callees: list[Callee]) -> Callee | str:
    statuses = []
    for callee in callees:
        status = await callee.reach()
        if status is None:
            return callee
        statuses.append(status)
    return _best(statuses)


def _best(statuses: list[str]) -> str:
    return min(statuses, key=_HOPEFUL.index, default="failed")


async def _wait(exchange: Exchange, ask: Ask) -> None:
    """What is heard before a conference begins."""
    listener = Caller(exchange)
    while True:
        await obey(
            exchange, listener, ask, where="while a conference waits", least_ms=WAIT_MS_LEAST
        )


# --------------------------------------------------------------------------- the other end


def _callee(
    exchange: Exchange,
    verb: Dial,
    noun: Number | Room | FirstOf,
    answers: Callable[[str], Answer],
) -> Callee:
    caller = verb.caller_id or exchange.caller
    match noun:
        case Number():
            answer = answers(noun.address)
            return Callee(exchange, noun, answer, caller, verb.timeout_s, "completed")
        case Room(name, wait_url, wait_method):
            number = Number(f"conference {name}")
            wait = Ask(wait_url, wait_method) if wait_url else None
            # A conference has no timeout: whoever waits there waits.
            answer = answers(number.address)
            return Callee(exchange, number, answer, caller, verb.time_limit_s, "answered", wait)
        case FirstOf(name):
            number = Number(f"queue {name}")
            answer = answers(number.address)
            return Callee(exchange, number, answer, caller, verb.timeout_s, "answered")


class Callee:
    """Somebody who is rung, with a leg of their own; they hear what the caller does not."""

    def __init__(
        self,
        exchange: Exchange,
        number: Number,
        answer: Answer,
        caller: str,
        timeout_s: int,
        bridged_status: str,
        wait: Ask | None = None,
    ) -> None:
        self.sid = new_sid("CA")
        self.address = number.address
        self.answer = answer
        self.bridged_status = bridged_status
        """What ``DialCallStatus`` is after a talk with them."""
        self.wait = wait
        """What the caller hears in the place of ringing."""
        self._exchange = exchange
        self._number = number
        self._caller = caller
        self._timeout_ms = timeout_s * MS
        self._status = "queued"
        self._count = 0
        self._pressed = False
        self.one_of_several = False
        """How it ended is told of each of them, not only of all."""

    async def reach(self) -> str | None:
        """Ring them; None when they are ready to be connected, else how it ended."""
        ended = "canceled"
        try:
            self._report("initiated", "initiated")
            self._report("ringing", "ringing")
            ended = await self._ring() or ""
        finally:
            if ended:
                self.over(ended, 0)
        if self.one_of_several and not self.answer.picks_up:
            self.tell(_REFUSED[ended])
        return ended or None

    async def _ring(self) -> str | None:
        answer = self.answer
        await asyncio.sleep(min(answer.ring_ms, self._timeout_ms) / MS)
        if answer.ring_ms > self._timeout_ms:
            return "no-answer"
        if not answer.picks_up:
            return answer.status
        self._report("answered", "in-progress")
        if self._number.keys:
            self.tell(f"picks up, and Twilio presses {self._number.keys}")
        if self._number.whisper is None:
            return None if answer.outcome is not Outcome.REFUSED else answer.status
        self.tell("picks up")
        return await self._whisper(Ask(self._number.whisper, self._number.method))

    async def _whisper(self, ask: Ask) -> str | None:
        """The document for them alone; they are connected when it ends, unless it hangs up."""
        patience_s = LISTEN_MS / MS if self.answer.outcome is Outcome.REFUSED else None
        try:
            async with asyncio.timeout(patience_s):
                way = await obey(self._exchange, self, ask, where="in a whisper")
        except TimeoutError:
            self.tell("hangs up")
            return "completed"
        if way is Way.END:
            self.tell("is connected")
            return None
        if way is Way.HANGUP:
            self.tell("is hung up on")
            return "no-answer"
        return "failed"

    # ------------------------------------------------------------------- as a listener

    def fields(self) -> Mapping[str, str]:
        """Of this leg."""
        return self._exchange.child(self.sid, self._caller, self.address, self._status)

    async def hear(self, text: str, ms: float, audio: bytes) -> None:
        """It is told; nobody else hears it."""
        if text:
            self.tell(f"hears: {text}")
        await asyncio.sleep(ms / MS)

    def attend(self) -> asyncio.Event:
        """They listen to the end before they press."""
        return asyncio.Event()

    async def key(self, within_s: float) -> str | None:
        """One key, once, of somebody who wants the call."""
        if self.answer.outcome is not Outcome.ANSWERED or self._pressed:
            await asyncio.sleep(within_s)
            return None
        self._pressed = True
        await asyncio.sleep(THINKS_MS / MS)
        key = self.answer.key or KEY
        self.tell(f"presses {key}")
        return key

    def leave_off(self) -> None:
        """They may be asked again."""
        self._pressed = False

    # ------------------------------------------------------------------- telling

    def tell(self, text: str) -> None:
        """Something they did or heard, for the screen."""
        exchange = self._exchange
        exchange.witness.tell(CalleeTold(exchange.now_ms, self.address, text))

    def over(self, status: str, talked_s: int) -> None:
        """Their leg is over."""
        self._report("completed", status, CallDuration=str(talked_s))

    def _report(self, event: str, status: str, **more: str) -> None:
        self._status = status
        fields = {
            **self.fields(),
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(self._count),
            "Timestamp": stamp(),
            **more,
        }
        self._count += 1
        self._exchange.news(self._number.news, event, fields)
