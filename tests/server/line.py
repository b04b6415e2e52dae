"""A served line and a caller's carrier, for tests over real sockets.

``serving`` runs the real server in a thread; a ``Carrier`` asks its webhooks and opens its streams
as Twilio would, signed for the public address, over loopback. It hears in no time: a mark comes
back as soon as it arrives. The simulated telephone of ``ivr.phone`` plays Twilio in real time; this
one is for what no good carrier does.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import itertools
import json
import warnings
import xml.etree.ElementTree as ET
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from yarl import URL

from ivr.calls.kept import Limits
from ivr.calls.record import Entry
from ivr.flow.load import load
from ivr.server.app import create_app
from ivr.server.link import LinkLimits
from ivr.server.run import Server
from ivr.settings import Settings

BOUND_S = 10.0
"""No test waits longer for anything."""
PUBLIC = "https://ivr.example.com"
TOKEN = "a-token-for-tests"
ACCOUNT = "AC00000000000000000000000000000001"
NUMBER = "+15550001111"
CALLER = "+15559990000"

LONG = " ".join(["For a very long text that keeps on beeping, press nothing at all."] * 30)
FLOWS = {
    "main.yaml": f"""
title: A line under test
language: en-US
voice: beeps
anytime:
  star: repeat
steps:
  main:
    # ivr: allow P001 because there must be time to interrupt it
    say: {LONG}
    menu:
      1: desk  # ivr: allow M003 because only these tests call here
      2: bye  # ivr: allow M003 because only these tests call here
  desk:
    say: One moment.
    transfer: +13125550123
    done: hangup
    otherwise: bye
  bye:
    say: Goodbye.
    goto: hangup
""",
    "numbers.yaml": f'"{NUMBER}": main\n',
    "settings.yaml": "voices:\n  beeps: {provider: tone}\n",
}


@dataclass
class Line:
    """A server that answers, and what is known of it."""

    port: int
    settings: Settings
    app: Starlette
    server: Server
    told: list[Entry] = field(default_factory=list)
    """Every entry of every record, as it is written."""
    listeners: list[Callable[[], None]] = field(default_factory=list)

    @property
    def base(self) -> str:
        """Where it is reached on this machine."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def public(self) -> str:
        """What signatures are for."""
        return self.settings.public_url or self.base

    @property
    def counts(self) -> Mapping[str, int]:
        counts: Mapping[str, int] = self.app.state.house.switchboard.counts
        return counts

    def entries(self, what: str) -> list[Entry]:
        return [entry for entry in self.told if entry["what"] == what]

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something holds, looking again whenever a record gets an entry."""
        loop, news = asyncio.get_running_loop(), asyncio.Event()

        def listener() -> None:
            loop.call_soon_threadsafe(news.set)

        self.listeners.append(listener)
        async with asyncio.timeout(BOUND_S):
            while not true():
                await news.wait()
                news.clear()
        self.listeners.remove(listener)

    async def until_told(self, what: str, times: int = 1) -> None:
        """Wait until the records hold so many entries of a kind."""
        await self.until(lambda: len(self.entries(what)) >= times)


@contextlib.contextmanager
def serving(
    store: Path,
    *,
    flows: Mapping[str, str] = FLOWS,
    settings: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
    link_limits: LinkLimits | None = None,
) -> Generator[Line, None, None]:
    """Serve flows in a thread. ``settings`` replace those of a public, signed line."""
    given = settings if settings is not None else {"public_url": PUBLIC, "twilio_tokens": (TOKEN,)}
    chosen = Settings(store=str(store), **given)
    loaded = load(flows)
    assert loaded.flows is not None, loaded.problems
    told: list[Entry] = []
    listeners: list[Callable[[], None]] = []

    def watch(entry: Entry) -> None:
        told.append(entry)
        for listener in list(listeners):
            listener()

    app = create_app(
        chosen, loaded.flows, assets={}, watch=watch, limits=limits, link_limits=link_limits
    )
    server = Server(app)
    line = Line(server.start(), chosen, app, server, told, listeners)
    try:
        yield line
    finally:
        listeners.clear()
        with warnings.catch_warnings():
            # A client's connection may still be closing. uvloop warns of it and then closes it; a
            # warning that is an error keeps it from that, and the loop waits for it for ever.
            warnings.simplefilter("ignore", ResourceWarning)
            server.stop()


def sign(url: str, fields: Mapping[str, str] | None = None, token: str = TOKEN) -> str:
    """Twilio's algorithm, in the tests' own words."""
    text = url + "".join(name + value for name, value in sorted((fields or {}).items()))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), hashlib.sha1)).decode()


_numbers = itertools.count(1)


class Carrier:
    """One call, from Twilio's side."""

    def __init__(self, line: Line, http: aiohttp.ClientSession) -> None:
        self.line = line
        self.sid = f"CA{next(_numbers):032x}"
        self._http = http

    @property
    def fields(self) -> dict[str, str]:
        """What every webhook of this call says."""
        return {
            "CallSid": self.sid,
            "AccountSid": ACCOUNT,
            "From": CALLER,
            "To": NUMBER,
            "CallStatus": "in-progress",
            "CallerName": "",
        }

    async def ask(
        self,
        path: str,
        *,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        **fields: str,
    ) -> tuple[int, str]:
        """Ask a webhook; returns status and body."""
        form = self.fields | fields
        async with asyncio.timeout(BOUND_S):
            if method == "GET":
                query = urlencode(form)
                url, body = f"{path}?{query}", None
                signed = sign(self.line.public + url)
            else:
                url, body = path, form
                signed = sign(self.line.public + path, form)
            asked = {"X-Twilio-Signature": signed} | dict(headers or {})
            target = URL(self.line.base + url, encoded=True)
            async with self._http.request(method, target, data=body, headers=asked) as reply:
                return reply.status, await reply.text()

    async def voice(self, **fields: str) -> ET.Element:
        """The call rings; the TwiML it gets."""
        return await self._twiml("/twilio/voice", CallStatus="ringing", **fields)

    async def after(self, **fields: str) -> ET.Element:
        """The stream is over; the TwiML that follows."""
        return await self._twiml("/twilio/after", **fields)

    async def back(self, verb: ET.Element, **fields: str) -> ET.Element:
        """What this verb did is over; the TwiML that follows."""
        return await self._twiml(path_of(verb.attrib["action"]), **fields)

    async def _twiml(self, path: str, **fields: str) -> ET.Element:
        status, body = await self.ask(path, headers=None, **fields)
        assert status == 200, body
        return ET.fromstring(body)[0]

    async def ring(self) -> str:
        """Ring; returns the path of the stream."""
        return stream_path(await self.voice())

    @contextlib.asynccontextmanager
    async def stream(
        self, path: str, *, signature: str | None = None, start: bool = True
    ) -> AsyncGenerator[Stream, None]:
        """Open a stream as Twilio does."""
        public = self.line.public.replace("http", "ws", 1) + path
        signed = sign(public) if signature is None else signature
        async with connect(
            self.line.base.replace("http", "ws", 1) + path,
            additional_headers={"x-twilio-signature": signed} if signed else {},
            compression=None,
            close_timeout=1,
            max_queue=None,
        ) as socket:
            stream = Stream(socket, self.sid)
            if start:
                await stream.start()
            yield stream

    @contextlib.asynccontextmanager
    async def on_the_line(self) -> AsyncGenerator[Stream, None]:
        """Ring, and be in the stream."""
        async with self.stream(await self.ring()) as stream:
            yield stream


def path_of(url: str) -> str:
    """The path of an address on this line."""
    return urlsplit(url).path


def stream_path(verb: ET.Element) -> str:
    """The path of the stream that a ``<Connect>`` opens."""
    assert verb.tag == "Connect", ET.tostring(verb)
    url = verb[0].attrib["url"]
    return "/media/" + url.rsplit("/", 1)[1]


class Stream:
    """An open stream, from Twilio's side."""

    def __init__(self, socket: ClientConnection, call_sid: str) -> None:
        self.socket = socket
        self.call_sid = call_sid
        self.sid = "MZ" + call_sid[2:]

    async def say(self, message: Mapping[str, Any]) -> None:
        await self.socket.send(json.dumps(message, separators=(",", ":")))

    async def start(self, **changes: Any) -> None:
        """``connected`` and ``start``."""
        start = {
            "accountSid": ACCOUNT,
            "callSid": self.call_sid,
            "streamSid": self.sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {},
        }
        await self.say({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        await self.say(
            {
                "event": "start",
                "sequenceNumber": "1",
                "start": start | changes,
                "streamSid": self.sid,
            }
        )

    async def press(self, key: str) -> None:
        dtmf = {"track": "inbound_track", "digit": key}
        await self.say(
            {"event": "dtmf", "streamSid": self.sid, "sequenceNumber": "9", "dtmf": dtmf}
        )

    async def stop(self) -> None:
        await self.say({"event": "stop", "streamSid": self.sid, "stop": {"callSid": self.call_sid}})

    async def hear(self, messages: int = 1, *, event: str = "media") -> list[dict[str, Any]]:
        """Wait for so many messages of a kind; marks come back at once."""
        heard: list[dict[str, Any]] = []
        async with asyncio.timeout(BOUND_S):
            while len(heard) < messages:
                message = json.loads(await self.socket.recv())
                assert message["streamSid"] == self.sid
                if message["event"] == "mark":
                    await self.say(message)
                if message["event"] == event:
                    heard.append(message)
        return heard

    async def until_closed(self) -> int | None:
        """Listen, with marks coming back, until the server closes; returns its code."""
        async with asyncio.timeout(BOUND_S):
            with contextlib.suppress(ConnectionClosed):
                while True:
                    message = json.loads(await self.socket.recv())
                    if message["event"] == "mark":
                        await self.say(message)
        return self.socket.close_code


@contextlib.asynccontextmanager
async def carriers(line: Line) -> AsyncGenerator[Callable[[], Carrier], None]:
    """Makes carriers that share an HTTP client."""
    async with aiohttp.ClientSession() as http:
        yield lambda: Carrier(line, http)
