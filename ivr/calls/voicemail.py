"""Recordings of callers: taken from the stream, written as they are spoken, kept as messages.

One desk serves all calls of a process. The disk is only ever touched in a thread; the event loop
hands over what was said about once a second and goes on. What happens to a recording:

* the end key, silence, the longest time or a hang-up end it; it then waits for the caller's word
  (``keep``), as does one whose stream broke off;
* ``keep`` makes it a message; one that is recorded again is thrown away;
* at the end of the call what was left in a mailbox is a message even without that word, and what
  was recorded for the flow alone is thrown away;
* a process that dies leaves its spools behind, which any other one makes messages of.

Files are ``ivr.stores.messages``'s, what is silence is ``recorder``'s. Made by the composition
root; ``errands`` asks it through a world.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Final, Protocol, TypeVar

from ivr.audio.frames import BYTES_PER_MS
from ivr.calls.mic import Mic
from ivr.calls.recorder import Recorder, Why
from ivr.flow.messages import ErrandDone, RecordMessage
from ivr.flow.state import CallFacts
from ivr.flow.world import Mailbox
from ivr.stores.base import StoreError
from ivr.stores.messages import RECORDINGS, Head, Message, Messages, Spool, new_id

LOOK_S: Final = 0.1
"""Between looking at what was said."""
PIECE_S: Final = 0.5
"""What was said is written down so often; a process that dies loses that much."""
DEAF_S: Final = 2.0
"""Beyond the silence that ends a recording: a carrier that sends nothing at all."""
AT_ONCE_MAX: Final = 200
"""Recordings at the same time in one process."""
TIDY_S: Final = 3_600.0
"""Between looking for what dead processes left and for messages that are too old."""

EMPTY: Final = "empty"

T = TypeVar("T")

log = logging.getLogger(__name__)


class Aside(Protocol):
    """Does a piece of blocking work beside the event loop."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]:
        """Do it and tell what it came to."""
        ...


Kept = Callable[[Message], Awaitable[None]]
"""Told of every new message, perhaps twice; in time again where it raises."""


@dataclass(slots=True)
class _Taken:
    """A recording of a call that is not over."""

    message: RecordMessage
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """Nothing is recorded any more, and what there is of it is known."""
    spool: Spool | None = None
    """Where it is; None before it begins, and where there is nothing, or nothing any more."""
    sound: bytes = b""
    """For hearing it again."""


class Voicemail:
    """The desk."""

    def __init__(
        self,
        messages: Messages,
        mailboxes: Callable[[], Mapping[str, Mailbox]],
        *,
        kept: Kept | None = None,
        aside: Aside = asyncio.to_thread,
        wall_clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``mailboxes`` tells those of the flow set that answers now, for how long they keep.

        ``aside`` does what blocks; ``kept`` is told of each message.
        """
        self.messages = messages
        self._mailboxes = mailboxes
        self._kept = kept
        self._aside = aside
        self._wall_clock = wall_clock
        self._calls: dict[str, dict[int, _Taken]] = {}
        """What each call has recorded, by errand."""
        self._running = 0

    # ----------------------------------------------------------------------- recording

    async def record(self, facts: CallFacts, message: RecordMessage, mic: Mic) -> ErrandDone:
        """Record what the caller says into ``mic``, until it is over; raises only cancellation."""
        if self._running >= AT_ONCE_MAX:
            return _failed(message, f"{AT_ONCE_MAX} callers are being recorded already")
        taken = _Taken(message)
        own = self._calls.setdefault(facts.id, {})
        self._running += 1
        try:
            for number, earlier in list(own.items()):
                # They record again, so they do not want what there is.
                if _place(earlier.message) == _place(message):
                    await earlier.over.wait()
                    await self._throw_away(own.pop(number))
            own[message.id] = taken
            return await self._record(facts, taken, mic)
        except* StoreError as errors:
            error = errors.exceptions[0]
            log.error("call %s: not recorded: %s", facts.id, error)
            failed = _failed(message, str(error))
        finally:
            self._running -= 1
            taken.over.set()
        return failed

    async def _record(self, facts: CallFacts, taken: _Taken, mic: Mic) -> ErrandDone:
        message = taken.message
        head = self._head(facts, message)
        spool = taken.spool = await self._aside(lambda: self.messages.open(head))
        recorder = Recorder(message.max_ms, message.silence_ms, replays=message.review)
        heard = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._write(recorder, spool, heard))
                why = await self._listen(recorder, mic)
                size = recorder.end(why)
                taken.sound = recorder.sound(size)
                done = _done(message, head, size)
                # The flow goes on now: between a key and the next word nobody waits for the disk.
                if mic.answer is not None:
                    mic.answer(done)
                heard.set()
            if done.outcome == EMPTY:
                await self._throw_away(taken)
            else:
                await self._aside(lambda: spool.finish(size, cut=why is Why.LOST))
        except BaseException:
            # What there is of it is a message as soon as nobody holds it any more.
            taken.spool = None
            spool.let_go()
            raise
        if recorder.counts or mic.lost:
            counts = {**recorder.counts, "lost": mic.lost}
            log.warning("call %s: heard badly while it was recorded: %s", facts.id, counts)
        if why is Why.LOST and message.mailbox is not None:
            # The caller may record again in another stream; this is kept as far as it came.
            await self._file(taken)
        return done

    async def _write(self, recorder: Recorder, spool: Spool, heard: asyncio.Event) -> None:
        """Write down what is heard, piece by piece, until all of it was ``heard``."""
        over = False
        while not over:
            try:
                async with asyncio.timeout(PIECE_S):
                    await heard.wait()
                over = True
            except TimeoutError:
                pass  # as nearly always
            if recorder.waiting:
                await self._aside(partial(spool.append, recorder.take()))

    async def _listen(self, recorder: Recorder, mic: Mic) -> Why:
        """From the end of the tone to the end of the recording; what ended it."""
        if not await mic.opened():
            return mic.why or Why.LOST
        time = asyncio.get_running_loop().time
        heard_at = time()
        while True:
            for media in await mic.take(LOOK_S):
                recorder.hear(media.payload, media.timestamp_ms)
                heard_at = time()
            if recorder.why is not None or mic.why is not None:
                return recorder.why or mic.why or Why.LOST
            if time() - heard_at >= recorder.silence_s + DEAF_S:
                return Why.SILENCE

    def _head(self, facts: CallFacts, message: RecordMessage) -> Head:
        return Head(
            id=new_id(),
            mailbox=message.mailbox or RECORDINGS,
            call=facts.id,
            caller=facts.caller,
            called=facts.called,
            started_at=self._wall_clock(),
            flow=message.flow or facts.flow,
            step=message.step,
            least_ms=message.least_ms,
            transcribe=message.transcribe,
        )

    # ----------------------------------------------------------------------- what becomes of it

    def sound_of(self, call: str, recording: int) -> bytes:
        """What was recorded, for hearing it again: raw mu-law."""
        taken = self._calls.get(call, {}).get(recording)
        return taken.sound if taken is not None else b""

    async def keep(self, call: str, recording: int) -> None:
        """The caller is content with it, as soon as it is over."""
        taken = self._calls.get(call, {}).get(recording)
        if taken is not None:
            await taken.over.wait()
            await self._file(taken)

    async def over(self, call: str) -> None:
        """The call is over: whoever left a message has left it, the rest is thrown away."""
        for taken in self._calls.pop(call, {}).values():
            await taken.over.wait()
            if taken.message.mailbox is not None:
                await self._file(taken)
            else:
                await self._throw_away(taken)

    async def _file(self, taken: _Taken) -> None:
        """Make a message of it, once."""
        spool, taken.spool = taken.spool, None
        if spool is None:
            return
        taken.sound = b"" if not spool.cut else taken.sound
        try:
            untold = self._kept is not None
            message = await self._aside(lambda: self.messages.keep(spool, told=not untold))
        except StoreError as error:
            log.error("the message %s is not kept yet: %s", spool.head.id, error)
            spool.let_go()
            return
        await self._tell(message)

    async def _throw_away(self, taken: _Taken) -> None:
        spool, taken.spool = taken.spool, None
        taken.sound = b""
        if spool is not None:
            await self._aside(spool.throw_away)

    async def _tell(self, message: Message) -> None:
        log.info("the message %s of %.1f s is kept", message.id, message.seconds)
        if self._kept is None:
            return
        try:
            await self._kept(message)
            await self._aside(lambda: self.messages.mark(message, told=True))
        except Exception:
            log.exception("nobody could be told of the message %s; it is tried again", message.id)

    # ----------------------------------------------------------------------- now and then

    async def tidy(self) -> None:
        """Keep what dead processes left behind, and remove what is older than it may be."""
        for message in await self._aside(self.messages.recover):
            log.warning("call %s: the message %s was left behind", message.call, message.id)
        for message in await self._aside(self.messages.all):
            if self._kept is not None and not message.told:
                await self._tell(message)
        days = {name: box.keep_days for name, box in self._mailboxes().items()}
        now = self._wall_clock()
        await self._aside(lambda: self.messages.expire(days, now))

    async def tidy_for_ever(self) -> None:
        """Tidy at once and every hour, until cancelled; a fault in it costs nobody a call."""
        while True:
            try:
                await self.tidy()
            except Exception:
                log.exception("messages could not be tidied; they are tried again")
            await asyncio.sleep(TIDY_S)


def _place(message: RecordMessage) -> tuple[str, str]:
    return message.flow, message.step


def _done(message: RecordMessage, head: Head, size: int) -> ErrandDone:
    """What a recording of so many bytes comes to."""
    if size < message.least_ms * BYTES_PER_MS:
        return ErrandDone(message.id, EMPTY)
    seconds = round(size / BYTES_PER_MS / 1000, 1)
    return ErrandDone(message.id, "done", {"id": head.id, "seconds": seconds})


def _failed(message: RecordMessage, problem: str) -> ErrandDone:
    return ErrandDone(message.id, "failed", None, problem)
