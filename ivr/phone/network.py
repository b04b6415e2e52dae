"""The way from the carrier to the server: signed webhooks, signed handshakes, and a proxy's detour.

``Network`` is what ``telephone.py`` needs; ``Internet`` is the real one (aiohttp, websockets).
What goes wrong comes back as ``Failure`` with Twilio's error code, never as an exception. A *route*
sends a public origin to another address, as a reverse proxy in front of the server would: the
signature stays over the public address, which is the only one Twilio knows.
Time limits and retries: reference/twilio.md 2.3, 2.4; signatures: 3.1, 3.5.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import SplitResult, urlencode, urlsplit, urlunsplit

import aiohttp
import websockets
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from websockets.asyncio.client import ClientConnection, connect

from ivr.phone.twiml import DOCUMENT_BYTES_MAX

USER_AGENT = "TwilioProxy/1.1"
INCOMING_CHARS_MAX = 1_048_576
"""Above protocol.MESSAGE_CHARS_MAX, so that a message too long is told rather than cut off."""
MEDIA_BYTES_MAX = 40_000_000
"""Of a file that is played: Twilio's limit."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient the carrier is, in seconds; the defaults are Twilio's where it states one."""

    webhook_s: float = 15
    connect_s: float = 5
    handshake_s: float = 10
    """For the whole WebSocket handshake. Twilio states none."""
    close_s: float = 2
    """For the server to answer a close. Twilio states none."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer with a status of 200 to 299."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """What Twilio would write into its debugger instead of an answer."""

    code: int
    text: str
    status: int = 0


class Socket(Protocol):
    """An open media socket."""

    @property
    def close_code(self) -> int | None:
        """The close code the server sent; None while open, or when it vanished without one."""
        ...

    async def send(self, text: str) -> None:
        """Send a text frame; silently nothing once the socket is closed."""
        ...

    async def receive(self) -> str | bytes | None:
        """The next message; None when the socket is closed."""
        ...

    async def close(self) -> None:
        """Close it from this side."""
        ...


class Network(Protocol):
    """Where webhooks go to and sockets come from."""

    async def ask(self, method: str, url: str, fields: Mapping[str, str]) -> Reply | Failure:
        """Send a signed webhook."""
        ...

    def is_ours(self, url: str) -> bool:
        """Whether what is played from there may be fetched: it is the server that is rung."""
        ...

    async def get(self, url: str) -> Reply | Failure:
        """Fetch a file that is to be played; nothing is signed."""
        ...

    async def open(self, url: str) -> Socket | Failure:
        """Open a media socket with a signed handshake."""
        ...


class Internet:
    """The real network. Use as ``async with``; everything opened by it is closed at the end."""

    def __init__(
        self, token: str, *, route: Mapping[str, str] | None = None, limits: Limits | None = None
    ) -> None:
        """``route`` sends public origins elsewhere: ``{"https://ivr.example": "http://127.0.0.1:80"}``."""
        self._validator = RequestValidator(token)
        self._route = {urlsplit(public).netloc: real for public, real in (route or {}).items()}
        self._limits = limits or Limits()
        self._session: aiohttp.ClientSession | None = None
        self._sockets: list[_ClientSocket] = []

    async def __aenter__(self) -> Internet:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=None), cookie_jar=aiohttp.DummyCookieJar()
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        for opened in self._sockets:
            await opened.close()
        if self._session is not None:
            await self._session.close()

    async def ask(self, method: str, url: str, fields: Mapping[str, str]) -> Reply | Failure:
        """Send a signed webhook; a connection that does not come about is tried once more."""
        if _address(url, "http", "https") is None:
            return Failure(11200, f"{url!r} is no address to ask")
        signed = (
            url if method == "POST" else f"{url}{'&' if '?' in url else '?'}{urlencode(fields)}"
        )
        headers = {
            "User-Agent": USER_AGENT,
            "Accept": "*/*",
            "X-Twilio-Signature": self._signature(signed, fields if method == "POST" else {}),
            "I-Twilio-Idempotency-Token": secrets.token_hex(16),
        }
        body = urlencode(fields) if method == "POST" else None
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        try:
            async with asyncio.timeout(self._limits.webhook_s):
                failure = Failure(11205, f"no connection to {url}")
                for _attempt in range(2):
                    answer = await self._once(method, signed, headers, body, DOCUMENT_BYTES_MAX)
                    if not isinstance(answer, Failure) or answer.code != failure.code:
                        return answer
                    failure = answer
                return failure
        except TimeoutError:
            return Failure(11200, f"no answer from {url} within {self._limits.webhook_s:g} s")

    def is_ours(self, url: str) -> bool:
        """A routed origin, or this machine."""
        parts = _address(url, "http", "https")
        return parts is not None and (parts.netloc in self._route or parts.hostname in LOOPBACK)

    async def get(self, url: str) -> Reply | Failure:
        """Fetch a file that is to be played."""
        try:
            async with asyncio.timeout(self._limits.webhook_s):
                headers = {"User-Agent": USER_AGENT, "Accept": "audio/*"}
                return await self._once("GET", url, headers, None, MEDIA_BYTES_MAX)
        except TimeoutError:
            return Failure(11200, f"no answer from {url} within {self._limits.webhook_s:g} s")

    async def _once(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: str | None,
        bytes_max: int,
    ) -> Reply | Failure:
        assert self._session is not None, "async with Internet(...)"
        real, detour = self._routed(url)
        try:
            async with self._session.request(
                method,
                real,
                data=body,
                headers={**headers, **detour},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._limits.connect_s),
            ) as response:
                content = await response.content.read(bytes_max + 1)
                while len(content) <= bytes_max and (
                    more := await response.content.read(bytes_max + 1)
                ):
                    content += more
        except aiohttp.ClientConnectorDNSError:
            return Failure(11210, f"{url}: the host is not known")
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError) as error:
            return Failure(11220, f"{url}: {error}")
        except aiohttp.ClientConnectorError as error:
            return Failure(11205, f"{url}: {error.os_error.strerror or error}")
        except aiohttp.ServerTimeoutError:
            return Failure(11205, f"{url}: no connection within {self._limits.connect_s:g} s")
        except (aiohttp.ClientError, ValueError) as error:
            return Failure(11200, f"{url}: {error or type(error).__name__}")
        if not 200 <= response.status < 300:
            why = ""
            if response.status in (401, 403):
                why = ": the signature was refused (another auth token, or another public address?)"
            answered = f"{url} answered {response.status} {response.reason}{why}"
            return Failure(11200, answered, response.status)
        return Reply(response.status, response.headers.get("Content-Type", ""), content)

    async def open(self, url: str) -> Socket | Failure:
        """Open a media socket; whatever is no plain 101 comes back as a failure."""
        parts = _address(url, "ws", "wss")
        if parts is None:
            return Failure(31923, f"{url!r} is no address to connect to")
        real, detour = self._routed(url)
        target = urlsplit(real)
        # Connecting elsewhere than the address says leaves the Host header alone, as a proxy does.
        where: dict[str, Any] = {}
        if detour:
            where = {"host": target.hostname, "port": target.port or _port(target.scheme)}
        scheme = "wss" if target.scheme in ("https", "wss") else "ws"
        try:
            connection = await _Dialled(
                urlunsplit(parts._replace(scheme=scheme)),
                additional_headers={
                    "x-twilio-signature": self._signature(url, {}),
                    **{name: value for name, value in detour.items() if name != "Host"},
                },
                user_agent_header=USER_AGENT,
                compression=None,  # none is documented for Media Streams
                proxy=None,
                ping_interval=None,
                open_timeout=self._limits.handshake_s,
                close_timeout=self._limits.close_s,
                max_size=INCOMING_CHARS_MAX,
                max_queue=None,  # the play-out buffer has its own limit, Twilio's
                **where,
            )
        except (TimeoutError, OSError, websockets.WebSocketException) as error:
            return _no_socket(url, error)
        opened = _ClientSocket(connection)
        self._sockets.append(opened)
        return opened

    def _signature(self, url: str, fields: Mapping[str, str]) -> str:
        return str(self._validator.compute_signature(_as_signed(url), dict(fields)))

    def _routed(self, url: str) -> tuple[str, Mapping[str, str]]:
        """Where a request really goes, and the headers a proxy there would add."""
        parts = urlsplit(url)
        real = self._route.get(parts.netloc)
        if real is None:
            return url, {}
        target = urlsplit(real)
        moved = parts._replace(scheme=target.scheme, netloc=target.netloc)
        secure = "https" if parts.scheme in ("https", "wss") else "http"
        return urlunsplit(moved), {"Host": parts.netloc, "X-Forwarded-Proto": secure}


class _Dialled(connect):
    """A handshake that follows no redirect: Twilio takes nothing but 101 (31920)."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


@dataclass(slots=True)
class _ClientSocket:
    """A socket of the ``websockets`` client."""

    connection: ClientConnection
    _closing: bool = field(default=False)

    @property
    def close_code(self) -> int | None:
        received = self.connection.protocol.close_rcvd
        return received.code if received is not None else None

    async def send(self, text: str) -> None:
        try:
            await self.connection.send(text)
        except websockets.ConnectionClosed:
            return

    async def receive(self) -> str | bytes | None:
        try:
            return await self.connection.recv()
        except websockets.ConnectionClosed:
            return None

    async def close(self) -> None:
        await self.connection.close()


def _address(url: str, *schemes: str) -> SplitResult | None:
    """The parts of an address of one of these schemes, or None if it is none."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in schemes and parts.hostname and parts.port != 0
    except ValueError:
        return None
    return parts if usable else None


def _as_signed(url: str) -> str:
    """The address as it goes into a signature: no user, no fragment, over TLS no port."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme in ("https", "wss"):
        host = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return urlunsplit(parts._replace(netloc=host, fragment=""))


def _port(scheme: str) -> int:
    return 443 if scheme in ("https", "wss") else 80


def _no_socket(url: str, error: Exception) -> Failure:
    match error:
        case TimeoutError():
            return Failure(31901, f"{url} did not answer the handshake in time")
        case websockets.InvalidStatus():
            status = error.response.status_code
            return Failure(31920, f"{url} answered {status} instead of 101", status)
        case ssl.SSLError():
            return Failure(31910, f"{url}: {error.reason or error}")
        case socket.gaierror():
            return Failure(31904, f"{url}: the host is not known")
        case ConnectionRefusedError():
            return Failure(31902, f"{url}: nobody listens there")
        case OSError():
            return Failure(31904, f"{url}: {error}")
        case _:
            return Failure(31920, f"{url}: {error}")
