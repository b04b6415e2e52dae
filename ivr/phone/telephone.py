"""A simulated telephone and the carrier behind it: rings a server, and plays Twilio's part whole.

``Telephone.call`` asks the voice webhook, obeys the TwiML it gets, opens media streams, connects
the caller to others (``dial``), lets them wait (``queue``), comes back, and returns the call's
recording when the call is over, however it ends. Meanwhile ``press``, ``say`` and ``hang_up`` are
the caller's hands and mouth. Nothing of the product's reading of the protocol is used: what the two
disagree about shows up as a fault. Used by ``ivr call``, by tests, and (many at once) for load.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from ivr.phone import dial, obey, queue, verbs
from ivr.phone.answers import EVERYBODY_ANSWERS, Answer
from ivr.phone.dead_air import DEAD_AIR_MS, Entry
from ivr.phone.events import CallEnded, EndedBy, Event, KeyPressed, Noted
from ivr.phone.exchange import Ask, Cut, Exchange, Line, new_sid, stamp
from ivr.phone.faults import UNREPORTED
from ivr.phone.network import LOOPBACK, Failure, Network, Socket
from ivr.phone.protocol import KEYS, Narrator
from ivr.phone.recording import Recording
from ivr.phone.stream import Mouth, Stream
from ivr.phone.witness import Ear, Witness

DOCUMENTS_MAX = 100
"""So many TwiML documents a call may walk through; more is a loop."""
REFER_REFUSED = "405"
"""What a telephone network answers to a SIP REFER: only a SIP caller can be handed over."""
REFER_ACCEPTED = "202"

ASKED, ANSWERED = "asked_for", "came_back"
"""Notes of a server of ours about what it asks of others; a recording is asked of the caller."""
RECORDED = "a recording"

__all__ = ["DOCUMENTS_MAX", "Line", "Telephone"]


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
        self.caller = caller
        self.line = line
        self._answers = answers
        self._witness = Witness(listener, ear, dead_air_ms=dead_air_ms)
        self._exchange = Exchange(network, line, caller, self._witness)
        self._mouth = Mouth()
        self._stream: Stream | None = None
        self._streams = 0
        self.held = False
        """The line looks something up, and will go on by itself, as far as it tells."""

    # ------------------------------------------------------------------- the caller

    @property
    def call_sid(self) -> str:
        """Twilio's id of the call."""
        return self._exchange.call_sid

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
            self._exchange.star.set()
        taken = self._exchange.keypad
        if self._stream is not None:
            self._stream.press(key)
            return
        self._witness.tell(KeyPressed(self.now_ms, key, sent=False, gathered=taken is not None))
        if taken is not None:
            taken(key)

    def say(self, mulaw: bytes) -> None:
        """Say something into the telephone: mu-law, after everything that is still to be said."""
        self._mouth.say(mulaw)

    def hang_up(self) -> None:
        """End the call from this side, at whatever moment."""
        self._exchange.hung_up.set()

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
        exchange = self._exchange
        async with asyncio.TaskGroup() as reports:
            exchange.reports = reports
            ended_by = await self._walk()
            exchange.over = True
            self._witness.tell(CallEnded(self.now_ms, ended_by))
            if self.line.status_url is not None:
                fields = {
                    **exchange.fields(),
                    "CallDuration": str(round(self.now_ms / 1000)),
                    "SequenceNumber": "0",
                    "Timestamp": stamp(),
                }
                exchange.report(self.line.status_url, "POST", fields)
        self._witness.judge()
        return self.recording

    async def _walk(self) -> EndedBy:
        """From document to document, until one of them is the last."""
        ask = Ask(self.line.voice_url)
        for _ in range(DOCUMENTS_MAX):
            fetched = await self._exchange.unless(self._exchange.fetch(ask), self._exchange.hung_up)
            if self._hung_up:
                return EndedBy.CALLER
            if fetched is None or isinstance(fetched, Cut):
                return EndedBy.FAILED
            following = await self._obey(fetched, ask.url)
            if isinstance(following, EndedBy):
                return following
            ask = following
        self._witness.fault(UNREPORTED, f"{DOCUMENTS_MAX} TwiML documents and still no end")
        return EndedBy.FAILED

    @property
    def _hung_up(self) -> bool:
        return self._exchange.hung_up.is_set()

    async def _obey(self, document: tuple[verbs.Verb, ...], url: str) -> Ask | EndedBy:
        for place, verb in enumerate(document):
            match verb:
                case verbs.Reject() if place == 0 and not self._exchange.picked_up:
                    return EndedBy.REJECTED
                case verbs.Reject():
                    self._witness.fault(12200, "<Reject> after the call was answered")
                    return EndedBy.LINE
                case verbs.Redirect(target, method):
                    return Ask(target, method)
                case verbs.Hangup():
                    return EndedBy.LINE
                case _:
                    following = await self._act(verb, url)
            if self._hung_up:
                return EndedBy.CALLER
            if following is not None:
                return following
        return EndedBy.LINE

    async def _act(self, verb: verbs.Verb, url: str) -> Ask | EndedBy | None:
        """A verb that takes time; None: go on with the next one."""
        exchange = self._exchange
        match verb:
            case verbs.Connect():
                return await self._connect(verb, url)
            case verbs.Dial():
                result = await dial.dial(exchange, verb, self._answers)
                return await self._after(verb.action, verb.method, result.fields())
            case verbs.Enqueue():
                answer = self._answers(f"queue {verb.name}")
                waited = await queue.enqueue(exchange, verb, answer)
                following = await self._after(verb.action, verb.method, waited.fields())
                return EndedBy.LINE if waited.ends_call else following
            case verbs.Refer():
                return await self._refer(verb)
            case verbs.Gather():
                exchange.answer()
                caller = obey.Caller(exchange)
                asked = await exchange.unless(
                    obey.gather(exchange, caller, verb, url), exchange.hung_up
                )
                return None if isinstance(asked, Cut) else asked
            case verbs.Say() | verbs.Play() | verbs.PlayKeys() | verbs.Pause():
                exchange.answer()
                caller = obey.Caller(exchange)
                await exchange.unless(obey.sound(exchange, caller, verb), exchange.hung_up)
            case verbs.Leave():
                self._witness.fault(12200, "<Leave> where the caller is in no queue")
            case verbs.Untold(name):
                exchange.answer()
                self._witness.fault(UNREPORTED, f"<{name}> is not acted out by this telephone")
            case _:
                raise AssertionError("what ends a document was looked at before")
        return None

    async def _after(self, action: str | None, method: str, fields: dict[str, str]) -> Ask | None:
        """What ``action`` of a verb is asked; the caller who has hung up hears nothing of it."""
        if action is None:
            return None
        ask = Ask(action, method, fields)
        if self._hung_up:
            # Asked all the same; what it answers is not executed.
            await self._exchange.network.ask(method, action, self._exchange.fields() | fields)
        return ask

    async def _refer(self, verb: verbs.Refer) -> Ask | EndedBy | None:
        """Hand a SIP caller over; the telephone network knows no such thing."""
        self._exchange.answer()
        handed_over = self.caller.startswith("sip:")
        status = "completed" if handed_over else "failed"
        text = f"hands the caller over to {verb.address}: {status}"
        self._witness.tell(Noted(self.now_ms, f"Twilio {text}"))
        fields = {
            "ReferCallStatus": status,
            "ReferSipResponseCode": REFER_ACCEPTED if handed_over else REFER_REFUSED,
            "ReferTransferTarget": verb.address,
        }
        following = await self._after(verb.action, verb.method, fields)
        return EndedBy.LINE if handed_over and following is None else following

    # ------------------------------------------------------------------- media streams

    async def _connect(self, verb: verbs.Connect, document_url: str) -> Ask | None:
        """A media stream from its handshake to its end; then ``action``, if there is one."""
        exchange = self._exchange
        asked_at = asyncio.get_running_loop().time()
        stream_sid = new_sid("MZ")
        following = Ask(verb.action, verb.method) if verb.action else None
        opened = await exchange.unless(self._open(verb.url, document_url), exchange.hung_up)
        if isinstance(opened, Cut):
            return None
        if isinstance(opened, Failure):
            self._witness.fault(opened.code, opened.text)
            self._event(verb, stream_sid, "stream-error", opened.text)
            return following
        exchange.answer()
        self._streams += 1
        narrator = Narrator(self.line.account_sid, self.call_sid, stream_sid)
        self._stream = Stream(opened, narrator, self._witness, self._mouth, stream_sid)
        self._event(verb, stream_sid, "stream-started")
        try:
            await self._stream.run(self._streams, asked_at, verb.parameters, exchange.hung_up)
        finally:
            self._stream = None
        self._event(verb, stream_sid, "stream-stopped")
        return following

    async def _open(self, url: str, document_url: str) -> Socket | Failure:
        """The socket; wss only, except where the whole rehearsal is plain text on one machine."""
        stream, document = urlsplit(url), urlsplit(document_url)
        plain = (stream.scheme, document.scheme) == ("ws", "http")
        if stream.scheme == "wss" or (plain and {stream.hostname, document.hostname} <= LOOPBACK):
            return await self._exchange.network.open(url)
        return Failure(31922, f"the url of <Stream> is {url!r}; Twilio takes wss:// only")

    def _event(self, verb: verbs.Connect, stream_sid: str, event: str, error: str = "") -> None:
        """Tell the stream's status callback, beside everything else."""
        if verb.status_callback is None:
            return
        fields = {
            **self._exchange.fields(),
            "StreamSid": stream_sid,
            "StreamName": verb.name or stream_sid,
            "StreamEvent": event,
            "Timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
            **({"StreamError": error} if error else {}),
        }
        self._exchange.report(verb.status_callback, verb.status_method, fields)
