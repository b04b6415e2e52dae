"""A simulated telephone and the carrier behind it: rings a server, and plays Twilio's part whole.

``Telephone.call`` asks the voice webhook, obeys the TwiML it gets, opens media streams, connects
the caller to others, comes back, and returns the call's recording when the call is over, however
it ends. Meanwhile ``press``, ``say`` and ``hang_up`` are the caller's hands and mouth. Nothing of
the product's reading of the protocol is used: what the two disagree about shows up as a fault. Used
by ``ivr call``, by tests, and (many at once) for load.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TypeVar
from urllib.parse import urlsplit

from ivr.audio.frames import BYTES_PER_MS, FRAME_MS
from ivr.phone import twiml
from ivr.phone.answers import EVERYBODY_ANSWERS, Answer, Outcome
from ivr.phone.dead_air import DEAD_AIR_MS, Entry
from ivr.phone.events import (
    CallEnded,
    DialEnded,
    Dialled,
    EndedBy,
    Event,
    KeyPressed,
    Noted,
    WebhookAnswered,
)
from ivr.phone.faults import UNREPORTED
from ivr.phone.network import LOOPBACK, Failure, Network, Socket
from ivr.phone.protocol import KEYS, Narrator
from ivr.phone.recording import Recording
from ivr.phone.stream import Mouth, Stream
from ivr.phone.tones import ringing
from ivr.phone.witness import Ear, Witness

DOCUMENTS_MAX = 100
"""So many TwiML documents a call may walk through; more is a loop."""
SAY_MS_MAX = 3000
"""Twilio's own voice is not simulated: its text is shown, and waited for no longer than this."""
WORDS_PER_SECOND = 2.6

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Line:
    """The line that is rung, as it would be configured at Twilio."""

    voice_url: str
    """Its voice webhook, by its public address."""
    number: str = "+13125550100"
    """The number that is called."""
    status_url: str | None = None
    """Where the end of the call is reported to, if anywhere."""
    account_sid: str = field(default_factory=lambda: "AC" + secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class _Ask:
    """The next document is to be fetched."""

    url: str
    method: str = "POST"
    extra: Mapping[str, str] = field(default_factory=dict)


ASKED, ANSWERED = "asked_for", "came_back"
"""Notes of a server of ours about what it asks of others; a recording is asked of the caller."""
RECORDED = "a recording"


class Telephone:
    """One call, from the first ring to the last word. ``call`` it once."""

    def __init__(
        self,
        network: Network,
        line: Line,
        *,
        caller: str = "+13125550177",
        answers: Callable[[str], Answer] = EVERYBODY_ANSWERS.answer,
        listener: Callable[[Event], None] | None = None,
        ear: Ear | None = None,
        dead_air_ms: float | None = DEAD_AIR_MS,
    ) -> None:
        """``answers`` says what happens when a number is called for the caller.

        ``dead_air_ms`` is the most a caller who is made to wait may be left without a sound, and
        None leaves that unjudged.
        """
        self.call_sid = "CA" + secrets.token_hex(16)
        self.caller = caller
        self.line = line
        self._network = network
        self._answers = answers
        self._witness = Witness(listener, ear, dead_air_ms=dead_air_ms)
        self._mouth = Mouth()
        self._stream: Stream | None = None
        self._streams = 0
        self.held = False
        """The line looks something up, and will go on by itself, as far as it tells."""
        self._hung_up = asyncio.Event()
        self._star = asyncio.Event()

    # ------------------------------------------------------------------- the caller

    @property
    def recording(self) -> Recording:
        """What happened so far."""
        return self._witness.recording

    @property
    def now_ms(self) -> float:
        """Milliseconds since the call was answered."""
        return self._witness.now_ms

    @property
    def stream(self) -> Stream | None:
        """The media stream the caller is on, if any."""
        return self._stream

    def press(self, key: str) -> None:
        """Press one of ``0123456789*#ABCD``. Between two streams it goes unheard, as in life."""
        if len(key) != 1 or key not in KEYS:
            raise ValueError(f"{key!r} is no telephone key")
        if key == "*":
            self._star.set()
        if self._stream is not None:
            self._stream.press(key)
        else:
            self._witness.tell(KeyPressed(self.now_ms, key, sent=False))

    def say(self, mulaw: bytes) -> None:
        """Say something into the telephone: mu-law, after everything that is still to be said."""
        self._mouth.say(mulaw)

    def hang_up(self) -> None:
        """End the call from this side, at whatever moment."""
        self._hung_up.set()

    def fault(self, text: str) -> None:
        """Hold something against the server that only a caller can tell."""
        self._witness.fault(UNREPORTED, text)

    def entry(self, entry: Entry) -> None:
        """The server is ours, and tells what it wrote into the call's record just now."""
        self._witness.entries.append(entry)
        if entry.get("what") == "note" and entry.get("kind") in (ASKED, ANSWERED):
            self.held = entry["kind"] == ASKED and entry.get("detail") != RECORDED

    # ------------------------------------------------------------------- the carrier

    async def call(self) -> Recording:
        """Ring the line and stay on it until somebody ends the call."""
        async with asyncio.TaskGroup() as report_group:
            ended_by = await self._walk(report_group)
            self._witness.tell(CallEnded(self.now_ms, ended_by))
            if self.line.status_url is not None:
                fields = {
                    "CallDuration": str(round(self.now_ms / 1000)),
                    "SequenceNumber": "0",
                    "Timestamp": format_datetime(datetime.now(UTC)),
                }
                await self._report(self.line.status_url, "POST", fields)
        self._witness.judge()
        return self.recording

    async def _walk(self, report_group: asyncio.TaskGroup) -> EndedBy:
        """From document to document, until one of them is the last."""
        ask = _Ask(self.line.voice_url)
        for _ in range(DOCUMENTS_MAX):
            verbs = await self._unless_hung_up(self._fetch(ask))
            if self._hung_up.is_set():
                return EndedBy.CALLER
            if verbs is None:
                return EndedBy.FAILED
            following = await self._obey(verbs, ask.url, report_group)
            if isinstance(following, EndedBy):
                return following
            ask = following
        self._witness.fault(UNREPORTED, f"{DOCUMENTS_MAX} TwiML documents and still no end")
        return EndedBy.FAILED

    async def _fetch(self, ask: _Ask) -> tuple[twiml.Verb, ...] | None:
        """The document, or None where the call cannot go on; the reason is a fault."""
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        fields = {**self._fields(), **ask.extra}
        reply = await self._network.ask(ask.method, ask.url, fields)
        took_ms = (loop.time() - asked_at) * 1000
        self._witness.tell(WebhookAnswered(self.now_ms, ask.url, reply.status, took_ms))
        if isinstance(reply, Failure):
            self._witness.fault(reply.code, reply.text)
            return None
        document = twiml.parse(reply.body, reply.content_type, ask.url, self.now_ms)
        for fault in document.faults:
            self._witness.found(fault)
        return document.verbs

    async def _obey(
        self, verbs: tuple[twiml.Verb, ...], url: str, report_group: asyncio.TaskGroup
    ) -> _Ask | EndedBy:
        for place, verb in enumerate(verbs):
            match verb:
                case twiml.Reject() if place == 0 and not self._witness.answered:
                    return EndedBy.REJECTED
                case twiml.Reject():
                    self._witness.fault(12200, "<Reject> after the call was answered")
                    return EndedBy.LINE
                case twiml.Redirect(target, method):
                    return _Ask(target, method)
                case twiml.Hangup():
                    return EndedBy.LINE
                case twiml.Connect():
                    following = await self._connect(verb, url, report_group)
                case twiml.Dial():
                    following = await self._dial(verb)
                case twiml.Say() | twiml.Play() | twiml.Pause() | twiml.Untold():
                    await self._tell(verb)
                    following = None
            if self._hung_up.is_set():
                return EndedBy.CALLER
            if following is not None:
                return following
        return EndedBy.LINE

    async def _tell(self, verb: twiml.Say | twiml.Play | twiml.Pause | twiml.Untold) -> None:
        """A verb that is shown rather than played."""
        self._witness.answer()
        match verb:
            case twiml.Say(text):
                self._witness.tell(Noted(self.now_ms, f"Twilio's voice says: {text}"))
                spoken_ms = len(text.split()) / WORDS_PER_SECOND * 1000
                await self._pass(min(SAY_MS_MAX, round(spoken_ms)), self._hung_up)
            case twiml.Play(what):
                self._witness.tell(Noted(self.now_ms, f"Twilio plays {what}"))
            case twiml.Pause(seconds):
                await self._pass(seconds * 1000, self._hung_up)
            case twiml.Untold(name):
                self._witness.tell(Noted(self.now_ms, f"<{name}> is not acted out here"))

    # ------------------------------------------------------------------- media streams

    async def _connect(
        self, verb: twiml.Connect, document_url: str, report_group: asyncio.TaskGroup
    ) -> _Ask | None:
        """A media stream from its handshake to its end; then ``action``, if there is one."""
        asked_at = asyncio.get_running_loop().time()
        stream_sid = "MZ" + secrets.token_hex(16)
        following = _Ask(verb.action, verb.method) if verb.action else None
        opened = await self._unless_hung_up(self._open(verb.url, document_url))
        if opened is None:
            return None
        if isinstance(opened, Failure):
            self._witness.fault(opened.code, opened.text)
            self._event(report_group, verb, stream_sid, "stream-error", opened.text)
            return following
        self._witness.answer()
        self._streams += 1
        narrator = Narrator(self.line.account_sid, self.call_sid, stream_sid)
        self._stream = Stream(opened, narrator, self._witness, self._mouth, stream_sid)
        self._event(report_group, verb, stream_sid, "stream-started")
        try:
            await self._stream.run(self._streams, asked_at, verb.parameters, self._hung_up)
        finally:
            self._stream = None
        self._event(report_group, verb, stream_sid, "stream-stopped")
        return following

    async def _open(self, url: str, document_url: str) -> Socket | Failure:
        """The socket; wss only, except where the whole rehearsal is plain text on one machine."""
        stream, document = urlsplit(url), urlsplit(document_url)
        plain = (stream.scheme, document.scheme) == ("ws", "http")
        if stream.scheme == "wss" or (plain and {stream.hostname, document.hostname} <= LOOPBACK):
            return await self._network.open(url)
        return Failure(31922, f"the url of <Stream> is {url!r}; Twilio takes wss:// only")

    def _event(
        self,
        report_group: asyncio.TaskGroup,
        verb: twiml.Connect,
        stream_sid: str,
        event: str,
        error: str = "",
    ) -> None:
        """Tell the stream's status callback, beside everything else."""
        if verb.status_callback is None:
            return
        fields = {
            "StreamSid": stream_sid,
            "StreamName": verb.name or stream_sid,
            "StreamEvent": event,
            "Timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
            **({"StreamError": error} if error else {}),
        }
        report_group.create_task(self._report(verb.status_callback, verb.status_method, fields))

    async def _report(self, url: str, method: str, extra: Mapping[str, str]) -> None:
        """A status callback: best effort, nobody waits for it, its answer is not TwiML."""
        reply = await self._network.ask(method, url, {**self._fields(), **extra})
        if isinstance(reply, Failure):
            self._witness.fault(15003, reply.text)

    # ------------------------------------------------------------------- other legs

    async def _dial(self, verb: twiml.Dial) -> _Ask | None:
        """Connect the caller to somebody else, as ``answers`` will have it."""
        self._witness.answer()
        answer = self._leg(verb)
        self._witness.tell(Dialled(self.now_ms, verb.numbers, verb.timeout_s, str(answer)))
        self._star.clear()
        stops = [self._hung_up] + ([self._star] if verb.hangup_on_star else [])
        ring_ms = min(answer.ring_ms, verb.timeout_s * 1000)
        status, talked_s = answer.status, 0
        if await self._pass(ring_ms, *stops, sound=ringing(ring_ms)):
            status = "canceled"
        elif answer.outcome is Outcome.ANSWERED:
            began_ms = self.now_ms
            await self._pass(min(answer.talk_ms, verb.time_limit_s * 1000), *stops)
            talked_s = round((self.now_ms - began_ms) / 1000)
        self._witness.tell(DialEnded(self.now_ms, status, talked_s))
        if verb.action is None:
            return None
        extra = {
            "DialCallStatus": status,
            "DialCallSid": "CA" + secrets.token_hex(16),
            "DialCallDuration": str(talked_s),
            "DialBridged": "true" if status == "completed" else "false",
        }
        if self._hung_up.is_set():
            # Asked all the same; what it answers is not executed.
            await self._network.ask(verb.method, verb.action, self._fields() | extra)
            return None
        return _Ask(verb.action, verb.method, extra)

    def _leg(self, verb: twiml.Dial) -> Answer:
        """All numbers ring at once: whoever answers first wins, else the most hopeful refusal."""
        ranking = list(Outcome)
        answers = [self._answers(number) for number in verb.numbers] or [Answer(Outcome.FAILED)]
        return min(answers, key=lambda answer: ranking.index(answer.outcome))

    # ------------------------------------------------------------------- helpers

    async def _pass(self, ms: int, *stops: asyncio.Event, sound: bytes = b"") -> bool:
        """Let time pass in frames, with this in the caller's ear; True if an event cut it short."""
        loop = asyncio.get_running_loop()
        began, began_ms = loop.time(), self.now_ms
        frame = FRAME_MS * BYTES_PER_MS
        for count in range(-(-ms // FRAME_MS)):
            if any(stop.is_set() for stop in stops):
                return True
            heard = sound[count * frame : (count + 1) * frame]
            self._witness.heard(heard, began_ms + count * FRAME_MS)
            await asyncio.sleep(max(0.0, began + (count + 1) * FRAME_MS / 1000 - loop.time()))
        return any(stop.is_set() for stop in stops)

    async def _unless_hung_up(self, work: Coroutine[object, object, T]) -> T | None:
        """Do it, unless the caller hangs up first: then it is cancelled, and None."""
        async with asyncio.TaskGroup() as group:
            working = group.create_task(work)
            hanging_up = group.create_task(self._hung_up.wait())
            await asyncio.wait({working, hanging_up}, return_when=asyncio.FIRST_COMPLETED)
            hanging_up.cancel()
            if not working.done():
                working.cancel()
                return None
        return working.result()

    def _fields(self) -> dict[str, str]:
        """The form fields every voice webhook carries (reference/twilio.md, 2.2)."""
        ended = self.recording.ended is not None
        status = "completed" if ended else "in-progress" if self._witness.answered else "ringing"
        return {
            "AccountSid": self.line.account_sid,
            "ApiVersion": "2010-04-01",
            "CallSid": self.call_sid,
            "CallStatus": status,
            "CallToken": '{"parentCallInfoToken":"simulated"}',
            "Called": self.line.number,
            "CalledCity": "",
            "CalledCountry": "US",
            "CalledState": "",
            "CalledZip": "",
            "Caller": self.caller,
            "CallerCity": "",
            "CallerCountry": "US",
            "CallerState": "",
            "CallerZip": "",
            "Direction": "inbound",
            "From": self.caller,
            "FromCity": "",
            "FromCountry": "US",
            "FromState": "",
            "FromZip": "",
            "StirVerstat": "TN-Validation-Passed-C",
            "To": self.line.number,
            "ToCity": "",
            "ToCountry": "US",
            "ToState": "",
            "ToZip": "",
        }
