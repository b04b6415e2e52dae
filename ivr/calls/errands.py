"""What a call has asked of the world outside and waits for: a task each, and what they brought.

The machine decides that something is asked (``Request``, ``Invoke`` …) and goes on with what it
came to; the world answers (``ivr.outside.world``, or answers that were written down). This file is
between the two, for one stream of a call: it starts a task for each errand, keeps what came back
until the session takes it, and leaves nothing behind when the stream is over. What is to be
finished even so (``finish: yes``) is waited for then.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, assert_never

from ivr.calls.call import Call
from ivr.calls.mic import Hearing, Mic
from ivr.calls.recordings import Recordings
from ivr.flow.ahead import Known
from ivr.flow.messages import (
    Cancel,
    Command,
    Emit,
    Errand,
    ErrandDone,
    HangUp,
    Invoke,
    JoinQueue,
    KeepMessage,
    LegOutcome,
    Narration,
    Note,
    RecordCall,
    Recording,
    RecordMessage,
    Request,
    RequestAnswered,
    RunTwiml,
    SendText,
    Speak,
    StopRecording,
    StopSpeaking,
    Transfer,
    Utterance,
)
from ivr.flow.state import CallFacts
from ivr.outside.streams import TextStream

MASK = "•"
"""Stands for a letter that may be written nowhere."""
FINISH_SECONDS_MAX = 30
"""What is to be finished has a limit of its own, well below this; a disk has none."""
EARLY_SECONDS_MAX = 30
"""How long the answer to a question that was asked ahead is a fresh one."""
EARLY_MAX = 20
"""Questions asked ahead in one stream of a call."""

log = logging.getLogger(__name__)

Brought = RequestAnswered | ErrandDone


class World(Protocol):
    """Who does what flows ask for. Nothing of it raises anything but cancellation."""

    async def ask(self, call: str, request: Request) -> RequestAnswered:
        """Ask a service over HTTP."""
        ...

    async def invoke(self, call: str, invoke: Invoke) -> ErrandDone | TextStream:
        """Call a registered function."""
        ...

    async def send(self, call: str, text: SendText) -> ErrandDone:
        """Take a text message, so that it is safely on its way."""
        ...

    async def record(self, facts: CallFacts, message: RecordMessage, mic: Mic) -> ErrandDone:
        """Record what comes from ``mic`` until it is stopped, silence or the longest time.

        Never cancelled where the caller or the stream is gone: ``mic`` is stopped then.
        """
        ...

    async def keep(self, call: str, recording: int) -> None:
        """The caller is content with this recording, as soon as it is over: it is a message."""
        ...

    def sound_of(self, call: str, recording: int) -> bytes:
        """What was recorded, for hearing it again: raw mu-law."""
        ...

    async def over(self, call: str) -> None:
        """The call is over: what it has recorded is settled."""
        ...

    def record_call(self, call: Call, what: Recording) -> None:
        """Begin, pause, go on with or end the recording of the whole call."""
        ...

    def away(self, leg: JoinQueue | RunTwiml) -> LegOutcome | None:
        """How it ended, in a simulated world; None: the caller leaves the stream for it."""
        ...

    def tell(self, call: str, event: Emit, number: int) -> None:
        """Pass an event on: its step's ``number``-th in this call, the same after a resume."""
        ...


class Nobody:
    """A world in which nobody does anything: every errand fails, and says so."""

    _WHY = "nobody here does what flows ask for"

    async def ask(self, call: str, request: Request) -> RequestAnswered:
        """No answer."""
        return RequestAnswered(request.id, None, None, self._WHY)

    async def invoke(self, call: str, invoke: Invoke) -> ErrandDone | TextStream:
        """A failure."""
        return ErrandDone(invoke.id, "failed", None, self._WHY)

    async def send(self, call: str, text: SendText) -> ErrandDone:
        """A failure."""
        return ErrandDone(text.id, "failed", None, self._WHY)

    async def record(self, facts: CallFacts, message: RecordMessage, mic: Mic) -> ErrandDone:
        """A failure."""
        return ErrandDone(message.id, "failed", None, self._WHY)

    async def keep(self, call: str, recording: int) -> None:
        """There is nothing to keep."""

    def sound_of(self, call: str, recording: int) -> bytes:
        """There is none."""
        return b""

    async def over(self, call: str) -> None:
        """There is nothing to settle."""

    def record_call(self, call: Call, what: Recording) -> None:
        """Nothing is recorded."""
        log.warning("call %s: record_call: %s: %s", call.sid, what.value, self._WHY)

    def away(self, leg: JoinQueue | RunTwiml) -> LegOutcome | None:
        """The caller leaves; whoever carries the call knows the way."""
        return None

    def tell(self, call: str, event: Emit, number: int) -> None:
        """Nobody listens."""
        log.warning("call %s: the event %s: %s", call, event.name, self._WHY)


NOBODY = Nobody()


@dataclass(frozen=True, slots=True)
class _Early:
    """A request that was asked ahead."""

    request: Request
    task: asyncio.Task[RequestAnswered]
    at: float
    """When, on the loop's clock."""


class Errands:
    """The errands of one stream of a call."""

    def __init__(
        self,
        call: Call,
        world: World,
        bell: Callable[[], None],
        group: asyncio.TaskGroup,
        hearing: Hearing | None = None,
    ) -> None:
        """``bell`` is rung whenever something came back; the work is done in ``group``.

        ``hearing`` is the stream's; without a stream nobody is recorded.
        """
        self._call = call
        self._world = world
        self._group = group
        self._bell = bell
        self._out: dict[int, asyncio.Task[None]] = {}
        self._sent: dict[int, Errand] = {}
        self._recordings = Recordings(call, world, group, hearing, self._bring)
        self._streams: dict[int, TextStream] = {}
        self._narrating: dict[int, tuple[int, bool]] = {}
        """Which utterance speaks the text of an errand, and whether it may be shown nowhere."""
        self._brought: deque[Brought] = deque()
        self._early: list[_Early] = []
        """Asked ahead of the caller's choice."""
        self._early_count = 0
        self.news = False
        """Something that was asked ahead has been answered since ``known`` was looked at."""

    def perform(self, command: Command) -> None:
        """Do what a command wants that is not heard."""
        sid, record = self._call.sid, self._call.record
        match command:
            case Request() | Invoke() | RecordMessage() | SendText():
                self.start(command)
            case Cancel(id):
                self.cancel(id)
            case StopRecording(id):
                self._recordings.stop(id)
            case KeepMessage(id):
                self._recordings.keep(id)
            case RecordCall(what):
                record.add("record_call", to=what.value)
                self._world.record_call(self._call, what)
            case Emit():
                record.add("event", name=command.name, step=command.place)
                self._world.tell(sid, command, record.count("event", step=command.place))
            case Note():
                record.add_note(command)
            case Speak() | StopSpeaking() | HangUp() | Transfer() | JoinQueue() | RunTwiml():
                raise AssertionError("nobody is there to hear it, or to go anywhere")
            case _:
                assert_never(command)

    def next(self) -> Brought | None:
        """What came back, the first one first; None if there is nothing more.

        The text and the sound it brings are in the call's booth when the machine is told.
        """
        if not self._brought:
            return None
        brought = self._brought.popleft()
        booth = self._call.booth
        if isinstance(brought, ErrandDone) and brought.narrates:
            booth.narrations[brought.id] = self._narration(brought.id)
        elif isinstance(brought, ErrandDone) and (
            sound := self._world.sound_of(self._call.sid, brought.id)
        ):
            booth.recordings[brought.id] = sound
        return brought

    def start(self, errand: Errand) -> None:
        """Send it out; what it came to will be among what came back."""
        self._sent[errand.id] = errand
        if isinstance(errand, RecordMessage):
            self._recordings.begin(errand)
        self._out[errand.id] = self._group.create_task(self._run(errand))

    def ask_ahead(self, requests: Sequence[Request]) -> None:
        """Ask what may be wanted next; what no longer may be is given up."""
        for early in list(self._early):
            if not any(early.request.asks_same_as(each) for each in requests):
                early.task.cancel()
                self._early.remove(early)
        for request in requests:
            if self._asked_early(request) is None and self._early_count < EARLY_MAX:
                self._early_count += 1
                task = self._group.create_task(self._ask_world(request))
                task.add_done_callback(self._early_back)
                self._early.append(_Early(request, task, _now()))

    @property
    def known(self) -> Known:
        """What was asked ahead and is answered."""
        self.news = False
        return tuple(
            (early.request, early.task.result())
            for early in self._early
            if early.task.done() and not early.task.cancelled()
        )

    def _early_back(self, task: asyncio.Task[RequestAnswered]) -> None:
        if not task.cancelled():
            self.news = True
            self._bell()

    def _asked_early(self, request: Request) -> _Early | None:
        """The same question, asked a moment ago."""
        for early in self._early:
            if early.request.asks_same_as(request) and _now() - early.at < EARLY_SECONDS_MAX:
                return early
        return None

    def cancel(self, id: int) -> None:
        """Nobody waits for it any more. A recording is ended: what was said is not lost by that."""
        self._sent.pop(id, None)
        if self._recordings.give_up(id):
            return
        if (stream := self._streams.get(id)) is not None:
            self._group.create_task(stream.aclose())
        if (task := self._out.pop(id, None)) is not None:
            task.cancel()

    def _give_up_early(self) -> None:
        for early in self._early:
            early.task.cancel()
        self._early.clear()

    def cancel_all(self) -> None:
        """The caller is gone: all but what is to be finished even so is given up."""
        for id in list(self._out):
            if not getattr(self._sent.get(id), "finish", False):
                self.cancel(id)

    async def aclose(self) -> None:
        """The stream is over. What is to be finished is waited for: it has its own time limit."""
        self._give_up_early()
        self.cancel_all()
        if self._out:
            _, stuck = await asyncio.wait(self._out.values(), timeout=FINISH_SECONDS_MAX)
            for task in stuck:
                task.cancel()
        await self._recordings.aclose()
        for id in list(self._streams):
            self.cancel(id)

    # ----------------------------------------------------------------------- text that comes

    def speaking(self, utterance: Utterance) -> None:
        """This is going to be said; perhaps it is the text of an errand."""
        for part in utterance.parts:
            if isinstance(part, Narration):
                self._narrating[part.errand] = utterance.id, part.private

    def unsaid(self, utterance: Utterance) -> None:
        """It was stopped before anybody asked for a piece of its text."""
        for part in utterance.parts:
            if isinstance(part, Narration):
                self._call.booth.narrations.pop(part.errand, None)
                if (stream := self._streams.get(part.errand)) is not None:
                    self._group.create_task(self._said(part.errand, stream))

    async def _narration(self, id: int) -> AsyncGenerator[str, None]:
        """The pieces of a text that is still coming, written down as far as they may be.

        The errand is done when they end.
        """
        stream = self._streams.get(id)
        if stream is None:
            return
        try:
            async for piece in stream.pieces:
                utterance, private = self._narrating.get(id, (0, True))
                shown = MASK * len(piece.strip()) if private else piece
                self._call.record.add("told", utterance=utterance, text=shown)
                yield piece
        finally:
            await self._said(id, stream)

    async def _said(self, id: int, stream: TextStream) -> None:
        await stream.aclose()
        if self._streams.pop(id, None) is not None and stream.done is not None:
            self._bring(stream.done)

    # ----------------------------------------------------------------------- at work

    async def _run(self, errand: Errand) -> None:
        try:
            brought = await self._work(errand)
        except Exception:
            # A fault of ours costs this errand, not the call.
            log.exception("an errand broke")
            brought = _broken(errand)
        self._out.pop(errand.id, None)
        if brought is not None:
            self._bring(brought)

    async def _work(self, errand: Errand) -> Brought | None:
        match errand:
            case Request():
                return await self._ask(errand)
            case Invoke():
                return await self._invoke(errand)
            case SendText():
                return await self._world.send(self._call.sid, errand)
            case RecordMessage():
                await self._recordings.run(errand)
                return None
        assert_never(errand)

    async def _ask(self, request: Request) -> RequestAnswered:
        """What was asked ahead, where that was answered; else it is asked now."""
        early = self._asked_early(request)
        if early is not None:
            self._early.remove(early)
            answer = await early.task
            if answer.status is not None:
                return replace(answer, id=request.id)
        return await self._world.ask(self._call.sid, request)

    async def _ask_world(self, request: Request) -> RequestAnswered:
        """Ask ahead of the caller; a fault of ours is no answer."""
        try:
            return await self._world.ask(self._call.sid, request)
        except Exception:
            log.exception("a request that was asked ahead broke")
            return RequestAnswered(request.id, None)

    async def _invoke(self, invoke: Invoke) -> Brought | None:
        done = await self._world.invoke(self._call.sid, invoke)
        if not isinstance(done, TextStream):
            return done
        self._streams[invoke.id] = done
        if await done.begun():
            return ErrandDone(invoke.id, "done", narrates=True)
        await self._said(invoke.id, done)
        return None

    def _bring(self, brought: Brought) -> None:
        self._sent.pop(brought.id, None)
        self._brought.append(brought)
        self._bell()


def _broken(errand: Errand) -> Brought:
    problem = "it broke by a fault of ours"
    if isinstance(errand, Request):
        return RequestAnswered(errand.id, None, None, problem)
    return ErrandDone(errand.id, "failed", None, problem)


def _now() -> float:
    return asyncio.get_running_loop().time()
