"""One ``<Enqueue>``: the caller waits, hears what the server plays, and is taken, or is not.

The wait document is asked again and again until somebody takes the call, the caller hangs up, or
the document itself ends the waiting (``<Leave/>``). Semantics and fields: reference/twilio.md 4.3.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import Final

from ivr.phone.answers import Answer, Outcome
from ivr.phone.events import Queued, QueueLeft
from ivr.phone.exchange import MS, Ask, Exchange, new_sid
from ivr.phone.obey import Caller, Way, obey
from ivr.phone.verbs import Enqueue

TAKEN_MS: Final = 3_000
"""Somebody takes the caller after so long, unless the answer says when."""
IN_FRONT: Final = 2
"""Callers in front at the beginning; one is taken with every turn of the wait document."""
AVERAGE_S: Final = 45
WAIT_MS_LEAST: Final = 1_000
LONG_S: Final = 60
"""In a queue where nobody ever takes the call each turn of the wait document passes for so long,
and nothing in it is played for longer than ``SOUND_MS_MAX``: the waiting is real, its length is
not."""
SOUND_MS_MAX: Final = 4_000


@dataclass(frozen=True, slots=True)
class Result:
    """How the waiting ended, as ``action`` is told."""

    result: str
    sid: str
    waited_s: int
    ends_call: bool = False
    """The wait document hung up."""

    def fields(self) -> dict[str, str]:
        """Twilio's names."""
        return {
            "QueueResult": self.result,
            "QueueSid": self.sid,
            "QueueTime": str(self.waited_s),
        }


async def enqueue(exchange: Exchange, verb: Enqueue, answer: Answer) -> Result:
    """Let the caller wait, as ``answer`` will have it."""
    exchange.answer()
    witness = exchange.witness
    waiting = _Waiting(exchange, verb, answer)
    witness.tell(Queued(exchange.now_ms, verb.name, str(answer)))
    result, ends_call, talked_s = "", False, 0
    match answer.outcome:
        case Outcome.FULL:
            result = "queue-full"
        case Outcome.FAILED | Outcome.BUSY | Outcome.DECLINED:
            result = "system-error"
        case _:
            taken = asyncio.Event()
            stops = (exchange.hung_up, taken)
            ended = await exchange.unless(waiting.listen(taken), *stops)
            if isinstance(ended, Way):
                result = "leave" if ended is Way.LEAVE else "hangup"
                ends_call = ended is Way.HANGUP
            else:
                result = "hangup" if exchange.hung_up.is_set() else "bridged"
    waited_s = waiting.waited_s
    if result == "bridged":
        began_ms = exchange.now_ms
        await exchange.unless(asyncio.sleep(answer.talk_ms / MS), exchange.hung_up)
        talked_s = round((exchange.now_ms - began_ms) / MS)
    witness.tell(QueueLeft(exchange.now_ms, result, waited_s, talked_s))
    return Result(result, waiting.sid, waited_s, ends_call)


class _Waiting:
    """The time in the queue."""

    def __init__(self, exchange: Exchange, verb: Enqueue, answer: Answer) -> None:
        self.sid = new_sid("QU")
        self._exchange = exchange
        self._verb = verb
        self._answer = answer
        self._began_ms = exchange.now_ms
        self._turns = 0

    @property
    def waited_s(self) -> int:
        """Since the caller joined, as Twilio would tell it."""
        real_s = (self._exchange.now_ms - self._began_ms) / MS
        never = self._answer.outcome is Outcome.TOO_LONG
        return round(real_s) + (self._turns * LONG_S if never else 0)

    async def listen(self, taken: asyncio.Event) -> Way:
        """Hear the wait document until it ends the waiting; whoever is ``taken`` stops this."""
        async with asyncio.TaskGroup() as group:
            taking = group.create_task(self._take(taken))
            way = await self._hear()
            taking.cancel()
        return way

    async def _take(self, taken: asyncio.Event) -> None:
        if self._answer.outcome in (Outcome.TOO_LONG, Outcome.NO_ANSWER):
            return
        after_ms = self._answer.after_ms
        await asyncio.sleep((TAKEN_MS if after_ms is None else after_ms) / MS)
        taken.set()

    async def _hear(self) -> Way:
        verb = self._verb
        patience_ms = SOUND_MS_MAX if self._answer.outcome is Outcome.TOO_LONG else math.inf
        listener = Caller(self._exchange, patience_ms=patience_ms)
        if verb.wait_url is None:
            await asyncio.Event().wait()  # Twilio's own music, for ever
        ask = Ask(verb.wait_url or "", verb.wait_method)
        while True:
            listener.extra = self._fields()
            way = await obey(
                self._exchange,
                listener,
                ask,
                where="while a queue waits",
                may_leave=True,
                least_ms=WAIT_MS_LEAST,
            )
            self._turns += 1
            if way is Way.LEAVE or way is Way.HANGUP:
                return way
            if way is Way.FAILED:
                await asyncio.sleep(WAIT_MS_LEAST / MS)

    def _fields(self) -> dict[str, str]:
        in_front = max(0, IN_FRONT - self._turns)
        return {
            "AvgQueueTime": str(AVERAGE_S),
            "CurrentQueueSize": str(in_front + 1),
            "QueuePosition": str(in_front + 1),
            "QueueSid": self.sid,
            "QueueTime": str(self.waited_s),
        }
