"""One stream of a call, from its first message to its end: events in, commands performed.

``converse`` is one coroutine with one task group: a reader task listens to the link, the main loop
alone sends. When it returns nothing of the stream is left but the open link. It never closes the
link itself: the carrier asks what to do next as soon as the link is closed, so the switchboard, who
calls it, first keeps the exit and then closes.

What a call decides is the machine's (``ivr.flow.machine``), what is said and when is the speaker's,
where the audio comes from is the studio's. This file is the wire between them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import assert_never

import ivr.flow.machine
from ivr.calls import alone
from ivr.calls.alarm import Alarm
from ivr.calls.call import Call
from ivr.calls.ear import Ear, Heard, Silent
from ivr.calls.errands import NOBODY, Errands, World
from ivr.calls.foresight import Foresight, LookAhead
from ivr.calls.link import Link, LinkClosed
from ivr.calls.machine import Machine
from ivr.calls.mic import Hearing
from ivr.calls.speaker import Speaker
from ivr.calls.studio import Studio
from ivr.carriers import twilio
from ivr.flow.messages import (
    SPEECHLESS,
    CallAnswered,
    CallerHungUp,
    CallResumed,
    Command,
    DeadlinePassed,
    ErrandDone,
    Event,
    HangUp,
    JoinQueue,
    KeyPressed,
    Leg,
    LegFinished,
    RequestAnswered,
    RunTwiml,
    Speak,
    StopSpeaking,
    Transfer,
    Utterance,
    UtteranceFailed,
    UtteranceHeard,
)
from ivr.flow.state import State, WaitFor
from ivr.prompts.takes import Sound

START_SECONDS_MAX = 5
"""From the open link to a valid ``start``."""
SEND_SECONDS_MAX = 10
"""The link takes nothing for so long: it is dead."""
LAST_WORDS_MS = 1000
"""A link that is gone for sending may still tell why: how long to wait for its ``stop``."""
GRACE_MS = 300
"""Between the echo of the last mark and hanging up: the telephone network's own delay."""
FAULTS_MAX = 2
"""Bugs of ours that a call survives by going on in a new stream; the next one ends it."""
MASK = "•"
"""Stands for a key that may be written nowhere."""

_CAUSES: Mapping[type[Event], str] = {
    CallAnswered: "answer",
    CallResumed: "resume",
    LegFinished: "return",
    KeyPressed: "key",
    UtteranceHeard: "heard",
    UtteranceFailed: "heard",
    DeadlinePassed: "time",
    RequestAnswered: "answer_came",
    ErrandDone: "answer_came",
    CallerHungUp: "hung_up",
}
"""Why something is said, as the record has it."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over: hang up, or it has hung up already."""

    outcome: str


@dataclass(frozen=True, slots=True)
class Leaving:
    """Everything was heard; the caller leaves for somebody else, a queue or a document."""

    leg: Leg


@dataclass(frozen=True, slots=True)
class Cut:
    """The stream ended and the call did not: it goes on in a new stream, if the carrier asks."""

    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The stream was ended on purpose, at a quiet moment: the call goes on in another process."""


Exit = Ended | Leaving | Cut | Moved


def prepare(call: Call, studio: Studio, *, machine: Machine = ivr.flow.machine) -> None:
    """Begin to make what the caller will hear first in the next stream; changes nothing else.

    Called by the switchboard when it answers the webhook that will open the stream, after it has
    set ``call.return_event``. Never raises: ``converse`` will meet the same trouble, and answer it.
    """
    try:
        state = call.state or machine.answer(call.flows, call.facts)
        turn = machine.handle(call.flows, state, _opening(call), call.clock.now_ms())
    except Exception:
        log.exception("call %s: its first words could not be prepared", call.sid)
        return
    studio.prepare(call.booth, turn.commands)


async def converse(
    call: Call,
    link: Link,
    studio: Studio,
    *,
    machine: Machine = ivr.flow.machine,
    ahead: LookAhead | None = None,
    world: World = NOBODY,
) -> Exit:
    """Run one stream of a call and say how it ended. Raises nothing but cancellation.

    ``ahead`` tells what could be said next; without it nothing is made ahead. ``world`` does what
    the flow asks for beside speaking. Keeps ``call.state``,
    ``call.record`` and ``call.clock`` up to date. Writes ``end`` to the record when it returns
    :class:`Ended`; a call that is cut for good is ended by its owner.
    """
    stream = _Stream(call, link, studio, machine, ahead, world)
    try:
        exit = await stream.run()
    except Exception:
        # An error of ours. The call goes on in a new stream at the last state that was good.
        log.exception("call %s: the stream ended by a fault of ours", call.sid)
        call.faults += 1
        exit = Cut("fault") if call.faults <= FAULTS_MAX else Ended(SPEECHLESS)
    finally:
        await studio.hush(call.booth)
    stream.ear.record_ignored(call.record)
    match exit:
        case Ended(outcome):
            call.record.add("end", outcome=outcome)
        case Leaving(leg):
            call.record.add_leave(leg)
        case Cut(reason):
            call.record.add("cut", reason=reason)
        case Moved():
            call.record.add("moved")
    return exit


def _opening(call: Call) -> Event:
    """The event a new stream begins with."""
    if call.state is None:
        return CallAnswered()
    return call.return_event or CallResumed()


# --------------------------------------------------------------------------- the stream


class _Stream:
    """One stream of a call while it lasts."""

    def __init__(
        self,
        call: Call,
        link: Link,
        studio: Studio,
        machine: Machine,
        ahead: LookAhead | None,
        world: World,
    ) -> None:
        self._call = call
        self._link = link
        self._studio = studio
        self._machine = machine
        self._bell = asyncio.Event()
        """Rung by whatever the main loop must look at: messages, sounds that grew, the time."""
        self.ear = Ear(link, self._bell)
        self._hearing = Hearing(self.ear, link.hear, self._bell.set)
        self._errands: Errands | None = None
        self._world = world
        self._asleep = False
        """The main loop waits for the bell."""
        self._alarm = Alarm(call.clock, self._bell)
        self._unsent: str | None = None
        """A message the link had no room for."""
        self._fault: Exception | None = None
        """Of ours, met while the main loop slept."""
        self._mouth: Speaker | None = None
        self._leaving: HangUp | Transfer | JoinQueue | RunTwiml | None = None
        """The machine's last command; it is told nothing more."""
        self._over: tuple[int, Exit] | None = None
        """When the stream ends unless something else ends it before, and how. Nothing is sent any
        more: this is the grace after the last word, or a link that takes nothing."""
        self._exit: Exit | None = None
        self._hangs_up = False
        """The caller is gone, and the flow goes on without them."""
        self._to_say: list[tuple[Utterance, str]] = []
        """Decided in this turn and not yet asked for, each with its cause."""
        self._to_drop: list[Sound] = []
        """Their utterances were stopped in this turn."""
        self._ahead = ahead
        self._foresight: Foresight | None = None
        self._told: State | None = None
        """The state in which the call was last said to have gone on."""

    async def run(self) -> Exit:
        """From the first message to the exit; the reader task is gone when it returns."""
        async with asyncio.TaskGroup() as group:
            reader = group.create_task(self.ear.listen(), name=f"{self._call.sid} reader")
            self._errands = Errands(self._call, self._world, self._bell.set, group, self._hearing)
            self._foresight = Foresight(self._call, self._studio, self._errands, self._ahead)
            try:
                return await self._begin() or await self._go_on()
            finally:
                reader.cancel()
                await self._errands.aclose()
        raise AssertionError("the group swallows nothing")

    @property
    def errands(self) -> Errands:
        """What was asked of the world."""
        assert self._errands is not None, "the stream runs"
        return self._errands

    @property
    def _speaker(self) -> Speaker:
        assert self._mouth is not None, "the stream has started"
        return self._mouth

    @property
    def _state(self) -> State:
        assert self._call.state is not None, "the call was answered"
        return self._call.state

    # ----------------------------------------------------------------------- the beginning

    async def _begin(self) -> Exit | None:
        """Wait for ``start`` and let the machine open the stream; an exit if it is none of ours."""
        try:
            async with asyncio.timeout(START_SECONDS_MAX):
                while (message := self.ear.next()) is None:
                    await self._bell.wait()
                    self._bell.clear()
        except TimeoutError:
            log.warning("call %s: a stream without a start", self._call.sid)
            return Cut("no start")
        if isinstance(message, Silent):
            return Cut(message.reason)
        assert isinstance(message, twilio.Started), "the ear passes on nothing before a start"
        if (fault := self._fault_of(message)) is not None:
            log.warning("call %s: refused a stream: %s", self._call.sid, fault)
            return Cut(fault)
        self._open(message)
        return None

    def _fault_of(self, started: twilio.Started) -> str | None:
        """Why this stream cannot be the call's."""
        if (started.call_sid, started.account_sid) != (self._call.sid, self._call.account):
            return "start names another call"
        if (started.encoding, started.sample_rate, started.channels) != ("audio/x-mulaw", 8000, 1):
            return "start names another audio format"
        return None

    def _open(self, started: twilio.Started) -> None:
        call = self._call
        opening = _opening(call)
        call.return_event = None
        call.streams += 1
        call.clock.answer()
        if call.state is None:
            call.state = self._machine.answer(call.flows, call.facts)
        call.record.add("stream", stream=started.stream_sid, number=call.streams)
        if isinstance(opening, LegFinished):
            call.record.add("return", outcome=opening.outcome.value)
        self._mouth = Speaker(started.stream_sid, call.record)
        self._hearing.speak_with(self._mouth)
        call.nudge = self._bell.set
        self._tell(opening)

    # ----------------------------------------------------------------------- the main loop

    async def _go_on(self) -> Exit:
        """Take in what happened, send what is due, wait; until there is an exit."""
        while True:
            # All of a burst is taken in before anything is sent: of ten keys at once only the
            # last answer is worth a message.
            while not self._gone and (message := self.ear.next()) is not None:
                self._take_in(message)
            self._take_in_errands()
            if not self._gone:
                self._look_at_the_clock()
            if self._exit is not None:
                return self._exit
            if self._hangs_up:
                return Ended(await self._go_on_alone())
            self._say()
            # Whoever waits for something is spoken to as ever: that may take its time.
            to_move = self._call.to_move and not self._busy
            self._speaker.hold(to_move)
            await self._send()
            if to_move and self._speaker.rests and self._over is None:
                return Moved()
            if self._leaving is None and self._foresight is not None:
                self._foresight.look(self._state)
            if self._leaving is not None and self._over is None and self._speaker.idle:
                self._leave(self._leaving)
                continue
            if self._call.state is not self._told:
                self._told = self._call.state
                self._call.went_on()
            await self._wait()

    @property
    def _gone(self) -> bool:
        """Whether nothing the caller's side still sends matters."""
        return self._exit is not None or self._hangs_up

    @property
    def _busy(self) -> bool:
        """Whether the stream must not end here: something is keyed, asked outside or recorded.

        And a call that leaves anyway says its last words first.
        """
        wait = self._state.wait
        if wait is not None and (wait.keys or wait.what in (WaitFor.ERRAND, WaitFor.RECORDING)):
            return True
        return self._leaving is not None

    async def _wait(self) -> None:
        """Until something happens, or the next moment that somebody wants to be woken at."""
        if not self._bell.is_set():
            self._asleep = True
            self._alarm.set(self._wake_at())
            try:
                await self._bell.wait()
            finally:
                self._asleep = False
                self._alarm.stop()
        self._bell.clear()
        if self._fault is not None:
            raise self._fault

    def _stir(self) -> None:
        """A sound has grown: what is due of it leaves in this turn, and the main loop sleeps on.

        The caller waits for it, and for many callers at once a turn takes milliseconds. Where the
        main loop is awake, or the link full, it is the main loop's.
        """
        if not self._asleep or self._over is not None:
            return
        try:
            self._push()
        except Exception as fault:
            # This is the turn of a task that speaks for all calls; the fault is this call's.
            self._fault = fault
            self._bell.set()

    def _push(self) -> None:
        speaker, now = self._speaker, self._call.clock.now_ms()
        if not speaker.stirs(self._alarm.at):
            return
        while not self._bell.is_set() and (message := speaker.next_message(now)) is not None:
            if not self._link.say(message):
                self._unsent = message
                self._bell.set()
        self._alarm.set(self._wake_at())

    def _wake_at(self) -> int | None:
        if self._over is not None:
            return self._over[0]
        moments = [self._speaker.wake_at()]
        if self._leaving is None:
            moments.append(self._foresight.at if self._foresight is not None else None)
            moments.append(self._state.deadline)
        return min((moment for moment in moments if moment is not None), default=None)

    def _take_in(self, message: Heard) -> None:
        match message:
            case twilio.Digit(key):
                secret = self._machine.secret_now(self._state)
                self._call.record.add("key", key=MASK if secret else key)
                self._tell(KeyPressed(key))
            case twilio.MarkEchoed(name):
                self._tell_heard(self._speaker.mark_echoed(name))
            case twilio.Stopped():
                self._exit = self._hung_up()
            case Silent(reason):
                self._exit = self._exit_without_link(reason)
            case twilio.Started():
                raise AssertionError("the ear passes on one start")
            case _:
                assert_never(message)

    def _take_in_errands(self) -> None:
        while not self._gone and (brought := self.errands.next()) is not None:
            self._tell(brought)

    def _look_at_the_clock(self) -> None:
        """What time alone brings: lost marks, the machine's deadline, the end of the grace."""
        now = self._call.clock.now_ms()
        if self._over is not None:
            at, exit = self._over
            self._exit = exit if now >= at else None
            return
        self._tell_heard(self._speaker.overdue(now))
        deadline = self._state.deadline
        if self._leaving is None and deadline is not None and now >= deadline:
            self._tell(DeadlinePassed())
            assert self._state.deadline != deadline, "the machine kept a deadline that has passed"

    # ----------------------------------------------------------------------- deciding and doing

    def _tell_heard(self, events: Iterable[UtteranceHeard | UtteranceFailed]) -> None:
        """The machine is told of what it said itself; the tone before a recording is ours."""
        for event in events:
            if not self._hearing.heard(event.id):
                self._tell(event)

    def _tell(self, event: Event) -> None:
        """Let the machine decide about an event, unless it has decided to leave."""
        if self._leaving is not None:
            return
        call = self._call
        turn = self._machine.handle(call.flows, self._state, event, call.clock.now_ms())
        call.state = turn.state
        for command in turn.commands:
            self._perform(command, _CAUSES[type(event)])

    def _perform(self, command: Command, cause: str) -> None:
        match command:
            case Speak(utterance):
                self._to_say.append((utterance, cause))
                self.errands.speaking(utterance)
            case StopSpeaking(ids):
                for utterance, _ in self._to_say:
                    if utterance.id in ids:
                        self.errands.unsaid(utterance)
                self._to_say = [each for each in self._to_say if each[0].id not in ids]
                self._to_drop += self._speaker.stop(ids, self._call.clock.now_ms())
            case HangUp() | Transfer() | JoinQueue() | RunTwiml():
                self._leaving = command
            case _:
                self.errands.perform(command)

    def _say(self) -> None:
        """Ask for the sounds of what is to be said; of what was stopped meanwhile nothing.

        So keys typed ahead walk through the flow before any voice is asked.
        """
        booth, speaker = self._call.booth, self._speaker
        for utterance, cause in self._to_say:
            parts = (self._studio.sounds(booth, each, self._stir) for each in utterance.parts)
            speaker.speak(utterance, [sound for part in parts for sound in part], cause)
        for sound in self._to_drop:
            # The same words said once more have the same sound.
            if not speaker.needs(sound):
                self._studio.drop(booth, sound)
        self._to_say.clear()
        self._to_drop.clear()

    async def _send(self) -> None:
        """Send all that is due; a ``clear`` and the frames after it leave in one turn."""
        if self._over is not None:
            return
        speaker, clock = self._speaker, self._call.clock
        message, self._unsent = self._unsent, None
        message = message or speaker.next_message(clock.now_ms())
        if message is None:
            return
        try:
            async with asyncio.timeout(SEND_SECONDS_MAX):
                while message is not None:
                    await self._link.send(message)
                    message = speaker.next_message(clock.now_ms())
        except (LinkClosed, TimeoutError):
            # Its other direction may still hold a ``stop``: then the caller hung up.
            exit = self._exit_without_link("the link takes nothing any more")
            self._over = (clock.now_ms() + LAST_WORDS_MS, exit)

    # ----------------------------------------------------------------------- the way out

    def _leave(self, command: HangUp | Transfer | JoinQueue | RunTwiml) -> None:
        """Everything was heard: leave, or hang up when the telephone network has played it too."""
        match command:
            case Transfer():
                self._exit = Leaving(command)
            case JoinQueue() | RunTwiml():
                outcome = self._world.away(command)
                if outcome is None:
                    self._exit = Leaving(command)
                    return
                self._leaving = None
                self._call.record.add_leave(command)
                self._call.record.add("return", outcome=outcome.value)
                self._tell(LegFinished(outcome))
            case HangUp(outcome):
                self._over = (self._call.clock.now_ms() + GRACE_MS, Ended(outcome))
            case _:
                assert_never(command)

    def _hung_up(self) -> Exit | None:
        if isinstance(self._leaving, HangUp):
            return Ended(self._leaving.outcome)
        self._leaving = None
        self._call.alone = True
        self._tell(CallerHungUp())
        if self._state.ended is None:
            self._hangs_up = True
            return None
        return Ended(self._state.ended)

    async def _go_on_alone(self) -> str:
        """The flow has something to do without the caller."""
        return await alone.go_on(self._call, self.errands, self._bell, self._machine)

    def _exit_without_link(self, reason: str) -> Exit:
        match self._leaving:
            case HangUp(outcome):
                return Ended(outcome)
            case None:
                return Cut(reason)
            case leg:
                return Leaving(leg)
