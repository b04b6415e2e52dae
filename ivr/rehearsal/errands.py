"""What a rehearsed call has asked of the world and is still waiting for, and what it told it.

Requests, functions, text messages and recordings, each with when it will come back and with what
(``stubs`` says so). What must always hold of errands is checked here; a breach is a bug of ours,
and raises :class:`Broken`. Told by ``line``, which has the clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import assert_never

from ivr.flow.messages import (
    Emit,
    Errand,
    ErrandDone,
    Invoke,
    KeepMessage,
    Narration,
    RecordCall,
    Recording,
    RecordMessage,
    Request,
    RequestAnswered,
    SendText,
    Utterance,
)
from ivr.flow.model import FlowSet, Kind
from ivr.flow.steps.http import Http
from ivr.flow.text import MASK
from ivr.flow.values import Value
from ivr.flow.written import MapOf, Written, tainted
from ivr.rehearsal.stubs import Outside, pieces

BEEP_MS = 500


class Broken(AssertionError):
    """The machine did what it never may; a bug of ours, not of the flow's author."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was sent."""

    request: Request
    public_body: Value
    """Its body as it may be written down."""
    at: int


@dataclass(frozen=True, slots=True)
class _Out:
    """An errand somebody is busy with."""

    due: int | None
    """None while its text is being spoken."""
    event: RequestAnswered | ErrandDone
    finish: bool
    """It goes on when the caller hangs up."""


@dataclass(slots=True)
class Message:
    """What the caller says is being recorded."""

    command: RecordMessage
    begins: int
    """After the tone."""
    talked_ms: int = 0
    """How much they say of it, from the beginning."""

    @property
    def talks_until(self) -> int:
        """When they have said it."""
        return min(self.begins + self.talked_ms, self.begins + self.command.max_ms)

    @property
    def ends(self) -> int:
        """When silence, or the longest time, ends it."""
        longest = self.begins + self.command.max_ms
        return min(self.talks_until + self.command.silence_ms, longest)


@dataclass(slots=True)
class Errands:
    """Everything one call has asked, sent, told and recorded."""

    flows: FlowSet
    outside: Outside
    asked: list[Asked] = field(default_factory=list, init=False)
    sent: list[SendText] = field(default_factory=list, init=False)
    told: list[Emit] = field(default_factory=list, init=False)
    message: Message | None = field(default=None, init=False)
    """The recording that runs."""
    narrated: dict[int, str] = field(default_factory=dict, init=False)
    recorded: dict[int, int] = field(default_factory=dict, init=False)
    """Every recording that is over: its length in milliseconds, by errand."""
    kept: list[str] = field(default_factory=list, init=False)
    """The mailboxes messages were kept in; empty for what a flow recorded for itself."""
    recording: Recording | None = field(default=None, init=False)
    """What was last done with the recording of the whole call."""
    _out: dict[int, _Out] = field(default_factory=dict, init=False)
    _boxes: dict[int, str] = field(default_factory=dict, init=False)
    _last: int = field(default=0, init=False)

    # ------------------------------------------------------------------ commands

    def begin(self, errand: Errand, kind: Kind | None, secret: frozenset[str], now: int) -> None:
        """Somebody is asked. Raises :class:`~ivr.rehearsal.stubs.Unanswered`."""
        if errand.id <= self._last:
            raise Broken(f"the errand {errand.id} comes after {self._last}")
        self._last = errand.id
        if self.message is not None or not all(each.finish for each in self._out.values()):
            raise Broken("it asks for something while something else is out")
        match errand:
            case Request():
                body = _public(kind, errand.body, secret)
                self.asked.append(Asked(errand, body, now))
                self._wait(now, self.outside.request(errand, kind), finish=errand.finish)
            case Invoke():
                after, done = self.outside.invoke(errand, kind)
                if done.narrates:
                    self.narrated[errand.id] = pieces(done.value)
                self._wait(now, (after, done), finish=errand.finish)
            case SendText():
                self.sent.append(errand)
                self._wait(now, self.outside.send(errand), finish=True)
            case RecordMessage():
                self.message = Message(errand, now + (BEEP_MS if errand.beep else 0))
                self._boxes[errand.id] = errand.mailbox or ""
            case _:
                assert_never(errand)

    def _wait(
        self, now: int, answer: tuple[int, RequestAnswered | ErrandDone], *, finish: bool
    ) -> None:
        after, event = answer
        self._out[event.id] = _Out(now + after, event, finish)

    def cancel(self, id: int) -> None:
        """Nobody waits for it any more."""
        if self.message is not None and self.message.command.id == id:
            self.message = None
        elif self._out.pop(id, None) is None:
            raise Broken(f"it cancels the errand {id}, which is not out")

    def stop(self, id: int, now: int, *, gone: bool) -> None:
        """The recording ends here."""
        message = self.message
        if id in self._out and id in self.recorded:
            # The end key, and in the same moment the caller is gone.
            if gone:
                del self._out[id]
            return
        if message is None or message.command.id != id:
            raise Broken(f"it ends the recording {id}, which does not run")
        if gone:
            self._over(message, now)
        else:
            self._wait(now, (0, self._over(message, now)), finish=False)

    def keep(self, command: KeepMessage) -> str:
        """The recording is kept; the mailbox, empty where there is none."""
        box = self._boxes.pop(command.id, None)
        if box is None or command.id not in self.recorded:
            raise Broken(f"it keeps the recording {command.id}, which there is not")
        self.kept.append(box)
        return box

    def record_call(self, command: RecordCall) -> None:
        """The recording of the whole call begins, pauses, goes on or ends."""
        none = self.recording in (None, Recording.STOP)
        if none and command.what is not Recording.START:
            raise Broken(f"it says {command.what.value}, and the call is not recorded")
        self.recording = command.what

    # ------------------------------------------------------------------ the clock

    def spoken(self, utterance: Utterance, now: int) -> None:
        """An utterance was spoken or stopped; a function whose text it was is done."""
        for part in utterance.parts:
            if isinstance(part, Narration) and part.errand in self._out:
                self._out[part.errand] = replace(self._out[part.errand], due=now)

    @property
    def busy(self) -> bool:
        """Whether anything is out."""
        return bool(self._out) or self.message is not None

    @property
    def due(self) -> int | None:
        """When the next one is back."""
        times = [each.due for each in self._out.values() if each.due is not None]
        if self.message is not None:
            times.append(self.message.ends)
        return min(times, default=None)

    def back(self) -> RequestAnswered | ErrandDone:
        """What is back now."""
        message = self.message
        if message is not None and message.ends == self.due:
            return self._over(message, message.ends)
        first = next(each for each in self._out.values() if each.due == self.due)
        event = first.event
        if isinstance(event, ErrandDone) and event.narrates:
            # It begins to bring text, and is done when that was spoken or stopped.
            done = ErrandDone(event.id, event.outcome)
            self._out[event.id] = _Out(None, done, first.finish)
        else:
            del self._out[event.id]
        return event

    def _over(self, message: Message, now: int) -> ErrandDone:
        """The recording, done."""
        command = message.command
        said = max(0, min(message.talks_until, now) - message.begins)
        self.message = None
        self.recorded[command.id] = said
        if said < command.least_ms:
            return ErrandDone(command.id, "empty")
        seconds = round(said / 1000, 1)
        whole = int(seconds) if seconds == int(seconds) else seconds
        return ErrandDone(command.id, "done", {"id": f"recording-{command.id}", "seconds": whole})

    def check_the_end(self, *, gone: bool) -> None:
        """What must hold of errands when the call has ended."""
        left = [id for id, each in self._out.items() if not (gone and each.finish)]
        if left or self.message is not None:
            raise Broken("the call ends with an errand that was neither answered nor cancelled")


def _public(kind: Kind | None, body: Value, secret: frozenset[str]) -> Value:
    """A body with its sensitive values masked."""
    if not isinstance(kind, Http) or kind.body is None or not secret:
        return body
    return _masked(kind.body, body, secret)


def _masked(written: Written, value: Value, secret: frozenset[str]) -> Value:
    if not tainted(written, secret):
        return value
    if isinstance(written, MapOf) and isinstance(value, dict):
        return {name: _masked(written.items[name], item, secret) for name, item in value.items()}
    return MASK
