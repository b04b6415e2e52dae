"""What we ask of Twilio's REST API: recordings of calls, text messages, and a call itself.

A thin layer of our own over aiohttp, and not Twilio's client: that one's asynchronous half ignores
its own time limit (reference/twilio.md 4.10) and cannot say whether a request had left when it
failed. Here every request is bounded by its caller, nothing raises
but cancellation, and an answer says whether the thing happened: :data:`Answer`. Only what surely
did not happen is repeated (a connection that did not come about, 429), within the caller's time.

Nothing of it is on the path of a prompt. Credentials, texts and numbers are in no error.
Paths, fields and codes: reference/twilio.md 4.1, 4.7 to 4.9.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Final, Self

import aiohttp
import msgspec

from ivr import __version__
from ivr.outside.traces import without_values

CONNECT_SECONDS_MAX: Final = 3.0
ANSWER_SECONDS_MAX: Final = 10.0
"""For one request, where the caller says nothing else."""
BODY_BYTES_MAX: Final = 1 << 20
RETRY_PAUSE_SECONDS: Final = 0.25
"""Before the first retry, and twice as long before each further one; up to twice that by chance."""
RETRIES_MAX: Final = 4
CONNECTIONS_MAX: Final = 20
"""Twilio answers 429 to accounts that ask too much at once."""
IDLE_SECONDS_MAX: Final = 4.0
MESSAGES_LISTED: Final = 50
"""The last messages to a number, when one is looked for."""

HOST: Final = "https://api.twilio.com"
EDGES: Final = {"us1": "ashburn", "ie1": "dublin", "au1": "sydney"}
"""A region's own edge: a region alone makes a host name that is dead (reference/twilio.md 4.9)."""

GONE_CODES: Final = frozenset({20404, 21220})
"""Of something done to a call or a recording that is over: there is nothing left to do."""
UNAUTHORIZED: Final = frozenset({401, 403})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """Whose API it is, and what lets us in."""

    sid: str
    """``AC…``."""
    user: str
    """The account itself, or an API key (``SK…``)."""
    password: str = field(repr=False)
    """Its auth token, or the key's secret."""
    url: str = HOST
    """Where the API is."""


def host(region: str | None, edge: str | None) -> str:
    """Where the API of a region is, asked at an edge. An unknown region needs its edge named."""
    if region is None and edge is None:
        return HOST
    region = region or "us1"
    return f"https://api.{edge or EDGES.get(region, 'ashburn')}.{region}.twilio.com"


# --------------------------------------------------------------------------- answers


@dataclass(frozen=True, slots=True)
class Done:
    """It happened; what Twilio says of it."""

    body: Mapping[str, object] = field(repr=False)

    def text(self, name: str) -> str:
        """A field of it; empty where there is none."""
        value = self.body.get(name)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Gone:
    """What it was to be done to is over or was never there."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Twilio says no: it did not happen, and will not."""

    status: int
    code: int | None
    """Twilio's error code."""
    problem: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """It did not happen: Twilio could not be reached, or was too busy to look at it."""

    problem: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether it happened: no answer in time, or none that can be read."""

    problem: str


Answer = Done | Gone | Refused | NotSent | Unknown


@dataclass(frozen=True, slots=True)
class Message:
    """A text message as Twilio lists it."""

    sid: str
    body: str = field(repr=False)
    status: str
    created_at: datetime | None


# --------------------------------------------------------------------------- the API


class TwilioRest:
    """The API of one account; an async context manager."""

    def __init__(self, account: Account, *, chance: random.Random | None = None) -> None:
        self.account = account
        self._chance = chance or random.Random()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        assert self._session is None, "a TwilioRest is entered once"
        self._session = aiohttp.ClientSession(
            headers={
                "User-Agent": f"ivr/{__version__}",
                "Accept": "application/json",
                "Authorization": aiohttp.encode_basic_auth(
                    self.account.user, self.account.password
                ),
            },
            connector=aiohttp.TCPConnector(
                limit=CONNECTIONS_MAX, keepalive_timeout=IDLE_SECONDS_MAX
            ),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS_MAX),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    # ----------------------------------------------------------------------- recordings

    async def start_recording(
        self, call: str, *, tell: str | None, seconds: float = ANSWER_SECONDS_MAX
    ) -> Answer:
        """Record a call, both sides apart; ``tell`` is told how the recording gets on."""
        form = {"RecordingChannels": "dual", "RecordingTrack": "both", "Trim": "do-not-trim"}
        if tell is not None:
            form["RecordingStatusCallback"] = tell
            form["RecordingStatusCallbackMethod"] = "POST"
            form["RecordingStatusCallbackEvent"] = "in-progress completed absent"
        return await self._post(f"Calls/{call}/Recordings", form, seconds)

    async def change_recording(
        self, call: str, recording: str, status: str, *, seconds: float = ANSWER_SECONDS_MAX
    ) -> Answer:
        """``paused``, ``in-progress`` or ``stopped``; a pause is silence in the recording."""
        form = {"Status": status}
        if status == "paused":
            form["PauseBehavior"] = "silence"
        return await self._post(f"Calls/{call}/Recordings/{recording}", form, seconds)

    async def delete_recording(
        self, recording: str, *, seconds: float = ANSWER_SECONDS_MAX
    ) -> Answer:
        """Destroy a recording, for good."""
        return await self._within("DELETE", f"Recordings/{recording}", {}, seconds)

    # ----------------------------------------------------------------------- calls

    async def call(self, call: str, *, seconds: float = ANSWER_SECONDS_MAX) -> Answer:
        """What Twilio knows of a call."""
        return await self._within("GET", f"Calls/{call}", {}, seconds)

    async def hang_up(self, call: str, *, seconds: float = ANSWER_SECONDS_MAX) -> Answer:
        """End a call; one that is over already is :class:`Gone`."""
        return await self._post(f"Calls/{call}", {"Status": "completed"}, seconds)

    async def redirect(self, call: str, url: str, *, seconds: float = ANSWER_SECONDS_MAX) -> Answer:
        """Have a call go on with the document at this address, whatever it is doing."""
        return await self._post(f"Calls/{call}", {"Url": url, "Method": "POST"}, seconds)

    # ----------------------------------------------------------------------- text messages

    async def send_message(
        self, to: str, text: str, sender: str, *, seconds: float = ANSWER_SECONDS_MAX
    ) -> Answer:
        """Send a text message from a number, or from a messaging service (``MG…``)."""
        whence = "MessagingServiceSid" if sender.startswith("MG") else "From"
        return await self._post("Messages", {"To": to, "Body": text, whence: sender}, seconds)

    async def messages_to(
        self, to: str, *, seconds: float = ANSWER_SECONDS_MAX
    ) -> tuple[Message, ...] | Answer:
        """The last messages to a number, the newest first; another answer where there is no list.

        Not by date: Twilio's filter goes by when a message was sent, and one that waits has none.
        """
        query = {"To": to, "PageSize": str(MESSAGES_LISTED)}
        answer = await self._within("GET", "Messages", query, seconds)
        if not isinstance(answer, Done):
            return answer
        listed = answer.body.get("messages")
        if not isinstance(listed, list):
            return Unknown("Twilio's list of messages holds no messages")
        return tuple(_message(each) for each in listed if isinstance(each, dict))

    # ----------------------------------------------------------------------- asking

    async def _post(self, path: str, form: Mapping[str, str], seconds: float) -> Answer:
        return await self._within("POST", path, form, seconds)

    async def _within(
        self, method: str, path: str, fields: Mapping[str, str], seconds: float
    ) -> Answer:
        """Ask until there is an answer, or the time is over; only what did not happen again."""
        answer: Answer = Unknown(f"Twilio did not answer within {seconds:g} s")
        late = answer
        try:
            async with asyncio.timeout(seconds):
                pause = RETRY_PAUSE_SECONDS
                for retry in range(RETRIES_MAX + 1):
                    answer = late  # what is known while it is under way
                    answer = await self._once(method, path, fields)
                    if not isinstance(answer, NotSent) or retry == RETRIES_MAX:
                        break
                    await asyncio.sleep(pause * (1 + self._chance.random()))
                    pause *= 2
        except TimeoutError:
            pass
        return answer

    async def _once(self, method: str, path: str, fields: Mapping[str, str]) -> Answer:
        assert self._session is not None, "a TwilioRest is used inside `async with`"
        url = f"{self.account.url}/2010-04-01/Accounts/{self.account.sid}/{path}.json"
        try:
            async with self._session.request(
                method,
                url,
                data=dict(fields) if method == "POST" else None,
                params=dict(fields) if method == "GET" else None,
                allow_redirects=False,
            ) as response:
                body = await response.content.read(BODY_BYTES_MAX + 1)
                while len(body) <= BODY_BYTES_MAX and (
                    more := await response.content.read(BODY_BYTES_MAX + 1)
                ):
                    body += more
                return _answer(response.status, body, of_call=not path.startswith("Messages"))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return NotSent(f"Twilio could not be reached ({type(error).__name__})")
        except (aiohttp.ClientError, OSError) as error:
            return Unknown(f"the connection to Twilio broke off ({type(error).__name__})")
        except Exception as error:
            log.error("a request to Twilio failed oddly\n%s", without_values(error))
            return Unknown(f"a request to Twilio failed oddly ({type(error).__name__})")


def _answer(status: int, body: bytes, *, of_call: bool) -> Answer:
    """What an HTTP answer means; of a call or a recording, that it is over is no failure."""
    try:
        read = msgspec.json.decode(body) if body else {}
    except (msgspec.DecodeError, ValueError):
        read = None
    if 200 <= status < 300:
        if not isinstance(read, dict):
            return Unknown(f"Twilio answered {status} with something that is no JSON object")
        return Done(read)
    code = read.get("code") if isinstance(read, dict) else None
    code = code if isinstance(code, int) else None
    said = f"Twilio answered {status}" + (f", code {code}" if code is not None else "")
    if status == 429:
        return NotSent(f"{said}: too many requests")
    if of_call and code in GONE_CODES:
        return Gone()
    if status in UNAUTHORIZED:
        remedy = "check TWILIO_ACCOUNT_SID and what goes with it"
        return Refused(status, code, f"{said}: the credentials were refused; {remedy}")
    if 400 <= status < 500:
        return Refused(status, code, said)
    return Unknown(said)


def _message(listed: Mapping[str, object]) -> Message:
    def text(name: str) -> str:
        value = listed.get(name)
        return value if isinstance(value, str) else ""

    try:
        created = parsedate_to_datetime(text("date_created"))
    except ValueError:
        created = None
    return Message(text("sid"), text("body"), text("status"), created)
