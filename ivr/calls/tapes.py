"""Recordings of whole calls, as the carrier makes them: begun, paused, gone on with, ended.

The flow says when (``record_call``), and the machine has them paused while something sensitive is
keyed. Nothing here keeps a caller waiting: each call has a worker that asks Twilio in order, and
the call's record says what was confirmed (``tape``).

What must never happen is that a PIN is on a tape:

* a pause that is not confirmed within :data:`PAUSE_SECONDS_MAX` ends the recording instead;
* a key that may be written nowhere and was pressed while the tape ran, or may have run, costs the
  tape: it is ended and destroyed, which outlives a crash (``destroy`` puts a parcel).

What comes after it is recorded on a new tape, once the flow wants it to go on.

A recording begins only when the caller has heard a notice to its end (LANGUAGE.md §2.11): a text
that says so, a file (of which nobody knows what it says), or any text in a language the line has no
words for. Made by the composition root; ``LiveWorld`` hands over what flows want.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, assert_never

from ivr.calls.call import Call
from ivr.calls.summary import Entry
from ivr.flow.messages import Recording
from ivr.flow.notices import may_say_so
from ivr.outside.twilio_rest import Done, Gone, TwilioRest

START_SECONDS_MAX: Final = 5.0
PAUSE_SECONDS_MAX: Final = 2.0
"""From the moment the tape must not run any more to Twilio's word that it does not."""
STOP_SECONDS_MAX: Final = 5.0
OVER_SECONDS_MAX: Final = 8.0
"""What is under way when the process ends is waited for so long."""
_NEVER: Final = float("-inf")
MASK: Final = "•"
"""How a record writes a key that may be written nowhere."""
ENTRY: Final = "tape"

_STATUS: Final = {
    Recording.PAUSE: "paused",
    Recording.RESUME: "in-progress",
    Recording.STOP: "stopped",
}

Destroy = Callable[[str, str], Awaitable[None]]
"""Have a recording destroyed, however long that takes: CallSid and RecordingSid."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Tape:
    """The recording of one call."""

    call: Call
    wanted: asyncio.Queue[tuple[Recording, float]] = field(default_factory=asyncio.Queue)
    """What the flow wants, each with when it wanted it, on the loop's clock."""
    sid: str | None = None
    """None: there is none, or it has ended."""
    sids: list[str] = field(default_factory=list)
    """All there ever were."""
    running: list[tuple[float, float | None]] = field(default_factory=list)
    """When it ran, or may have: milliseconds of the record; None: it still does."""
    task: asyncio.Task[None] | None = None
    """At work on it."""
    judged: int = 0
    """Entries of the record that were looked through for sensitive keys."""

    def ran_at(self, ms: float) -> bool:
        """Whether it may have been running at a moment."""
        return any(since <= ms and (until is None or ms <= until) for since, until in self.running)

    def runs(self) -> None:
        """From now on it may run."""
        if not self.running or self.running[-1][1] is not None:
            self.running.append((self.call.record.now_ms(), None))

    def rests(self) -> None:
        """It surely does not, from now on."""
        if self.running and self.running[-1][1] is None:
            self.running[-1] = (self.running[-1][0], self.call.record.now_ms())


class Tapes:
    """The recordings of all calls of a process; ``run`` is its task."""

    def __init__(
        self,
        rest: TwilioRest | None,
        *,
        tell: str | None,
        destroy: Destroy,
        without_notice: bool = False,
    ) -> None:
        """``tell`` is told by Twilio how recordings get on. Without ``rest`` nothing is recorded.

        ``without_notice``: the operator takes it on themselves that callers know.
        """
        self._rest = rest
        self._tell = tell
        self._destroy = destroy
        self._without_notice = without_notice
        self._tapes: dict[str, _Tape] = {}
        self._ending: set[asyncio.Task[None]] = set()
        """At work on tapes of calls that are over."""
        self._group: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Do what flows want of recordings, until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                await asyncio.Event().wait()
            finally:
                self._group = None

    def perform(self, call: Call, what: Recording) -> None:
        """A flow wants something of the recording of its call; waits for nothing."""
        rest, group = self._rest, self._group
        if rest is None or group is None:
            _say(call, "failed", problem="no Twilio account is set to record with")
            return
        tape = self._tapes.get(call.sid)
        if tape is None or tape.call is not call:
            tape = self._tapes[call.sid] = _taken_up(call)
            tape.task = group.create_task(self._work(rest, tape), name=f"{call.sid} tape")
        tape.wanted.put_nowait((what, _now()))

    def news(self, call: str, recording: str, status: str, seconds: int | None) -> bool:
        """Twilio tells how a recording gets on; False if its call is over."""
        tape = self._tapes.get(call)
        if tape is None:
            return False
        _say(tape.call, status, recording, seconds=seconds)
        if status in ("completed", "absent") and tape.sid == recording:
            tape.sid = None
            tape.rests()
        return True

    def over(self, call: str) -> None:
        """The call is over: once what is under way is done its tape is judged a last time."""
        tape = self._tapes.pop(call, None)
        if tape is not None and tape.task is not None:
            tape.wanted.put_nowait((Recording.STOP, _NEVER))
            self._ending.add(tape.task)
            tape.task.add_done_callback(self._ending.discard)

    async def aclose(self, seconds: float = OVER_SECONDS_MAX) -> None:
        """Wait for the tapes of calls that are over, while ``run`` runs.

        Of others another process goes on with the call, and with its tape.
        """
        if self._ending:
            await asyncio.wait(self._ending, timeout=seconds)

    async def _judge(self, tape: _Tape) -> bool:
        """Condemn the tape if something sensitive may be on it."""
        entries = tape.call.record.entries
        keys, tape.judged = _secret_keys(entries[tape.judged :]), len(entries)
        if not any(tape.ran_at(ms) for ms in keys):
            return False
        for sid in tape.sids[-1:]:
            _say(tape.call, "condemned", sid, problem="a sensitive key was pressed while it ran")
            log.error("call %s: recording %s is destroyed", tape.call.sid, sid)
            await self._destroy(tape.call.sid, sid)
        return True

    # ----------------------------------------------------------------------- at work

    async def _work(self, rest: TwilioRest, tape: _Tape) -> None:
        """Ask Twilio for one thing after the other, until the call is over."""
        while True:
            what, at = await tape.wanted.get()
            try:
                if at == _NEVER:
                    await self._judge(tape)
                    return
                await self._do(rest, tape, what, at)
            except Exception:
                # A fault of ours must not leave the tape running while a PIN is keyed.
                log.exception("call %s: its recording", tape.call.sid)
                await self._stop(rest, tape, "a fault of ours")

    async def _do(self, rest: TwilioRest, tape: _Tape, what: Recording, at: float) -> None:
        match what:
            case Recording.START:
                await self._start(rest, tape)
            case Recording.PAUSE:
                await self._pause(rest, tape, at)
            case Recording.RESUME:
                await self._resume(rest, tape)
            case Recording.STOP:
                await self._stop(rest, tape)
            case _:
                assert_never(what)

    async def _start(self, rest: TwilioRest, tape: _Tape) -> None:
        call = tape.call
        language = (call.state.language if call.state else call.facts.language) or "en"
        if not self._without_notice and not heard_notice(call.record.entries, language):
            _say(call, "refused", problem="no notice was heard to its end before")
            log.warning("call %s: not recorded: no notice was heard to its end before", call.sid)
            return
        tape.runs()
        answer = await rest.start_recording(call.sid, tell=self._tell, seconds=START_SECONDS_MAX)
        if isinstance(answer, Done) and (sid := answer.text("sid")):
            tape.sid = sid
            tape.sids.append(sid)
            _say(call, "started", sid)
            return
        tape.rests()
        _say(call, "failed", problem=_why(answer))
        log.warning("call %s: not recorded: %s", call.sid, _why(answer))

    async def _pause(self, rest: TwilioRest, tape: _Tape, at: float) -> None:
        if tape.sid is None:
            return
        left = max(0.1, at + PAUSE_SECONDS_MAX - _now())
        status = _STATUS[Recording.PAUSE]
        answer = await rest.change_recording(tape.call.sid, tape.sid, status, seconds=left)
        if isinstance(answer, Done | Gone):
            tape.rests()
            _say(tape.call, "paused", tape.sid)
            if await self._judge(tape):
                await self._stop(rest, tape, "it is to be destroyed")
            return
        # Better no recording than one with a PIN on it.
        await self._stop(rest, tape, f"its pause was not confirmed: {_why(answer)}")

    async def _resume(self, rest: TwilioRest, tape: _Tape) -> None:
        await self._judge(tape)
        if tape.sid is None:
            if tape.sids:
                await self._start(rest, tape)  # the one before had to be ended
            return
        tape.runs()
        status = _STATUS[Recording.RESUME]
        answer = await rest.change_recording(
            tape.call.sid, tape.sid, status, seconds=START_SECONDS_MAX
        )
        if isinstance(answer, Done):
            _say(tape.call, "resumed", tape.sid)
        else:
            # It may run, so it is taken for running.
            _say(tape.call, "unknown", tape.sid, problem=_why(answer))

    async def _stop(self, rest: TwilioRest, tape: _Tape, because: str = "") -> None:
        if tape.sid is None:
            return
        sid, status = tape.sid, _STATUS[Recording.STOP]
        answer = await rest.change_recording(tape.call.sid, sid, status, seconds=STOP_SECONDS_MAX)
        if isinstance(answer, Done | Gone):
            tape.rests()
            tape.sid = None
            _say(tape.call, "stopped", sid, problem=because)
        else:
            _say(tape.call, "unknown", sid, problem=because or _why(answer))
        if because:
            log.error("call %s: its recording was ended: %s", tape.call.sid, because)


def heard_notice(entries: Sequence[Entry], language: str) -> bool:
    """Whether a caller has heard to its end that the call is recorded, by the call's record."""
    asked: dict[object, Entry] = {}
    for entry in entries:
        match entry["what"]:
            case "asked":
                asked[entry.get("utterance")] = entry
            case "heard":
                said = asked.get(entry.get("utterance"))
                if said is not None and _is_notice(said, language):
                    return True
            case _:
                continue
    return False


def _is_notice(asked: Entry, language: str) -> bool:
    parts = asked.get("parts")
    kinds = [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    if any(part.get("kind") == "clip" for part in kinds):
        return True
    return may_say_so(str(asked.get("text", "")), language)


def _secret_keys(entries: Sequence[Entry]) -> list[float]:
    """When a key was pressed that may be written nowhere: milliseconds of the record."""
    found = []
    for entry in entries:
        at = entry.get("t")
        if entry["what"] == "key" and entry.get("key") == MASK and isinstance(at, int | float):
            found.append(float(at))
    return found


def _taken_up(call: Call) -> _Tape:
    """The tape of a call, as its record tells of it: another process may have begun it."""
    tape = _Tape(call)
    for entry in call.record.entries:
        sid, status = entry.get("recording"), entry.get("status")
        if entry["what"] != ENTRY or not isinstance(sid, str):
            continue
        if sid not in tape.sids:
            tape.sids.append(sid)
        ended = status in ("stopped", "completed", "absent")
        tape.sid = None if ended else sid
        at = entry.get("t")
        if isinstance(at, int | float):
            if status in ("started", "resumed", "unknown"):
                tape.running.append((float(at), None))
            elif tape.running and tape.running[-1][1] is None:
                tape.running[-1] = (tape.running[-1][0], float(at))
    return tape


def _say(
    call: Call,
    status: str,
    recording: str | None = None,
    *,
    seconds: int | None = None,
    problem: str = "",
) -> None:
    """What is known of the recording, in the call's record."""
    more: dict[str, object] = {}
    if recording is not None:
        more["recording"] = recording
    if seconds is not None:
        more["seconds"] = seconds
    if problem:
        more["problem"] = problem
    call.record.add(ENTRY, status=status, **more)


def _why(answer: object) -> str:
    if isinstance(answer, Gone):
        return "the call is over"
    return str(getattr(answer, "problem", "Twilio's answer names no recording"))


def _now() -> float:
    return asyncio.get_running_loop().time()
