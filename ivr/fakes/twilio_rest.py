"""A fake of Twilio's REST API on loopback: calls, their recordings, text messages.

It speaks Twilio's paths, basic authentication, fields and error bodies, keeps what it is asked in
``requests``, and does what :meth:`FakeTwilio.fail` switches on. Written from the description of the
API (reference/twilio.md 4.1, 4.7 to 4.9), not from our client.

What is a guess: which errors come first where several apply, and the wording of their messages.
"""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from types import TracebackType
from typing import Final, Self

from aiohttp import web

HOST: Final = "127.0.0.1"
SHUTDOWN_SECONDS: Final = 2.0
BODY_CHARS_MAX: Final = 1_600
"""Of a text message (21617)."""
FAULTS: Final = {
    "slow": "answers only when it is let go (or the client leaves)",
    "http_500": "an internal error, and nothing was done",
    "http_429": "too many requests, and nothing was done",
    "http_401": "the credentials are refused",
    "reset": "breaks the connection off before it does anything",
    "lost": "does it, and breaks the connection off before it answers",
    "wrong_json": "does it, and answers with a page",
}
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_CHANGES: Final = {"paused", "in-progress", "stopped"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived; credentials are not kept."""

    method: str
    path: str
    """Behind the account: ``Calls/CA…/Recordings.json``."""
    fields: Mapping[str, str]


@dataclass(slots=True)
class Recording:
    """A recording of a call."""

    sid: str
    call: str
    status: str = "in-progress"
    form: Mapping[str, str] = field(default_factory=dict)
    """What it was asked for with."""
    changes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Message:
    """A text message that was taken."""

    sid: str
    to: str
    body: str
    sender: str
    created_at: datetime
    status: str = "queued"


class _Refusal(Exception):
    """An error as Twilio words it."""

    def __init__(self, status: int, code: int, message: str) -> None:
        self.status, self.code, self.message = status, code, message
        super().__init__(message)


@dataclass(slots=True)
class _Fault:
    name: str
    times: int
    path: str


class FakeTwilio:
    """The API of one account; ``async with FakeTwilio() as twilio``."""

    def __init__(
        self,
        *,
        port: int = 0,
        wall_clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Port 0: any free one."""
        self.account = "AC" + secrets.token_hex(16)
        self.token = secrets.token_hex(16)
        """The account's auth token."""
        self.key = "SK" + secrets.token_hex(16)
        self.secret = secrets.token_hex(16)
        """An API key and its secret, which let in as well."""
        self.url = ""
        self.requests: list[Asked] = []
        self.calls: dict[str, str] = {}
        """The status of every call Twilio knows, by its CallSid."""
        self.recordings: dict[str, Recording] = {}
        self.messages: list[Message] = []
        self.numbers: set[str] = set()
        """Who can send text messages; empty: every number of the form."""
        self.opted_out: set[str] = set()
        self.changed = asyncio.Event()
        """Set whenever a request was dealt with."""
        self.let_go = asyncio.Event()
        """Set it, and slow answers come."""
        self._port = port
        self._wall_clock = wall_clock
        self._faults: list[_Fault] = []
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self._port)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://{HOST}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.let_go.set()
        if self._runner is not None:
            await self._runner.cleanup()

    # ----------------------------------------------------------------------- what a test sets

    def fail(self, name: str, *, times: int = 1, path: str = "") -> None:
        """Let the next requests whose path holds ``path`` meet a fault of :data:`FAULTS`."""
        if name not in FAULTS:
            raise ValueError(f"there is no fault {name!r}; there are {', '.join(FAULTS)}")
        self._faults.append(_Fault(name, times, path))

    def begin(self, call: str) -> str:
        """A recording that somebody else has begun; its sid."""
        recording = Recording("RE" + secrets.token_hex(16), call)
        self.recordings[recording.sid] = recording
        return recording.sid

    def calm(self) -> None:
        """No more faults."""
        self._faults.clear()

    def take(self, to: str, body: str, sender: str, *, at: datetime, status: str = "sent") -> None:
        """A text message that somebody else has sent."""
        sid = "SM" + secrets.token_hex(16)
        self.messages.append(Message(sid, to, body, sender, at, status))

    def ring(self, call: str) -> None:
        """A call that is in progress."""
        self.calls[call] = "in-progress"

    def over(self, call: str) -> None:
        """The call has ended, and its recordings with it."""
        self.calls[call] = "completed"
        for recording in self.recordings.values():
            if recording.call == call and recording.status in ("in-progress", "paused"):
                recording.status = "completed"

    # ----------------------------------------------------------------------- answering

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        fields |= dict(request.query)
        _, _, path = request.path.partition(f"/Accounts/{self.account}/")
        self.requests.append(Asked(request.method, path, fields))
        fault = self._struck(path)
        try:
            if fault == "slow":
                await self.let_go.wait()
            if fault == "reset":
                return self._break_off(request)
            answer = self._answer(request, path, fields, fault)
            if fault == "lost":
                return self._break_off(request)
            if fault == "wrong_json":
                return web.Response(text="<html>Twilio</html>", content_type="text/html")
            return answer
        except _Refusal as refusal:
            body = {
                "code": refusal.code,
                "message": refusal.message,
                "more_info": f"https://www.twilio.com/docs/errors/{refusal.code}",
                "status": refusal.status,
            }
            return web.json_response(body, status=refusal.status)
        finally:
            self.changed.set()

    def _struck(self, path: str) -> str | None:
        for fault in self._faults:
            if fault.times > 0 and fault.path in path:
                fault.times -= 1
                return fault.name
        return None

    def _break_off(self, request: web.Request) -> web.StreamResponse:
        transport = request.transport
        assert transport is not None, "the client is there"
        transport.abort()
        return web.Response()

    def _answer(
        self, request: web.Request, path: str, fields: Mapping[str, str], fault: str | None
    ) -> web.StreamResponse:
        if fault == "http_401" or not self._admitted(request.headers.get("Authorization", "")):
            raise _Refusal(401, 20003, "Authenticate")
        if fault == "http_429":
            raise _Refusal(429, 20429, "Too Many Requests")
        if fault == "http_500":
            raise _Refusal(500, 20500, "Internal Server Error")
        match request.method, path.removesuffix(".json").split("/"):
            case "POST", ["Messages"]:
                return web.json_response(self._send(fields), status=201)
            case "GET", ["Messages"]:
                return web.json_response({"messages": self._list(fields)})
            case "POST", ["Calls", call, "Recordings"]:
                return web.json_response(self._record(call, fields), status=201)
            case "POST", ["Calls", call, "Recordings", recording]:
                return web.json_response(self._change(call, recording, fields))
            case "DELETE", ["Recordings", recording]:
                if self.recordings.pop(recording, None) is None:
                    raise _not_found(path)
                return web.Response(status=204)
            case "POST", ["Calls", call]:
                return web.json_response(self._update(call, fields))
            case "GET", ["Calls", call] if call in self.calls:
                return web.json_response({"sid": call, "status": self.calls[call]})
        raise _not_found(path)

    def _admitted(self, header: str) -> bool:
        pairs = (f"{self.account}:{self.token}", f"{self.key}:{self.secret}")
        return header in {f"Basic {base64.b64encode(pair.encode()).decode()}" for pair in pairs}

    # ----------------------------------------------------------------------- text messages

    def _send(self, fields: Mapping[str, str]) -> dict[str, object]:
        to, body = fields.get("To", ""), fields.get("Body", "")
        sender = fields.get("From") or fields.get("MessagingServiceSid", "")
        if not _E164.fullmatch(to):
            raise _Refusal(400, 21211, f"Invalid 'To' Phone Number: {to}")
        if not body:
            raise _Refusal(400, 21602, "Message body is required.")
        if len(body) > BODY_CHARS_MAX:
            raise _Refusal(400, 21617, "The message body exceeds the 1600 character limit.")
        if not sender:
            raise _Refusal(400, 21603, "A 'From' phone number is required.")
        if self.numbers and sender not in self.numbers:
            raise _Refusal(400, 21606, f"The 'From' number {sender} is not a valid phone number")
        if to in self.opted_out:
            raise _Refusal(400, 21610, "Attempt to send to unsubscribed recipient")
        sid = "SM" + secrets.token_hex(16)
        message = Message(sid, to, body, sender, self._wall_clock())
        self.messages.append(message)
        return _listed(message)

    def _list(self, fields: Mapping[str, str]) -> list[dict[str, object]]:
        found = [each for each in self.messages if each.to == fields.get("To", each.to)]
        size = int(fields.get("PageSize", "50"))
        return [_listed(each) for each in reversed(found)][:size]

    # ----------------------------------------------------------------------- calls, recordings

    def _record(self, call: str, fields: Mapping[str, str]) -> dict[str, object]:
        self._in_progress(call, f"Calls/{call}/Recordings")
        recording = Recording("RE" + secrets.token_hex(16), call, form=dict(fields))
        self.recordings[recording.sid] = recording
        return {"sid": recording.sid, "call_sid": call, "status": recording.status}

    def _change(self, call: str, sid: str, fields: Mapping[str, str]) -> dict[str, object]:
        recording = self.recordings.get(sid)
        if recording is None or recording.call != call:
            raise _not_found(f"Calls/{call}/Recordings/{sid}")
        status = fields.get("Status", "")
        if status not in _CHANGES:
            raise _Refusal(400, 20001, "Invalid Status")
        if recording.status in ("stopped", "completed"):
            raise _Refusal(400, 21220, "Invalid recording state")
        recording.status = status
        recording.changes.append(status)
        return {"sid": sid, "call_sid": call, "status": status}

    def _update(self, call: str, fields: Mapping[str, str]) -> dict[str, object]:
        self._in_progress(call, f"Calls/{call}")
        if fields.get("Status") == "completed":
            self.over(call)
        return {"sid": call, "status": self.calls[call]}

    def _in_progress(self, call: str, path: str) -> None:
        if call not in self.calls:
            raise _not_found(path)
        if self.calls[call] != "in-progress":
            raise _Refusal(400, 21220, "Unable to update record. Call is not in-progress.")


def _not_found(path: str) -> _Refusal:
    return _Refusal(404, 20404, f"The requested resource {path} was not found")


def _listed(message: Message) -> dict[str, object]:
    return {
        "sid": message.sid,
        "to": message.to,
        "body": message.body,
        "status": message.status,
        "date_created": format_datetime(message.created_at),
    }
